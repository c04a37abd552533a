// A folder of demos, ranked for one label: asked for here, and told with the evidence on a page of its own.
import { get, post } from "/page/js/lib/api.js";
import { el, freshId } from "/page/js/lib/dom.js";
import { count, minutes, percent } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { dialog } from "/page/js/parts/dialog.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { textOf } from "/page/js/parts/tray.js";

const MOST_DEMOS = 30;

/**
 * Make the button; null for a model that hears nothing.
 *
 * @param {{name: string, kind: string, labels: string[]}} model
 */
export function triageButton(model) {
  if (model.kind === "metadata") return null;
  return el("button", { type: "button", class: "button small", onclick: () => ask(model) }, "Rank a folder of demos");
}

async function ask({ name, labels }) {
  let roots;
  try {
    ({ roots } = await get("/about"));
  } catch (error) {
    return void toast(sentence(error.message), { kind: "bad" });
  }
  const [listId, folderId, labelId] = [freshId("list"), freshId("field"), freshId("field")];
  const folder = el("input", { class: "field", id: folderId, list: listId, placeholder: roots[0] ?? "", autocomplete: "off" });
  const label = el("select", { class: "field", id: labelId }, labels.map((one) => el("option", { value: one }, one)));
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const start = async (close) => {
    try {
      const job = await post("/triage", { folder: folder.value.trim(), label: label.value, bundle: name });
      close();
      follow(job);
    } catch (error) {
      problem.textContent = sentence(error.message);
      problem.hidden = false;
    }
  };
  return void dialog({
    title: "Rank a folder of demos",
    body: el("div", { class: "stack" }, el("p", { class: "muted" }, "Each audio file of the folder is heard, and all are ranked by how much they sound like the label, with reasons."),
      el("div", {}, el("label", { class: "field-label", for: labelId }, "For the label"), label),
      el("div", {}, el("label", { class: "field-label", for: folderId }, "Folder on the machine that runs Earmark"), folder, el("datalist", { id: listId }, roots.map((one) => el("option", { value: one }))),
        el("p", { class: "field-hint" }, roots.length ? `In one of: ${roots.join(", ")}` : "No folder was allowed when the server was started (--root).")), problem),
    actions: [{ text: "Cancel" }, { text: "Rank them", kind: "primary", run: start }],
  });
}

/** Show how far it is, and then what came of it. */
async function follow(asked) {
  const text = el("p", { role: "status" }, "Getting ready to listen.");
  const bar = el("progress", { "aria-label": "Listening to demos" });
  const place = el("div", { class: "stack" }, text, bar, el("p", { class: "muted small" }, "It goes on when this is closed; its page is then found among the jobs."));
  const window = dialog({ title: "Ranking demos", body: place, wide: true, actions: [{ text: "Close" }] });
  const onChange = (job) => {
    if (hasEnded(job)) return;
    text.textContent = textOf(job) || "Getting ready to listen.";
    if (job.progress.total) bar.value = job.progress.done / job.progress.total;
  };
  const job = await jobs.start(Promise.resolve(asked), { onChange });
  if (!window.element.isConnected) {
    if (job.state === "done") toast(`${count(job.result.demos.length, "demo")} ranked for ${job.result.label}.`, { kind: "good", action: { text: "See them", run: () => globalThis.open(pageOf(job), "_blank", "noopener") } });
    return;
  }
  if (job.state === "done") place.replaceChildren(...resultOf(job));
  else place.replaceChildren(el("p", { class: "note bad" }, sentence(job.problem?.message ?? "It was stopped before all demos were heard")));
}

const pageOf = (job) => `/api/triage/${encodeURIComponent(job.result.page)}`;

function resultOf(job) {
  const { demos, label, notes, failures, calibrated } = job.result;
  const row = (demo) => el("tr", {}, el("td", { class: "right" }, `${demo.tied ? "=" : ""}${demo.rank}`), el("th", { scope: "row" }, demo.track, demo.duplicate_of.length > 0 && el("span", { class: "chip warning" }, "a copy")),
    el("td", { class: "right" }, percent(demo.probability)), calibrated && el("td", {}, demo.none_of_these ? "none of these" : demo.in_set ? "yes" : "no"), el("td", {}, demo.verdict), el("td", { class: "right" }, minutes(demo.seconds)));
  const heads = ["", "Demo", label, ...(calibrated ? ["In its set"] : []), "Most like", "Length"];
  return [
    el("a", { class: "button primary", href: pageOf(job), target: "_blank", rel: "noopener" }, "Open the page with the evidence"),
    demos.length === 0 ? el("p", {}, "There is no demo that could be heard.") : el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Demos" }, el("table", { class: "table models-table" }, el("thead", {}, el("tr", {}, heads.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, demos.slice(0, MOST_DEMOS).map(row)))),
    demos.length > MOST_DEMOS && el("p", { class: "muted small" }, `${demos.length - MOST_DEMOS} more are on the page.`),
    failures.length > 0 && el("p", { class: "note warning" }, `${count(failures.length, "file")} could not be heard, such as ${failures[0].path}.`),
    notes.map((note) => el("p", { class: "muted small" }, note)),
  ].flat().filter(Boolean);
}
