// What is asked of "what mixes after this": the track, rules, filters, likes. Kept in the address, so that it can be shared.

export const KEY_RULES = [
  { name: "same", text: "Same key", hint: "8A to 8A" },
  { name: "adjacent", text: "A fifth away", hint: "8A to 7A or 9A" },
  { name: "relative", text: "Relative", hint: "8A to 8B" },
  { name: "energy-boost", text: "Energy boost", hint: "8A to 10A or 3A" },
  { name: "diagonal", text: "Diagonal", hint: "8A to 7B or 9B" },
];
export const TERMS = [
  { name: "sound", text: "Sound", usual: 2 },
  { name: "key", text: "Key", usual: 1 },
  { name: "tempo", text: "Tempo", usual: 1 },
  { name: "level", text: "Level", usual: 0.5, hint: "The end of one as loud as the beginning of the next" },
  { name: "energy", text: "Energy", usual: 0.5 },
  { name: "variety", text: "Variety", usual: 0.5, hint: "Another artist, another release" },
];
export const COUNT = 12;
export const MOST = 96;
const USUAL_KEYS = ["same", "adjacent", "relative"];
const USUAL_PITCH = 6;

/** The usual question, without a track. */
export function usual() {
  return {
    track: null,
    count: COUNT,
    keys: [...USUAL_KEYS],
    pitch: USUAL_PITCH,
    lock: true,
    strict: false,
    weights: Object.fromEntries(TERMS.map((term) => [term.name, term.usual])),
    bpm: ["", ""],
    labels: [],
    notLabels: [],
    artists: [],
    notArtists: [],
    since: "",
    until: "",
    likes: [],
    unlikes: [],
  };
}

/**
 * Read a question from the address; what cannot be read is as usual.
 *
 * @param {URLSearchParams} params
 */
export function fromParams(params) {
  const asked = usual();
  asked.track = params.get("track");
  const keys = list(params, "keys").filter((name) => KEY_RULES.some((rule) => rule.name === name));
  if (keys.length) asked.keys = keys;
  asked.pitch = within(params.get("pitch"), 0.5, 50, USUAL_PITCH);
  asked.lock = params.get("lock") !== "0";
  asked.strict = params.get("strict") === "1";
  for (const part of list(params, "weights")) {
    const [name, value] = part.split(":");
    if (name in asked.weights) asked.weights[name] = within(value, 0, 4, asked.weights[name]);
  }
  const [low = "", high = ""] = (params.get("bpm") ?? "").split("-");
  asked.bpm = [low, high].map((text) => (/^\d{1,3}(\.\d+)?$/.test(text) ? text : ""));
  for (const [name, key] of [["labels", "label"], ["notLabels", "not-label"], ["artists", "artist"], ["notArtists", "not-artist"]]) {
    asked[name] = params.getAll(key).flatMap((text) => split(text));
  }
  for (const name of ["since", "until"]) asked[name] = /^\d{4}$/.test(params.get(name) ?? "") ? params.get(name) : "";
  asked.likes = list(params, "likes");
  asked.unlikes = list(params, "unlikes");
  return asked;
}

const list = (params, name) => (params.get(name) ?? "").split(",").filter(Boolean);
// Names may have commas in them; no name has this sign.
const BETWEEN = "\u241f";
const split = (text) => text.split(BETWEEN).filter(Boolean);

function within(text, low, high, otherwise) {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
}

/** A question for the address: what is not as usual. */
export function toParams(asked) {
  const plain = usual();
  const weights = TERMS.filter((term) => asked.weights[term.name] !== term.usual).map((term) => `${term.name}:${asked.weights[term.name]}`);
  return {
    track: asked.track,
    keys: String(asked.keys) === String(plain.keys) ? "" : asked.keys.join(","),
    pitch: asked.pitch === plain.pitch ? "" : asked.pitch,
    lock: asked.lock ? "" : "0",
    strict: asked.strict ? "1" : "",
    weights: weights.join(","),
    bpm: asked.bpm.some(Boolean) ? asked.bpm.join("-") : "",
    label: asked.labels.join(BETWEEN),
    "not-label": asked.notLabels.join(BETWEEN),
    artist: asked.artists.join(BETWEEN),
    "not-artist": asked.notArtists.join(BETWEEN),
    since: asked.since,
    until: asked.until,
    likes: asked.likes.join(","),
    unlikes: asked.unlikes.join(","),
  };
}

/** The rules as the API takes them. */
export const rulesBody = ({ keys, pitch, lock, strict, weights }) => ({
  keys, pitch_range: pitch, key_lock: lock, strict_key: strict, weights,
});

/** The filters as the API takes them, without tracks by audio id. */
export function filtersBody(asked, without = []) {
  const [low, high] = asked.bpm;
  return {
    bpm: low || high ? `${low || 0}-${high || 999}` : null,
    labels: asked.labels,
    without_labels: asked.notLabels,
    artists: asked.artists,
    without_artists: asked.notArtists,
    since: asked.since || null,
    until: asked.until || null,
    without,
  };
}

/** The whole question as the API takes it. */
export const nextBody = (asked, without) => ({
  track: asked.track, count: asked.count, rules: rulesBody(asked), filters: filtersBody(asked, without), likes: asked.likes, unlikes: asked.unlikes,
});

/** The rules in a few words, for where the panel is closed. */
export function inWords(asked) {
  const keys = asked.keys.map((name) => KEY_RULES.find((rule) => rule.name === name).text.toLowerCase()).join(", ");
  const [low, high] = asked.bpm;
  return [
    keys,
    `±${asked.pitch} %`,
    asked.lock ? "key lock" : "no key lock",
    asked.strict && "keys known for sure",
    TERMS.some((term) => asked.weights[term.name] !== term.usual) && "own weights",
    (low || high) && `${low || "any"}–${high || "any"} BPM`,
    ...[...asked.labels, ...asked.artists].map((name) => `only ${name}`),
    ...[...asked.notLabels, ...asked.notArtists].map((name) => `no ${name}`),
    asked.since && `from ${asked.since}`,
    asked.until && `to ${asked.until}`,
  ].filter(Boolean);
}
