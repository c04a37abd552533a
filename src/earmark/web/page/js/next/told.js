// News about the set, told in its own panel: a toast would lie over the buttons that it is about.
import { clear, el, icon } from "/page/js/lib/dom.js";

/** Where the news stand; there from the start, or a screen reader would not hear the first. */
export const shelf = () => el("div", { class: "set-told", role: "status" });

/**
 * Tell something; what was told before goes.
 *
 * @param {HTMLElement} place What `shelf` made.
 * @param {string} text
 * @param {{kind?: "good"|"warning"|"bad", action?: {text: string, run: () => void}}} [options]
 */
export function tell(place, text, { kind = "good", action } = {}) {
  const close = () => clear(place);
  const act = () => {
    close();
    action.run();
  };
  clear(place).append(el("div", { class: `note ${kind}` }, el("p", {}, text),
    action && el("button", { type: "button", class: "button quiet small", onclick: act }, action.text),
    el("button", { type: "button", class: "icon-button", "aria-label": "Close this message", onclick: close }, icon("close"))));
}
