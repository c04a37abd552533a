// Small charts of a model's numbers, drawn as SVG in the page's colours: curves, intervals, and promises kept.
import { clear, el, svg } from "/page/js/lib/dom.js";
import { percent } from "/page/js/lib/format.js";

const ROOM = { left: 44, right: 12, top: 10, bottom: 30 };

/**
 * A line of a chart.
 *
 * @typedef {object} Series
 * @property {string} name
 * @property {"first"|"second"|"third"} look Its colour and dash.
 * @property {Array<[number, number]>} points x and y, in the order of x.
 */

/**
 * Make a chart of curves; pointing at it reads the values off.
 *
 * @param {{label: string, xName: string, share?: boolean, height?: number}} options `label`: for screen readers.
 *   `share`: y goes from 0 to 1 and is told in per cent.
 * @returns {HTMLElement & {show: (series: Series[], mark?: {x: number, text: string}|null) => void}}
 */
export function lineChart({ label, xName, share = false, height = 200 }) {
  const picture = svg("svg", { class: "chart-picture", role: "img", "aria-label": label, height });
  const legend = el("ul", { class: "chart-legend" });
  const frame = el("figure", { class: "chart" }, legend, picture);
  const told = (value) => (share ? percent(value) : value.toFixed(2));
  let [series, mark, pointed] = [[], null, null];

  function draw() {
    const width = picture.clientWidth;
    if (!width) return;
    const place = placing(series, { width, height, share });
    clear(picture).append(...frameOf(place, { xName, told, width, height }));
    if (mark && place) picture.append(...markOf(mark, place, height));
    for (const one of series) picture.append(lineOf(one, place));
    if (pointed !== null && place) picture.append(svg("line", { class: "chart-cursor", x1: place.x(pointed), x2: place.x(pointed), y1: ROOM.top, y2: height - ROOM.bottom }));
    clear(legend).append(...series.map((one) => legendOf(one, pointed, told)));
  }

  picture.addEventListener("pointermove", (event) => {
    const place = placing(series, { width: picture.clientWidth, height, share });
    const all = series.flatMap((one) => one.points.map(([x]) => x));
    if (!place || all.length === 0) return;
    const at = event.clientX - picture.getBoundingClientRect().left;
    pointed = all.reduce((best, x) => (Math.abs(place.x(x) - at) < Math.abs(place.x(best) - at) ? x : best));
    draw();
  });
  picture.addEventListener("pointerleave", () => {
    pointed = null;
    draw();
  });
  new ResizeObserver(draw).observe(picture);
  frame.show = (given, marked = null) => {
    [series, mark] = [given, marked];
    picture.setAttribute("aria-label", `${label}. ${given.map((one) => summary(one, told, xName)).join(" ")}`);
    draw();
  };
  return frame;
}

function summary({ name, points }, told, xName) {
  if (points.length === 0) return `${name}: nothing yet.`;
  const [[from, first], [to, last]] = [points[0], points.at(-1)];
  return `${name}: ${told(first)} at ${xName} ${from}, ${told(last)} at ${xName} ${to}.`;
}

function legendOf({ name, look, points }, pointed, told) {
  const found = pointed === null ? points.at(-1) : points.find(([x]) => x === pointed);
  return el("li", {}, el("span", { class: `chart-key ${look}` }), name, found && el("strong", { class: "number" }, told(found[1])));
}

function placing(series, { width, height, share }) {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return null;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)];
  const [low, high] = share ? [0, 1] : around(ys);
  const x = (value) => ROOM.left + ((value - left) / (right - left)) * (width - ROOM.left - ROOM.right);
  const y = (value) => height - ROOM.bottom - ((value - low) / (high - low)) * (height - ROOM.top - ROOM.bottom);
  return { x, y, xTicks: ticks(left, right, Math.max(2, Math.floor(width / 80)), true), yTicks: ticks(low, high, 4) };
}

/** A little more than the range of some values, which are 0 at least. */
function around(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (high - low || high || 1);
  return [Math.max(0, low - room), high + room];
}

/** Round values between two ends. */
function ticks(low, high, wanted, integers = false) {
  const raw = (high - low) / wanted || 1;
  const size = 10 ** Math.floor(Math.log10(raw));
  let step = [1, 2, 2.5, 5, 10].map((one) => one * size).find((one) => one >= raw) ?? raw;
  if (integers) step = Math.max(1, Math.round(step));
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
}

function frameOf(place, { xName, told, width, height }) {
  const bottom = height - ROOM.bottom;
  const axis = svg("line", { class: "chart-axis", x1: ROOM.left, x2: width - ROOM.right, y1: bottom, y2: bottom });
  const name = svg("text", { class: "chart-text", x: width - ROOM.right, y: height - 4, "text-anchor": "end" }, xName);
  if (!place) return [axis, name];
  return [
    ...place.yTicks.flatMap((value) => [
      svg("line", { class: "chart-grid", x1: ROOM.left, x2: width - ROOM.right, y1: place.y(value), y2: place.y(value) }),
      svg("text", { class: "chart-text", x: ROOM.left - 8, y: place.y(value) + 4, "text-anchor": "end" }, told(value)),
    ]),
    axis,
    ...place.xTicks.map((value) => svg("text", { class: "chart-text", x: place.x(value), y: bottom + 15, "text-anchor": "middle" }, value)),
    name,
  ];
}

