// A track's outline as a slider: what has been played, where it is, sections above and evidence below it.
import { bus } from "/page/js/lib/bus.js";
import { el, whileConnected } from "/page/js/lib/dom.js";
import { minutes } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { token } from "/page/js/lib/theme.js";

const BAR_PX = 3;
const GAP_PX = 1;
/** How far an arrow key goes. */
export const STEP_SECONDS = 5;
const LEAP_SECONDS = 30;
const STEPS = {
  ArrowRight: STEP_SECONDS,
  ArrowUp: STEP_SECONDS,
  k: STEP_SECONDS,
  ArrowLeft: -STEP_SECONDS,
  ArrowDown: -STEP_SECONDS,
  j: -STEP_SECONDS,
  PageUp: LEAP_SECONDS,
  PageDown: -LEAP_SECONDS,
  Home: -Infinity,
  End: Infinity,
};

/**
 * What was found over a stretch of time.
 *
 * @typedef {object} Evidence
 * @property {number} start In seconds.
 * @property {number} end
 * @property {number} value -1 (against) to 1 (for); drawn below or above the line.
 * @property {string} [text] What a screen reader and a pointer that rests there are told.
 * @property {string} [colour] Instead of the colours for and against.
 */

/**
 * Make a waveform.
 *
 * @param {{seconds: number, peaks: number[]}} outline `peaks`: loudness from 0 to 255; may be empty.
 * @param {object} [options]
 * @param {object} [options.track] What it is a picture of; its cursor then follows the player only while that plays.
 * @param {Evidence[]} [options.evidence] Drawn as a lane below the wave.
 * @param {Array<{start: number, end: number, name?: string}>} [options.sections] Marked above it.
 * @param {(seconds: number) => void} [options.onSeek] Where somebody clicked. Without it the track is played from there.
 * @param {string} [options.label] For screen readers.
 * @param {boolean} [options.slim] Low, for the player bar: no lane, no sections.
 * @returns {HTMLCanvasElement & {show: (outline: object) => void}} `show` draws another outline in its place.
 */
export function waveform(outline, options = {}) {
  const drawn = new Waveform(outline, options);
  return Object.assign(drawn.canvas, { show: (other) => drawn.show(other) });
}

class Waveform {
  #outline;
  #options;
  #levels = [];
  #pointed = null;

