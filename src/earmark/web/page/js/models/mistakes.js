// The test songs of a cell: heard, with what the model said of each.
import { get } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { el } from "/page/js/lib/dom.js";
import { count, percent } from "/page/js/lib/format.js";
import { go } from "/page/js/lib/router.js";
import { trackList } from "/page/js/parts/tracks.js";
import { withStates } from "/page/js/parts/states.js";

/**
 * Fill a place with the songs of a cell.
 *
 * @param {HTMLElement} place
 * @param {{name: string, truth?: string, said?: string, signal: AbortSignal}} asked Without labels: all mistakes.
 */
export function showCell(place, { name, truth, said, signal }) {
  const right = truth !== undefined && truth === said;
  const ask = () => get(`/bundles/${encodeURIComponent(name)}/mistakes`, { truth, said, right }, { signal });
  return withStates(place, ask, (cell) => [heading(cell, right), list(cell)], { text: "Finding the songs", signal });
}

function heading({ total, truth, said }, right) {
  const songs = count(total, "test song");
  if (!truth) return el("h3", {}, total ? `${count(total, "mistake")}, the surest first` : "No mistakes");
  const first = right ? [songs, " of ", labelChip(truth), " called rightly"] : [songs, " of ", labelChip(truth), " called ", labelChip(said)];
  return el("h3", { class: "cell-heading" }, first);
}

function list({ songs, total }) {
  const here = songs.filter((one) => one.track);
  const gone = songs.length - here.length;
  const by = new Map(here.map((one) => [one.track.audio_id, one]));
  const frame = trackList(here.map((one) => one.track), {
    label: "Test songs", base: [], heading: false,
    columns: [{ name: "What was said", value: (track) => saidOf(by.get(track.audio_id)), class: "col-said" }],
    actions: [{ name: "What mixes with it", icon: "next", run: (track) => go("next", { track: track.audio_id }) }],
    empty: { title: "No song here", text: "Every test song was called rightly.", picture: "check" },
  });
  return el("div", { class: "stack tight" }, frame,
    gone > 0 && el("p", { class: "muted small" }, `${count(gone, "song")} of these left the library since.`),
    total > songs.length && el("p", { class: "muted small" }, `The first ${songs.length} of ${total} are shown.`));
}

/** The order of labels for a song, as short bars; the truth is marked. */
function saidOf({ probabilities, truth, place, truth_probability }) {
  const shown = probabilities.slice(0, 3);
  const rows = shown.map(([label, share]) => bar(label, share, label === truth));
  if (!shown.some(([label]) => label === truth)) rows.push(bar(truth, truth_probability, true, `place ${place}`));
  return el("span", { class: "said" }, rows);
}

function bar(label, share, isTruth, note) {
  return el("span", { class: ["said-row", isTruth && "truth"] },
    el("span", { class: "said-name", title: isTruth ? `${label}, the truth` : label }, label, isTruth && el("span", { class: "said-note" }, note ? ` (truth, ${note})` : " (truth)")),
    el("span", { class: "said-bar" }, el("span", { style: { width: `${Math.max(1, 100 * share)}%` } })),
    el("span", { class: "number said-share" }, percent(share)));
}
