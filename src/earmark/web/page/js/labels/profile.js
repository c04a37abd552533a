// What one label is like: its numbers as small charts, its neighbours with intervals, typical tracks to hear.
import { get } from "/page/js/lib/api.js";
import { labelColour } from "/page/js/lib/colours.js";
import { el, icon } from "/page/js/lib/dom.js";
import { count, percent } from "/page/js/lib/format.js";
import { go } from "/page/js/lib/router.js";
import { empty, loading, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { beyond, captioned, histogram, intervalBar, keyWheel, sharedAxis } from "/page/js/labels/charts.js";
import { QUANTITIES, areApart, far, listed, range, spanned } from "/page/js/labels/words.js";

const MOST_NEAR = 6;
const MOST_NAMED = 3;

/**
 * Show a label.
 *
 * @param {HTMLElement} root Is emptied.
 * @param {string} label
 * @param {object} context
 * @param {AbortSignal} context.signal
 * @param {(label: string) => Promise<string|null>} context.whyApart Why the label has no place on the map, null where it has
 *   one; known when the map has come.
 * @param {(label: string) => void} context.onPick Another label is wanted.
 * @param {(one: string, other: string) => void} context.onCompare
 * @param {(label: string) => void} context.onLove
 */
export async function showProfile(root, label, { signal, whyApart, onPick, onCompare, onLove }) {
  const facts = el("div", { class: "card stack" });
  const place = el("div", { class: "stack" }, loading("Measuring distances", { lines: 5 }));
  const love = el(
    "button",
    { type: "button", class: "button small", onclick: () => onLove(label) },
    icon("heart"),
    "Love it: what to try",
  );
  root.replaceChildren(facts, place);
  withStates(
    facts,
    () => get("/labels/overview", { label }, { signal }),
    (told) => overviewOf(told, love),
    { text: `Reading ${label}`, signal },
  );
  const apart = await whyApart(label);
  if (signal.aborted) return;
  love.hidden = Boolean(apart);
  if (apart) place.replaceChildren(el("p", { class: "note" }, apart));
  else
    await withStates(
      place,
      () => get("/labels/place", { label }, { signal }),
      (told) => placeOf(told, { onPick, onCompare }),
      { text: "Measuring distances", lines: 5, signal },
    );
}

function overviewOf(told, love) {
  return [
    el("div", { class: "row apart" }, nameOf(told), love),
    el(
      "p",
      { class: "muted" },
      [
        count(told.tracks, "track"),
        count(told.releases, "release"),
        count(told.artists, "artist"),
        yearsOf(told.years),
        listed(told.genres.slice(0, 2).map(({ name }) => name)),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
    el("div", { class: "small-charts" }, chartsOf(told, told.colour)),
    artistsOf(told),
  ];
}

/** The label's colour and name as the panel's heading. */
export function nameOf({ label, colour }) {
  return el(
    "h2",
    { class: "label-name" },
    el("span", { class: "dot big", style: { background: colour } }),
    el("span", {}, label),
  );
}

function yearsOf({ known, bins }) {
  if (!known) return "";
  const [first, last] = [bins[0][0], bins.at(-1)[0]];
  return first === last ? String(first) : `${first}–${last}`;
}

/** The charts of a label; of what nothing is known, a word at the end. */
function chartsOf(told, colour) {
  const known = { bpm: told.bpm, keys: told.keys, lufs: told.lufs, energy: told.energy, year: told.years };
  const options = { colour, label: told.label };
  const charts = Object.entries(known)
    .filter(([, numbers]) => numbers.known)
    .map(([name, numbers]) => (name === "keys" ? keysChart(numbers, options) : numbersChart(name, numbers, options)));
  return [charts, unknownOf(Object.keys(known).filter((name) => !known[name].known))];
}

/** What is not known, in a sentence; null where all is. */
export function unknownOf(names) {
  if (!names.length) return null;
  const [first, ...rest] = names.map((name) => (name === "keys" ? "Keys" : QUANTITIES[name].name));
  return el(
    "p",
    { class: "muted small unknown" },
    `${listed([first, ...rest.map((name) => name.toLowerCase())])}: not known of any track. A scan that measures tells them.`,
  );
}

/**
 * The chart of a quantity, with its median and middle half in words.
 *
 * @param {string} quantity One of `QUANTITIES`.
 * @param {object} numbers
 * @param {{colour: string, label: string, axis?: object}} options
 */
export function numbersChart(quantity, numbers, { colour, label, axis }) {
  const { name, unit, show } = QUANTITIES[quantity];
  if (!numbers.known) return captioned(name, null, "Not known of any track.");
  const [low, middle, high] = numbers.quartiles.map(show);
  const words = `${middle}${unit ? `\u202f${unit}` : ""}${low === high ? "" : ` (${spanned(low, high)})`}${estimatedOf(numbers)}`;
  const note = beyondWords(numbers, axis ?? sharedAxis([numbers]), (value) => `${show(value)}${unit ? `\u202f${unit}` : ""}`);
  const spoken = [`${name} of ${label}: median ${words}`, note].filter(Boolean).join(". ");
  return captioned(name, histogram(numbers, { colour, axis, show, label: spoken }), words, note);
}

/** What lies beyond a chart's ends, in a sentence; "" where all is drawn. */
function beyondWords(numbers, axis, show) {
  const { below, above } = beyond(numbers, axis);
  const out = [...below, ...above];
  if (out.length === 0) return "";
  const number = out.reduce((sum, [, one]) => sum + one, 0);
  const at = out.length <= MOST_NAMED ? listed(out.map(([middle]) => show(middle))) : `${show(out[0][0])} to ${show(out.at(-1)[0])}`;
  return `Not drawn: ${count(number, "track")} at ${at}, far from all others.`;
}

/** The wheel of keys, with the most frequent in words. */
export function keysChart(keys, { colour, label }) {
  if (!keys.known) return captioned("Keys", null, "Not known of any track.");
  const often = Object.entries(keys.counts)
    .filter(([, number]) => number > 0)
    .sort((one, other) => other[1] - one[1]);
  const words = `${percent(keys.minor_share)} minor; most in ${listed(often.slice(0, 2).map(([name]) => name))}${estimatedOf(keys)}`;
  const all = often.map(([name, number]) => `${name} ${number}`).join(", ");
  return captioned("Keys", keyWheel(keys.counts, { colour, label: `Keys of ${label}: ${all}` }), words);
}

const estimatedOf = ({ known, estimated }) => (estimated ? `, ~${estimated} of ${known} estimated` : "");

function artistsOf({ most_artists: artists, artists: all }) {
  if (!artists.length) return null;
  const more = all - artists.length;
  return el(
    "div",
    { class: "stack tight" },
    el("h3", {}, "Artists"),
    el(
      "ul",
      { class: "chips" },
      artists.map(({ name, tracks }) =>
        el("li", { class: "chip" }, el("span", { class: "chip-text" }, name), el("span", { class: "muted number" }, tracks)),
      ),
      more > 0 && el("li", { class: "chip muted" }, `and ${more} more`),
    ),
  );
}

function placeOf(told, { onPick, onCompare }) {
  return [
    nearestCard(told, { onPick, onCompare }),
    tracksCard(
      "Most typical tracks",
      "In the middle of the label: nearest to its tracks by other artists.",
      told.typical,
      `Typical tracks of ${told.label}`,
    ),
    tracksCard("Outliers", "Furthest from the label’s other tracks.", told.outliers, `Outliers of ${told.label}`),
    movesCard(told),
  ];
}

function nearestCard(told, { onPick, onCompare }) {
  const most = Math.max(...told.nearest.map(({ interval, distance }) => Math.max(interval[1], distance)));
  const rows = told.nearest.map((near) => nearRow(told.label, near, most, { onPick, onCompare }));
  const list = el("ol", { class: "near-list" }, rows.slice(0, MOST_NEAR));
  const rest = rows.slice(MOST_NEAR);
  const all =
    rest.length > 0 &&
    el(
      "button",
      {
        type: "button",
        class: "button quiet small",
        onclick: () => {
          list.append(...rest);
          all.remove();
          rest[0].querySelector("button").focus();
        },
      },
      `All ${rows.length}`,
    );
  return el(
    "section",
    { class: "card stack" },
    el("h3", {}, "Nearest labels"),
    el(
      "p",
      { class: "muted small" },
      "True distances, which the map can only come near to, with their 95\u202f% intervals. ≈: it cannot be told whether this or the first is nearer.",
    ),
    list,
    all,
  );
}

function nearRow(label, near, most, { onPick, onCompare }) {
  const together = !areApart(near.interval) && el("span", { class: "chip" }, "cannot be told apart");
  const shared =
    near.shared_artists > 0 &&
    el(
      "span",
      { class: "muted small" },
      `${count(near.shared_artists, "shared artist")}${near.weak ? ", not left out" : ", left out"}`,
    );
  return el(
    "li",
    { class: "near-row" },
    el(
      "button",
      { type: "button", class: "near-name", onclick: () => onPick(near.label) },
      el("span", { class: "dot", style: { background: labelColour(near.label) } }),
      el("span", {}, near.tied ? `≈ ${near.label}` : near.label),
    ),
    intervalBar({ value: near.distance, interval: near.interval, most, colour: labelColour(near.label) }),
    el("span", { class: "number near-far" }, el("strong", {}, far(near.distance)), ` (${range(near.interval)})`),
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        title: `Compare with ${near.label}`,
        "aria-label": `Compare ${label} with ${near.label}`,
        onclick: () => onCompare(label, near.label),
      },
      icon("compare"),
    ),
    (together || shared) && el("span", { class: "near-notes row" }, together, shared),
  );
}

function tracksCard(title, text, told, label) {
  const tracks = told.map((one) => ({ ...one.track, distance: one.distance, nearer_to: one.nearer_to }));
  const columns = [{ name: "Distance", value: (track) => far(track.distance), align: "right", show: "wide" }];
  if (tracks.some((track) => track.nearer_to))
    columns.push({ name: "But", value: (track) => (track.nearer_to ? `nearer to ${track.nearer_to}` : ""), class: "col-better" });
  return el(
    "section",
    { class: "card stack" },
    el("h3", {}, title),
    el("p", { class: "muted small" }, text),
    tracks.length
      ? trackList(tracks, {
          label,
          base: ["bpm", "key"],
          columns,
          actions: [{ name: "What mixes after it", icon: "next", run: (track) => go("next", { track: track.audio_id }) }],
        })
      : empty({ title: "None to name", text: "Every track shares artists with all others of the label." }),
  );
}

function movesCard(told) {
  const breadth = `Two of its tracks by different artists are ${far(told.spread)} apart on average (${range(told.spread_interval)}); two tracks that have nothing to do with each other are about 1.41 apart.`;
  return el(
    "section",
    { class: "card stack tight" },
    el("h3", {}, "Breadth and moves"),
    el("p", {}, breadth),
    el("p", {}, movesOf(told.drift)),
    el("p", { class: "muted small" }, `From ${count(told.compared, "track")} by ${count(told.leads, "lead artist")}.`),
  );
}

function movesOf({ unknown, told, per_year: step, interval, years, towards }) {
  if (unknown) return `Whether its sound moved over the years cannot be said: ${unknown}.`;
  const size = `${step.toFixed(3)} a year (${range(interval, 3)}), ${years[0]}–${years[1]}`;
  if (!told) return `That its sound moved over the years is not told from standing still: ${size}.`;
  return `Its sound moved by ${size}${towards ? `, towards ${towards}` : ", towards none of the other labels"}.`;
}