  constructor(outline, options) {
    this.#outline = outline;
    this.#options = options;
    const lane = options.evidence?.length && !options.slim;
    this.canvas = el("canvas", {
      class: ["waveform", options.slim && "slim", lane && "with-evidence"],
      role: "slider",
      tabindex: "0",
      "aria-label": options.label ?? "Place in the track",
      "aria-valuemin": "0",
      "aria-valuemax": String(Math.round(outline.seconds)),
      onclick: (event) => this.#seek(this.#secondsAt(event)),
      onkeydown: (event) => this.#pressed(event),
      onpointermove: (event) => this.#point(this.#secondsAt(event)),
      onpointerleave: () => this.#point(null),
    });
    new ResizeObserver(() => this.#resized()).observe(this.canvas);
    for (const type of ["time", "change"]) whileConnected(this.canvas, player, type, () => this.#moved());
    whileConnected(this.canvas, bus.events, "theme", () => this.#draw());
    this.#moved();
  }

  /** Draw another outline; the slider stays the same one, with its focus. */
  show(outline) {
    this.#outline = outline;
    this.canvas.setAttribute("aria-valuemax", String(Math.round(outline.seconds)));
    this.#resized();
    this.#moved();
  }

  /** Where the cursor stands, or null where another track plays. */
  get #time() {
    const { track } = this.#options;
    return player.current && (!track || player.isCurrent(track)) ? player.time : null;
  }

  #secondsAt(event) {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.#outline.seconds;
  }

  #seek(seconds) {
    const place = Math.min(this.#outline.seconds, Math.max(0, seconds));
    const { onSeek, track } = this.#options;
    if (onSeek) onSeek(place);
    else if (track) player.play(track, { at: place });
    else player.seek(place);
  }

  #pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      if (this.#time !== null) player.toggle();
      else this.#seek(0);
    } else if (STEPS[event.key] !== undefined) this.#seek((this.#time ?? 0) + STEPS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #point(seconds) {
    this.#pointed = seconds;
    this.canvas.title = seconds === null ? "" : this.#words(seconds);
    this.#draw();
  }

  /** What there is at a place, in words. */
  #words(seconds) {
    const inside = ({ start, end }) => seconds >= start && seconds < end;
    const section = this.#options.sections?.find(inside)?.name;
    const found = (this.#options.evidence ?? []).filter(inside).map((one) => one.text);
    return [`${minutes(seconds)} of ${minutes(this.#outline.seconds)}`, section, ...found].filter(Boolean).join(", ");
  }

  #moved() {
    const time = this.#time ?? 0;
    this.canvas.setAttribute("aria-valuenow", String(Math.round(time)));
    this.canvas.setAttribute("aria-valuetext", this.#words(time));
    this.#draw();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.canvas;
    const sharp = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(clientWidth * sharp));
    this.canvas.height = Math.max(1, Math.round(clientHeight * sharp));
    this.#levels = resampled(this.#outline.peaks, Math.max(1, Math.floor(clientWidth / (BAR_PX + GAP_PX))));
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const pen = this.canvas.getContext("2d");
    const sharp = devicePixelRatio || 1;
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { evidence = [], sections = [], slim } = this.#options;
    const lane = evidence.length && !slim ? Math.round(height * 0.3) : 0;
    const head = sections.length && !slim ? 16 : 0;
    this.#drawBars(pen, width, head, height - lane - (lane ? 8 : 0));
    if (head) this.#drawSections(pen, width, sections);
    if (lane) this.#drawEvidence(pen, width, height - lane, lane, evidence);
    this.#drawCursors(pen, width, height);
  }

  #x(seconds, width) {
    return (seconds / (this.#outline.seconds || 1)) * width;
  }

  #drawBars(pen, width, top, bottom) {
    const played = this.#time === null ? -1 : this.#x(this.#time, width);
    const middle = (top + bottom) / 2;
    const [before, after] = [token("--accent"), token("--wave")];
    for (const [i, level] of this.#levels.entries()) {
      const x = i * (BAR_PX + GAP_PX);
      const tall = Math.max(2, (level / 255) * (bottom - top));
      pen.fillStyle = x <= played ? before : after;
      pen.fillRect(x, middle - tall / 2, BAR_PX, tall);
    }
  }

  #drawSections(pen, width, sections) {
    pen.font = `11px ${getComputedStyle(this.canvas).fontFamily}`;
    pen.textBaseline = "top";
    for (const { start, end, name } of sections) {
      const [left, room] = [this.#x(start, width), this.#x(end - start, width)];
      pen.fillStyle = token("--axis");
      pen.fillRect(left, 0, 1, 12);
      pen.fillStyle = token("--soft");
      if (name && pen.measureText(name).width + 8 < room) pen.fillText(name, left + 5, 1);
    }
  }

  #drawEvidence(pen, width, top, tall, evidence) {
    const middle = top + tall / 2;
    const largest = Math.max(1e-9, ...evidence.map((one) => Math.abs(one.value)));
    const [good, bad] = [token("--for"), token("--against")];
    pen.fillStyle = token("--axis");
    pen.fillRect(0, middle - 0.5, width, 1);
    for (const { start, end, value, colour } of evidence) {
      const [left, right] = [this.#x(start, width), this.#x(end, width)];
      const high = (Math.abs(value) / largest) * (tall / 2 - 1);
      pen.fillStyle = colour ?? (value >= 0 ? good : bad);
      pen.fillRect(left, value >= 0 ? middle - high : middle, Math.max(1, right - left - 1), high);
    }
  }

  #drawCursors(pen, width, height) {
    if (this.#pointed !== null) {
      pen.fillStyle = token("--axis");
      pen.fillRect(this.#x(this.#pointed, width), 0, 1, height);
    }
    if (this.#time === null) return;
    pen.fillStyle = token("--ink");
    pen.fillRect(Math.min(width - 2, this.#x(this.#time, width)), 0, 2, height);
  }
}

/** As many levels as there are bars: the loudest of those that fall into each. */
function resampled(peaks, bars) {
  if (!peaks?.length) return new Array(bars).fill(24);
  return Array.from({ length: bars }, (_, i) => {
    const from = Math.floor((i * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((i + 1) * peaks.length) / bars));
    return Math.max(...peaks.slice(from, to));
  });
}
