// A lasso for keys: a circle around a track that grows and shrinks by whole tracks, until it is taken or put away.
import { count } from "/page/js/lib/format.js";

const SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1000];
const FIRST = 4; // five tracks

/** The circle; nothing is shown of it until it begins. */
export class KeyCircle {
  #at = null;
  #step = FIRST;
  #near = [];

  /** @param {import("./stage.js").MapStage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** Whether it is there. */
  get open() {
    return this.#at !== null;
  }

  /** Begin around a point. */
  begin(i) {
    const { data, look } = this.stage;
    this.#at = { x: data.x[i], y: data.y[i], name: data.name(i) };
    this.#step = FIRST;
    this.#near = nearestTo(data, this.#at, look.open);
    this.#show();
  }

  /** Make it larger or smaller by some steps. */
  grow(by) {
    const last = SIZES.findIndex((size) => size >= this.#near.length);
    const most = last < 0 ? SIZES.length - 1 : last;
    this.#step = Math.min(most, Math.max(0, this.#step + by));
    this.#show();
  }

  /** Take what is inside; the circle goes. */
  take() {
    const inside = this.#inside();
    this.end();
    return inside;
  }

  end() {
    if (!this.open) return;
    this.#at = null;
    this.#near = [];
    this.stage.overlay.circle = null;
    this.stage.hint("");
    this.stage.invalidate({ points: false });
  }

  #inside() {
    return this.#near.slice(0, SIZES[this.#step]);
  }

  #show() {
    const { stage } = this;
    const inside = this.#inside();
    const furthest = inside.at(-1);
    const { x, y, name } = this.#at;
    const radius = furthest === undefined ? 0 : Math.hypot(stage.data.x[furthest] - x, stage.data.y[furthest] - y);
    stage.overlay.circle = { x, y, radius };
    stage.camera.include({ left: x - radius, right: x + radius, bottom: y - radius, top: y + radius });
    stage.tell(`${count(inside.length, "track")} in the circle around ${name}`);
    stage.hint(`${count(inside.length, "track")} · ↑ ↓ larger, smaller · Enter selects · Esc puts it away`);
    stage.invalidate({ points: false });
  }
}

/** The open points, the nearest to a place first. */
function nearestTo({ n, x, y }, at, open) {
  const away = new Float32Array(n);
  const places = [];
  for (let i = 0; i < n; i += 1) {
    away[i] = (x[i] - at.x) ** 2 + (y[i] - at.y) ** 2;
    if (open[i]) places.push(i);
  }
  return places.sort((a, b) => away[a] - away[b]).slice(0, SIZES.at(-1));
}
