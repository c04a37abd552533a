// Small charts of one label: bars, a wheel of keys, an interval. Their numbers stand in words beside them or in their label.
import { el, svg } from "/page/js/lib/dom.js";

const WIDE = 300;
const TALL = 84;
const FOOT = 18;
const MOST_BARS = 26;
const TICKS = 4;
const FENCE = 3;
const LEAST_SHOWN = 0.8;
/** An axis of fewer bins than this shows all of them well enough. */
const MOST_SQUASHED = 10;

/**
 * Numbers of a quantity.
 *
 * @typedef {object} Numbers
 * @property {number} known
 * @property {number} estimated
 * @property {number[]|null} quartiles
 * @property {number} width Of a bin.
 * @property {Array<[number, number]>} bins Middles, rising, with counts.
 */

/**
 * The axis that several histograms share. A few values far from all others would squash the rest into one bar: where they
 * would take more than half of the axis it ends before them, and `beyond` tells of them.
 *
 * @param {Numbers[]} several
 * @returns {{low: number, high: number, width: number}|null} null where nothing is known.
 */
export function sharedAxis(several) {
  const known = several.filter((numbers) => numbers.bins.length > 0);
  if (!known.length) return null;
  const base = known[0].width;
  const all = endsOf(known.map(({ bins }) => bins));
  const near = endsOf(known.map(middling));
  const [first, last] = all[1] - all[0] > 2 * (near[1] - near[0]) + MOST_SQUASHED * base ? near : all;
  const factor = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => (last - first) / (base * one) < MOST_BARS) ?? 1000;
  const width = base * factor;
  const low = Math.round(first / width) * width - width;
  const high = Math.round(last / width) * width + width;
  return { low: low - width / 2, high: high + width / 2, width };
}

const endsOf = (several) => [Math.min(...several.map((bins) => bins[0][0])), Math.max(...several.map((bins) => bins.at(-1)[0]))];

/** The bins of a quantity without those further from the middle half than Tukey's outer fences; all where these are many. */
function middling({ bins, quartiles, width }) {
  const [low, , high] = quartiles ?? [];
  const reach = Math.max(FENCE * (high - low), 2 * width);
  const kept = bins.filter(([middle]) => middle >= low - reach && middle <= high + reach);
  const total = (some) => some.reduce((sum, [, count]) => sum + count, 0);
  return kept.length > 0 && total(kept) >= LEAST_SHOWN * total(bins) ? kept : bins;
}

/**
 * What an axis leaves out of some numbers.
 *
 * @param {Numbers} numbers
 * @param {{low: number, high: number}} axis
 * @returns {{below: Array<[number, number]>, above: Array<[number, number]>}} Bins.
 */
export function beyond({ bins }, { low, high }) {
  return { below: bins.filter(([middle]) => middle < low), above: bins.filter(([middle]) => middle > high) };
}

/**
 * Draw a histogram with its median.
 *
 * @param {Numbers} numbers
 * @param {{colour: string, label: string, axis?: object, show?: (value: number) => string, tall?: number}} options
 *   `axis`: of `sharedAxis`, where charts stand beside each other.
 * @returns {SVGElement}
 */
