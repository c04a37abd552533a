// The set that is being built. There is one, it outlives a reload, and each library has its own.

const KEY = "earmark-set";
const FIELDS = ["audio_id", "display", "artists", "title", "mix", "label", "release", "year", "bpm", "key", "key_name", "seconds",
  "bpm_estimated", "key_estimated", "doubtful", "energy"];

class SetStore extends EventTarget {
  #place = null;
  #tracks = [];
  #before = null;

  /** The playlist that it is, {id, name}; null where it is none yet. */
  playlist = null;
  /** Points of the curve that it was made along, [place, energy], both 0 to 1; null where it was put together by hand. */
  curve = null;
  /** Seconds for which two tracks sound together. */
  overlap = 32;

  /** Its tracks in order. */
  get tracks() {
    return this.#tracks;
  }

  get ids() {
    return this.#tracks.map((track) => track.audio_id);
  }

  /** Whether there is something to go back to. */
  get canUndo() {
    return this.#before !== null;
  }

  has(audioId) {
    return this.#tracks.some((track) => track.audio_id === audioId);
  }

  /**
   * Take up the set of a library where it was left.
   *
   * @param {string} library Its address.
   */
  open(library) {
    const place = `${KEY}:${library}`;
    if (place === this.#place) return;
    this.#place = place;
    const kept = read(place);
    this.#tracks = kept.tracks;
    this.playlist = kept.playlist;
    this.curve = kept.curve;
    this.overlap = kept.overlap;
    this.#before = null;
    this.#told();
  }

  add(track, place = this.#tracks.length) {
    this.#change([...this.#tracks.slice(0, place), track, ...this.#tracks.slice(place)]);
  }

  insert(tracks, place) {
    this.#change([...this.#tracks.slice(0, place), ...tracks, ...this.#tracks.slice(place)]);
  }

  remove(place) {
    this.#change(this.#tracks.filter((_, other) => other !== place));
  }

  /** Move a track; `to` is its place when it has left its own. */
  move(from, to) {
    const tracks = [...this.#tracks];
    const [track] = tracks.splice(from, 1);
    const place = Math.max(0, Math.min(to, tracks.length));
    tracks.splice(place, 0, track);
    this.#change(tracks);
    return place;
  }

  /** Put another set in its place. */
  replace(tracks, { playlist = null, curve = null } = {}) {
    this.#change(tracks, { playlist, curve });
  }

  undo() {
    if (!this.#before) return;
    const { tracks, playlist, curve } = this.#before;
    this.#change(tracks, { playlist, curve });
    this.#before = null;
    this.#told();
  }

  /** Take what the server knows of the tracks now, and leave out those that are gone. */
  refresh(tracks, gone) {
    if (gone.length) this.#change(tracks);
    else this.#tracks = tracks;
    this.#keep();
  }

  setOverlap(seconds) {
    this.overlap = seconds;
    this.#keep();
    this.#told();
  }

  /** It is this playlist from now on. */
  savedAs(playlist) {
    this.playlist = playlist;
    this.#keep();
    this.#told();
  }

  #change(tracks, { playlist = this.playlist, curve = this.curve } = {}) {
    this.#before = { tracks: this.#tracks, playlist: this.playlist, curve: this.curve };
    this.#tracks = tracks;
    this.playlist = tracks.length ? playlist : null;
    this.curve = tracks.length ? curve : null;
    this.#keep();
    this.#told();
  }

  #told() {
    this.dispatchEvent(new Event("change"));
  }

  #keep() {
    if (!this.#place) return;
    const { playlist, curve, overlap } = this;
    try {
      localStorage.setItem(this.#place, JSON.stringify({ version: 1, tracks: this.#tracks.map(kept), playlist, curve, overlap }));
    } catch {
      // It lives until the page is closed.
    }
  }
}

const kept = (track) => Object.fromEntries(FIELDS.filter((name) => name in track).map((name) => [name, track[name]]));

function read(place) {
  const nothing = { tracks: [], playlist: null, curve: null, overlap: 32 };
  try {
    const found = JSON.parse(localStorage.getItem(place) ?? "null");
    if (found?.version !== 1 || !Array.isArray(found.tracks)) return nothing;
    const tracks = found.tracks.filter((track) => typeof track?.audio_id === "string" && typeof track.display === "string" && Number.isFinite(track.seconds));
    return { tracks, playlist: found.playlist ?? null, curve: found.curve ?? null, overlap: Number.isFinite(found.overlap) ? found.overlap : 32 };
  } catch {
    return nothing; // nothing is kept in this browser, or something else's
  }
}

export const store = new SetStore();
