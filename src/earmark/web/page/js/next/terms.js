// A transition's terms as small bars: how long each is filled is its value, how thick it is how much it counts.
import { el } from "/page/js/lib/dom.js";
import { typeset } from "/page/js/lib/format.js";
import { TERMS } from "/page/js/next/asking.js";

/**
 * Draw the terms of a transition.
 *
 * @param {{reasons: Array<{term: string, value: number|null, weight: number, text: string}>}} transition
 * @returns {HTMLElement}
 */
export function terms(transition) {
  const largest = Math.max(0.01, ...transition.reasons.map((reason) => reason.weight));
  return el("ul", { class: "terms", "aria-label": "What counts" }, transition.reasons.map((reason) => term(reason, largest)));
}

function term({ term: name, value, weight, text }, largest) {
  const known = value !== null;
  const told = `${TERMS.find((one) => one.name === name)?.text ?? name}: ${known ? Math.round(100 * value) : "not known"}, counts ${Math.round(100 * weight)} %${text ? `. ${typeset(text)}` : ""}`;
  const fill = el("span", { class: "term-fill", style: { width: `${100 * (known ? value : 0.5)}%` } });
  return el("li", { class: ["term", !known && "unknown", weight === 0 && "off"], title: told },
    el("span", { class: "term-name", "aria-hidden": "true" }, name),
    el("span", { class: "term-bar", style: { height: `${3 + 5 * (weight / largest)}px` } }, fill),
    el("span", { class: "visually-hidden" }, told));
}
