// The one player of the page. Sound comes by track id, or from a `url` of this page (a dropped file's blob).
//
// Events: "change" (another track, playing or paused, another queue, a fault) and "time" (about ten times a second
// while playing, and at each seek).
import { address } from "/page/js/lib/api.js";

const VOLUME = "earmark-volume";
const TICK_MS = 90;
// Pressing "previous" later than this starts the same track again.
const RESTART_SECONDS = 3;

/**
 * What can be played.
 *
 * @typedef {object} Playable
 * @property {string} [audio_id] Of a track of the library.
 * @property {string} [url] Of sound that is no track of the library.
 * @property {string} display
 * @property {number} [seconds]
 */

class Player extends EventTarget {
  #sound = new Audio();
  #queue = [];
  /** Where the present track stands in the queue: the same track may come more than once. */
  #place = 0;
  #current = null;
  #fault = null;
  #decoded = false;
  #lastTick = 0;

  constructor() {
    super();
    this.#sound.preload = "auto";
    this.#sound.volume = keptVolume();
    for (const type of ["play", "pause", "playing", "waiting", "volumechange", "durationchange"]) {
      this.#sound.addEventListener(type, () => this.#changed());
    }
    this.#sound.addEventListener("play", () => this.#tick());
    for (const type of ["seeking", "seeked"]) this.#sound.addEventListener(type, () => this.#timed());
    this.#sound.addEventListener("ended", () => this.#ended());
    this.#sound.addEventListener("error", () => this.#failed(this.#sound.error));
    this.#takeMediaKeys();
  }

  /** The track that is loaded, or null. */
  get current() {
    return this.#current;
  }

  get playing() {
    return !this.#sound.paused && !this.#sound.ended;
  }

  /** Whether it wants to play and waits for sound. */
  get waiting() {
    return this.playing && this.#sound.readyState < 3;
  }

  /** Seconds from the track's start. */
  get time() {
    return this.#sound.currentTime;
  }

