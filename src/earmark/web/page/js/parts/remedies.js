// What the server's messages tell to do, for who has no terminal: the same remedies, as places and buttons of the page.
//
// The library words its messages for all who call it, most of them from a terminal; only here is it known that a page
// is read.
import { post } from "/page/js/lib/api.js";
import { jobs } from "/page/js/lib/jobs.js";

const NOT_COMPARABLE = /there are no vectors by .+? yet(?: \([^)]*\))?; make them with `earmark embed`/i;
const REWORDED = [
  [NOT_COMPARABLE, "the tracks have not been made comparable yet; that listens to each of them once"],
  [/fill it with `earmark scan FOLDER`/, "add a folder of music under Library"],
  [/train one with `earmark train`(?:, or name one with --bundle)?/, "train one under Models"],
  [/`?earmark compare`? tests every song/, "“Compare models” under Models tests every song"],
  [/run `earmark compare` (again|first)/, "compare models under Models $1"],
];

/** A message in the page's terms: no command where the page has a button for it. */
export function onThePage(message) {
  return REWORDED.reduce((text, [command, words]) => text.replace(command, words), String(message ?? ""));
}

/**
 * Return what an empty place offers to be done about a message: to make the tracks comparable, or to go to the library.
 *
 * @param {string} message As the server told it.
 * @param {() => void} done Called when the tracks are comparable, to show what was not there before.
 * @param {AbortSignal} signal The view's.
 * @returns {{text: string, href?: string, run?: (event: Event) => Promise<void>}} An action for `empty`.
 */
export function remedy(message, done, signal) {
  if (!NOT_COMPARABLE.test(message ?? "")) return { text: "Go to the library", href: "#/library" };
  return { text: "Make the tracks comparable", run: (event) => makeComparable(event.currentTarget, done, signal) };
}

async function makeComparable(button, done, signal) {
  const words = button.textContent;
  const onChange = ({ progress }) => {
    const share = progress?.total ? `: ${progress.done} of ${progress.total}` : " …";
    button.textContent = `Listening${share}`;
  };
  button.disabled = true;
  try {
    const job = await jobs.start(post("/embed", {}, { signal }), { signal, onChange });
    if (job.state === "done") return done();
    button.textContent = `${words} again`; // why it ended, the jobs' own news tell
  } catch (error) {
    if (signal.aborted) return undefined;
    button.textContent = onThePage(error.message);
  }
  button.disabled = false;
  return undefined;
}
