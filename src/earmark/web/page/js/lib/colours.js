// Labels' colours, the same as in every picture of Earmark, and scales for values.
import { get } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { el, whileConnected } from "/page/js/lib/dom.js";

/** What belongs to no label. */
export const NEUTRAL = "#7d8594";
// Viridis, as in the reports: its lightness rises evenly, so that it can be read without colour.
const SEQUENTIAL = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];

let known = new Map();
const news = new EventTarget();

/**
 * Fetch the labels with their colours; called once at start and when the library has changed.
 *
 * @returns {Promise<string[]>} The labels in the palette's order.
 */
export async function loadColours() {
  const labels = await get("/labels");
  known = new Map(labels.map((label) => [label.label, label.colour]));
  news.dispatchEvent(new Event("change"));
  bus.emit("colours", [...known.keys()]);
  return [...known.keys()];
}

/** The labels that have a colour, in the palette's order. */
export const labelNames = () => [...known.keys()];

/**
 * Return a label's colour; neutral where the label is not one of the library's, or not known yet (see bus "colours").
 *
 * @param {string} name
 * @returns {string} "#rrggbb"
 */
export function labelColour(name) {
  return known.get(name) ?? NEUTRAL;
}

/**
 * Return how many labels before this one, by name, have its colour: 0 for the first ones that have all colours.
 *
 * @param {string} name
 * @returns {number}
 */
export function labelRound(name) {
  const colour = known.get(name);
  let before = 0;
  for (const [other, own] of known) {
    if (other === name) return before;
    if (own === colour) before += 1;
  }
  return 0;
}

/**
 * Make a label's chip: its colour as a dot and its name.
 *
 * @param {string|null} name
 * @param {{href?: string}} [options] `href`: makes it a link.
 * @returns {HTMLElement}
 */
export function labelChip(name, { href } = {}) {
  if (!name) return el("span", { class: "chip muted" }, "no label");
  const dot = el("span", { class: "dot", style: { background: labelColour(name) } });
  whileConnected(dot, news, "change", () => (dot.style.background = labelColour(name)));
  return el(href ? "a" : "span", { class: "chip", href, title: name }, dot, el("span", { class: "chip-text" }, name));
}

/**
 * Return a function from a value to a colour, over the range of some values.
 *
 * @param {number[]} values What is not finite does not count.
 * @returns {((value: number) => string) & {low: number, high: number}} Values that are not finite are neutral.
 */
export function scale(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const width = high > low ? high - low : 1;
  const colour = (value) => (Number.isFinite(value) ? blended((value - low) / width) : NEUTRAL);
  return Object.assign(colour, { low, high });
}

function blended(share) {
  const place = Math.min(1, Math.max(0, share)) * (SEQUENTIAL.length - 1);
  const left = Math.min(SEQUENTIAL.length - 2, Math.floor(place));
  const [from, to] = [channels(SEQUENTIAL[left]), channels(SEQUENTIAL[left + 1])];
  return `rgb(${from.map((value, i) => Math.round(value + (place - left) * (to[i] - value))).join(",")})`;
}

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