export function histogram(numbers, { colour, label, axis = sharedAxis([numbers]), show = String, tall = TALL }) {
  const { low, high, width } = axis;
  const counts = new Map();
  for (const [middle, count] of numbers.bins) {
    if (middle < low || middle > high) continue;
    const at = Math.round(middle / width);
    counts.set(at, (counts.get(at) ?? 0) + count);
  }
  const most = Math.max(1, ...counts.values());
  const x = (value) => ((value - low) / (high - low)) * WIDE;
  const y = (count) => (count / most) * (tall - FOOT - 8);
  const gap = Math.min(2, (x(low + width) - x(low)) * 0.15);
  const bars = [...counts].map(([at, count]) =>
    svg(
      "rect",
      {
        x: x((at - 0.5) * width) + gap / 2,
        y: tall - FOOT - y(count),
        width: x(low + width) - gap,
        height: y(count),
        rx: 1.5,
        fill: colour,
      },
      svg("title", {}, `${spoken(at, width, show)}: ${count}`),
    ),
  );
  const ticks = tickValues(low, high, width).map((value) =>
    svg("text", { x: x(value), y: tall - 4, class: "chart-tick", "text-anchor": "middle" }, show(value)),
  );
  const { below, above } = beyond(numbers, axis);
  const middle =
    numbers.quartiles &&
    svg("line", {
      x1: x(numbers.quartiles[1]),
      x2: x(numbers.quartiles[1]),
      y1: 2,
      y2: tall - FOOT,
      class: "chart-median",
    });
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDE} ${tall}`, role: "img", "aria-label": label },
    bars,
    svg("line", { x1: 0, x2: WIDE, y1: tall - FOOT + 0.5, y2: tall - FOOT + 0.5, class: "chart-axis" }),
    middle ?? "",
    ticks,
    below.length ? brink(below, { at: 2, anchor: "start", arrow: "◂", show, y: tall - FOOT - 6 }) : "",
    above.length ? brink(above, { at: WIDE - 2, anchor: "end", arrow: "▸", show, y: tall - FOOT - 6 }) : "",
  );
}

/** Where an axis ends before some values: how many lie further on. */
function brink(bins, { at, anchor, arrow, show, y }) {
  const words = bins.map(([middle, count]) => `${show(middle)}: ${count}`).join(", ");
  const number = bins.reduce((sum, [, count]) => sum + count, 0);
  const text = anchor === "start" ? `${arrow} ${number}` : `${number} ${arrow}`;
  return svg("text", { x: at, y, class: "chart-beyond", "text-anchor": anchor }, text, svg("title", {}, words));
}

/** What a bar stands for: one value, or from where to where where several were put together. */
function spoken(at, width, show) {
  return width <= 1 ? show(at * width) : `${show((at - 0.5) * width)} to ${show((at + 0.5) * width)}`;
}

/** Few values at even steps that are whole bins. */
function tickValues(low, high, width) {
  const bins = Math.round((high - low) / width);
  const step = Math.max(1, Math.ceil((bins - 2) / TICKS));
  const values = [];
  for (let at = Math.round(low / width + 0.5) + 1; at * width < high - width; at += step)
    values.push(Number((at * width).toFixed(6)));
  return values;
}

const MIDDLE = 104;
const RINGS = { A: [38, 68], B: [70, 100] };

/**
 * Draw keys as Camelot's wheel: minor inside, major outside; the stronger, the more tracks.
 *
 * @param {Object<string, number>} counts By Camelot notation, such as 8A.
 * @param {{colour: string, label: string, most?: number}} options `most`: of what share is full strength, for two wheels
 *   that are compared.
 * @returns {SVGElement}
 */
export function keyWheel(counts, { colour, label, most = Math.max(1, ...Object.values(counts)) }) {
  const fields = [];
  for (const [mode, [inner, outer]] of Object.entries(RINGS)) {
    for (let hour = 1; hour <= 12; hour += 1) {
      const name = `${hour}${mode}`;
      const count = counts[name] ?? 0;
      const [textX, textY] = onCircle(hour * 30, (inner + outer) / 2);
      fields.push(
        svg(
          "path",
          {
            d: sector(hour * 30, inner, outer),
            fill: colour,
            "fill-opacity": count ? 0.14 + 0.56 * (count / most) : 0.05,
            class: "wheel-field",
          },
          svg("title", {}, `${name}: ${count}`),
        ),
        svg(
          "text",
          {
            x: textX,
            y: textY,
            class: count ? "wheel-name" : "wheel-name none",
            "text-anchor": "middle",
            "dominant-baseline": "central",
          },
          name,
        ),
      );
    }
  }
  return svg(
    "svg",
    { class: "chart wheel", viewBox: `0 0 ${2 * MIDDLE} ${2 * MIDDLE}`, role: "img", "aria-label": label },
    fields,
  );
}

function onCircle(degrees, radius) {
  const turn = ((degrees - 90) * Math.PI) / 180;
  return [MIDDLE + radius * Math.cos(turn), MIDDLE + radius * Math.sin(turn)];
}

function sector(degrees, inner, outer) {
  const [from, to] = [degrees - 14.4, degrees + 14.4];
  const corners = [onCircle(from, outer), onCircle(to, outer), onCircle(to, inner), onCircle(from, inner)];
  const [a, b, c, d] = corners.map((corner) => corner.map((one) => one.toFixed(2)).join(" "));
  return `M${a}A${outer} ${outer} 0 0 1 ${b}L${c}A${inner} ${inner} 0 0 0 ${d}Z`;
}

/**
 * Draw a value with its interval on an axis from 0; the numbers have to stand beside it.
 *
 * @param {{value: number, interval: number[], most: number, colour: string}} drawn `most`: the axis' end.
 * @returns {SVGElement}
 */
export function intervalBar({ value, interval, most, colour }) {
  const x = (one) => 6 + (Math.min(one, most) / (most || 1)) * 108;
  return svg(
    "svg",
    { class: "interval", viewBox: "0 0 120 16", "aria-hidden": "true" },
    svg("line", { x1: 6, x2: 114, y1: 8, y2: 8, class: "chart-axis" }),
    svg("line", {
      x1: x(interval[0]),
      x2: x(interval[1]),
      y1: 8,
      y2: 8,
      stroke: colour,
      "stroke-width": 4,
      "stroke-opacity": 0.45,
      "stroke-linecap": "round",
    }),
    svg("circle", { cx: x(value), cy: 8, r: 4.5, fill: colour }),
  );
}

/**
 * A chart with its name and its numbers in words above it.
 *
 * @param {string} name
 * @param {Node|null} chart null where nothing is known.
 * @param {string} words
 * @param {string} [note] Stands below it.
 * @returns {HTMLElement}
 */
export function captioned(name, chart, words, note = "") {
  return el(
    "figure",
    { class: "small-chart" },
    el("figcaption", {}, el("span", { class: "chart-name" }, name), el("span", { class: "chart-words" }, words)),
    chart,
    note && el("p", { class: "muted small chart-note" }, note),
  );
}
