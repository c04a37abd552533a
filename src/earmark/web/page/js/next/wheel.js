// The Camelot wheel: keys by fifths, minor inside, major outside; where one is, where one may go, where one goes.
import { svg } from "/page/js/lib/dom.js";

const CENTRE = 50;
const RINGS = { A: [17, 31], B: [33, 48] };

/**
 * Draw the wheel.
 *
 * @param {{from?: string|null, allowed?: string[], to?: string|null, numbers?: boolean, label?: string}} told Keys in
 *   Camelot notation: the one that is left, those that the rules reach, the one that is reached.
 * @returns {SVGElement} Named by `label`, or hidden from screen readers where the words stand beside it.
 */
export function wheel({ from, allowed = [], to, numbers = false, label } = {}) {
  const cells = [];
  for (const [letter, [inner, outer]] of Object.entries(RINGS)) {
    for (let number = 1; number <= 12; number += 1) {
      const key = `${number}${letter}`;
      const kind = ["wheel-cell", allowed.includes(key) && "allowed", key === from && "from", key === to && "to"];
      cells.push(svg("path", { class: kind.filter(Boolean).join(" "), d: arc(number, inner, outer) }, svg("title", {}, key)));
      if (numbers) cells.push(name(key, number, (inner + outer) / 2, kind));
    }
  }
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true", focusable: "false" };
  return svg("svg", { class: numbers ? "wheel large" : "wheel", viewBox: "0 0 100 100", ...named }, ...cells);
}

/** 12 stands at the top, and the numbers go round like a clock's. */
const angle = (number) => ((number * 30 - 90) * Math.PI) / 180;

const at = (radius, where) => `${(CENTRE + radius * Math.cos(where)).toFixed(2)} ${(CENTRE + radius * Math.sin(where)).toFixed(2)}`;

function arc(number, inner, outer) {
  const half = (14 * Math.PI) / 180;
  const [start, end] = [angle(number) - half, angle(number) + half];
  return `M${at(inner, start)}L${at(outer, start)}A${outer} ${outer} 0 0 1 ${at(outer, end)}L${at(inner, end)}A${inner} ${inner} 0 0 0 ${at(inner, start)}Z`;
}

function name(key, number, radius, kind) {
  const [x, y] = at(radius, angle(number)).split(" ");
  return svg("text", { x, y, class: kind.filter(Boolean).join(" ").replace("wheel-cell", "wheel-name"), "text-anchor": "middle", "dominant-baseline": "central" }, key);
}
