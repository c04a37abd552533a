// The dropped files as the server knows them, and those on their way there. It outlives the view, so that a file goes on
// being sent, and its verdict stays, while somebody looks at another page.
import { address, get, post } from "/page/js/lib/api.js";
import { follow } from "/page/js/lib/stream.js";

/** Files that are being sent, newest first: {key, name, size, problem}. */
const sending = [];
/** What the server told of each drop, by id, newest first: a summary. */
let told = new Map();
/** Everything about drops that have been asked for, by id. */
const whole = new Map();
let tail = Promise.resolve();
let keys = 0;
let places = 0;

class Drops extends EventTarget {
  /** Drops in a line each, newest first. */
  get list() {
    return [...told.values()].sort((a, b) => (a.order < b.order ? 1 : -1));
  }

  /** Files on their way, newest first. */
  get sending() {
    return [...sending];
  }

  /** Follow what happens for as long as a view shows it. */
  follow(signal) {
    const gone = (id) => told.has(id) && this.gone(id);
    const takers = {
      // What is not there was forgotten while nobody looked, by a restart of the server at the latest.
      present: (ids) => [...told.keys()].filter((id) => !ids.includes(id)).forEach(gone),
      drop: (summary) => this.#take(summary),
      gone: ({ id }) => gone(id),
    };
    follow("/drops/events", takers, { signal });
  }

  /** Read what there is, before the first news of it. */
  async load(signal) {
    const list = await get("/drops", {}, { signal });
    told = new Map();
    for (const summary of list.reverse()) told.set(summary.id, { ...summary, order: (places += 1) });
  }

  #take(summary) {
    const order = told.get(summary.id)?.order ?? (places += 1);
    told.set(summary.id, { ...summary, order });
    this.dispatchEvent(new CustomEvent("drop", { detail: summary }));
  }

  /**
   * Everything that is known of a drop; of one that has ended, from memory.
   *
   * @param {string} id
   * @returns {Promise<object>} A DropOut.
   */
  async whole(id, { signal } = {}) {
    if (whole.has(id)) return whole.get(id);
    const drop = await get(`/drops/${encodeURIComponent(id)}`, {}, { signal });
    if (drop.state === "done") whole.set(id, drop);
    return drop;
  }

  /** Forget what is remembered of a drop, since it has changed. */
  refresh(id) {
    whole.delete(id);
  }

  /** A drop that is gone. */
  gone(id) {
    told.delete(id);
    whole.delete(id);
    this.dispatchEvent(new CustomEvent("gone", { detail: id }));
  }

  /**
   * Send a file, after those that are on their way.
   *
   * @param {File} file
   * @param {{largest: number, bundle?: string}} options `largest`: bytes. `bundle`: the model that is to listen.
   * @returns {Promise<object|null>} The drop; null where it was refused, which is shown.
   */
  send(file, { largest, bundle }) {
    keys += 1;
    const one = { key: `sending-${keys}`, name: file.name, size: file.size, problem: null };
    sending.unshift(one);
    this.#changed();
    const problem = refusal(file, largest);
    const sent = tail.then(() => (problem ? this.#refuse(one, problem) : this.#sent(one, file, bundle)));
    tail = sent;
    return sent;
  }

  async #sent(one, file, bundle) {
    try {
      const query = new URLSearchParams({ name: file.name.slice(-500), ...(bundle ? { bundle } : {}) });
      const drop = await post(`/drops?${query}`, new Blob([file], { type: "application/octet-stream" }));
      sending.splice(sending.indexOf(one), 1);
      if (!told.has(drop.id)) this.#take(drop); // else there is later news of it already
      this.#changed();
      return drop;
    } catch (error) {
      return this.#refuse(one, error.message);
    }
  }

  #refuse(one, problem) {
    one.problem = problem;
    this.#changed();
    return null;
  }

  /** Take a file that was refused off the list. */
  dismiss(key) {
    const place = sending.findIndex((one) => one.key === key);
    if (place >= 0) sending.splice(place, 1);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("sending"));
  }
}

function refusal(file, largest) {
  if (file.size === 0) return "This file is empty.";
  if (file.size > largest) return `This file has ${megabytes(file.size)}; ${megabytes(largest)} is the most that is listened to.`;
  return null;
}

/** A size as people read it. */
export function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** What the player plays of a drop. */
export function playable(drop) {
  const track = drop.track ?? {};
  return { ...track, audio_id: undefined, display: drop.display, seconds: drop.sound?.seconds ?? track.seconds, peaks: drop.outline?.peaks, url: address(`/drops/${encodeURIComponent(drop.id)}/audio`) };
}

export const drops = new Drops();
