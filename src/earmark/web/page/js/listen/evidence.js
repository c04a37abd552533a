// What speaks for the label along the track: the wave, a lane for each of the leading labels, and the sections.
import { labelColour } from "/page/js/lib/colours.js";
import { bus } from "/page/js/lib/bus.js";
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { count, minutes, percent } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { token } from "/page/js/lib/theme.js";
import { waveform } from "/page/js/parts/waveform.js";
import { playable } from "/page/js/listen/store.js";

const LANES = 3;

/**
 * Show a track with its evidence.
 *
 * @param {object} drop With an outline.
 * @returns {HTMLElement}
 */
export function evidenceCard(drop) {
  const { verdict, outline } = drop;
  const track = playable(drop);
  const told = verdict?.explanation;
  const along = told && told.evidence.starts_seconds.length > 1;
  const hear = (seconds) => drop.has_file && player.play(track, { at: seconds });
  const wave = waveform(outline, {
    track: drop.has_file ? track : undefined, onSeek: hear, label: `Place in ${drop.display}`,
    evidence: along ? lane(told) : [], sections: along ? named(told) : [],
  });
  return el("section", { class: "card evidence-card stack tight", "aria-labelledby": "evidence-title" },
    el("div", { class: "row apart" },
      el("h3", { id: "evidence-title" }, along ? "What speaks for it, and where" : "The track"),
      along && legend(verdict, told)),
    wave,
    along && lanes(drop, told, hear),
    along && el("p", { class: "small muted" }, `Click anywhere to hear it. Bars: up speaks for ${told.label}, down for ${told.runner_up}. Lanes: how much each place alone sounds like a label.`),
    along && sectionList(told, hear, drop));
}

function legend(verdict, told) {
  return el("p", { class: "small muted row" },
    el("span", { class: "key-for", "aria-hidden": "true" }), `for ${told.label}`,
    el("span", { class: "key-against", "aria-hidden": "true" }), `for ${told.runner_up}`);
}

function lane({ evidence, label, runner_up: other }) {
  const largest = Math.max(1e-9, ...evidence.log_odds.map(Math.abs));
  return evidence.log_odds.map((value, i) => ({
    start: evidence.starts_seconds[i], end: evidence.ends_seconds[i], value: value / largest,
    text: `speaks for ${value >= 0 ? label : other}`,
  }));
}

function named({ sections, loudest, label }) {
  const first = loudest[0];
  const name = (one, i) => (i === first ? "most telling" : one.alone.label === label ? "" : one.alone.label);
  return sections.map((one, i) => ({ start: one.start_seconds, end: one.end_seconds, name: name(one, i) }));
}

/** A lane for each of the leading labels: the more a place alone sounds like it, the stronger its colour. */
function lanes(drop, told, hear) {
  const { evidence } = told;
  const leading = Object.keys(told.probabilities).slice(0, LANES);
  return el("div", { class: "lanes" }, leading.map((name) => {
    const column = evidence.labels.indexOf(name);
    const shares = evidence.log_probabilities.map((row) => Math.exp(row[column]) / row.reduce((sum, one) => sum + Math.exp(one), 0));
    const leads = evidence.log_probabilities.filter((row) => row[column] === Math.max(...row)).length / shares.length;
    return el("div", { class: "lane" },
      el("p", { class: "lane-name small" }, el("span", { class: "dot", style: { background: labelColour(name) } }), name, el("span", { class: "muted" }, ` ${leadWords(leads)}`)),
      laneCanvas(name, shares, drop, evidence, hear));
  }));
}

/** In how much of a track a label is the one that it sounds most like. */
function leadWords(share) {
  if (share === 0) return "nowhere the strongest";
  return share === 1 ? "the strongest all along" : `the strongest in ${percent(share)} of the track`;
}

function laneCanvas(name, shares, drop, evidence, hear) {
  const canvas = el("canvas", { class: "lane-canvas", role: "img", "aria-label": `How much each place sounds like ${name}; the sections below tell the same in words`,
    onclick: (event) => {
      const box = canvas.getBoundingClientRect();
      hear(((event.clientX - box.left) / box.width) * drop.outline.seconds);
    } });
  const draw = () => drawLane(canvas, name, shares, evidence, drop.outline.seconds);
  new ResizeObserver(draw).observe(canvas);
  whileConnected(canvas, bus.events, "theme", draw);
  whileConnected(canvas, bus.events, "colours", draw);
  return canvas;
}

function drawLane(canvas, name, shares, evidence, seconds) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const sharp = devicePixelRatio || 1;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.fillStyle = token("--grid");
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = labelColour(name);
  for (const [i, share] of shares.entries()) {
    const [left, right] = [evidence.starts_seconds[i], evidence.ends_seconds[i]].map((at) => (at / seconds) * width);
    pen.globalAlpha = share;
    pen.fillRect(left, 0, Math.max(1, right - left + 0.5), height);
  }
  pen.globalAlpha = 1;
}

/** The sections in words, each to be heard. */
function sectionList(told, hear, drop) {
  const rows = told.sections.map((one, i) => {
    const span = `${minutes(one.start_seconds)}–${minutes(one.end_seconds)}`;
    const remark = told.loudest.includes(i) ? el("span", { class: "chip good" }, "matters most") : drop.verdict.opposing.includes(i) ? el("span", { class: "chip warning" }, "speaks against") : null;
    return el("tr", {},
      el("td", { class: "section-play" }, drop.has_file && el("button", { type: "button", class: "play-button", "aria-label": `Hear ${span}`, onclick: () => hear(one.start_seconds) }, icon("play"))),
      el("th", { scope: "row" }, span),
      el("td", {}, el("span", { class: "row alone" }, el("span", { class: "dot", style: { background: labelColour(one.alone.label) } }), one.alone.label, el("span", { class: "muted" }, percent(one.alone.probability)))),
      el("td", { class: "right" }, signed(one.evidence)),
      el("td", { class: "right" }, signed(one.effect)),
      el("td", {}, remark));
  });
  return el("details", { class: "sections", open: rows.length <= 8 },
    el("summary", {}, `${count(rows.length, "section")} in words`),
    el("div", { class: "scroll" }, el("table", { class: "table sections-table" },
      el("thead", {}, el("tr", {}, el("td", {}), ["Section", "Alone it would be"].map((text) => el("th", { scope: "col" }, text)),
        el("th", { scope: "col", class: "right", title: "What it adds to the log-odds of the label against the runner-up" }, "Adds"),
        el("th", { scope: "col", class: "right", title: "By how much the log-odds would shrink without it" }, "Missed"), el("td", {}))),
      el("tbody", {}, rows))));
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
