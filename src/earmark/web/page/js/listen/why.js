// Why: the songs it was compared with, what would change the verdict, what the model is worth, and what is near.
import { el, icon } from "/page/js/lib/dom.js";
import { disagreement } from "/page/js/lib/agreement.js";
import { minutes, percent } from "/page/js/lib/format.js";
import { go, link } from "/page/js/lib/router.js";
import { trackList } from "/page/js/parts/tracks.js";
import { sentence } from "/page/js/parts/states.js";
import { labelChip } from "/page/js/lib/colours.js";

const cosine = (value) => value.toFixed(2);

/** Warnings and limits that a reader has to know. */
export function warnings({ verdict, sound }) {
  const told = [
    verdict?.in_training && "The model has learnt from this very recording, so this proves nothing.",
    verdict?.padded && "It is shorter than what the model hears at once, and was padded.",
    sound?.truncated && "The file is cut off: it promises more sound than it holds.",
    verdict?.set?.outside,
  ].filter(Boolean);
  return told.map((text) => el("p", { class: "note warning" }, text));
}

/**
 * The reasons.
 *
 * @param {object} drop With a verdict.
 * @returns {HTMLElement}
 */
export function whyCard({ verdict }) {
  const told = verdict.explanation;
  return el("section", { class: "card stack", "aria-labelledby": "why-title" },
    el("h3", { id: "why-title" }, "Why"),
    el("ul", { class: "reasons" }, [
      el("li", {}, `${told.label} leads ${told.runner_up} by ${told.margin.log_odds.toFixed(1)} in log-odds, ${Math.round(100 * told.margin.probability)} points.`),
      el("li", {}, changeWords(told)),
      ...Object.entries(told.parts).map(([name, value]) => el("li", {}, `The part “${name}” adds ${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}.`)),
      ...verdict.habits.filter((text) => !text.includes(": unknown;")).map((text) => el("li", {}, text)),
    ]),
    el("div", { class: "model-note" },
      el("p", { class: "small" }, el("a", { href: link("models", { run: verdict.bundle }) }, verdict.bundle), ` says so. ${verdict.known_score || "How it does on songs it has never heard is not known."}`),
      told.notes.map((text) => el("p", { class: "small muted" }, text))));
}

function changeWords({ change, sections, evidence }) {
  if (evidence.starts_seconds.length <= 1) return "The model hears the track at once, so no part of it can be taken away.";
  if (!change) return "No choice of sections that were left out would change the verdict.";
  const spans = change.sections.map((place) => `${minutes(sections[place].start_seconds)}–${minutes(sections[place].end_seconds)}`);
  return `Without ${spans.join(", ")} (${percent(change.share)} of the sound) it would be ${change.label} (${percent(change.probability)}).`;
}

/** Songs that the model compares with, by other artists. */
export function referencesCard({ verdict }) {
  const found = verdict.references;
  if (found === null) return null;
  const here = found.filter((one) => one.track).map((one) => ({ ...one.track, cosine: one.cosine }));
  const away = found.filter((one) => !one.track);
  return el("section", { class: "card stack tight", "aria-labelledby": "references-title" },
    el("h3", { id: "references-title" }, "What the model was reminded of"),
    el("p", { class: "small muted" }, "The songs it knows that are nearest in its own ear, by other artists."),
    here.length > 0 && trackList(here, { label: "Songs that the model was reminded of", base: ["label"], columns: [likeness], heading: false }),
    away.length > 0 && el("ul", { class: "away" }, away.map((one) => el("li", { class: "row" }, el("span", {}, one.name), labelChip(one.label), el("span", { class: "muted number" }, cosine(one.cosine))))),
    found.length === 0 && el("p", { class: "muted" }, "No song by another artist."));
}

const likeness = { name: "Alike", value: (track) => el("span", { class: "number", title: "Cosine of the two" }, cosine(track.cosine)), align: "right" };

/** Tracks of the library that sound like the file. */
export function nearCard(drop) {
  const { near, near_problem: problem } = drop;
  const body = near ? nearList(near, drop) : problem ? noNeighbours(problem) : el("p", { class: "muted", role: "status" }, "Finding what is near …");
  return el("section", { class: "card stack tight", "aria-labelledby": "near-title" }, el("h3", { id: "near-title" }, "Nearest in your library"), body);
}

function nearList({ neighbours, versions, known, notes, source }, drop) {
  const tracks = neighbours.map((one) => ({ ...one.track, cosine: one.cosine, words: one.words }));
  const why = { name: "Why", value: (track) => el("span", { class: "small muted near-words" }, track.words.join("; ")), show: "wide" };
  const apart = drop.verdict?.set?.is_none ? "" : disagreement(drop.verdict?.label, tracks);
  return [
    apart && el("p", { class: "note" }, apart),
    known && el("p", { class: "note good" }, "This very sound is in your library: ", el("strong", {}, known.display), "."),
    versions.length > 0 && el("div", { class: "note" }, versions.length === 1 ? "The same recording is in your library: " : "The same recordings, or parts of them, are in your library:",
      versions.length === 1 ? versionWords(versions[0]) : el("ul", {}, versions.map((one) => el("li", {}, versionWords(one))))),
    trackList(tracks, {
      label: "Nearest tracks in your library", columns: [likeness, why], empty: { title: "Nothing is near", text: "There is no other track to compare with." },
      actions: [{ name: "What mixes after it", icon: "next", run: (track) => go("next", { track: track.audio_id }) }],
    }),
    el("p", { class: "small muted" }, [`By ${source}.`, ...notes].join(" ")),
  ];
}

const versionWords = (one) => [el("strong", {}, one.track.display), `, ${one.words}.`];

function noNeighbours(problem) {
  return el("div", { class: "stack tight" },
    el("p", {}, sentence(problem.message)),
    el("p", {}, el("a", { class: "button", href: link("library") }, icon("library"), "Go to the library")));
}

/** Why there is no verdict, and what to do. */
export function noVerdict({ verdict_problem: problem }, about) {
  const untrained = about.bundles.length === 0;
  return el("section", { class: "card no-verdict" },
    el("span", { class: "state-picture" }, icon("models")),
    el("div", { class: "stack tight" },
      el("h3", {}, untrained ? "There is no model yet" : "There is no verdict"),
      el("p", { class: "muted" }, untrained ? "A model learns what your labels sound like from the tracks of your library; then it can say which of them a track sounds like. Training takes minutes." : sentence(problem.message)),
      el("p", {}, el("a", { class: "button primary", href: link("models") }, untrained ? "Train a model" : "Go to the models"))));
}
