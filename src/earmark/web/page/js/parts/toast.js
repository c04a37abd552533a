// Short news at the edge of the page, read out by screen readers. What has to be acted on does not belong here.
import { el, icon } from "/page/js/lib/dom.js";

const STAYS_MS = 6000;
const STAYS_WITH_ACTION_MS = 20_000;
const PICTURES = { good: "check", warning: "warning", bad: "warning", plain: "info" };

let shelf = null;

/** Give toasts their place; it is there from the start, or a screen reader would not hear the first one. */
export function toastShelf() {
  shelf ??= el("div", { class: "toasts", role: "status", "aria-live": "polite" });
  return shelf;
}

/**
 * Tell something short.
 *
 * @param {string} text
 * @param {{kind?: "plain"|"good"|"warning"|"bad", action?: {text: string, href?: string, run?: () => void}}} [options]
 *   "bad" stays until it is closed; what has an action stays longer than what has none.
 * @returns {() => void} Takes it away.
 */
export function toast(text, { kind = "plain", action } = {}) {
  const node = el("div", { class: `toast ${kind}` }, icon(PICTURES[kind]), el("p", {}, text));
  const close = () => node.remove();
  if (action) node.append(actionOf(action, close));
  node.append(
    el(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Close this message", onclick: close },
      icon("close"),
    ),
  );
  toastShelf().append(node);
  if (kind !== "bad") fadeLater(node, close, action ? STAYS_WITH_ACTION_MS : STAYS_MS);
  return close;
}

function actionOf({ text, href, run }, close) {
  const pressed = () => {
    close();
    run?.();
  };
  return el(
    href ? "a" : "button",
    { class: "button quiet", href, type: href ? null : "button", onclick: pressed },
    text,
  );
}

/** Take it away after a while, but not while somebody is reading it or about to press its button. */
function fadeLater(node, close, stays) {
  let timer = setTimeout(close, stays);
  const hold = () => clearTimeout(timer);
  const go = () => {
    hold();
    timer = setTimeout(close, stays);
  };
  for (const type of ["mouseenter", "focusin"]) node.addEventListener(type, hold);
  for (const type of ["mouseleave", "focusout"]) node.addEventListener(type, go);
}
