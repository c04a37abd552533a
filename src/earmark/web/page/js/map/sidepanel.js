// The panel at the map's side; on phones it comes up from below. It holds one thing at a time.
import { clear, el, icon } from "/page/js/lib/dom.js";

/**
 * Make the panel.
 *
 * @param {({focused: boolean}) => void} onClose It was closed; `focused`: the focus was in it.
 * @returns {{element: HTMLElement, open: boolean, show: (title: string, content: Node[], options?: {title?: boolean}) => void,
 *   focus: () => void, focusRow: (place: number) => void, close: () => void}}
 */
export function sidePanel(onClose) {
  const heading = el("h2", { tabindex: "-1" });
  const body = el("div", { class: "map-side-body stack" });
  const cross = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Close this panel", onclick: () => panel.close() },
    icon("close"),
  );
  const element = el(
    "section",
    { class: "map-panel map-side", "aria-label": "Details", hidden: true },
    el("header", { class: "map-side-head" }, heading, cross),
    body,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    panel.close();
  });
  const panel = {
    element,
    get open() {
      return !element.hidden;
    },
    show(title, content, { title: shown = true } = {}) {
      heading.textContent = title;
      heading.className = shown ? "" : "visually-hidden";
      element.setAttribute("aria-label", title);
      const focused = element.contains(document.activeElement);
      clear(body).append(...content);
      body.scrollTop = 0;
      element.hidden = false;
      if (focused) heading.focus(); // what had the focus may have gone
    },
    /** Go to what it holds. */
    focus: () => !element.hidden && heading.focus(),
    /** Go to a row of its list, or the nearest one that is there. */
    focusRow(place) {
      const rows = body.querySelectorAll("tbody tr");
      rows[Math.min(place, rows.length - 1)]?.focus();
    },
    close() {
      if (element.hidden) return;
      const focused = element.contains(document.activeElement);
      element.hidden = true;
      clear(body);
      onClose({ focused });
    },
  };
  return panel;
}
