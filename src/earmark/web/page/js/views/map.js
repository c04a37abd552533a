// All tracks as a map: near points sound alike. Made by itself where there is none yet.
import { get, post } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { el } from "/page/js/lib/dom.js";
import { percent } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { failed, loading } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { forgetTracks } from "/page/js/map/hovercard.js";
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
    place.replaceChildren(failed(error, again));
  }
}

async function show(root, place, context) {
  const { signal } = context;
  let told = await get("/map", {}, { signal });
  if (!told.points && !told.state.possible) {
    bus.on("library-changed", again, { signal });
    return place.replaceChildren(notPossible(told.state.why, again, signal));
  }
  if (!told.points) {
    if (!(await making(place, told.state, again, signal))) return undefined;
    told = await get("/map", {}, { signal });
  }
  return draw(root, told, context);
}

async function draw(root, { state, points }, { params, signal }) {
  const note = mapNote(state, () => remake(note, signal));
  const onBlind = () => withoutWebgl(stage);
  const stage = new MapStage(points, { note, by: params.get("by"), view: returning, onBlind, signal });
  returning = null;
  root.replaceChildren(stage.element);
  bus.on("library-changed", () => refresh(stage), { signal });
  root.dataset.ready = "points"; // tells whoever measures or tests that the points are drawn
  if (!(await stage.data.fetchNames(signal))) return again(); // it was made again in between
  root.dataset.ready = "names";
  if (params.get("drop")) await stage.showing.showDrop(params.get("drop"));
  else if (params.get("track")) openTrack(stage, params.get("track"));
  else if (!stage.scatter) withoutWebgl(stage);
  return undefined;
}

/** What part of the map was seen before it was shown anew; null: begin with all of it. */
let returning = null;

/** Show the view anew. */
const again = () => dispatchEvent(new HashChangeEvent("hashchange"));

function openTrack(stage, id) {
  const i = stage.data.placeOf(id);
  if (i >= 0) stage.showing.openPoint(i, { play: false, centre: true });
  else toast("This track is not on the map: it has no vector yet, or the map is older.", { kind: "warning" });
}

/** Bring the map up to the library; what somebody is looking at stays until they ask. */
async function refresh(stage) {
  forgetTracks();
  try {
    const { points } = await get("/map", {}, { signal: stage.signal });
    if (points?.version === stage.data.version) return;
  } catch (error) {
    if (stage.signal.aborted) return;
    console.info("the map stays as it is:", error.message);
    return;
  }
  const show = () => {
    if (stage.signal.aborted) return;
    returning = stage.camera.view;
    again();
  };
  if (stage.showing.busy) toast("The map has changed with the library.", { action: { text: "Show it", run: show } });
  else show();
}

function withoutWebgl(stage) {
  stage.showing.showList();
  toast("This browser draws no WebGL 2 now, so the map is shown as a list.", { kind: "warning" });
}

async function remake(note, signal) {
  const button = note.querySelector("button");
  const usual = [...button.childNodes];
  button.disabled = true;
  try {
    const job = await jobs.start(post("/map", {}, { signal }), {
      signal,
      onChange: (now) => (button.textContent = hasEnded(now) ? "Done" : `Making it${share(now)} …`),
    });
    if (job.state === "done") again();
    else toast(job.problem?.message ?? `The map was not finished: it is ${job.state}.`, { kind: "warning" });
  } catch (error) {
    if (!signal.aborted) toast(error.message, { kind: "bad" });
  } finally {
    button.disabled = false;
    button.replaceChildren(...usual);
  }
}

const share = ({ progress: { done, total } }) => (total > 0 ? `, ${percent(done / total)}` : "");

