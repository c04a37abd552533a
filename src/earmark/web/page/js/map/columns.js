// Columns of the narrow lists beside the map.
import { labelColour, labelRound } from "/page/js/lib/colours.js";
import { SHAPES } from "/page/js/map/scatter.js";
import { el } from "/page/js/lib/dom.js";
import { bpm, key } from "/page/js/lib/format.js";

/** The label as its colour and shape on the map, its name for who points at it or listens. */
export const LABEL_DOT = {
  name: "Label",
  class: "map-dot",
  value: ({ label }) =>
    label &&
    el(
      "span",
      { title: label },
      el("span", { class: ["dot", `shape-${labelRound(label) % SHAPES}`], style: { background: labelColour(label) } }),
      el("span", { class: "visually-hidden" }, label),
    ),
};

/** Tempo and key. */
export const FACTS = {
  name: "BPM and key",
  align: "right",
  value: (track) => [bpm(track), key(track)].filter(Boolean).join(" · "),
};
