// How the library is: what can be compared, what is stale, what is not installed, and what to do about it.
import { get, post } from "/page/js/lib/api.js";
import { el, icon } from "/page/js/lib/dom.js";
import { count, percent, whole } from "/page/js/lib/format.js";
import { jobs } from "/page/js/lib/jobs.js";
import { link } from "/page/js/lib/router.js";
import { withStates } from "/page/js/parts/states.js";
import { scan } from "/page/js/library/folders.js";
import { tried } from "/page/js/library/running.js";

/** Make the tracks comparable that are not yet. */
const embed = (button) => tried(async () => jobs.begun(await post("/embed", {})), button);

/** Make the card. */
export function healthCard({ view, signal }) {
  const body = el("div", { class: "stack tight" });
  const card = el("section", { class: "card stack" }, el("h2", {}, "Health"), body);
  withStates(body, () => get("/doctor", {}, { signal }), (found) => told(found, view), { text: "Looking the library over", signal });
  return card;
}

function told({ library, parts }, view) {
  return [el("ul", { class: "health" }, lines(library, view)), vectorsTable(library.vectors), partsList(parts)].filter(Boolean);
}

function lines(library, view) {
  const { tracks } = library;
  const left = Math.max(tracks - library.features, tracks - library.measured);
  const current = library.vectors.filter((one) => one.current && one.engine);
  const behind = current.length > 0 && current.every((one) => one.stale || one.lacking > 0 || one.gone > 0);
  return [
    line(left === 0, left === 0 ? "Every track is fully analysed." : `${count(left, "track")} not fully analysed.`, ["Rescan", (button) => scan({}, button)]),
    comparable(current, behind),
    line(library.bundles.length > 0, library.bundles.length > 0 ? `${count(library.bundles.length, "trained model")}, the newest is ${library.bundles[0]}.` : "No trained model yet: it tells your labels apart, and makes better vectors.", ["Train one", () => (location.hash = link("models"))]),
    line(library.failures === 0, library.failures === 0 ? "Every file could be read." : `${count(library.failures, "file")} could not be read.`, ["See why", () => view.open("failures")]),
    library.trouble && line(false, library.trouble),
    ...library.vectors.filter((one) => one.trouble).map((one) => line(false, one.trouble, ["Make them anew", (button) => tried(async () => jobs.begun(await post("/embed", { rebuild: true })), button)])),
  ].filter(Boolean);
}

function comparable(current, behind) {
  const by = (one) => one.source.replace(/^(bundle|backbone) (.*)$/, "the $1 “$2”").replace(/^mfcc mfcc$/, "plain MFCCs");
  if (current.length === 0) return line(false, "No track can be compared yet: Map and Next need vectors.", ["Make them", embed]);
  const best = current.find((one) => !one.stale && !one.lacking) ?? current[0];
  if (behind) return line(false, `Vectors by ${by(best)} are behind the library: ${count(best.lacking, "track")} without one.`, ["Bring up to date", embed]);
  return line(true, `${count(best.vectors, "track")} can be compared, by ${by(best)}${best.recall ? "" : "; all are searched"}${best.ms >= 0.1 ? `, in ${best.ms.toFixed(1)} ms` : ""}.`);
}

function line(good, text, action) {
  const button = !good && action && el("button", { type: "button", class: "button small", onclick: (event) => action[1](event.currentTarget) }, action[0]);
  return el("li", { class: good ? "health-line good" : "health-line" }, el("span", { class: "health-mark", "aria-hidden": "true" }, icon(good ? "check" : "warning")),
    el("span", { class: "health-text" }, !good && el("span", { class: "visually-hidden" }, "To do: "), text), button);
}

function vectorsTable(vectors) {
  if (vectors.length === 0) return null;
  const head = ["Vectors by", "Tracks", "Found by", "Size", "State"];
  const rows = vectors.map((one) => [one.source, whole(one.vectors), one.engine ? (one.recall ? `index, ${percent(Math.min(...Object.values(one.recall)))} of the nearest` : "exact search") : "none yet", `${one.megabytes.toFixed(1)} MB`, stateOf(one)]);
  return el("details", {}, el("summary", {}, `Vectors from ${count(vectors.length, "source")}`),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Vectors" }, el("table", { class: "table" },
      el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))))))));
}

function stateOf(one) {
  if (!one.current) return "its source is gone";
  if (!one.engine) return one.trouble ? "damaged" : "unfinished";
  return one.stale || one.lacking || one.gone ? "behind the library" : "up to date";
}

function partsList(parts) {
  const lacking = parts.filter((one) => !one.version);
  return el("details", {}, el("summary", {}, `Installed parts${lacking.length ? `; ${count(lacking.length, "optional one")} ${lacking.length === 1 ? "is" : "are"} not` : ""}`),
    el("ul", { class: "parts small" }, parts.map((one) => el("li", { class: one.version ? null : "muted" },
      el("strong", {}, one.name), " ", one.version ?? "not installed", el("span", { class: "muted" }, ` · ${one.purpose}${!one.version && one.extra ? `; pip install 'earmark[${one.extra}]'` : ""}`)))));
}
