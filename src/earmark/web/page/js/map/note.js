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
        el("span", { class: "map-note-more" }, ` · keeps ${percent(state.kept)} of true neighbours`),
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
        `Of each track's ${state.nearest} nearest by sound, ${percent(state.kept)} are among its ${state.nearest} nearest here too; a map drawn blindly would keep ${percent(state.chance)}.`,
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
