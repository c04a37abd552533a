// What DJ software knows: take in its files, and see the playlists that came from them.
import { get, post } from "/page/js/lib/api.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { count, whole } from "/page/js/lib/format.js";
import { jobs } from "/page/js/lib/jobs.js";
import { dialog } from "/page/js/parts/dialog.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { tried } from "/page/js/library/running.js";

const ENDINGS = ".xml,.nml,.m3u,.m3u8";
const PROGRAMS = { rekordbox: "rekordbox", traktor: "Traktor", m3u: "M3U", earmark: "made here" };

/** Show it. */
export function showImports(root, { signal }) {
  const lists = el("section", { class: "card stack tight" });
  root.append(...[importCard(), lastImports(), lists].filter(Boolean));
  withStates(lists, () => get("/playlists", {}, { signal }), (found) => [el("h2", {}, "Playlists"), playlists(found, signal)], { text: "Reading the playlists", signal });
}

function importCard() {
  const id = freshId("file");
  const input = el("input", { type: "file", id, class: "visually-hidden", accept: ENDINGS, multiple: true, onchange: (event) => {
    sendAll([...event.target.files]);
    event.target.value = "";
  } });
  return el("section", { class: "card stack tight" },
    el("h2", {}, "Take in from DJ software"),
    el("p", { class: "lead" }, "Playlists, play order, and the BPM, key and other values that your tags lack, from a rekordbox XML, a Traktor NML, or an M3U. Tracks are matched by path, file name and length, or artist and title; what fits none or several is listed, never guessed. Nothing of the program's is changed."),
    el("div", { class: "row" }, input, el("label", { class: "button primary", for: id }, icon("upload"), "Choose files"), el("span", { class: "muted small" }, ".xml, .nml, .m3u, .m3u8")));
}

/** Send files one by one; it goes on when somebody looks at another page meanwhile. */
async function sendAll(files) {
  for (const file of files) {
    await tried(async () => jobs.begun(await post(`/imports?name=${encodeURIComponent(file.name)}`, file)));
  }
}

/** What became of the imports that jobs remember. */
function lastImports() {
  const done = jobs.list.filter((job) => job.kind === "import" && job.state === "done");
  return done.length > 0 && el("section", { class: "card stack tight" }, el("h2", {}, "Imports"), el("ul", { class: "import-list" }, done.map(importRow)));
}

function importRow({ request, result }) {
  const matched = Object.values(result.matched).reduce((sum, number) => sum + number, 0);
  const told = [`${whole(matched)} of ${count(result.locations, "track")} matched`, `${count(result.playlists, "playlist")}, ${whole(result.new_playlists)} new or changed`, `${count(result.filled, "track")} got values that they lacked`];
  const left = [...result.unmatched.map((place) => `${place} is not in the library`), ...result.ambiguous.map((one) => `${one.location} fits several tracks`), ...result.problems.map((one) => `${one.at}: ${one.problem}`)];
  const untold = result.unmatched_count - result.unmatched.length;
  // Where the upload lay for a moment says nothing to anybody.
  const aside = request.file.slice(0, request.file.lastIndexOf("/") + 1);
  return el("li", {}, el("strong", { class: "path" }, request.name), el("p", { class: "muted small" }, `${told.join("; ")}.`),
    left.length > 0 && el("details", { class: "small" }, el("summary", {}, `${count(left.length + untold, "thing")} to look at`),
      el("ul", {}, left.map((text) => el("li", { class: "path" }, text.replaceAll(aside, ""))), untold > 0 && el("li", {}, `${whole(untold)} more that are not in the library`))));
}

function playlists(found, signal) {
  if (found.length === 0) return empty({ title: "No playlists yet", text: "Take in a file of your DJ software, or make a set in Next.", picture: "list" });
  return el("ul", { class: "playlist-list" }, found.map((one) => el("li", {},
    el("button", { type: "button", class: "playlist-row", onclick: () => open(one, signal) }, icon("list"),
      el("span", { class: "playlist-told" }, el("span", { class: "playlist-name" }, one.name), el("span", { class: "chip muted" }, PROGRAMS[one.source] ?? one.source),
        el("span", { class: "muted small number" }, `${count(one.tracks, "track")}${one.missing ? `, ${whole(one.missing)} not in the library` : ""}`))))));
}

function open(playlist, signal) {
  const body = el("div");
  dialog({ title: playlist.name, wide: true, body });
  withStates(body, () => get(`/playlists/${encodeURIComponent(playlist.id)}`, {}, { signal }), (found) => listOf(playlist, found), { signal });
}

function listOf({ name }, { items, missing_locations: missing }) {
  return [
    trackList(items, { label: name, empty: "None of its tracks is in the library" }),
    missing.length > 0 && el("details", { class: "small", open: items.length === 0 }, el("summary", {}, `${count(missing.length, "track")} not in the library`), el("ul", {}, missing.map((place) => el("li", { class: "path" }, place)))),
  ].filter(Boolean);
}
