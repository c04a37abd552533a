// The energy of a set over its time: a block for each track, and the curve that was wanted, where there was one.
import { el, svg } from "/page/js/lib/dom.js";
import { minutes } from "/page/js/lib/format.js";

const [WIDTH, HEIGHT] = [400, 84];

/**
 * Draw a set's energy.
 *
 * @param {{tracks: Array<{track: object, start_seconds: number, level: number|null}>, seconds: number}} order An OrderOut.
 * @param {Array<[number, number]>|null} curve Points of the curve that was wanted.
 * @returns {HTMLElement}
 */
export function energyCurve(order, curve) {
  const x = (seconds) => (WIDTH * seconds) / Math.max(1, order.seconds);
  const y = (level) => HEIGHT - 4 - level * (HEIGHT - 12);
  const blocks = order.tracks.map(({ track, start_seconds: start, level }, place) =>
    svg("rect", { class: level === null ? "curve-block unknown" : "curve-block", x: x(start) + 0.5, width: Math.max(1, x(track.seconds) - 1), rx: 2,
      y: y(level ?? 0.5), height: HEIGHT - y(level ?? 0.5) },
    svg("title", {}, `${place + 1}. ${track.display}: ${level === null ? "energy not known" : `energy ${Math.round(100 * level)} of 100`}`)));
  const line = order.tracks.filter((one) => one.level !== null).map((one) => `${x(one.start_seconds + one.track.seconds / 2).toFixed(1)},${y(one.level).toFixed(1)}`);
  const wanted = curve?.map(([place, level]) => `${(place * WIDTH).toFixed(1)},${y(level).toFixed(1)}`);
  return el("figure", { class: "energy-curve" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words(order) },
      ...blocks,
      ...(wanted ? [svg("polyline", { class: "curve-wanted", points: wanted.join(" ") })] : []),
      svg("polyline", { class: "curve-line", points: line.join(" ") })),
    el("figcaption", { class: "row apart small muted" }, el("span", {}, wanted ? "Energy, and the curve asked for (dashed)" : "Energy"), el("span", { class: "number" }, minutes(order.seconds))));
}

function words({ tracks, seconds }) {
  const levels = tracks.map((one) => (one.level === null ? "not known" : Math.round(100 * one.level)));
  return `Energy of the set over ${minutes(seconds)}, track by track, of 100: ${levels.join(", ")}`;
}
