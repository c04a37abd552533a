// A map's points as typed arrays, column by column, and what single points are called.
import { get } from "/page/js/lib/api.js";

export const NONE = -1;

/** The points of a map. Places of points, 0 to n - 1, stand for tracks everywhere in the map. */
export class MapData {
  /** @param {object} points As GET /api/map tells them. */
  constructor(points) {
    this.n = points.ids.length;
    this.version = points.version;
    this.ids = points.ids;
    this.x = new Float32Array(points.x);
    this.y = new Float32Array(points.y);
    this.label = new Int32Array(points.label);
    this.artist = new Int32Array(points.artist);
    this.bpm = numbers(points.bpm);
    this.key = new Int8Array(points.key);
    this.year = numbers(points.year);
    this.estimated = new Uint8Array(points.estimated);
    this.labels = points.labels;
    this.artists = points.artists;
    this.keys = points.keys;
    this.palette = points.palette;
    /** The last so many points are new since the map was made. */
    this.placed = points.placed;
    this.titles = null;
    this.credits = null;
    this.plain = null;
    this.places = null;
  }

  /** Fetch what the points are called; they can be drawn without. */
  async fetchNames(signal) {
    const told = await get("/map/names", {}, { signal });
    if (told.version !== this.version) return false;
    this.titles = told.titles;
    this.credits = told.credits;
    this.plain = null;
    return true;
  }

  /** A track's place, or -1 where it is not on the map. */
  placeOf(audioId) {
    this.places ??= new Map(this.ids.map((id, place) => [id, place]));
    return this.places.get(audioId) ?? NONE;
  }

  labelName(i) {
    return this.label[i] === NONE ? null : this.labels[this.label[i]].name;
  }

  /** Artists - Title (Mix), as far as known. */
  name(i) {
    return this.titles ? [this.credits[i], this.titles[i]].filter(Boolean).join(" - ") : "A track";
  }

  isNew(i) {
    return i >= this.n - this.placed;
  }

  /** What is known of a point, as a TrackOut has it. */
  track(i) {
    return {
      audio_id: this.ids[i],
      display: this.name(i),
      title: this.titles?.[i] || null,
      artists: this.credits?.[i] || null,
      label: this.labelName(i),
      bpm: Number.isNaN(this.bpm[i]) ? null : this.bpm[i],
      key: this.key[i] === NONE ? null : this.keys[this.key[i]],
      year: Number.isNaN(this.year[i]) ? null : this.year[i],
      bpm_estimated: Boolean(this.estimated[i] & 1),
      key_estimated: Boolean(this.estimated[i] & 2),
      doubtful: [],
    };
  }

  /** Places of the points whose name or label has all the words. */
  search(words) {
    const wanted = plainText(words).split(/\s+/).filter(Boolean);
    const found = [];
    if (wanted.length === 0 || !this.titles) return found;
    this.plain ??= this.titles.map((title, i) => plainText(`${this.credits[i]} ${title} ${this.labelName(i) ?? ""}`));
    for (let i = 0; i < this.n; i += 1) if (wanted.every((word) => this.plain[i].includes(word))) found.push(i);
    return found;
  }

  /** The k points that lie nearest to a point as the map shows it, the nearest first. */
  nearestShown(i, k) {
    const near = [];
    const away = [];
    for (let j = 0; j < this.n; j += 1) {
      const distance = (this.x[j] - this.x[i]) ** 2 + (this.y[j] - this.y[i]) ** 2;
      if (j === i || (near.length === k && distance >= away[k - 1])) continue;
      const place = away.filter((other) => other <= distance).length;
      near.splice(place, 0, j);
      away.splice(place, 0, distance);
      near.length = away.length = Math.min(k, near.length);
    }
    return near;
  }
}

/** Values as numbers; NaN where there is none. */
function numbers(values) {
  const made = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) made[i] = values[i] ?? NaN;
  return made;
}

/** Lower case and without accents, so that what is typed plainly is found. */
export function plainText(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
