// Teaching a ready model one more label, from tracks that the library holds.
import { get, post } from "/page/js/lib/api.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { jobs } from "/page/js/lib/jobs.js";
import { link } from "/page/js/lib/router.js";
import { dialog } from "/page/js/parts/dialog.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

const MOST = 30;

/**
 * Make the button; null for a model that hears nothing, which can take no label.
 *
 * @param {{name: string, kind: string, labels: string[]}} model
 */
export function addLabelButton(model) {
  if (model.kind === "metadata") return null;
  return el("button", { type: "button", class: "button small", onclick: () => ask(model) }, icon("add"), "Teach it one more label");
}

async function ask({ name, labels }) {
  let unknown;
  try {
    unknown = (await get("/labels")).filter((one) => !labels.includes(one.label) && one.tracks >= 2);
  } catch (error) {
    return void toast(sentence(error.message), { kind: "bad" });
  }
  if (unknown.length === 0) {
    return void dialog({ title: "Teach it one more label", body: "It knows every label of the library that has two tracks or more. Scan a folder with tracks of a new label first; 5 to 30 tracks by several artists are enough.", actions: [{ text: "Close" }, { text: "Go to the library", kind: "primary", run: (close) => (close(), (location.hash = link("library"))) }] });
  }
  const choice = el("select", { class: "field", id: freshId("field") }, unknown.map((one) => el("option", { value: one.label }, `${one.label} (${count(one.tracks, "track")})`)));
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const start = async (close) => {
    try {
      const { items } = await get("/tracks", { label: choice.value, limit: MOST });
      jobs.begun(await post("/add-label", { label: choice.value, audio_ids: items.map((one) => one.audio_id), bundle: name }));
      close();
      toast(`A copy of ${name} learns ${choice.value}.`);
    } catch (error) {
      problem.textContent = sentence(error.message);
      problem.hidden = false;
    }
  };
  return void dialog({
    title: "Teach it one more label",
    body: el("div", { class: "stack" }, el("p", { class: "muted" }, `No network is trained: tracks of the label are set against the songs that ${name} remembers. A new model is made beside it, which says how well the label can be told.`),
      el("div", {}, el("label", { class: "field-label", for: choice.id }, "Label"), choice), problem),
    actions: [{ text: "Cancel" }, { text: "Teach it", kind: "primary", run: start }],
  });
}
