// Two labels beside each other, on the same scales: how far apart, in what they differ, who is on both, where they meet.
import { get } from "/page/js/lib/api.js";
import { labelColour } from "/page/js/lib/colours.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { likeness } from "/page/js/lib/format.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { sharedAxis } from "/page/js/labels/charts.js";
import { keysChart, numbersChart, unknownOf } from "/page/js/labels/profile.js";
import { QUANTITIES, areApart, far, range, ranked, said } from "/page/js/labels/words.js";

const CHARTS = ["bpm", "lufs", "energy", "year"];

/**
 * Show the comparison of two labels, with fields to choose them.
 *
 * @param {HTMLElement} root Is emptied.
 * @param {[string|null, string|null]} pair
 * @param {object} context
 * @param {AbortSignal} context.signal
 * @param {string[]} context.labels Those that can be chosen.
 * @param {(one: string|null, other: string|null) => void} context.onPair Other ones are wanted.
 */
export async function showComparison(root, [one, other], { signal, labels, onPair }) {
  const found = el("div", { class: "stack" });
  root.replaceChildren(chooser([one, other], labels, onPair), found);
  if (!one || !other) {
    found.append(empty({ picture: "compare", title: "Choose two labels", text: "Pick them on the map, in the list, or here." }));
    return;
  }
  const asked = () =>
    Promise.all([
      get("/labels/compare", { a: one, b: other }, { signal }),
      ...[one, other].map((label) => get("/labels/overview", { label }, { signal })),
    ]);
  await withStates(found, asked, (told) => comparisonOf(...told), { text: `Comparing ${one} and ${other}`, lines: 6, signal });
}

function chooser([one, other], labels, onPair) {
  const swap = el(
    "button",
    {
      type: "button",
      class: "icon-button",
      title: "Swap",
      "aria-label": "Swap the two labels",
      disabled: !one || !other,
      onclick: () => onPair(other, one),
    },
    icon("refresh"),
  );
  return el(
    "div",
    { class: "card pair-chooser" },
    labelField("First label", one, labels, (name) => onPair(name, name === other ? null : other)),
    swap,
    labelField("Second label", other, labels, (name) => onPair(name === one ? null : one, name)),
  );
}

/**
 * A field to choose a label.
 *
 * @param {string} text What it is for.
 * @param {string|null} chosen
 * @param {string[]} labels
 * @param {(label: string) => void} onChoose
 * @returns {HTMLElement}
 */
export function labelField(text, chosen, labels, onChoose) {
  const id = freshId("label-field");
  const options = labels.map((label) => el("option", { value: label, selected: label === chosen }, label));
  const field = el(
    "select",
    { id, class: "field", onchange: () => field.value && onChoose(field.value) },
    el("option", { value: "", selected: !chosen }, "Choose a label"),
    options,
  );
  return el("div", { class: "label-field" }, el("label", { for: id, class: "field-label" }, text), field);
}

function comparisonOf(pair, first, second) {
  return [apartCard(pair), differencesCard(pair), chartsCard(first, second), pairsCard(pair)];
}

function apartCard(pair) {
  const apart = areApart(pair.interval);
  const headline = apart ? `${far(pair.distance)} apart` : "They cannot be told apart";
  const rank = pair.of > 1 ? ` ${pair.other} is the ${ranked(pair.place)} to ${pair.one} of ${pair.of} labels.` : "";
  const words = `Distance ${far(pair.distance)}, 95\u202f% interval ${range(pair.interval)}.${rank}`;
  const weak =
    pair.weak && "They share so many artists that these could not be left out: they are likely to be further apart than this.";
  return el(
    "section",
    { class: "card stack tight" },
    el("h2", { class: "label-name two" }, dotted(pair.one), el("span", { class: "muted" }, "and"), dotted(pair.other)),
    el("p", { class: "far" }, headline),
    el("p", {}, words),
    weak && el("p", { class: "note warning" }, weak),
    el("p", { class: "muted" }, sharedOf(pair.shared)),
  );
}

