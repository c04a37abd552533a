// All tracks as a map: near points sound alike. Made by itself where there is none yet.
import { get, post } from "/page/js/lib/api.js";
import { el } from "/page/js/lib/dom.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { failed, loading } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { making, notPossible } from "/page/js/map/making.js";
import { mapNote } from "/page/js/map/note.js";
import { MapStage } from "/page/js/map/stage.js";

export const title = "Map";

/**
 * @param {HTMLElement} root
 * @param {{params: URLSearchParams, signal: AbortSignal}} context `track`: the one to show; `drop`: the dropped file to
 *   place; `by`: what to colour by.
 */
export async function mount(root, { params, signal }) {
  const place = el("div", { class: "map-waiting" }, loading("Fetching the map", { lines: 4 }));
  root.append(place);
  try {
    await show(root, place, { params, signal });
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    if (error.name !== "ApiProblem") console.error(error);
    place.replaceChildren(failed(error, () => location.reload()));
  }
}

async function show(root, place, context) {
  const { signal } = context;
  let told = await get("/map", {}, { signal });
  if (!told.points && !told.state.possible) return place.replaceChildren(notPossible(told.state.why, again, signal));
  if (!told.points) {
    if (!(await making(place, told.state, signal))) return undefined;
    told = await get("/map", {}, { signal });
  }
  return draw(root, told, context);
}

async function draw(root, { state, points }, { params, signal }) {
  const note = mapNote(state, () => remake(note, signal));
  const stage = new MapStage(points, { note, by: params.get("by"), signal });
  root.replaceChildren(stage.element);
  root.dataset.ready = "points"; // tells whoever measures or tests that the points are drawn
  if (!(await stage.data.fetchNames(signal))) return again(); // it was made again in between
  root.dataset.ready = "names";
  if (params.get("drop")) await stage.showDrop(params.get("drop"));
  else if (params.get("track")) openTrack(stage, params.get("track"));
  else if (!stage.scatter) withoutWebgl(stage);
  return undefined;
}

/** Show the view anew. */
const again = () => dispatchEvent(new HashChangeEvent("hashchange"));

function openTrack(stage, id) {
  const i = stage.data.placeOf(id);
  if (i >= 0) stage.openPoint(i, { play: false, centre: true });
  else toast("This track is not on the map: it has no vector yet, or the map is older.", { kind: "warning" });
}

function withoutWebgl(stage) {
  stage.showList();
  toast("This browser draws no WebGL 2, so the map is shown as a list.", { kind: "warning" });
}

async function remake(note, signal) {
  const button = note.querySelector("button");
  button.disabled = true;
  try {
    const job = await jobs.start(post("/map", {}, { signal }), {
      signal,
      onChange: (now) => (button.textContent = hasEnded(now) ? "Done" : "Making it …"),
    });
    if (job.state === "done") again();
    else toast(job.problem?.message ?? `The map was not finished: it is ${job.state}.`, { kind: "warning" });
  } catch (error) {
    if (!signal.aborted) toast(error.message, { kind: "bad" });
  } finally {
    button.disabled = false;
  }
}
