// What the map can be coloured by. Each colouring gives every point a group, and every group a name and a colour: the
// legend lists the groups, and those that are pressed there are held out from the rest.
import { NONE } from "/page/js/map/data.js";
import { SHAPES } from "/page/js/map/scatter.js";

const UNKNOWN_COLOUR = "#7d8594";
const TOP_ARTISTS = 10;
const MOST_BANDS = 6;
const MANY_POINTS = 1500;
// A name on the map has so many letters; the legend and the cards have all of them.
const MOST_LETTERS = 30;
// After viridis, with its darkest end lighter, since a dark ground would swallow it, and its lightest darker.
const RISING = ["#6753b5", "#3a76a6", "#2a9090", "#2fae7f", "#86c93f", "#cdaa00"];

/**
 * A colouring.
 *
 * @typedef {object} Colouring
 * @property {Int32Array} group Each point's group.
 * @property {Array<{name: string, colour: string, shape?: number, count: number}>} groups `shape`: a number of
 *   `SHAPES`, by which groups of one colour are told apart.
 * @property {boolean} named Whether groups are places worth writing on the map.
 */

/** The colourings by name, in the order in which they are offered. */
export const COLOURINGS = {
  label: { text: "Label", make: byLabel },
  bpm: { text: "BPM", make: (data) => byBands(data, data.bpm, "No BPM") },
  key: { text: "Key", make: byKey },
  year: { text: "Year", make: (data) => byBands(data, data.year, "No year") },
  artist: { text: "Artist", make: byArtist },
};

function byLabel(data) {
  const groups = data.labels.map(({ name, colour, round }) => ({ name, colour, shape: round % SHAPES }));
  return { ...counted(data.label, groups, "No label"), named: true };
}

function byArtist(data) {
  const shown = Math.min(TOP_ARTISTS, data.artists.length);
  const groups = data.artists
    .slice(0, shown)
    .map((name, i) => ({ name, colour: data.palette[i % data.palette.length] }));
  const others = data.artists.length - shown;
  if (others > 0) groups.push({ name: "Other artists", colour: "#a9b0bd" });
  const group = data.artist.map((artist) => (artist >= shown ? shown : artist));
  return { ...counted(group, groups, "No artist"), named: false };
}

/**
 * Keys next to each other on the Camelot wheel mix, and have hues next to each other; minor is darker than major, and
 * major is drawn as diamonds, since hues alone are not told apart by everybody.
 */
function byKey(data) {
  const groups = data.keys.map((name, i) => ({
    name,
    colour: hueColour((i >> 1) * 30 + 10, i % 2 ? 0.62 : 0.46),
    shape: i % 2,
  }));
  return { ...counted(Int32Array.from(data.key), groups, "No key"), named: false, wheel: true };
}

/** Cut values into bands of whole numbers that hold about as many points each: tempos crowd within a few BPM. */
function byBands(data, values, unknown) {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  const edges = bandEdges(known);
  const band = (value) => edges.filter((edge) => value >= edge).length;
  const group = Int32Array.from(values, (value) => (Number.isNaN(value) ? NONE : band(value)));
  const names =
    known.length === 0 ? [] : Array.from({ length: edges.length + 1 }, (_, i) => bandName(edges[i - 1], edges[i]));
  const groups = names.map((name, i) => ({ name, colour: rising(names.length === 1 ? 0.5 : i / (names.length - 1)) }));
  return { ...counted(group, groups, unknown), named: false };
}

/** Where the second band begins, the third and so on: quantiles, rounded, each once and above the least value. */
function bandEdges(known) {
  const edges = new Set();
  for (let i = 1; i < MOST_BANDS; i += 1) {
    const edge = Math.round(known[Math.floor((i * known.length) / MOST_BANDS)]);
    if (edge > known[0]) edges.add(edge);
  }
  return [...edges];
}

function bandName(from, below) {
  if (from === undefined && below === undefined) return "All";
  if (from === undefined) return `Below ${below}`;
  if (below === undefined) return `${from} and above`;
  return below - from === 1 ? `${from}` : `${from}–${below - 1}`;
}

/** Count each group; groups that nothing is in are left out of the legend, and what has none is the last. */
function counted(group, groups, unknown) {
  const counts = new Uint32Array(groups.length);
  let without = 0;
  const all = Int32Array.from(group, (own) => (own === NONE ? groups.length : own));
  for (const own of group) {
    if (own === NONE) without += 1;
    else counts[own] += 1;
  }
  const told = groups.map((one, i) => ({ ...one, count: counts[i] }));
  return { group: all, groups: [...told, { name: unknown, colour: UNKNOWN_COLOUR, count: without }] };
}

/**
 * Each point's red, green, blue and shape.
 *
 * @param {Colouring} colouring
 * @returns {Uint8Array} n * 4
 */
export function paint({ group, groups }) {
  const table = groups.map(({ colour, shape = 0 }) => [...channels(colour), shape]);
  const painted = new Uint8Array(4 * group.length);
  for (let i = 0; i < group.length; i += 1) painted.set(table[group[i]], 4 * i);
  return painted;
}

/** Red, green and blue, 0 to 255, of "#rrggbb". */
export const channels = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

const hex = (values) => `#${values.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;

function rising(share) {
  const place = share * (RISING.length - 1);
  const left = Math.min(RISING.length - 2, Math.floor(place));
  const [from, to] = [channels(RISING[left]), channels(RISING[left + 1])];
  return hex(from.map((value, i) => value + (place - left) * (to[i] - value)));
}

/** A hue in degrees at a lightness from 0 to 1 (HSL), of middling saturation. */
function hueColour(hue, lightness) {
  const reach = 0.62 * Math.min(lightness, 1 - lightness);
  const one = (n) => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return hex([one(0), one(8), one(4)]);
}

/** A name that does not reach across the map. */
function shortened(name) {
  return name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name;
}

/**
 * Where to write the names of groups, the largest first: above each where points are few enough not to be covered, at
 * its middle where they are many.
 *
 * @param {import("./data.js").MapData} data
 * @param {Colouring} colouring
 * @returns {Array<{x: number, y: number, text: string, colour: string, group: number, above: boolean}>}
 */
export function groupNames(data, { group, groups, named }, most = 400) {
  if (!named) return [];
  const members = groups.map(() => []);
  for (let i = 0; i < data.n; i += 1) members[group[i]].push(i);
  return groups
    .map((one, place) => ({ ...one, place, own: members[place] }))
    .filter(({ own, place }) => own.length > 0 && place < groups.length - 1)
    .sort((a, b) => b.own.length - a.own.length)
    .slice(0, most)
    .map(({ name, colour, place, own }) => ({ text: shortened(name), colour, group: place, ...anchor(data, own) }));
}

/** Where a group's name stands: by the denser half of its points, so that a few odd ones do not pull it away. */
function anchor({ n, x, y }, own) {
  const [mx, my] = [median(own, x), median(own, y)];
  const away = (i) => (x[i] - mx) ** 2 + (y[i] - my) ** 2;
  if (n > MANY_POINTS) return { x: mx, y: my, above: false };
  const core = [...own].sort((a, b) => away(a) - away(b)).slice(0, Math.ceil(0.6 * own.length));
  return { x: median(core, x), y: Math.max(...core.map((i) => y[i])), above: true };
}

function median(places, values) {
  const sorted = Float32Array.from(places, (i) => values[i]).sort();
  return sorted[sorted.length >> 1];
}
