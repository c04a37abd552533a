// Where tracks that were selected on the map go: a playlist, the set that is being built, a file for DJ software.
import { post } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { el, freshId } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { go } from "/page/js/lib/router.js";
import { dialog } from "/page/js/parts/dialog.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { fetchTrack } from "/page/js/map/hovercard.js";

const MOST_IN_SET = 100;
const FORMATS = {
  m3u8: ["M3U8", "any player"],
  rekordbox: ["rekordbox XML", "rekordbox"],
  traktor: ["NML", "Traktor"],
};

/** Ask for a name, and keep tracks as a playlist. */
export async function savePlaylist(tracks) {
  const name = await askName(suggested(tracks));
  if (!name) return;
  try {
    const made = await post("/playlists", { name, audio_ids: tracks.map((track) => track.audio_id) });
    bus.emit("playlist-changed", made.id);
    const open = () => takeAsSet(made.items, { id: made.id, name: made.name, own: made.own });
    toast(`“${made.name}” has ${count(made.items.length, "track")}.`, {
      kind: "good",
      action: { text: "Open it in Next", run: open },
    });
  } catch (error) {
    toast(`Not saved: ${sentence(error.message)}`, { kind: "bad" });
  }
}

/** Make tracks the set that is being built, and go there. */
export async function buildSet(tracks) {
  if (tracks.length > MOST_IN_SET) {
    toast(`A set takes ${MOST_IN_SET} tracks at most; select fewer, or save these as a playlist.`, { kind: "warning" });
    return;
  }
  const whole = await Promise.all(tracks.map((track) => fetchTrack(track.audio_id)));
  await takeAsSet(whole.filter(Boolean), null);
}

async function takeAsSet(tracks, playlist) {
  const [{ store }, { openStore }] = await Promise.all([
    import("/page/js/next/store.js"),
    import("/page/js/next/builder.js"),
  ]);
  await openStore();
  const some = store.tracks.length > 0;
  store.replace(tracks, { playlist });
  go("next");
  if (some) toast("The set that was there is replaced.", { action: { text: "Undo", run: () => store.undo() } });
}

/** Ask for a format, and download tracks as a file. */
export async function exportTracks(tracks) {
  const told = Object.values(FORMATS)
    .map(([text, whom]) => `${text} for ${whom}`)
    .join(", ");
  const actions = Object.entries(FORMATS).map(([value, [text]]) => ({ text, value, kind: "quiet" }));
  const format = await dialog({
    title: `Export ${count(tracks.length, "track")}`,
    body: `${told}. Your music and its tags stay as they are.`,
    actions,
  }).closed;
  if (!format) return;
  const { downloadTold } = await import("/page/js/next/exporting.js");
  await downloadTold({ name: suggested(tracks), audio_ids: tracks.map((track) => track.audio_id), format });
}

/** A name to begin with: the label that most of the tracks share. */
function suggested(tracks) {
  const counts = new Map();
  for (const { label } of tracks) if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, most] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
  return most > tracks.length / 2 ? `Around ${label}`.slice(0, 200) : "From the map";
}

/** Resolves with "" where no name was given. */
function askName(value) {
  const id = freshId("name");
  const input = el("input", { id, class: "field", value, maxlength: 200, autocomplete: "off" });
  const body = el("div", {}, el("label", { for: id, class: "field-label" }, "Name"), input);
  const given = (close) => input.value.trim() && close(input.value.trim());
  const { close, closed } = dialog({
    title: "Save as playlist",
    body,
    actions: [
      { text: "Cancel", value: "" },
      { text: "Save", kind: "primary", run: given },
    ],
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    given(close);
  });
  input.select();
  return closed;
}