  /** The track's length in seconds; 0 where it is not known yet. */
  get seconds() {
    return Number.isFinite(this.#sound.duration) ? this.#sound.duration : (this.#current?.seconds ?? 0);
  }

  /** Why the present track cannot be played, or null. */
  get fault() {
    return this.#fault;
  }

  /** The tracks that are played one after another, the present one among them. */
  get queue() {
    return [...this.#queue];
  }

  /** Loudness, 0 to 1. */
  get volume() {
    return this.#sound.volume;
  }

  set volume(value) {
    this.#sound.volume = Math.min(1, Math.max(0, value));
    this.#sound.muted = false;
    keepVolume(this.#sound.volume);
  }

  get muted() {
    return this.#sound.muted;
  }

  set muted(value) {
    this.#sound.muted = value;
  }

  /** Whether a track is the present one. */
  isCurrent(track) {
    return Boolean(track && this.#current) && identity(track) === identity(this.#current);
  }

  /**
   * Play a track.
   *
   * @param {Playable} track
   * @param {{at?: number, queue?: Playable[], place?: number}} [options] `at`: seconds from its start; without it the
   *   present track goes on where it is, another one starts at 0. `queue`: what "previous" and "next" go through.
   *   `place`: which one of the queue it is, where the track is there more than once.
   */
  play(track, { at, queue, place } = {}) {
    const same = this.isCurrent(track) && !this.#fault;
    if (queue) this.#queue = [...queue];
    this.#settle(track, place);
    if (!same) this.#load(track);
    if (!same || at !== undefined) this.#sound.currentTime = at ?? 0;
    this.#start();
  }

  /** Play or pause the present track. */
  toggle() {
    if (!this.#current) return;
    if (this.playing) this.pause();
    else this.play(this.#current);
  }

  pause() {
    this.#sound.pause();
  }

  /** Go to a place of the present track; whether it plays stays as it is. */
  seek(seconds) {
    if (!this.#current) return;
    const last = this.seconds ? Math.max(0, this.seconds - 0.05) : Infinity;
    this.#sound.currentTime = Math.min(last, Math.max(0, seconds));
  }

  /** Whether there is a track `step` places on in the queue. */
  has(step) {
    return this.#neighbour(step) !== undefined;
  }

  next() {
    this.#go(1);
  }

  previous() {
    this.#go(this.time > RESTART_SECONDS || !this.has(-1) ? 0 : -1);
  }

  /** Stop and take the track out, so that the bar goes. */
  close() {
    this.pause();
    this.#current = null;
    this.#fault = null;
    this.#queue = [];
    this.#sound.removeAttribute("src");
    this.#changed();
  }

  #go(step) {
    const place = this.#place + step;
    if (this.#queue[place]) this.play(this.#queue[place], { at: 0, place });
  }

  /** Find a track's place in the queue; without a queue that has it, the track is the queue. */
  #settle(track, place = this.#place) {
    const fits = (one) => Boolean(one) && identity(one) === identity(track);
    const found = fits(this.#queue[place]) ? place : this.#queue.findIndex(fits);
    if (found < 0) this.#queue = [track];
    this.#place = Math.max(0, found);
  }

  #neighbour(step) {
    return this.#current ? this.#queue[this.#place + step] : undefined;
  }

  #load(track) {
    this.#current = track;
    this.#fault = null;
    this.#decoded = false;
    this.#sound.src = track.url ?? audioAddress(track);
    if ("mediaSession" in navigator) navigator.mediaSession.metadata = mediaMetadata(track);
  }

  async #start() {
    this.#changed();
    try {
      await this.#sound.play();
    } catch (error) {
      // AbortError: another track or a pause came first. NotAllowedError: the browser wants a click first, and the
      // bar shows that it is paused. A sound that cannot be played is told by the "error" event.
      if (!["AbortError", "NotAllowedError", "NotSupportedError"].includes(error.name)) throw error;
      this.#changed();
    }
  }

  #ended() {
    if (this.has(1)) this.next();
    else this.#changed();
  }

  #failed(error) {
    if (!this.#current || !this.#sound.getAttribute("src")) return;
    if (error?.code !== MediaError.MEDIA_ERR_NETWORK && this.#current.audio_id && !this.#decoded) {
      this.#loadDecoded();
      return;
    }
    this.#fault =
      error?.code === MediaError.MEDIA_ERR_NETWORK
        ? "The sound stopped coming. Is Earmark still running?"
        : "This cannot be played: its file is gone or damaged, or this browser does not know its format.";
    this.#changed();
  }

  /** Ask the server to decode what this browser cannot, and go on from the same place. */
  #loadDecoded() {
    const at = this.time;
    this.#decoded = true;
    this.#sound.src = `${audioAddress(this.#current)}?decoded=true`;
    this.#sound.currentTime = at;
    this.#start();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    this.#timed();
  }

  #timed() {
    this.dispatchEvent(new Event("time"));
  }

  #tick() {
    requestAnimationFrame((now) => {
      if (now - this.#lastTick >= TICK_MS) {
        this.#lastTick = now;
        this.#timed();
      }
      if (this.playing) this.#tick();
    });
  }

  #takeMediaKeys() {
    const session = navigator.mediaSession;
    if (!session) return;
    session.setActionHandler("play", () => this.toggle());
    session.setActionHandler("pause", () => this.pause());
    session.setActionHandler("previoustrack", () => this.previous());
    session.setActionHandler("nexttrack", () => this.next());
  }
}

const audioAddress = (track) => address(`/tracks/${encodeURIComponent(track.audio_id)}/audio`);

const identity = (track) => track.url ?? track.audio_id;

function mediaMetadata(track) {
  return new MediaMetadata({
    title: track.title ?? track.display,
    artist: track.artists ?? "",
    album: track.release ?? track.label ?? "",
  });
}

function keptVolume() {
  try {
    const kept = Number.parseFloat(localStorage.getItem(VOLUME));
    return kept >= 0 && kept <= 1 ? kept : 1;
  } catch {
    return 1; // nothing is kept in this browser
  }
}

function keepVolume(volume) {
  try {
    localStorage.setItem(VOLUME, String(volume));
  } catch {
    // It holds until the page is closed.
  }
}

export const player = new Player();
