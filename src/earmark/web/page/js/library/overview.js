// What is in the library, in numbers and small pictures; its folders; how it is and what to do about it.
import { get } from "/page/js/lib/api.js";
import { labelChip, labelColour } from "/page/js/lib/colours.js";
import { bus } from "/page/js/lib/bus.js";
import { el, icon } from "/page/js/lib/dom.js";
import { count, percent, whole } from "/page/js/lib/format.js";
import { link } from "/page/js/lib/router.js";
import { addFolder } from "/page/js/library/addfolder.js";
import { size } from "/page/js/library/failures.js";
import { foldersCard } from "/page/js/library/folders.js";
import { healthCard } from "/page/js/library/health.js";

const MOST_FORMATS = 6;
const MOST_LABELS = 12;
const MOST_YEARS = 60;
const FIELDS = { label: "label", artists: "artist", title: "title", release: "release", released: "release date", genre: "genre", bpm: "tempo", key: "key" };
const TOLD_BY = { tag: "tags", csv: "a CSV", folder: "folders", "file-name": "file names", rekordbox: "rekordbox", traktor: "Traktor", analysis: "the sound", user: "you" };

/** Show it. */
export function showOverview(root, { view, signal }) {
  const { facts, places } = view;
  root.append(
    numbers(facts, signal),
    el("div", { class: "library-columns" },
      el("div", { class: "stack" }, foldersCard(places, { onAdd: () => addFolder(places) }), healthCard({ view, signal })),
      el("div", { class: "stack" }, labelsCard(facts, view, signal), knownCard(facts, view))));
}

function numbers(facts, signal) {
  const disk = el("dd", {}, "…");
  get("/disk", {}, { signal }).then(({ total }) => (disk.textContent = size(total)), (error) => {
    if (error.name !== "AbortError") disk.textContent = "unknown";
  });
  const fact = (name, value) => el("div", {}, el("dt", {}, name), value instanceof Node ? value : el("dd", {}, value));
  return el("section", { class: "card library-numbers", "aria-label": "In numbers" },
    el("dl", { class: "facts" },
      fact("Tracks", whole(facts.tracks)), fact("Music", facts.hours < 1 ? `${Math.round(60 * facts.hours)} min` : `${facts.hours < 10 ? facts.hours.toFixed(1) : whole(facts.hours)} h`),
      fact("Labels", whole(facts.labels.length)), fact("Artists", whole(facts.artists)), fact("Releases", whole(facts.releases)), fact("On disk", disk)),
    el("div", { class: "library-pictures" }, formats(facts), years(facts)));
}

/** Files by format as one bar; its parts are told in words below it. */
function formats({ formats: found, files }) {
  const entries = Object.entries(found);
  const shown = entries.slice(0, MOST_FORMATS);
  const rest = entries.slice(MOST_FORMATS).reduce((sum, [, number]) => sum + number, 0);
  if (rest > 0) shown.push(["other", rest]);
  const tone = (place) => ({ "--tone": `${Math.round(100 - (62 * place) / Math.max(1, shown.length - 1))}%` });
  return el("figure", { class: "mini" },
    el("figcaption", {}, el("span", {}, "Formats"), el("span", { class: "muted" }, count(files, "file"))),
    el("div", { class: "format-bar", "aria-hidden": "true" }, shown.map(([, number], place) => el("span", { style: { flexGrow: number, ...tone(place) } }))),
    el("ul", { class: "format-list" }, shown.map(([name, number], place) => el("li", {}, el("span", { class: "format-dot", style: tone(place) }), `${name} `, el("span", { class: "muted number" }, percent(number / Math.max(1, files)))))));
}

/** Tracks by year as columns. */
function years({ years: found, tracks, missing }) {
  const known = Object.keys(found).map(Number);
  if (known.length === 0) return el("figure", { class: "mini" }, el("figcaption", {}, el("span", {}, "Released"), el("span", { class: "muted" }, "no dates are known")));
  const last = Math.max(...known);
  const first = Math.max(Math.min(...known), last - MOST_YEARS + 1);
  const span = Array.from({ length: last - first + 1 }, (_, place) => first + place);
  const most = Math.max(...span.map((year) => found[year] ?? 0));
  const earlier = known.reduce((sum, year) => sum + (year < first ? found[year] : 0), 0);
  const told = known.map((year) => `${year}: ${found[year]}`).join(", ");
  const apart = [earlier > 0 && `${whole(earlier)} before ${first}`, missing.released > 0 && `${whole(missing.released)} without a date`].filter(Boolean);
  const undated = apart.join(", ") || (first === last ? String(first) : `${first} to ${last}`);
  return el("figure", { class: "mini" },
    el("figcaption", {}, el("span", {}, "Released"), el("span", { class: "muted" }, undated)),
    el("div", { class: "year-bars", role: "img", "aria-label": `Tracks by year of release: ${told}; ${count(tracks, "track")} in all` },
      span.map((year) => el("span", { class: "year-bar", title: `${year}: ${count(found[year] ?? 0, "track")}` }, el("span", { style: { height: `${(100 * (found[year] ?? 0)) / most}%` } })))),
    el("div", { class: "year-ends muted", "aria-hidden": "true" }, el("span", {}, first), last !== first && el("span", {}, last)));
}

