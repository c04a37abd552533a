// A stream of news from the server that comes back by itself when it was cut, and rests while nobody sees the page: a
// browser keeps six connections to a server, for all its tabs together.
import { address } from "/page/js/lib/api.js";

const RETRY_MS = [1000, 2000, 4000, 8000];

/**
 * Follow a stream of events, whose data are JSON.
 *
 * @param {string} path Such as "/jobs/events".
 * @param {Object<string, (told: *) => void>} takers What takes an event, by its name.
 * @param {{signal?: AbortSignal, onState?: (open: boolean, failures: number) => void}} [options] `signal`: ends it.
 *   `onState`: told when it has opened, and when it could not be opened, how often in a row.
 * @returns {{connect: () => void}} `connect` opens it anew.
 */
export function follow(path, takers, { signal, onState } = {}) {
  let source = null;
  let timer = 0;
  let failures = 0;
  const rest = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const connect = () => {
    rest();
    if (signal?.aborted || document.hidden) return;
    const opened = (source = new EventSource(address(path)));
    for (const [name, take] of Object.entries(takers)) {
      opened.addEventListener(name, (event) => source === opened && take(JSON.parse(event.data)));
    }
    opened.addEventListener("open", () => {
      failures = 0;
      onState?.(true, 0);
    });
    opened.addEventListener("error", () => {
      if (source !== opened) return;
      rest();
      timer = setTimeout(connect, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
      onState?.(false, failures);
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : connect()), { signal });
  signal?.addEventListener("abort", rest, { once: true });
  connect();
  return { connect };
}
