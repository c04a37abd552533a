// Where files are dropped or chosen.
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { post } from "/page/js/lib/api.js";
import { megabytes } from "/page/js/listen/store.js";

let warmed = 0;
const WARM_MS = 60_000;

/** Have the server make ready to listen; what goes wrong there is told by the first file. */
export function warm() {
  if (Date.now() - warmed < WARM_MS) return;
  warmed = Date.now();
  post("/drops/warm").catch(() => (warmed = 0));
}

/**
 * Make the place for files: large where there is nothing yet, a bar above a verdict.
 *
 * @param {{onFiles: (files: File[]) => void, about: object, small: boolean}} options `about`: GET /about.
 * @returns {HTMLElement}
 */
export function dropZone({ onFiles, about, small }) {
  const id = freshId("files");
  const input = el("input", { id, class: "visually-hidden zone-input", type: "file", multiple: true, accept: "audio/*,.mp3,.flac,.wav,.aif,.aiff,.m4a,.ogg,.opus,.aac,.wma,.wv,.ape",
    "aria-label": "Choose audio files", onclick: warm });
  input.addEventListener("change", () => {
    onFiles([...input.files]);
    input.value = ""; // the same file may be chosen again
  });
  const zone = el("div", { class: small ? "zone small" : "zone" },
    el("div", { class: "zone-picture", "aria-hidden": "true" }, small ? icon("upload") : bars()),
    el("div", { class: "zone-words" },
      el("p", { class: "zone-title" }, small ? "Drop another track" : "Drop a track here"),
      el("p", { class: "muted small" }, small ? "or several, to rank them" : `MP3, FLAC, WAV, AIFF, M4A, OGG and more, up to ${megabytes(about.upload_bytes)}. Nothing leaves this machine, and the file is not kept unless you ask.`)),
    el("div", { class: "zone-acts" }, el("label", { class: small ? "button" : "button primary", for: id }, icon("folder"), "Choose files"), modelChoice(about)), input);
  return zone;
}

/** The model that files are sent to; "" for the one that the server takes by itself. */
export const chosen = { bundle: "" };

function modelChoice({ bundles }) {
  if (!bundles.includes(chosen.bundle)) chosen.bundle = ""; // deleted since; files sent to it would be refused
  if (bundles.length < 2) return null;
  const id = freshId("model");
  const options = [["", "usual model"], ...bundles.map((name) => [name, name])];
  const choice = el("select", { id, class: "field zone-model", onchange: () => (chosen.bundle = choice.value) },
    options.map(([value, text]) => el("option", { value, selected: value === chosen.bundle }, text)));
  return el("div", { class: "row zone-choice" }, el("label", { class: "small muted", for: id }, "Model"), choice);
}

/** A waveform as a picture: bars of an even breath. */
function bars() {
  const heights = [22, 38, 60, 44, 78, 100, 70, 88, 54, 96, 64, 82, 46, 68, 36, 24];
  return el("div", { class: "zone-bars" }, heights.map((height, i) => el("span", { style: { height: `${height}%`, "--i": i } })));
}
