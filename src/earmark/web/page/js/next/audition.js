// Hearing a transition: the end of one track, the blend, and the beginning of the next, as they would be played.
//
// Two audio elements of their own. The second one is played at the speed that makes the tempi equal; with key lock its
// pitch stays. The blend keeps the power: as cosine and sine of a quarter turn.
import { address } from "/page/js/lib/api.js";
import { player } from "/page/js/lib/player.js";

const LEAD_SECONDS = 12;
const TAIL_SECONDS = 10;
const FADE_SECONDS = 1.5;
const TICK_MS = 40;
const STARTS_WITHIN_MS = 10000;

/** What is heard now; one at a time. Events: "change" (another state) and "time" (while it plays). */
class Audition extends EventTarget {
  #running = null;

  /** Its name, as it was started with; null where nothing is heard. */
  get name() {
    return this.#running?.name ?? null;
  }

  /** How far it is, 0 to 1. */
  get progress() {
    return this.#running ? Math.min(1, this.#running.elapsed / this.#running.total) : 0;
  }

  /** "before", "blend" or "after"; null where nothing is heard. */
  get phase() {
    if (!this.#running) return null;
    const { elapsed, lead, blend } = this.#running;
    return elapsed < lead ? "before" : elapsed < lead + blend ? "blend" : "after";
  }

  /** How fast the second track plays; null where its own tempo or the other's is not known. */
  get speed() {
    return this.#running?.speed ?? null;
  }

  /** Shares of the time before, in and after the blend. */
  get parts() {
    if (!this.#running) return [0, 0, 0];
    const { lead, blend, total } = this.#running;
    return [lead / total, blend / total, (total - lead - blend) / total];
  }

  /**
   * Play a transition.
   *
   * @param {string} name By which it is known.
   * @param {object} before A TrackOut.
   * @param {object} after A TrackOut.
   * @param {{blend: {seconds: number, out_seconds: number, in_seconds: number}, speed: number|null, keyLock: boolean}} how
   * @returns {Promise<void>} When it has begun. Throws where a sound does not come.
   */
  async play(name, before, after, { blend, speed, keyLock }) {
    this.stop();
    player.pause();
    const lead = Math.min(LEAD_SECONDS, blend.out_seconds);
    const running = {
      name, speed, blend: blend.seconds, lead, elapsed: 0, total: lead + blend.seconds + TAIL_SECONDS, inSeconds: blend.in_seconds, timer: 0,
      one: sound(before, blend.out_seconds - lead), two: sound(after, blend.in_seconds), joined: false,
    };
    running.two.playbackRate = speed ?? 1;
    running.two.preservesPitch = keyLock;
    running.start = blend.out_seconds - lead;
    this.#running = running;
    this.dispatchEvent(new Event("change"));
    try {
      await Promise.all([ready(running.one, running.start), ready(running.two, blend.in_seconds)]);
      if (this.#running !== running) return;
      await running.one.play();
    } catch (error) {
      if (this.#running !== running) return; // it was stopped meanwhile
      this.stop();
      throw error;
    }
    running.timer = setInterval(() => this.#tick(running), TICK_MS);
  }

  stop() {
    const running = this.#running;
    if (!running) return;
    this.#running = null;
    clearInterval(running.timer);
    for (const one of [running.one, running.two]) {
      one.pause();
      one.removeAttribute("src");
      one.load();
    }
    this.dispatchEvent(new Event("change"));
  }

  /** The two sounds, for tests and for who wants to look: [before, after]. */
  get sounds() {
    return this.#running ? [this.#running.one, this.#running.two] : [];
  }

  #tick(running) {
    const { one, two, lead, blend, total } = running;
    running.elapsed = running.joined ? lead + (two.currentTime - running.inSeconds) / two.playbackRate : one.currentTime - running.start;
    if (!running.joined && (running.elapsed >= lead || one.ended)) {
      running.joined = true;
      two.volume = 0;
      two.play().catch(() => this.stop()); // it was ready; where it cannot go on there is nothing to hear
    }
    const share = Math.min(1, Math.max(0, (running.elapsed - lead) / Math.max(0.1, blend)));
    const out = Math.min(1, Math.max(0, (total - running.elapsed) / FADE_SECONDS));
    one.volume = player.volume * Math.cos((share * Math.PI) / 2);
    two.volume = player.volume * Math.sin((share * Math.PI) / 2) * out;
    if (share >= 1 && !one.paused) one.pause();
    if (running.elapsed >= total || (running.joined && two.ended)) this.stop();
    else this.dispatchEvent(new Event("time"));
  }
}

function sound(track, at) {
  const made = new Audio();
  made.preload = "auto";
  made.src = address(`/tracks/${encodeURIComponent(track.audio_id)}/audio`);
  made.currentTime = Math.max(0, at);
  made.volume = player.volume;
  made.muted = player.muted;
  return made;
}

/** Wait until a sound can be played from where it is to begin; what this browser cannot decode, the server does. */
function ready(one, at) {
  return new Promise((done, failed) => {
    const over = new AbortController();
    const timer = setTimeout(() => tell(failed, new Error("the sound did not come in time")), STARTS_WITHIN_MS);
    const tell = (act, value) => {
      clearTimeout(timer);
      over.abort();
      act(value);
    };
    const look = () => one.readyState >= 3 && !one.seeking && tell(done);
    for (const type of ["canplay", "seeked", "canplaythrough"]) one.addEventListener(type, look, { signal: over.signal });
    one.addEventListener("error", () => {
      if (one.src.includes("?decoded")) return tell(failed, new Error("its file is gone or damaged, or this browser does not know its format"));
      const { playbackRate, preservesPitch } = one;
      one.src += "?decoded=true";
      return Object.assign(one, { currentTime: Math.max(0, at), playbackRate, preservesPitch });
    }, { signal: over.signal });
    one.addEventListener("emptied", () => one.getAttribute("src") || tell(failed, new Error("stopped")), { signal: over.signal });
    look();
  });
}

export const audition = new Audition();
// Whoever starts the player wants to hear that.
player.addEventListener("change", () => player.playing && audition.stop());