const dotted = (label) =>
  el(
    "span",
    { class: "dotted" },
    el("span", { class: "dot big", style: { background: labelColour(label) } }),
    el("span", {}, label),
  );

function sharedOf(shared) {
  if (!shared.length) return "Nobody is credited on both.";
  return `${shared.length === 1 ? "One artist is" : `${shared.length} artists are`} on both: ${shared.join(", ")}.`;
}

function differencesCard({ one, other, differences }) {
  const row = (difference) =>
    el(
      "li",
      { class: difference.told ? "told" : "" },
      el("strong", {}, QUANTITIES[difference.quantity].name),
      el("span", {}, said(difference, one, other)),
    );
  const [told, open] = [differences.filter((one) => one.told), differences.filter((one) => !one.told)];
  return el(
    "section",
    { class: "card stack" },
    el("h3", {}, "What differs"),
    told.length ? el("ul", { class: "differences" }, told.map(row)) : el("p", {}, "Nothing is told apart from chance."),
    open.length > 0 &&
      el(
        "div",
        { class: "stack tight" },
        el("h4", { class: "muted" }, "Not told from chance"),
        el("ul", { class: "differences open" }, open.map(row)),
      ),
  );
}

function chartsCard(first, second) {
  const both = [first, second];
  const of = (told, quantity) => told[quantity === "year" ? "years" : quantity];
  const known = (quantity) => both.some((told) => of(told, quantity).known);
  const columns = CHARTS.filter(known).map((quantity) => {
    const axis = sharedAxis(both.map((told) => of(told, quantity)));
    return el(
      "div",
      { class: "stack tight" },
      el("h4", {}, QUANTITIES[quantity].name),
      both.map((told) =>
        beside(told, numbersChart(quantity, of(told, quantity), { colour: told.colour, label: told.label, axis })),
      ),
    );
  });
  const wheels =
    known("keys") &&
    el(
      "div",
      { class: "stack tight whole" },
      el("h4", {}, "Keys"),
      el(
        "div",
        { class: "wheels" },
        both.map((told) => beside(told, keysChart(told.keys, { colour: told.colour, label: told.label }))),
      ),
    );
  return el(
    "section",
    { class: "card stack" },
    el("h3", {}, "Side by side"),
    el("p", { class: "muted small" }, "Both on the same scale; the line is the median, in brackets the middle half."),
    el("div", { class: "pair-charts" }, columns, wheels),
    unknownOf([...CHARTS, "keys"].filter((quantity) => !known(quantity))),
  );
}

/** Of two charts beside each other each is named by its label. */
function beside(told, chart) {
  chart.querySelector(".chart-name").replaceChildren(dotted(told.label));
  return chart;
}

function pairsCard({ one, other, pairs }) {
  const tracks = pairs.flatMap((pair) => [
    { ...pair.one, likeness: pair.likeness },
    { ...pair.other, likeness: null },
  ]);
  const alike = {
    name: "Pair",
    value: (track) => (track.likeness === null ? "" : `${likeness(track.likeness)} alike`),
    align: "right",
  };
  const list = trackList(tracks, {
    label: `Tracks of ${one} and ${other} that are most alike, in pairs`,
    columns: [alike],
    empty: "Every pair shares an artist",
  });
  markGroups(list, (place) => place % 2 === 0);
  return el(
    "section",
    { class: "card stack" },
    el("h3", {}, "Where they meet"),
    el(
      "p",
      { class: "muted small" },
      "Pairs of tracks by different artists that sound most alike (1 the same, 0 unrelated). Play one after the other.",
    ),
    list,
  );
}

/** Set groups of rows apart. */
export function markGroups(list, begins) {
  for (const [place, row] of [...list.querySelectorAll("tbody tr")].entries())
    row.classList.add(begins(place) ? "group-start" : "group-part");
}
