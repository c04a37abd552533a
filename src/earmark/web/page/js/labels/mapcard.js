// The card of the labels' map: what is said of it, and what stands there where there is none.
import { el } from "/page/js/lib/dom.js";
import { count, percent } from "/page/js/lib/format.js";
import { link } from "/page/js/lib/router.js";
import { remedy } from "/page/js/parts/remedies.js";
import { empty, sentence } from "/page/js/parts/states.js";

const GOOD_STRESS = 0.1;
const FAIR_STRESS = 0.2;

/** There are no labels at all. */
export function noLabels() {
  return empty({
    picture: "labels",
    title: "No labels yet",
    text: "A label comes from a track’s tags, its folder, or a CSV. Add a folder of music, and its labels show up here.",
    action: { text: "Add music", href: link("library") },
  });
}

/** There is no map yet: most often there are no vectors, or too few labels. */
export function noMap(problem, done, signal) {
  return empty({
    picture: "labels",
    title: "No map of labels yet",
    text: sentence(problem),
    action: remedy(problem, done, signal),
  });
}

/**
 * What stands in the map's card: the map, how far it can be believed, and how it was made.
 *
 * @param {object} atlas As GET /atlas gives it.
 * @param {{element: HTMLElement}} map
 * @returns {Node[]}
 */
export function mapCard(atlas, map) {
  const { stress, neighbours_kept: kept, resamples, compared, labels } = atlas;
  const good = stress < GOOD_STRESS ? "close to the truth" : stress <= FAIR_STRESS ? "a fair likeness" : "a poor likeness";
  const told = el(
    "p",
    { class: "muted small" },
    `A projection, and ${good}: for ${percent(kept)} of labels the nearest on the map is the nearest in truth. Where they differ, believe the distances beside it. Circles grow with tracks; in its ellipse a label lies on 95\u202f% of the maps with other artists drawn; lines lead to the label that is nearest in truth.`,
  );
  const more = el(
    "details",
    { class: "small" },
    el("summary", {}, "How it was made"),
    el(
      "p",
      {},
      `${count(compared, "track")} of ${count(labels.length, "label")}, as heard by ${atlas.source}. Only tracks by different ${atlas.apart}s are compared, and artists whom two labels share are left out of their distance. Intervals come from drawing artists anew ${count(resamples, "time")}. The map’s stress is ${stress.toFixed(2)} (0 is perfect, above 0.2 poor).`,
    ),
    el(
      "ul",
      {},
      atlas.notes.map((one) => el("li", {}, one)),
    ),
    atlas.left_out.length > 0 &&
      el(
        "p",
        {},
        "Not on the map: ",
        atlas.left_out
          .slice(0, 20)
          .map(({ label, why }) => `${label} (${why})`)
          .join("; "),
        atlas.left_out.length > 20 ? ` and ${atlas.left_out.length - 20} more.` : ".",
      ),
  );
  return [map.element, told, more];
}
