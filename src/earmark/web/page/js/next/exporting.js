// The set as a file for DJ software, downloaded.
import { ApiProblem, address, get } from "/page/js/lib/api.js";
import { el, freshId } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { dialog } from "/page/js/parts/dialog.js";
import { failed, sentence } from "/page/js/parts/states.js";

const MAP = "earmark-path-map";

/**
 * Download tracks as a file.
 *
 * @param {{name: string, audio_ids: string[], format: string, path_map?: string[], rules?: object}} body As the API takes it.
 * @returns {Promise<string[]>} What is not as asked, a sentence each. Throws `ApiProblem`.
 */
export async function download(body) {
  const response = await fetch(address("/exports"), { method: "POST", credentials: "same-origin",
    headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) {
    const told = await response.json();
    throw new ApiProblem(response.status, told.kind, told.message);
  }
  const url = URL.createObjectURL(await response.blob());
  el("a", { href: url, download: fileName(response) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return JSON.parse(decodeURIComponent(response.headers.get("earmark-notes") ?? "[]")).map(sentence);
}

function fileName(response) {
  const told = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("content-disposition") ?? "");
  return told ? decodeURIComponent(told[1]) : "set";
}

/** Download, and tell how it went. */
export async function downloadTold(body, told) {
  try {
    const notes = await download({ path_map: keptMap(), ...body });
    told([`${count(body.audio_ids.length, "track")} written as “${body.name}”.`, ...notes].join(" "), { kind: notes.length ? "warning" : "good" });
  } catch (error) {
    told(`Not exported: ${sentence(error.message)}`, { kind: "bad" });
  }
}

/**
 * Ask how the file is to be, and download it.
 *
 * @param {{name: string, audio_ids: string[], rules: object}} set
 * @param {(text: string, options?: object) => void} tell Tells how it went.
 */
export async function exportDialog(set, tell) {
  const body = el("div", { class: "stack" }, el("p", { class: "muted" }, "Reading the formats …"));
  const { close } = dialog({ title: "Export the set", body, actions: [{ text: "Download", kind: "primary", run: () => wanted?.() }] });
  let wanted = null;
  try {
    const { formats, folders } = await get("/exports/formats");
    const form = exportForm(set, formats, folders);
    body.replaceChildren(...form.nodes);
    wanted = async () => {
      const told = form.read();
      keepMap(told.path_map);
      close();
      await downloadTold(told, tell);
    };
  } catch (error) {
    body.replaceChildren(failed(error));
  }
}

function exportForm(set, formats, folders) {
  const [nameId, hereId, thereId] = ["name", "here", "there"].map(freshId);
  const name = el("input", { id: nameId, class: "field", maxlength: 200, value: set.name });
  const choice = freshId("format");
  const radios = formats.map((one, place) => el("label", { class: "format-choice" }, el("input", { type: "radio", name: choice, value: one.format, checked: place === 0 }),
    el("span", {}, el("strong", {}, one.suffix), " ", el("span", { class: "muted" }, one.summary))));
  const [before] = keptMap();
  const split = before?.indexOf("=") ?? -1;
  const here = el("input", { id: hereId, class: "field", maxlength: 140, placeholder: folders[0] ?? "/music", value: split > 0 ? before.slice(0, split) : "" });
  const there = el("input", { id: thereId, class: "field", maxlength: 140, placeholder: "D:/Music", value: split > 0 ? before.slice(split + 1) : "" });
  const notes = el("input", { type: "checkbox", checked: true });
  const nodes = [
    el("div", {}, el("label", { class: "field-label", for: nameId }, "Name"), name),
    el("fieldset", { class: "stack tight" }, el("legend", { class: "field-label" }, "Format"), radios),
    el("label", { class: "check" }, notes, "Say in each track’s comment how it follows the one before"),
    el("fieldset", {}, el("legend", { class: "field-label" }, "Where the music lies on the other computer"),
      el("div", { class: "path-map" }, el("label", { class: "visually-hidden", for: hereId }, "Folder here"), here, el("span", { class: "muted", "aria-hidden": "true" }, "is"),
        el("label", { class: "visually-hidden", for: thereId }, "The same folder there"), there),
      el("p", { class: "field-hint" }, "Leave it empty where the paths are the same.")),
  ];
  return { nodes, read: () => ({
    name: name.value.trim() || set.name,
    audio_ids: set.audio_ids,
    format: radios.map((radio) => radio.querySelector("input")).find((radio) => radio.checked).value,
    path_map: here.value.trim() && there.value.trim() ? [`${here.value.trim()}=${there.value.trim()}`] : [],
    rules: notes.checked ? set.rules : null,
  }) };
}

function keptMap() {
  try {
    return JSON.parse(localStorage.getItem(MAP) ?? "[]");
  } catch {
    return []; // nothing is kept in this browser
  }
}

function keepMap(map) {
  try {
    localStorage.setItem(MAP, JSON.stringify(map));
  } catch {
    // It is asked for again next time.
  }
}
