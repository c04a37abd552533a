// News that several parts of the page want to hear: "drop" (a list of Files), "playlist-changed", "library-changed",
// "colours" (labels' colours are known), "theme" (colours have changed), "connection" (true or false).

const target = new EventTarget();
const kept = new Map();
const heard = new Map();

export const bus = {
  /** All news as events, for `whileConnected`. */
  events: target,

  /**
   * Tell everybody.
   *
   * @param {string} name
   * @param {*} [detail]
   * @param {{keep?: boolean}} [options] `keep`: where nobody listens, the first who will is told then.
   */
  emit(name, detail, { keep = false } = {}) {
    if (keep && !heard.get(name)) kept.set(name, detail);
    else target.dispatchEvent(new CustomEvent(name, { detail }));
  },

  /**
   * Listen.
   *
   * @param {string} name
   * @param {(detail: *) => void} act Is given the detail.
   * @param {{signal?: AbortSignal}} [options] `signal`: ends it; a view gives its own.
   */
  on(name, act, { signal } = {}) {
    if (signal?.aborted) return;
    heard.set(name, (heard.get(name) ?? 0) + 1);
    target.addEventListener(name, (event) => act(event.detail), { signal });
    signal?.addEventListener("abort", () => heard.set(name, heard.get(name) - 1), { once: true });
    if (!kept.has(name)) return;
    const detail = kept.get(name);
    kept.delete(name);
    queueMicrotask(() => act(detail));
  },
};
