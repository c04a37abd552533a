// Long work of the server: one stream of news for the whole page, which comes back by itself when it was cut.
//
// Events: "change" (detail: the JobOut that changed), "ended" (the same, when one that this page has seen at work has
// ended) and "forgotten" (detail: its id).
import { del, post } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { follow } from "/page/js/lib/stream.js";

const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);

/** Whether a job has ended, well or not. */
export const hasEnded = (job) => ENDED.has(job.state);

/** What a job that has not begun waits for. */
export const waitingText = (job) => (job.waits_for ? `Waits for: ${job.waits_for}` : "Starts at once.");

class Jobs extends EventTarget {
  #known = new Map();
  #stream = null;

  /** Whether news is listened for. */
  get followed() {
    return this.#stream !== null;
  }

  /** All jobs, newest first. */
  get list() {
    return [...this.#known.values()].sort((a, b) => b.created.localeCompare(a.created));
  }

  /** Those that have not ended. */
  get running() {
    return this.list.filter((job) => !hasEnded(job));
  }

  /** Listen for news from now on, while the page is seen; called once, when the page stands. */
  follow() {
    const takers = {
      present: (ids) => this.#keep(new Set(ids)),
      job: (job) => this.take(job),
      gone: ({ id }) => this.#drop(id),
    };
    // One failure may be the moment in which the server is started again.
    const onState = (open, failures) => (open || failures > 1) && bus.emit("connection", open);
    this.#stream = follow("/jobs/events", takers, { onState });
  }

  /** Open the stream of news anew. */
  connect() {
    this.#stream.connect();
  }

  /** Take in what is known of a job now, and tell who listens. */
  take(job) {
    const before = this.#known.get(job.id);
    this.#known.set(job.id, job);
    if (JSON.stringify(before) === JSON.stringify(job)) return;
    this.dispatchEvent(new CustomEvent("change", { detail: job }));
    if (before && !hasEnded(before) && hasEnded(job)) this.dispatchEvent(new CustomEvent("ended", { detail: job }));
  }

  /**
   * Take in a job that a request has just started, unless there is news of it already: an answer may come after the
   * news that its job has ended.
   */
  begun(job) {
    if (!this.#known.has(job.id)) this.take(job);
  }

  /**
   * Watch a job that was just asked for.
   *
   * @param {Promise<object>} asked The answer of the request that started it.
   * @param {{signal?: AbortSignal, onChange?: (job: object) => void}} [options]
   * @returns {Promise<object>} The job when it has ended, in whatever state.
   */
  async start(asked, { signal, onChange } = {}) {
    const job = await asked;
    this.begun(job);
    return this.ended(job.id, { signal, onChange });
  }

  /**
   * Wait until a job has ended; rejects with the signal's reason. One that was forgotten while this page did not look
   * is told as interrupted: nobody knows any more how it ended.
   */
  ended(id, { signal, onChange } = {}) {
    return new Promise((resolve, reject) => {
      const done = new AbortController();
      const listening = { signal: done.signal };
      let last = { id, state: "interrupted" };
      const look = (job) => {
        if (job?.id !== id) return;
        last = job;
        onChange?.(job);
        if (hasEnded(job)) end(job);
      };
      const end = (job) => {
        done.abort();
        resolve(job);
      };
      const lost = ({ detail }) => detail === id && end({ ...last, state: "interrupted" });
      this.addEventListener("change", (event) => look(event.detail), listening);
      this.addEventListener("forgotten", lost, listening);
      const abort = () => {
        done.abort();
        reject(signal.reason);
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, listening);
      return look(this.#known.get(id));
    });
  }

  /** Stop a job; what is done stays. */
  cancel = (id) => this.#tell(id, "cancel");
  /** End a training now, and keep the best so far. */
  finish = (id) => this.#tell(id, "finish");
  /** Let a job that ended early go on. */
  resume = (id) => this.#tell(id, "resume");

  /** Take an ended job off the list. */
  async forget(id) {
    await del(`/jobs/${encodeURIComponent(id)}`);
    this.#drop(id);
  }

  async #tell(id, verb) {
    const before = this.#known.get(id);
    const job = await post(`/jobs/${encodeURIComponent(id)}/${verb}`);
    if (this.#known.get(id) === before) this.take(job); // else there is later news of it
    return job;
  }

  #drop(id) {
    if (this.#known.delete(id)) this.dispatchEvent(new CustomEvent("forgotten", { detail: id }));
  }

  /** Drop what was forgotten while this page did not look. */
  #keep(present) {
    for (const id of [...this.#known.keys()]) if (!present.has(id)) this.#drop(id);
  }
}

export const jobs = new Jobs();
