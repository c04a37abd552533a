// What the lasso has caught: a list, and where it can go: a playlist, a set, a file for DJ software.
import { el, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { trackList } from "/page/js/parts/tracks.js";
import { FACTS, LABEL_DOT } from "/page/js/map/columns.js";
import { buildSet, exportTracks, savePlaylist } from "/page/js/map/sending.js";

const MOST_LISTED = 200;

/**
 * Fill the side panel with selected points.
 *
 * @param {object} panel
 * @param {import("./data.js").MapData} data
 * @param {number[]} places
 * @param {{onOpen: (track: object) => void, onRemove: (place: number, row: number) => void}} acts `row`: where it was listed.
 */
export function showSelection(panel, data, places, { onOpen, onRemove }) {
  const tracks = places.map((i) => data.track(i));
  panel.show(`${count(tracks.length, "track")} selected`, [
    el(
      "div",
      { class: "row" },
      el(
        "button",
        { type: "button", class: "button primary small", onclick: () => savePlaylist(tracks) },
        icon("list"),
        "Save as playlist",
      ),
      el(
        "button",
        { type: "button", class: "button small", onclick: () => buildSet(tracks) },
        icon("next"),
        "Build a set",
      ),
      el(
        "button",
        { type: "button", class: "button small", onclick: () => exportTracks(tracks) },
        icon("download"),
        "Export",
      ),
    ),
    listOf(tracks, "Selected tracks", {
      onOpen,
      actions: [{ name: "Take out", icon: "close", run: (track, row) => onRemove(data.placeOf(track.audio_id), row) }],
    }),
  ]);
}

/**
 * Fill the side panel with the points in sight: the map for who does not see it.
 *
 * @param {object} panel
 * @param {import("./data.js").MapData} data
 * @param {number[]} places Those in sight, the nearest to the middle first.
 * @param {{onOpen: (track: object) => void, onSelect: () => void, whole: boolean}} acts `whole`: all points are in sight.
 */
export function showList(panel, data, places, { onOpen, onSelect, whole }) {
  const tracks = places.slice(0, MOST_LISTED).map((i) => data.track(i));
  const told = whole ? "All tracks of the map" : "The tracks in sight, those in the middle first";
  const note = el(
    "p",
    { class: "muted small" },
    `${told}. Zoom in, press entries of the legend or search to have fewer.`,
  );
  const select = el(
    "button",
    { type: "button", class: "button small", onclick: onSelect },
    icon("check"),
    places.length === 1 ? "Select it" : `Select ${count(places.length, "track")}`,
  );
  panel.show(`${count(places.length, "track")} in sight`, [
    note,
    el("div", { class: "row", hidden: places.length === 0 }, select),
    listOf(tracks, "Tracks in sight", { onOpen }),
    more(places.length),
  ]);
}

const more = (n) =>
  n > MOST_LISTED ? el("p", { class: "muted small" }, `The first ${MOST_LISTED} of ${count(n, "track")}.`) : "";

function listOf(tracks, label, { onOpen, actions = [] }) {
  const shown = tracks.slice(0, MOST_LISTED);
  return el(
    "div",
    { class: "stack tight" },
    trackList(shown, {
      label,
      base: [],
      columns: [LABEL_DOT, FACTS],
      heading: false,
      onOpen,
      actions,
      empty: "No track is there",
    }),
    actions.length > 0 && more(tracks.length),
  );
}
