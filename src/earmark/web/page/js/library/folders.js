// The folders that music comes from: where their labels come from, when they were scanned, and scanning them again.
import { post } from "/page/js/lib/api.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { ago, count } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { dialog } from "/page/js/parts/dialog.js";
import { tried } from "/page/js/library/running.js";

/** What the ways of telling labels are called. */
export const LABEL_FROM = {
  auto: "labels settled at the first whole scan",
  tag: "labels from the label tag",
  folder: "labels from folder names",
  csv: "labels from a CSV",
};
const CHOICES = {
  "": "As at the last scan; at the first, tags where most files have a label, else folders",
  tag: "The label tag of each file",
  folder: "The first folder below the scanned one",
  csv: "The label column of a CSV",
};

/** Ask for a scan; what was done already is not done again. */
export function scan(asked, button) {
  return tried(async () => jobs.begun(await post("/scan", asked)), button);
}

/** Scan all folders again. */
export const rescanAll = (button) => scan({}, button);

/**
 * List the scanned folders.
 *
 * @param {object} places What GET /roots tells.
 * @param {{onAdd: () => void}} options
 * @returns {HTMLElement}
 */
export function foldersCard(places, { onAdd }) {
  return el("section", { class: "card stack" },
    el("div", { class: "row apart" }, el("h2", {}, "Folders"), el("button", { type: "button", class: "button small", onclick: onAdd }, icon("add"), "Add")),
    el("ul", { class: "folder-list" }, places.scanned.map(folderRow)),
    places.scanned.length === 0 && el("p", { class: "muted" }, "No folder was scanned yet."));
}

function folderRow(folder) {
  const told = [count(folder.tracks, "track"), LABEL_FROM[folder.label_from], lastScan(folder.path)].filter(Boolean);
  return el("li", { class: "folder-row" },
    el("span", { class: "folder-picture" }, icon("folder")),
    el("div", { class: "folder-told" },
      el("span", { class: "folder-name path" }, folder.path),
      el("span", { class: "muted small" }, told.join(" · ")),
      !folder.present && el("span", { class: "chip warning" }, "Not there now: is its disk connected?"),
      !folder.allowed && folder.present && el("span", { class: "chip warning" }, "Scanned elsewhere; start the server anew to scan it here")),
    el("div", { class: "row folder-buttons" },
      el("button", { type: "button", class: "icon-button", disabled: !folder.allowed || !folder.present, title: "Scan with other rules", "aria-label": `Scan with other rules: ${folder.path}`, onclick: () => scanDialog({ folder: folder.path }, folder) }, icon("more")),
      el("button", { type: "button", class: "button small", disabled: !folder.allowed || !folder.present, "aria-label": `Rescan ${folder.path}`, onclick: (event) => scan({ folder: folder.path }, event.currentTarget) }, icon("refresh"), "Rescan")));
}

/** When a folder was last scanned from this page, as far as jobs remember. */
function lastScan(path) {
  const last = jobs.list.find((job) => job.kind === "scan" && job.state === "done" && hasEnded(job) && (job.request.places.includes(path) || job.request.places.length === 0));
  return last ? `scanned ${ago(last.ended)}` : "";
}

/**
 * Ask by which rules a folder is scanned, and scan it.
 *
 * @param {object} place What POST /scan takes as the folder: `folder`, or `root` and `path`.
 * @param {{path: string, label_from?: string}} folder How it is shown, and what holds now.
 */
export function scanDialog(place, folder) {
  const [from, csv, tempo, retry, prune, embed] = Array.from({ length: 6 }, () => freshId("scan"));
  const csvRow = el("div", { hidden: true }, el("label", { class: "field-label", for: csv }, "The CSV's path"),
    el("input", { class: "field", id: csv, name: "csv", autocomplete: "off", spellcheck: "false" }), el("p", { class: "field-hint" }, "A file below a folder that this server may read."));
  const form = el("form", { class: "stack", onsubmit: (event) => event.preventDefault() },
    el("p", { class: "path muted" }, folder.path),
    el("div", {}, el("label", { class: "field-label", for: from }, "Where labels come from"),
      el("select", { class: "field", id: from, name: "label_from", onchange: (event) => (csvRow.hidden = event.target.value !== "csv") },
        Object.entries(CHOICES).map(([value, text]) => el("option", { value }, text)))),
    csvRow,
    el("div", {}, el("label", { class: "field-label", for: tempo }, "Range of tempi to estimate"),
      el("input", { class: "field", id: tempo, name: "bpm_range", placeholder: "70-200", pattern: "\\d{1,3}(\\.\\d+)?-\\d{1,3}(\\.\\d+)?", autocomplete: "off" }),
      el("p", { class: "field-hint" }, "Only where tags tell no tempo. Another range than before has every track measured again.")),
    tick(retry, "retry_failures", "Try files again that could not be read"),
    tick(prune, "prune", "Forget tracks whose files are gone"),
    tick(embed, "embed", "Make new tracks comparable afterwards", true));
  const go = (close) => {
    if (!form.reportValidity()) return;
    const asked = read(form);
    close();
    scan({ ...place, ...asked });
  };
  dialog({ title: "Scan a folder", body: form, actions: [{ text: "Cancel", value: "" }, { text: "Scan", kind: "primary", run: go }] });
}

function tick(id, name, text, checked = false) {
  return el("label", { class: "row tick", for: id }, el("input", { type: "checkbox", id, name, checked }), text);
}

function read(form) {
  const text = (name) => form.elements.namedItem(name).value.trim() || null;
  const on = (name) => form.elements.namedItem(name).checked;
  const from = text("label_from");
  return {
    label_from: from, csv: from === "csv" ? text("csv") : null, bpm_range: text("bpm_range"),
    retry_failures: on("retry_failures"), prune: on("prune"), embed: on("embed"),
  };
}
