// Several dropped files beside each other: which of them sounds like a label, and how sure that is.
import { labelChip, labelColour } from "/page/js/lib/colours.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { bpm, key, percent } from "/page/js/lib/format.js";
import { link } from "/page/js/lib/router.js";
import { stageWords } from "/page/js/listen/progress.js";

/**
 * List what was dropped.
 *
 * @param {object} options
 * @param {object[]} options.drops Summaries, newest first.
 * @param {object[]} options.sending Files on their way.
 * @param {Map<string, object>} options.whole Everything about those that are done.
 * @param {string|null} options.selected The id of the one that is shown.
 * @param {string} options.by "new", or a label's name.
 * @param {(by: string) => void} options.onRank
 * @param {(id: string) => void} options.onForget
 * @param {(key: string) => void} options.onDismiss
 * @returns {HTMLElement}
 */
export function ranking(options) {
  const { drops, sending, by } = options;
  const ranked = by === "new" ? drops : [...drops].sort((a, b) => (share(b, options) ?? -1) - (share(a, options) ?? -1));
  return el("section", { class: "card ranking", "aria-labelledby": "ranking-title" },
    el("div", { class: "row apart" }, el("h2", { id: "ranking-title", class: "ranking-title" }, "Dropped since the start"), rankBy(options)),
    el("div", { class: "scroll ranking-frame" }, el("table", { class: "table ranking-table" },
      el("thead", {}, el("tr", {}, ["Track", "Sounds like", by === "new" ? "How sure" : `Like ${by}`].map((text) => el("th", { scope: "col" }, text)),
        el("th", { scope: "col", class: "right wide-only" }, "BPM"), el("th", { scope: "col", class: "right wide-only" }, "Key"), el("td", {}))),
      el("tbody", {}, sending.map((one) => sendingRow(one, options)), ranked.map((drop) => row(drop, options))))));
}

function rankBy({ whole, by, onRank }) {
  const labels = [...new Set([...whole.values()].flatMap((drop) => drop.verdict?.ranked.map((one) => one.label) ?? []))].sort();
  if (labels.length === 0) return null;
  const id = freshId("rank");
  const choice = el("select", { id, class: "field rank-by", onchange: () => onRank(choice.value) },
    el("option", { value: "new", selected: by === "new" }, "Newest first"),
    labels.map((label) => el("option", { value: label, selected: by === label }, `Most like ${label}`)));
  return el("div", { class: "row" }, el("label", { class: "small muted", for: id }, "Order"), choice);
}

/** A drop's probability: of its own label, or of the label that is ranked by. */
function share(drop, { by, whole }) {
  if (by === "new") return drop.probability;
  return whole.get(drop.id)?.verdict?.ranked.find((one) => one.label === by)?.probability ?? null;
}

function row(drop, options) {
  const { selected, whole, onForget, by } = options;
  const track = whole.get(drop.id)?.track;
  const name = el("a", { href: link("listen", { drop: drop.id }), class: "ranking-name", "aria-current": drop.id === selected ? "true" : null }, drop.display);
  return el("tr", { class: drop.id === selected ? "selected" : null },
    el("th", { scope: "row" }, name),
    ...said(drop, by, share(drop, options)),
    el("td", { class: "right wide-only" }, track ? bpm(track) : ""),
    el("td", { class: "right wide-only" }, track ? key(track) : ""),
    el("td", { class: "right" }, el("button", { type: "button", class: "icon-button small-button", "aria-label": `Forget ${drop.display}`, title: "Forget", onclick: () => onForget(drop.id) }, icon("close"))));
}

function said(drop, by, value) {
  if (drop.state === "failed") return [el("td", { colspan: 2 }, el("span", { class: "chip bad" }, "not read"))];
  if (drop.label === null) return [el("td", { colspan: 2, class: "muted" }, drop.state === "done" ? "no verdict" : stageWords(drop))];
  const shown = drop.is_none ? el("span", { class: "chip muted" }, "none of these") : labelChip(drop.label);
  const colour = by === "new" ? (drop.is_none ? "var(--line)" : labelColour(drop.label)) : labelColour(by);
  const meter = el("span", { class: "meter" }, el("span", { class: "meter-track", "aria-hidden": "true" }, el("span", { class: "meter-bar", style: { width: `${100 * (value ?? 0)}%`, background: colour } })), el("span", { class: "number" }, percent(value)));
  return [el("td", {}, shown), el("td", {}, meter)];
}

function sendingRow({ key: one, name, problem }, { onDismiss }) {
  return el("tr", {},
    el("th", { scope: "row" }, el("span", { class: "ranking-name" }, name)),
    el("td", { colspan: 4 }, problem ? el("span", { class: "refused" }, el("span", { class: "chip bad" }, "not sent"), " ", problem) : el("span", { class: "muted" }, "on its way …")),
    el("td", { class: "right" }, problem && el("button", { type: "button", class: "icon-button small-button", "aria-label": `Take ${name} off the list`, onclick: () => onDismiss(one) }, icon("close"))));
}
