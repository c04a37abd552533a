// Long work of the server: one stream of news for the whole page, which comes back by itself when it was cut.
//
// Events: "change" (detail: the JobOut that changed), "ended" (the same, when one that this page has seen at work has
// ended) and "forgotten" (detail: its id).
import { address, del, get, post } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";

const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);
const RETRY_MS = [1000, 2000, 4000, 8000];

/** Whether a job has ended, well or not. */
export const hasEnded = (job) => ENDED.has(job.state);

class Jobs extends EventTarget {
  #known = new Map();
  #source = null;
  #failures = 0;
  #timer = 0;
  #opens = 0;

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
    this.connect();
    // A browser keeps six connections to a server, for all its tabs together: those that nobody sees hold none.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.connect()));
  }

  /** Open the stream of news, again where there is one. */
  connect() {
    this.#rest();
    this.#source = new EventSource(address("/jobs/events"));
    this.#source.addEventListener("job", (event) => this.take(JSON.parse(event.data)));
    this.#source.addEventListener("open", () => this.#opened());
    this.#source.addEventListener("error", () => this.#lost());
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
   * Watch a job that was just asked for.
   *
   * @param {Promise<object>} asked The answer of the request that started it.
   * @param {{signal?: AbortSignal, onChange?: (job: object) => void}} [options]
   * @returns {Promise<object>} The job when it has ended, in whatever state.
   */
  async start(asked, { signal, onChange } = {}) {
    const job = await asked;
    this.take(job);
    return this.ended(job.id, { signal, onChange });
  }

  /** Wait until a job has ended; rejects with the signal's reason. */
  ended(id, { signal, onChange } = {}) {
    return new Promise((resolve, reject) => {
      const look = (job) => {
        if (job?.id !== id) return;
        onChange?.(job);
        if (!hasEnded(job)) return;
        this.removeEventListener("change", heard);
        resolve(job);
      };
      const heard = (event) => look(event.detail);
      this.addEventListener("change", heard, { signal });
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      look(this.#known.get(id));
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
    const job = await post(`/jobs/${encodeURIComponent(id)}/${verb}`);
    if (job?.id) this.take(job);
    return job;
  }

  #drop(id) {
    if (this.#known.delete(id)) this.dispatchEvent(new CustomEvent("forgotten", { detail: id }));
  }

  async #opened() {
    this.#failures = 0;
    this.#opens += 1;
    bus.emit("connection", true);
    if (this.#opens === 1) return;
    // While nobody listened, jobs may have been forgotten elsewhere: news tell what is there, not what has gone.
    try {
      const present = new Set((await get("/jobs")).map((job) => job.id));
      for (const id of [...this.#known.keys()]) if (!present.has(id)) this.#drop(id);
    } catch (error) {
      console.warn("the list of jobs did not come:", error.message);
    }
  }

  #lost() {
    this.#source.close();
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    if (this.#failures > 1) bus.emit("connection", false);
    this.#timer = setTimeout(() => this.connect(), wait);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }
}

export const jobs = new Jobs();
