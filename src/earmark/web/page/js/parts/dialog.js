// Dialogs: the browser's own, so that focus stays inside, Escape closes, and goes back to where it came from.
import { el, freshId, icon } from "/page/js/lib/dom.js";

/**
 * Open a dialog.
 *
 * @param {{title: string, body: Node|Node[]|string, wide?: boolean, actions?: Array<{text: string,
 *   kind?: "primary"|"quiet"|"danger", value?: string, run?: (close: (value?: string) => void) => void|Promise<void>}>}} told
 *   An action closes the dialog with its value, unless it has `run`, which decides by itself; until what it returns is
 *   settled it cannot be pressed again. Enter in a field presses the primary one.
 * @returns {{element: HTMLDialogElement, close: (value?: string) => void, closed: Promise<string>}} `closed` resolves
 *   with the value it was closed with; "" by Escape or the cross.
 */
export function dialog({ title, body, actions = [], wide = false }) {
  const id = freshId("dialog");
  const close = (value = "") => element.close(value);
  const element = el(
    "dialog",
    { class: wide ? "dialog wide" : "dialog", "aria-labelledby": id },
    el("header", { class: "dialog-head" }, el("h2", { id }, title), crossButton(close)),
    el("div", { class: "dialog-body" }, typeof body === "string" ? el("p", {}, body) : body),
    actions.length > 0 &&
      el(
        "footer",
        { class: "dialog-foot" },
        actions.map((action) => actionButton(action, close)),
      ),
  );
  element.addEventListener("mousedown", (event) => event.target === element && close());
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    if (!event.target.matches("input:not([type=checkbox], [type=radio], [type=file])")) return;
    const primary = element.querySelector(".dialog-foot .primary");
    if (!primary) return;
    event.preventDefault();
    primary.click();
  });
  const left = () => close();
  window.addEventListener("hashchange", left); // another view: what was asked belongs to the one that was left
  const closed = new Promise((resolve) => {
    element.addEventListener("close", () => {
      window.removeEventListener("hashchange", left);
      element.remove();
      resolve(element.returnValue);
    });
  });
  document.body.append(element);
  element.showModal();
  return { element, close, closed };
}

function crossButton(close) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => close() },
    icon("close"),
  );
}

function actionButton({ text, kind = "quiet", value = text, run }, close) {
  const pressed = async () => {
    if (!run) return close(value);
    button.disabled = true;
    try {
      return await run(close);
    } finally {
      button.disabled = false;
      if (button.isConnected && document.activeElement === document.body) button.focus();
    }
  };
  const button = el("button", { type: "button", class: `button ${kind}`, onclick: pressed }, text);
  return button;
}

/**
 * Ask whether something is to be done.
 *
 * @param {{title: string, text: string, action?: string, danger?: boolean}} asked `action`: the button that does it.
 * @returns {Promise<boolean>}
 */
export async function confirm({ title, text, action = "Go on", danger = false }) {
  const { closed } = dialog({
    title,
    body: text,
    actions: [
      { text: "Cancel", value: "" },
      { text: action, kind: danger ? "danger" : "primary", value: "yes" },
    ],
  });
  return (await closed) === "yes";
}
