// Which point is where: a grid over the map, so that the point under the pointer is found without looking at all.

const PER_CELL = 4;

export class PointIndex {
  #columns;
  #rows;
  #left;
  #bottom;
  #size;
  #starts;
  #points;

  /** @param {{n: number, x: Float32Array, y: Float32Array}} data At least one point. */
  constructor(data) {
    this.data = data;
    const { n, x, y } = data;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < n; i += 1) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      bottom = Math.min(bottom, y[i]);
      top = Math.max(top, y[i]);
    }
    this.#left = left;
    this.#bottom = bottom;
    const [wide, tall] = [right - left, top - bottom];
    // Where points lie on a line, its length decides: there are never more cells along it than points.
    this.#size = Math.max(1e-6, Math.sqrt((wide * tall * PER_CELL) / n), Math.max(wide, tall) / n);
    this.#columns = Math.max(1, Math.floor((right - left) / this.#size) + 1);
    this.#rows = Math.max(1, Math.floor((top - bottom) / this.#size) + 1);
    this.#fill(n);
  }

  /** Counting sort by cell. */
  #fill(n) {
    const cells = new Uint32Array(n);
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < n; i += 1) {
      cells[i] = this.#row(this.data.y[i]) * this.#columns + this.#column(this.data.x[i]);
      this.#starts[cells[i] + 1] += 1;
    }
    for (let cell = 0; cell < this.#columns * this.#rows; cell += 1) this.#starts[cell + 1] += this.#starts[cell];
    const next = this.#starts.slice();
    this.#points = new Uint32Array(n);
    for (let i = 0; i < n; i += 1) this.#points[next[cells[i]]++] = i;
  }

  #column(x) {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor((x - this.#left) / this.#size)));
  }

  #row(y) {
    return Math.min(this.#rows - 1, Math.max(0, Math.floor((y - this.#bottom) / this.#size)));
  }

  /**
   * The point nearest to a place.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} radius None further away than this.
   * @param {Uint8Array|null} [levels] Points at level 0 are passed over.
   * @returns {number} -1 where there is none.
   */
  nearest(x, y, radius, levels = null) {
    let best = -1;
    let least = radius * radius;
    const [first, last] = [this.#column(x - radius), this.#column(x + radius)];
    for (let row = this.#row(y - radius); row <= this.#row(y + radius); row += 1) {
      const end = this.#starts[row * this.#columns + last + 1];
      for (let k = this.#starts[row * this.#columns + first]; k < end; k += 1) {
        const i = this.#points[k];
        if (levels && levels[i] === 0) continue;
        const distance = (this.data.x[i] - x) ** 2 + (this.data.y[i] - y) ** 2;
        if (distance <= least) {
          least = distance;
          best = i;
        }
      }
    }
    return best;
  }

  /**
   * The nearest point in a direction: what lies straight ahead counts as nearer than what lies aside.
   *
   * @param {number} from A point.
   * @param {number} dx 1, 0 or -1.
   * @param {number} dy 1 is up.
   * @param {Uint8Array|null} [levels] Points at level 0 are passed over.
   * @returns {number} -1 where there is none.
   */
  towards(from, dx, dy, levels = null) {
    const { n, x, y } = this.data;
    let [best, least] = [-1, Infinity];
    for (let i = 0; i < n; i += 1) {
      if (i === from || (levels && levels[i] === 0)) continue;
      const ahead = (x[i] - x[from]) * dx + (y[i] - y[from]) * dy;
      const aside = Math.abs((x[i] - x[from]) * dy) + Math.abs((y[i] - y[from]) * dx);
      if (ahead <= 0 || aside > 1.5 * ahead) continue;
      const cost = ahead + 2 * aside;
      if (cost < least) [best, least] = [i, cost];
    }
    return best;
  }

  /**
   * The points inside an outline.
   *
   * @param {Float64Array|number[]} outline x and y in turns, of the map; closed by itself.
   * @param {Uint8Array|null} [levels] Points at level 0 are passed over.
   * @returns {number[]}
   */
  inside(outline, levels = null) {
    const found = [];
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let k = 0; k < outline.length; k += 2) {
      left = Math.min(left, outline[k]);
      right = Math.max(right, outline[k]);
      bottom = Math.min(bottom, outline[k + 1]);
      top = Math.max(top, outline[k + 1]);
    }
    const { n, x, y } = this.data;
    for (let i = 0; i < n; i += 1) {
      if (x[i] < left || x[i] > right || y[i] < bottom || y[i] > top || (levels && levels[i] === 0)) continue;
      if (isInside(outline, x[i], y[i])) found.push(i);
    }
    return found;
  }
}

/** Whether a place lies inside an outline, by how often a ray to the right crosses it. */
export function isInside(outline, x, y) {
  let inside = false;
  const size = outline.length;
  for (let k = 0, before = size - 2; k < size; before = k, k += 2) {
    const [ax, ay, bx, by] = [outline[k], outline[k + 1], outline[before], outline[before + 1]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
