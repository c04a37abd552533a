// What stands above the points: names of groups, rings, lines to true neighbours, the dropped track, the lasso.
// A plain 2D canvas, since it is a handful of things.
import { token } from "/page/js/lib/theme.js";

const PULSE_MS = 1800;
const ABOVE_PX = 18;
// So many names are written at once; nearer, others come into sight.
const MOST_NAMES = 24;

export class Overlay {
  /** Names of groups, as `groupNames` gives them. */
  names = [];
  /** Groups that are held out; the names of others are faint. Empty: all. */
  held = new Set();
  /** The point under the pointer, the one that the keys are at, the one that is shown beside, the one that plays; -1. */
  hovered = -1;
  cursor = -1;
  shown = -1;
  playing = -1;
  /** Points that lines go to, from the shown point or the dropped track. */
  linked = [];
  /** Where the dropped track lies, or null. */
  dropped = null;
  /** x and y of the lasso in turns, in pixels. */
  outline = null;
  /** The circle that keys draw, in the map's units, or null. */
  circle = null;
  #colours = {};
  #boxes = [];
  #font = "";

  constructor(canvas, data) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.data = data;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.takeColours();
  }

  /** Read the page's colours again; called when they change. */
  takeColours() {
    for (const name of ["ink", "ground", "accent", "soft", "card"]) this.#colours[name] = token(`--${name}`);
    this.#font = `650 13px ${token("--font")}`;
  }

  /** Whether something moves by itself. */
  get moves() {
    return this.dropped !== null && !this.still.matches;
  }

  draw(camera, now, pointSize) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const { context } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    this.#drawNames(camera);
    this.#drawLinks(camera);
    this.#drawRings(camera, pointSize);
    if (this.dropped) this.#drawDropped(camera, now);
    if (this.outline) this.#drawOutline();
    if (this.circle) this.#drawCircle(camera, pointSize);
  }

  #drawNames(camera) {
    const { context } = this;
    context.font = this.#font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    this.#boxes.length = 0;
    for (const name of this.names) {
      if (this.#boxes.length >= MOST_NAMES) break;
      const place = camera.screenX(name.x);
      const y = camera.screenY(name.y) - (name.above ? ABOVE_PX : 0);
      if (place < 0 || y < 0 || place > camera.width || y > camera.height) continue;
      name.width ??= context.measureText(name.text).width;
      const half = name.width / 2 + 8;
      const [left, right] = camera.spanAt(place, half);
      const x = Math.min(right - half, Math.max(left + half, place)); // never cut off at an edge
      if (this.#covered(x, y, half, 11)) continue;
      const faint = this.held.size > 0 && !this.held.has(name.group);
      context.globalAlpha = faint ? 0.35 : 1;
      context.strokeStyle = this.#colours.ground;
      context.lineWidth = 4;
      context.strokeText(name.text, x, y);
      context.fillStyle = this.#colours.ink;
      context.fillText(name.text, x, y);
    }
    context.globalAlpha = 1;
  }

  /** Whether a name would stand over one that stands already; takes the place where not. */
  #covered(x, y, half, tall) {
    for (const [ox, oy, otherHalf] of this.#boxes)
      if (Math.abs(x - ox) < half + otherHalf && Math.abs(y - oy) < 2 * tall) return true;
    this.#boxes.push([x, y, half]);
    return false;
  }

  #drawLinks(camera) {
    const from = this.dropped ?? (this.shown >= 0 ? { x: this.data.x[this.shown], y: this.data.y[this.shown] } : null);
    if (!from || this.linked.length === 0) return;
    const { context } = this;
    const [x, y] = [camera.screenX(from.x), camera.screenY(from.y)];
    context.strokeStyle = this.#colours.accent;
    context.lineWidth = 1.5;
    context.globalAlpha = 0.7;
    context.beginPath();
    for (const i of this.linked) {
      context.moveTo(x, y);
      context.lineTo(camera.screenX(this.data.x[i]), camera.screenY(this.data.y[i]));
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #drawRings(camera, pointSize) {
    const radius = pointSize * 0.6 + 3;
    for (const i of this.linked) this.#ring(camera, i, radius, 1.5, this.#colours.accent);
    if (this.cursor >= 0) this.#ring(camera, this.cursor, radius + 4, 2, this.#colours.ink, [4, 3]);
    if (this.shown >= 0) this.#ring(camera, this.shown, radius + 2, 2.5, this.#colours.accent);
    if (this.playing >= 0) this.#ring(camera, this.playing, radius + 5, 2, this.#colours.accent);
    if (this.hovered >= 0) this.#ring(camera, this.hovered, radius + 1, 2, this.#colours.ink);
  }

  #ring(camera, i, radius, width, colour, dash = []) {
    const { context } = this;
    context.beginPath();
    context.arc(camera.screenX(this.data.x[i]), camera.screenY(this.data.y[i]), radius, 0, 2 * Math.PI);
    context.setLineDash(dash);
    context.lineWidth = width + 2;
    context.strokeStyle = this.#colours.ground;
    context.stroke();
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
    context.setLineDash([]);
  }

  #drawDropped(camera, now) {
    const { context } = this;
    const [x, y] = [camera.screenX(this.dropped.x), camera.screenY(this.dropped.y)];
    const share = this.still.matches ? 0.5 : (now % PULSE_MS) / PULSE_MS;
    context.beginPath();
    context.arc(x, y, 11 + 22 * share, 0, 2 * Math.PI);
    context.globalAlpha = 0.75 * (1 - share);
    context.lineWidth = 3;
    context.strokeStyle = this.#colours.accent;
    context.stroke();
    context.globalAlpha = 1;
    for (const [radius, colour] of [
      [11, this.#colours.ground],
      [9, this.#colours.accent],
      [3.5, this.#colours.ground],
    ]) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
    }
  }

  #drawOutline() {
    const { context, outline } = this;
    context.beginPath();
    for (let k = 0; k < outline.length; k += 2) context.lineTo(outline[k], outline[k + 1]);
    context.closePath();
    this.#fillOutline();
  }

  #drawCircle(camera, pointSize) {
    const { x, y, radius } = this.circle;
    this.context.beginPath();
    this.context.arc(camera.screenX(x), camera.screenY(y), radius * camera.scale + pointSize / 2 + 4, 0, 2 * Math.PI);
    this.#fillOutline();
  }

  #fillOutline() {
    const { context } = this;
    context.fillStyle = this.#colours.accent;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeStyle = this.#colours.accent;
    context.stroke();
  }
}
