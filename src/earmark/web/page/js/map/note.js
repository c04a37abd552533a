// What is told of the map as a whole: that it is a projection, how true it is, and whether it is behind the library.
import { el, icon } from "/page/js/lib/dom.js";
import { ago, count, percent } from "/page/js/lib/format.js";

/**
 * Make the note.
 *
 * @param {object} state As GET /api/map tells it.
 * @param {() => void} onRemake Make the map again.
 * @returns {HTMLElement}
 */
export function mapNote(state, onRemake) {
  const changes = changed(state);
  const again = el(
    "button",
    { type: "button", class: "button small", onclick: onRemake },
    icon("refresh"),
    "Make it again",
  );
  return el(
    "details",
    { class: "map-panel map-note" },
    el(
      "summary",
      {},
      icon("info"),
      el(
        "span",
        {},
        "A projection",
        el("span", { class: "map-note-more" }, ` · ${percent(state.kept)} of closest matches stay close`),
      ),
      changes.length > 0 && el("span", { class: "chip warning" }, "Out of date"),
    ),
    el(
      "div",
      { class: "stack tight" },
      el("p", {}, state.method),
      el(
        "p",
        {},
        `Of the ${state.nearest} tracks that sound most like a track, ${percent(state.kept)} are among the ${state.nearest} that lie closest to it here; on a map drawn blindly it would be ${percent(state.chance)}.`,
      ),
      changes.map((text) => el("p", { class: "map-note-change" }, text)),
      el(
        "p",
        { class: "muted small" },
        `${count(state.tracks, "track")} by ${state.source}, perplexity ${Math.round(state.perplexity)}, made ${ago(state.created)} in ${Math.max(1, Math.round(state.seconds))} s.`,
      ),
      again,
    ),
  );
}

function changed({ placed, unplaced, gone, other_source: other }) {
  const told = [];
  if (placed)
    told.push(`${count(placed, "track is", "tracks are")} new since: hollow points, put among their neighbours.`);
  if (unplaced) told.push(`${count(unplaced, "more track is", "more tracks are")} new and not on it yet.`);
  if (gone) told.push(`${count(gone, "track has", "tracks have")} left the library.`);
  if (other) told.push("The search now hears by another model than this map was made with.");
  return told;
}
