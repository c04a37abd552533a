// Playlists: the set saved as one, and one opened as the set.
import { del, get, post, put } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { confirm, dialog } from "/page/js/parts/dialog.js";
import { empty, sentence, withStates } from "/page/js/parts/states.js";
import { store } from "/page/js/next/store.js";

const SOURCES = { earmark: "made here", rekordbox: "rekordbox", traktor: "Traktor", m3u: "M3U" };

/**
 * Ask for a name and save the set as a playlist; one that it was opened from can be written over.
 *
 * @param {(text: string, options?: object) => void} told Tells how it went.
 */
export function saveDialog(told) {
  const id = freshId("name");
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const name = el("input", { id, class: "field", maxlength: 200, value: store.playlist?.name ?? suggested() });
  const save = async (close, change) => {
    try {
      const made = change ? await put(`/playlists/${encodeURIComponent(store.playlist.id)}`, { name: name.value, audio_ids: store.ids }) : await post("/playlists", { name: name.value, audio_ids: store.ids });
      close();
      saved(made, told);
    } catch (error) {
      problem.hidden = false;
      problem.textContent = sentence(error.message);
      name.focus();
    }
  };
  const own = store.playlist?.own;
  const actions = [
    own && { text: "Save as a new one", run: (close) => save(close, false) },
    { text: own ? "Save" : "Save as a playlist", kind: "primary", run: (close) => save(close, own) },
  ].filter(Boolean);
  dialog({ title: "Save the set", actions, body: el("div", { class: "stack" }, el("div", {}, el("label", { class: "field-label", for: id }, "Name"), name), problem) });
  name.select();
}

function saved({ id, name, own }, told) {
  store.savedAs({ id, name, own });
  bus.emit("playlist-changed", id);
  told(`Saved as “${name}”.`);
}

const suggested = () => `Set from ${store.tracks[0]?.title ?? "nothing"}`.slice(0, 200);

/**
 * Show the playlists; one that is chosen becomes the set.
 *
 * @param {(text: string, options?: object) => void} told Tells how it went.
 */
export function openDialog(told) {
  const body = el("div", { class: "playlists" });
  const { close } = dialog({ title: "Open a playlist", body });
  const show = () => withStates(body, () => get("/playlists"), (lists) => (lists.length ? el("ul", {}, lists.map((one) => entry(one, { close, show, told }))) : nothing()), { text: "Reading the playlists" });
  show();
}

const nothing = () => empty({ picture: "list", title: "No playlists yet", text: "Save a set, or take in what rekordbox or Traktor have with earmark import." });

function entry(one, { close, show, told }) {
  const facts = [SOURCES[one.source] ?? one.source, one.kind === "history" ? "what was played" : null, count(one.tracks, "track"), one.missing ? `${one.missing} not in the library` : null];
  return el("li", { class: "playlist" },
    el("button", { type: "button", class: "playlist-open", onclick: () => take(one, close, told) },
      el("strong", {}, [...one.folder, one.name].join(" / ")), el("span", { class: "muted small" }, facts.filter(Boolean).join(" · "))),
    one.own && el("button", { type: "button", class: "icon-button", title: "Delete", "aria-label": `Delete ${one.name}`, onclick: () => remove(one, show, told) }, icon("trash")));
}

async function take(one, close, told) {
  try {
    const { id, name, own, items } = await get(`/playlists/${encodeURIComponent(one.id)}`);
    close();
    const before = store.tracks.length;
    store.replace(items, { playlist: { id, name, own } });
    told(`“${name}” is the set now.`, { action: before ? { text: "Undo", run: () => store.undo() } : undefined });
  } catch (error) {
    told(`Not opened: ${sentence(error.message)}`, { kind: "bad" });
  }
}

async function remove(one, show, told) {
  if (!(await confirm({ title: `Delete “${one.name}”?`, text: "Its tracks stay in the library.", action: "Delete", danger: true }))) return;
  try {
    await del(`/playlists/${encodeURIComponent(one.id)}`);
    if (store.playlist?.id === one.id) store.savedAs(null);
    bus.emit("playlist-changed", one.id);
  } catch (error) {
    told(`Not deleted: ${sentence(error.message)}`, { kind: "bad" });
  }
  show();
}
