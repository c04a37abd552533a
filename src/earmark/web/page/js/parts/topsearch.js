// The search at the top of every view: tracks open in Next, labels in Labels.
import { labelChip, labelNames } from "/page/js/lib/colours.js";
import { el } from "/page/js/lib/dom.js";
import { go } from "/page/js/lib/router.js";
import { trackSearch } from "/page/js/parts/search.js";

const MOST_LABELS = 3;

/**
 * Make the search field of the top bar.
 *
 * @returns {HTMLElement & {input: HTMLInputElement}}
 */
export function topSearch() {
  const field = trackSearch({
    label: "Search tracks and labels",
    hideLabel: true,
    placeholder: "Search tracks and labels",
    onPick: (track) => leave("next", { track: track.audio_id }),
    extra: labelsLike,
  });
  field.querySelector(".search-box").append(el("kbd", { class: "search-hint", "aria-hidden": "true" }, "/"));
  return field;
}

function labelsLike(words) {
  const wanted = folded(words);
  return labelNames()
    .filter((name) => folded(name).includes(wanted))
    .slice(0, MOST_LABELS)
    .map((name) => ({
      text: name,
      node: el("span", { class: "found-label" }, labelChip(name), "Label"),
      pick: () => leave("labels", { label: name }),
    }));
}

/** Keys that come after belong to the view. */
function leave(view, params) {
  document.activeElement?.blur();
  go(view, params);
}

const folded = (text) => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
