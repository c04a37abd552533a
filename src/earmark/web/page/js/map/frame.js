// What the map stands in: its two canvases, the words for who does not see them, and the room that panels leave it.
import { el, freshId } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";

const PHONE = 760;
const HELP =
  "Arrow keys go to the nearest track in that direction, Enter plays it and shows its true neighbours, Shift and Enter " +
  "selects it, C draws a circle around it that selects more, plus and minus zoom, 0 shows everything, T lists the " +
  "tracks in sight.";

/**
 * Make the canvases: points below, what stands above them over it. The upper one takes the pointer and the keys.
 *
 * @param {number} n How many tracks there are.
 * @returns {{canvas: HTMLCanvasElement, surface: HTMLCanvasElement, live: HTMLElement, help: HTMLElement,
 *   hint: HTMLElement}} `live` is a live region; `hint` says the same as it to who looks.
 */
export function canvases(n) {
  const help = el("p", { id: freshId("map-help"), class: "visually-hidden" }, HELP);
  const surface = el("canvas", {
    class: "map-surface",
    tabindex: "0",
    role: "application",
    "aria-label": `Map of ${count(n, "track")}`,
    "aria-describedby": help.id,
  });
  const live = el("p", { class: "visually-hidden", role: "status" });
  const hint = el("p", { class: "map-panel map-hint", "aria-hidden": "true", hidden: true });
  return { canvas: el("canvas", { class: "map-points", "aria-hidden": "true" }), surface, live, help, hint };
}

/**
 * Return what panels take from the map at each edge, in pixels, and some air.
 *
 * @param {HTMLElement} frame The whole.
 * @param {{corner: HTMLElement, panel: {open: boolean, element: HTMLElement}}} above What stands above the map.
 */
export function margins(frame, { corner, panel }) {
  const { offsetWidth: width, offsetHeight: height } = panel.element;
  if (frame.clientWidth > PHONE) {
    return { left: corner.offsetWidth + 56, right: (panel.open ? width + 20 : 60) + 36, top: 44, bottom: 56 };
  }
  const right = panel.open ? 24 : 70; // the tools are hidden while the panel is open
  return { left: 24, right, top: corner.offsetTop + 126, bottom: (panel.open ? height : 0) + 60 };
}
