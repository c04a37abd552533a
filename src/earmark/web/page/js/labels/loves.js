// "You love A and B: try C": labels near to all of those that somebody loves, with the tracks that lie between.
import { post } from "/page/js/lib/api.js";
import { labelColour } from "/page/js/lib/colours.js";
import { el, icon } from "/page/js/lib/dom.js";
import { likeness, percent } from "/page/js/lib/format.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { intervalBar } from "/page/js/labels/charts.js";
import { labelField, markGroups } from "/page/js/labels/compare.js";
import { far, listed, range } from "/page/js/labels/words.js";

/** Labels that can be loved at once. */
export const MOST_LOVED = 12;
const SURE = 0.6;

/**
 * Show what to try.
 *
 * @param {HTMLElement} root Is emptied.
 * @param {string[]} loves
 * @param {object} context
 * @param {AbortSignal} context.signal
 * @param {string[]} context.labels Those that can be loved.
 * @param {(loves: string[]) => void} context.onLoves Others are loved.
 * @param {(label: string) => void} context.onPick A label's profile is wanted.
 */
export async function showAdvice(root, loves, { signal, labels, onLoves, onPick }) {
  const found = el("div", { class: "stack" });
  root.replaceChildren(chooser(loves, labels, onLoves), found);
  if (!loves.length) {
    found.append(
      empty({
        picture: "heart",
        title: "Which labels do you love?",
        text: "Pick one or more, on the map, in the list, or here. You are told which others lie near to all of them, with tracks that lead there.",
      }),
    );
    return;
  }
  if (labels.every((label) => loves.includes(label))) {
    found.append(
      empty({
        picture: "heart",
        title: "You love them all",
        text: "There is no label left to suggest. Take one out, or add more music to the library.",
      }),
    );
    return;
  }
  await withStates(
    found,
    () => post("/labels/explore", { loves }, { signal }),
    (told) => adviceOf(told, onPick),
    { text: "Looking between them", lines: 5, signal },
  );
}

function chooser(loves, labels, onLoves) {
  const chips = loves.map((label) =>
    el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: "chip loved",
          title: `Take ${label} out`,
          "aria-label": `${label}: loved; take it out`,
          onclick: () => onLoves(loves.filter((one) => one !== label)),
        },
        el("span", { class: "dot", style: { background: labelColour(label) } }),
        el("span", { class: "chip-text" }, label),
        icon("close"),
      ),
    ),
  );
  const rest = labels.filter((label) => !loves.includes(label));
  return el(
    "div",
    { class: "card stack tight" },
    el("h2", {}, "You love"),
    chips.length > 0 && el("ul", { class: "chips", "aria-label": "Loved labels" }, chips),
    loves.length < MOST_LOVED
      ? rest.length > 0 && labelField(loves.length ? "And" : "A label", null, rest, (label) => onLoves([...loves, label]))
      : el("p", { class: "muted small" }, `${MOST_LOVED} labels are the most.`),
  );
}

function adviceOf(told, onPick) {
  const [best] = told.suggestions;
  const most = Math.max(told.between, ...told.suggestions.map(({ interval, distance }) => Math.max(interval[1], distance)));
  return [
    el(
      "section",
      { class: "card stack tight try-card", role: "status" },
      el("p", { class: "muted" }, `You love ${listed(told.loved)}:`),
      el(
        "p",
        { class: "try" },
        "try ",
        el("button", { type: "button", class: "try-name", onclick: () => onPick(best.label) }, best.label),
      ),
      el("p", {}, reasonOf(told, best)),
      told.loved.length > 1 &&
        el("p", { class: "muted small" }, `The labels that you love are ${far(told.between)} from each other at most.`),
    ),
    ...told.suggestions.map((one, place) => suggestionCard(one, place, { told, most, onPick })),
  ];
}

function reasonOf({ loved }, { label, distance, first }) {
  const near =
    loved.length > 1
      ? `A label is as near as it is to the furthest of those that you love: for ${label} that is ${far(distance)}.`
      : `It is ${far(distance)} away.`;
  return `${near} ${surely(first)}`;
}

/** How far a suggestion can be relied on. */
function surely(first) {
  const often = `With other artists of these labels it would come first in ${percent(first)} of cases`;
  return first < SURE ? `${often}, so others may do as well.` : `${often}.`;
}

function suggestionCard(one, place, { told, most, onPick }) {
  const distances = told.loved.map((label, at) => `${far(one.distances[at])} from ${label}`);
  return el(
    "section",
    { class: "card stack tight suggestion" },
    el(
      "div",
      { class: "row apart" },
      el(
        "h3",
        { class: "label-name" },
        el("span", { class: "muted number" }, `${place + 1}.`),
        el("span", { class: "dot big", style: { background: labelColour(one.label) } }),
        el("span", {}, one.label),
      ),
      el(
        "button",
        { type: "button", class: "button small", "aria-label": `Profile of ${one.label}`, onclick: () => onPick(one.label) },
        "Profile",
      ),
    ),
    el(
      "div",
      { class: "row suggestion-far" },
      intervalBar({ value: one.distance, interval: one.interval, most, colour: labelColour(one.label) }),
      el("span", { class: "number" }, el("strong", {}, far(one.distance)), ` (${range(one.interval)})`),
      el("span", { class: "muted small" }, one.first === 0 ? "never first with other artists" : `first in ${percent(one.first)} of cases`),
    ),
    told.loved.length > 1 && el("p", { class: "muted small" }, `${distances.join(", ")}.`),
    bridgesOf(one, told, place === 0),
  );
}

function bridgesOf({ label, bridges }, { loved }, open) {
  if (!bridges.length) return el("p", { class: "muted small" }, "No track by an artist who is new to those that you love.");
  const tracks = bridges.flatMap((bridge) => [
    { ...bridge.track, role: "bridge" },
    ...bridge.nearest.map((near) => ({ ...near.track, role: `like it at ${near.label}: ${likeness(near.likeness)}` })),
  ]);
  const role = {
    name: "Why",
    class: "col-role",
    value: (track) => (track.role === "bridge" ? el("span", { class: "chip bridge" }, icon("bridge"), "bridge") : track.role),
  };
  const list = trackList(tracks, {
    label: `Bridges to ${label}, each with the tracks most like it at ${listed(loved)}`,
    base: ["bpm", "key"],
    columns: [role],
  });
  markGroups(list, (at) => tracks[at].role === "bridge");
  return el("details", { open }, el("summary", {}, `Bridge tracks: from ${listed(loved)} to ${label}`), list);
}