function markOf({ x, text }, place, height) {
  const at = place.x(x);
  const right = at < 120;
  return [
    svg("line", { class: "chart-mark", x1: at, x2: at, y1: ROOM.top, y2: height - ROOM.bottom }),
    svg("text", { class: "chart-text", x: at + (right ? 5 : -5), y: ROOM.top + 10, "text-anchor": right ? "start" : "end" }, text),
  ];
}

function lineOf({ look, points }, place) {
  const group = svg("g", { class: `chart-line ${look}` });
  if (!place || points.length === 0) return group;
  const path = points.map(([x, y], i) => `${i ? "L" : "M"}${place.x(x).toFixed(1)} ${place.y(y).toFixed(1)}`).join("");
  group.append(svg("path", { d: path, fill: "none" }));
  if (points.length <= 30) group.append(...points.map(([x, y]) => svg("circle", { cx: place.x(x), cy: place.y(y), r: 2.5 })));
  return group;
}

/**
 * Make a share with its interval, on a line from 0 to 100 per cent.
 *
 * @param {number|null} value
 * @param {{low: number, high: number}|null} interval
 * @param {{look?: "model"|"baseline", marks?: Array<{share: number, text: string}>}} [options] `marks`: values to hold
 *   it against, told when pointed at; see `intervalLegend`.
 * @returns {HTMLElement}
 */
export function intervalBar(value, interval, { look = "model", marks = [] } = {}) {
  const at = (share) => `${Math.round(1000 * share) / 10}%`;
  return el("span", { class: `interval ${look}`, "aria-hidden": "true" },
    marks.map(({ share, text }) => el("span", { class: "interval-mark", title: text, style: { left: at(share) } })),
    interval && el("span", { class: "interval-range", style: { left: at(interval.low), width: at(Math.max(0, interval.high - interval.low)) } }),
    value !== null && el("span", { class: "interval-point", style: { left: at(value) } }));
}

/**
 * Say how intervals are read; not for screen readers, which are told their numbers.
 *
 * @param {boolean} marked Whether they have marks of the baselines.
 * @returns {HTMLElement}
 */
export function intervalLegend(marked) {
  const part = (picture, text) => el("li", {}, el("span", { class: ["interval-key", picture] }), text);
  return el("ul", { class: "chart-legend interval-legend", "aria-hidden": "true" },
    part("point", "on these test songs"), part("range", "where it lies for songs like these, with 95\u202f% confidence"),
    marked && part("rival", "what is reached without hearing a note (the grey rows)"));
}

/** An interval of a share as words, such as "55 to 95 %". */
export const range = ({ low, high }) => `${Math.round(100 * low)} to ${Math.round(100 * high)}\u202f%`;

/**
 * Make a reliability diagram: how sure the model was, and how often it was right.
 *
 * @param {{before: object[], after: object[]}} bins As the server tells them.
 * @returns {HTMLElement}
 */
export function reliabilityChart({ before, after }) {
  const [left, top, side] = [44, 10, 264];
  const bottom = top + side;
  const picture = svg("svg", { class: "reliability", role: "img", viewBox: `0 0 ${left + side + 12} ${bottom + 38}`, "aria-label": words(after) });
  const x = (share) => left + share * side;
  const y = (share) => bottom - share * (bottom - top);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(
      svg("line", { class: "chart-grid", x1: x(0), x2: x(1), y1: y(share), y2: y(share) }),
      svg("text", { class: "chart-text", x: left - 8, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
      svg("text", { class: "chart-text", x: x(share), y: bottom + 16, "text-anchor": share === 1 ? "end" : "middle" }, percent(share)),
    );
  }
  picture.append(svg("line", { class: "chart-mark", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }));
  for (const bin of before) picture.append(svg("circle", { class: "bin-before", cx: x(bin.confidence), cy: y(bin.right), r: 4.5 }, svg("title", {}, told(bin))));
  for (const bin of after) {
    picture.append(
      svg("line", { class: "bin-line", x1: x(bin.confidence), x2: x(bin.confidence), y1: y(bin.interval.low), y2: y(bin.interval.high) }),
      svg("circle", { class: "bin-after", cx: x(bin.confidence), cy: y(bin.right), r: 5.5 }, svg("title", {}, told(bin))),
    );
  }
  picture.append(
    svg("text", { class: "chart-text", x: x(1), y: bottom + 34, "text-anchor": "end" }, "how sure it was"),
    svg("text", { class: "chart-text", x: x(0) + 6, y: top + 12 }, "how often it was right"),
  );
  return el("figure", { class: "chart" }, picture,
    el("ul", { class: "chart-legend" },
      el("li", {}, el("span", { class: "chart-key bin after" }), "what you are told, with 95\u202f% intervals"),
      el("li", {}, el("span", { class: "chart-key bin before" }), "before scaling"),
      el("li", {}, el("span", { class: "chart-key diagonal" }), "a promise kept")));
}

const told = (bin) => `${bin.n} songs: ${percent(bin.confidence)} sure, ${percent(bin.right)} right (95\u202f%: ${range(bin.interval)})`;
const words = (bins) => `Confidence beside the share of right verdicts. ${bins.map(told).join(". ")}.`;
