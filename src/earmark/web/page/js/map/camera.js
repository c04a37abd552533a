// What part of the map is seen: its middle, and how many pixels a unit of the map has. Pixels are CSS pixels, y down;
// the map's y goes up.

const GLIDE_MS = 320;
const CLOSEST = 400; // times as near as the whole map
const FURTHEST = 0.5;
const WRITTEN_PX = 34; // so far into the margins may names reach, which keep points further from the panels

export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  width = 1;
  height = 1;
  /** Whether everything is shown, as it was fitted last. */
  atHome = false;
  #whole = 1;
  #margins = { left: 0, right: 0, top: 0, bottom: 0 };
  #glide = null;

  /** @param {() => void} changed Called at each change. */
  constructor(changed) {
    this.changed = changed;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** How much nearer than the whole map. */
  get zoom() {
    return this.scale / this.#whole;
  }

  /** What is seen, for `restore`; null where that is everything. */
  get view() {
    return this.atHome ? null : { x: this.x, y: this.y, scale: this.scale };
  }

  /** See what was seen before. */
  restore({ x, y, scale }) {
    this.stop();
    Object.assign(this, { x, y, scale, atHome: false });
    this.changed();
  }

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.changed();
  }

  /** Leave room at the edges for what stands above the map, in pixels. */
  setMargins(margins) {
    this.#margins = margins;
  }

  /**
   * From where to where, in pixels, what belongs to a place may be written: beside the panels, unless the place is so
   * far below one that nothing of it would stick out.
   */
  spanAt(place, half) {
    const left = Math.max(0, this.#margins.left - WRITTEN_PX);
    const right = Math.min(this.width, this.width - this.#margins.right + WRITTEN_PX);
    return place < left - half || place > right + half ? [0, this.width] : [left, right];
  }

  screenX = (x) => (x - this.x) * this.scale + this.width / 2;
  screenY = (y) => (this.y - y) * this.scale + this.height / 2;
  mapX = (px) => (px - this.width / 2) / this.scale + this.x;
  mapY = (py) => this.y - (py - this.height / 2) / this.scale;

  /** Show a part of the map, within the margins. */
  fit({ left, right, bottom, top }, { glide = true, closest = 12 } = {}) {
    const scale = Math.min(this.#fitting(right - left, top - bottom), this.#whole * closest);
    this.#look((left + right) / 2, (bottom + top) / 2, scale, glide);
  }

  /** Show everything, and take it as the measure of how near one is. */
  fitAll(bounds, { glide = true } = {}) {
    this.#whole = this.#fitting(bounds.right - bounds.left, bounds.top - bounds.bottom);
    this.fit(bounds, { glide });
    this.atHome = true;
  }

  /** Bring a place of the map into the middle of what is free, at least `zoom` times as near as the whole map. */
  centre(x, y, { zoom = 0, glide = true } = {}) {
    this.#look(x, y, Math.max(this.scale, this.#whole * zoom), glide);
  }

  /** Bring a place into sight if it is not there. */
  reveal(x, y) {
    const { left, right, top, bottom } = this.#margins;
    const [px, py] = [this.screenX(x), this.screenY(y)];
    const seen = px > left + 24 && px < this.width - right - 24 && py > top + 24 && py < this.height - bottom - 24;
    if (!seen) this.centre(x, y);
  }

  /** Show a part of the map that is not in sight, and what is seen now as far as there is room. */
  include({ left, right, bottom, top }) {
    const seen = this.screenX(left) >= 0 && this.screenX(right) <= this.width;
    if (seen && this.screenY(top) >= 0 && this.screenY(bottom) <= this.height) return;
    this.fit({ left, right, bottom, top }, { closest: this.zoom });
  }

  /** Zoom by a factor; the map's place under a pixel stays there. */
  zoomAt(px, py, factor) {
    this.stop();
    this.atHome = false;
    const scale = Math.min(this.#whole * CLOSEST, Math.max(this.#whole * FURTHEST, this.scale * factor));
    const [x, y] = [this.mapX(px), this.mapY(py)];
    this.scale = scale;
    this.x = x - (px - this.width / 2) / scale;
    this.y = y + (py - this.height / 2) / scale;
    this.changed();
  }

  pan(dx, dy) {
    this.stop();
    this.atHome = false;
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.changed();
  }

  /** Go on with a glide; returns whether it goes on. */
  step(now) {
    if (!this.#glide) return false;
    const { from, to, start } = this.#glide;
    const t = Math.min(1, (now - start) / GLIDE_MS);
    const eased = 1 - (1 - t) ** 3;
    this.scale = from.scale * (to.scale / from.scale) ** eased;
    this.x = from.x + (to.x - from.x) * eased;
    this.y = from.y + (to.y - from.y) * eased;
    if (t >= 1) this.#glide = null;
    return t < 1;
  }

  stop() {
    this.#glide = null;
  }

  #fitting(width, height) {
    const { left, right, top, bottom } = this.#margins;
    const free = [Math.max(120, this.width - left - right), Math.max(120, this.height - top - bottom)];
    return Math.min(free[0] / Math.max(width, 1e-3), free[1] / Math.max(height, 1e-3));
  }

  #look(x, y, scale, glide) {
    this.atHome = false;
    const { left, right, top, bottom } = this.#margins;
    const to = { x: x - (left - right) / 2 / scale, y: y + (top - bottom) / 2 / scale, scale };
    if (glide && !this.still.matches)
      this.#glide = { from: { x: this.x, y: this.y, scale: this.scale }, to, start: performance.now() };
    else {
      this.stop();
      Object.assign(this, to);
    }
    this.changed();
  }
}

/** The bounds of some points. */
export function boundsOf(data, places = null) {
  const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  const add = (i) => {
    bounds.left = Math.min(bounds.left, data.x[i]);
    bounds.right = Math.max(bounds.right, data.x[i]);
    bounds.bottom = Math.min(bounds.bottom, data.y[i]);
    bounds.top = Math.max(bounds.top, data.y[i]);
  };
  if (places) for (const i of places) add(i);
  else for (let i = 0; i < data.n; i += 1) add(i);
  return bounds;
}

/**
 * The points in sight, the nearest to the middle first.
 *
 * @param {Camera} camera
 * @param {{n: number, x: Float32Array, y: Float32Array}} data
 * @param {Uint8Array} open Points at 0 are left out.
 * @param {{all?: boolean}} [options] `all`: also those that are not in sight.
 * @returns {number[]}
 */
export function inSight(camera, { n, x, y }, open, { all = false } = {}) {
  const [wide, tall] = [camera.width / 2 / camera.scale, camera.height / 2 / camera.scale];
  const away = (i) => (x[i] - camera.x) ** 2 + (y[i] - camera.y) ** 2;
  const places = [];
  for (let i = 0; i < n; i += 1) {
    const seen = Math.abs(x[i] - camera.x) <= wide && Math.abs(y[i] - camera.y) <= tall;
    if (open[i] && (all || seen)) places.push(i);
  }
  return places.sort((a, b) => away(a) - away(b));
}
