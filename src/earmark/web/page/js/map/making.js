// Where there is no map yet: it is made at once, with its progress, or it is said what it lacks.
import { post } from "/page/js/lib/api.js";
import { el } from "/page/js/lib/dom.js";
import { jobs } from "/page/js/lib/jobs.js";
import { remedy } from "/page/js/parts/remedies.js";
import { empty, failed, sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

/**
 * There are no tracks with vectors to map.
 *
 * @param {string} why As the server told it.
 * @param {() => void} again Shows the map when there can be one.
 * @param {AbortSignal} signal
 */
export function notPossible(why, again, signal) {
  return empty({
    title: "No map yet",
    text: sentence(why),
    picture: "map",
    action: remedy(why, again, signal),
  });
}

/**
 * Follow the job that makes the map, or start one.
 *
 * @param {HTMLElement} place Where its progress is shown.
 * @param {object} state As GET /api/map tells it.
 * @param {() => void} again Shows the map, or makes it once more.
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} Whether there is a map now; where not, the reason is shown.
 */
export async function making(place, state, again, signal) {
  const bar = el("progress", { "aria-label": "Making the map" });
  const text = el("p", { class: "muted", role: "status" }, "Starting …");
  const cancel = el("button", { type: "button", class: "button small", hidden: true }, "Cancel");
  place.replaceChildren(
    el(
      "div",
      { class: "map-making" },
      el("h2", {}, "Making the map"),
      el("p", { class: "muted" }, "Tracks that sound alike come to lie near each other. It is kept, and made once."),
      bar,
      text,
      cancel,
    ),
  );
  const onChange = (job) => {
    cancel.hidden = false;
    cancel.onclick = () => jobs.cancel(job.id).catch((error) => toast(error.message, { kind: "bad" }));
    showProgress(job, bar, text);
  };
  try {
    const job = await jobs.start(state.job ?? post("/map", {}, { signal }), { signal, onChange });
    if (job.state === "done") return true;
    place.replaceChildren(job.state === "failed" ? failed(job.problem, again) : stopped(again));
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return false;
    place.replaceChildren(failed(error, again));
  }
  return false;
}

const stopped = (again) =>
  empty({
    title: "No map yet",
    text: "Making it was stopped before it was done.",
    picture: "map",
    action: { text: "Make it", run: again },
  });

function showProgress({ state, progress }, bar, text) {
  const known = progress.total > 0;
  if (known) {
    bar.max = progress.total;
    bar.value = progress.done;
  } else bar.removeAttribute("value");
  const stage = state === "waiting" ? "waiting for another job" : progress.stage || "starting";
  text.textContent = `${stage.charAt(0).toUpperCase()}${stage.slice(1)}${known ? `, ${Math.round((100 * progress.done) / progress.total)} %` : " …"}`;
}