function labelsCard(facts, view, signal) {
  const body = el("tbody");
  let all = facts.labels.length <= MOST_LABELS;
  const fill = () => body.replaceChildren(...facts.labels.slice(0, all ? undefined : MOST_LABELS).map((one) => labelRow(one, facts.labels[0].tracks, view)));
  fill();
  bus.on("colours", fill, { signal });
  const more = !all && el("button", { type: "button", class: "button quiet small", onclick: (event) => {
    all = true;
    event.currentTarget.remove();
    fill();
  } }, `Show all ${whole(facts.labels.length)}`);
  return el("section", { class: "card stack tight" }, el("h2", {}, "Labels"),
    facts.labels.length === 0 ? el("p", { class: "muted" }, "No track has a label. Rescan a folder with other rules: by folder names, or by a CSV.") :
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Labels" },
      el("table", { class: "table label-table" },
        el("thead", {}, el("tr", {}, ["Label", "Tracks", "Releases", "Artists", "Hours"].map((name, place) => el("th", { scope: "col", class: place > 2 ? "right wide-only" : place > 0 ? "right" : null }, name)))),
        body)),
    more);
}

function labelRow(one, most, view) {
  return el("tr", {},
    el("td", {}, labelChip(one.label, { href: link("labels", { label: one.label }) }),
      el("span", { class: "label-bar", "aria-hidden": "true" }, el("span", { style: { width: `${(100 * one.tracks) / most}%`, background: labelColour(one.label) } }))),
    el("td", { class: "right" }, el("button", { type: "button", class: "number-link", "aria-label": `Show the ${count(one.tracks, "track")} of ${one.label}`, onclick: () => view.open("tracks", { label: one.label }) }, whole(one.tracks))),
    el("td", { class: "right" }, whole(one.releases)), el("td", { class: "right wide-only" }, whole(one.artists)), el("td", { class: "right wide-only" }, one.hours.toFixed(1)));
}

/** What is known of the tracks, who told it, and what nobody knows. */
function knownCard(facts, view) {
  const missing = Object.entries(FIELDS).filter(([name]) => facts.missing[name] > 0);
  const sources = Object.entries(facts.label_sources).map(([name, number]) => `${TOLD_BY[name] ?? name} (${whole(number)})`);
  const estimated = [[facts.estimated.bpm, "tempo"], [facts.estimated.key, "key"]].filter(([number]) => number > 0).map(([number, name]) => `the ${name} of ${whole(number)}`);
  return el("section", { class: "card stack tight" }, el("h2", {}, "What is known"),
    sources.length > 0 && el("p", {}, `Labels come from ${sources.join(", ")}.`),
    el("p", {}, estimated.length === 0 ? "Every tempo and key comes from tags or DJ software." : `Only the sound tells ${estimated.join(" and ")}; such values are marked with ~, doubtful ones with ?.`,
      " ", estimated.length > 0 && el("button", { type: "button", class: "number-link", onclick: () => view.open("tracks", { only: "estimated" }) }, "Show them")),
    missing.length === 0 ? el("p", { class: "muted row known-all" }, icon("check"), "No track lacks a label, artist, title, date, genre, tempo or key.") :
    el("ul", { class: "missing" }, missing.map(([name, text]) => el("li", {}, el("span", {}, `No ${text}`), el("span", { class: "missing-bar", "aria-hidden": "true" }, el("span", { style: { width: `${(100 * facts.missing[name]) / facts.tracks}%` } })), el("span", { class: "number muted" }, whole(facts.missing[name]))))),
    facts.truncated > 0 && el("p", { class: "note warning" }, `${count(facts.truncated, "file")} promised more sound than could be read; they may be cut off.`));
}
