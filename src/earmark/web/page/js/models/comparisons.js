// Comparisons under the same folds, and the judged search: what can be concluded, and how to ask for more.
import { get, post } from "/page/js/lib/api.js";
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";
import { ago, count, percent, typeset } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { intervalBar, range } from "/page/js/models/charts.js";
import { howToInstall } from "/page/js/models/trainform.js";
import { dialog } from "/page/js/parts/dialog.js";
import { sentence, withStates } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { textOf } from "/page/js/parts/tray.js";

/**
 * Show the kept comparisons.
 *
 * @param {HTMLElement} place Is hidden until then.
 * @param {{signal: AbortSignal}} context
 */
export function showComparisons(place, { signal }) {
  place.hidden = false;
  const list = el("div", { class: "stack" });
  const search = searchCard(signal);
  place.append(
    el("div", { class: "row apart" }, el("h2", {}, "Compared under the same folds"), el("button", { type: "button", class: "button", onclick: (event) => ask(event.currentTarget, signal) }, icon("compare"), "Compare models")),
    el("p", { class: "lead" }, "One test set is small. A comparison deals all songs into folds, trains each model anew for each fold, and tests every song once: what it finds can be relied on more."),
    list, search);
  const show = () => withStates(list, () => all(signal), cardsOf, { signal, lines: 2 });
  jobs.addEventListener("ended", ({ detail }) => detail.kind === "compare" && detail.state === "done" && show(), { signal });
  show();
}

async function all(signal) {
  const { comparisons, unreadable } = await get("/comparisons", {}, { signal });
  return { unreadable, whole: await Promise.all(comparisons.map((one) => get(`/comparisons/${encodeURIComponent(one.name)}`, {}, { signal }))) };
}

function cardsOf({ whole, unreadable }) {
  if (whole.length + unreadable.length === 0) return el("p", { class: "muted" }, "There is none yet.");
  const broken = unreadable.map(({ name, message }) => el("p", { class: "note warning" }, el("strong", {}, `${name} cannot be opened. `), sentence(message)));
  return [...broken, ...whole.map(comparisonCard)];
}

function comparisonCard({ name, made, labels, folds, repeats, conclusions, rows, baselines, not_run: absent, page }) {
  const songs = rows.filter((row) => row.level === "song" && !/vote/.test(row.note)).sort((a, b) => b.accuracy - a.accuracy);
  const how = `${count(labels, "label")}, ${folds === 1 ? "random splits" : count(folds, "fold")}${repeats > 1 ? `, dealt ${repeats} times` : ""}, ${ago(made)}`;
  return el("article", { class: "card stack tight" },
    el("div", { class: "row apart" }, el("h3", {}, name), page && el("a", { class: "button small", href: `/api/comparisons/${encodeURIComponent(name)}/page`, target: "_blank", rel: "noopener" }, "Open the full page")),
    el("p", { class: "muted small" }, how),
    el("ul", {}, conclusions.map((one) => el("li", {}, typeset(one)))),
    Object.entries(absent).map(([model, why]) => el("p", { class: "note warning" }, `${model} could not take part: ${sentence(why)}`)),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Scores" }, el("table", { class: "table models-table" }, el("tbody", {}, songs.map((row) => scoreLine(row, baselines.includes(row.name)))))));
}

function scoreLine(row, baseline) {
  return el("tr", { class: baseline ? "baseline-row" : null }, el("th", { scope: "row" }, row.name),
    el("td", {}, el("span", { class: "accuracy" }, el("strong", { class: "number" }, percent(row.accuracy)), intervalBar(row.accuracy, row.accuracy_interval, { look: baseline ? "baseline" : "model" }), el("span", { class: "muted small number" }, range(row.accuracy_interval)))),
    el("td", { class: "right" }, row.macro_f1?.toFixed(2)));
}

async function ask(button, signal) {
  button.disabled = true;
  try {
    const { can_train: able, models } = await get("/models", {}, { signal });
    if (able) askWhich(models);
    else dialog({ title: "Compare models", body: el("div", { class: "stack" }, el("p", {}, "A comparison trains each model anew, and what trains is not installed."), howToInstall()), actions: [{ text: "Close", kind: "primary" }] });
  } catch (error) {
    if (!signal.aborted) toast(sentence(error.message), { kind: "bad" });
  } finally {
    button.disabled = false;
  }
}

function askWhich(models) {
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const refuse = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };
  const boxes = models.filter((one) => !one.missing).map((one) => ({ name: one.name, input: el("input", { type: "checkbox", checked: ["earmark", "mfcc", "metadata"].includes(one.name) }), summary: one.summary }));
  const folds = el("input", { class: "field", id: freshId("field"), type: "number", min: 1, max: 20, value: "5" });
  const repeats = el("input", { class: "field", id: freshId("field"), type: "number", min: 1, max: 20, value: "1" });
  const epochs = el("input", { class: "field", id: freshId("field"), type: "number", min: 1, max: 10000, placeholder: "each model's own" });
  const name = el("input", { class: "field", id: freshId("field"), value: "comparison", maxlength: 100, required: true });
  const start = async (close) => {
    const chosen = boxes.filter((one) => one.input.checked).map((one) => one.name);
    if (chosen.length === 0) return refuse("Choose a model at least.");
    if (!fields.reportValidity()) return undefined;
    try {
      jobs.begun(await post("/compare", { models: chosen, folds: Number(folds.value), repeats: Number(repeats.value), max_epochs: epochs.value ? Number(epochs.value) : null, name: name.value.trim() }));
      close();
    } catch (error) {
      refuse(sentence(error.message));
    }
    return undefined;
  };
  const row = (text, field) => el("div", {}, el("label", { class: "field-label", for: field.id }, text), field);
  const fields = el("form", { class: "grid more-grid", onsubmit: (event) => event.preventDefault() }, row("Folds", folds), row("Dealings of the songs", repeats), row("Epochs at most", epochs), row("Name", name));
  dialog({
    title: "Compare models",
    body: el("div", { class: "stack" },
      el("p", { class: "muted" }, "Each model is trained once for each fold. The baselines without a model of sound are always beside them. What was finished is kept, and never computed twice."),
      el("fieldset", { class: "stack tight" }, el("legend", { class: "field-label" }, "Models"), boxes.map((one) => el("label", { class: "check-row", title: one.summary }, one.input, el("strong", {}, one.name), el("span", { class: "muted small" }, one.summary)))),
      fields, problem),
    actions: [{ text: "Cancel" }, { text: "Start", kind: "primary", run: start }],
  });
}

/** Whether the search finds what belongs together, judged by questions with known answers. */
function searchCard(signal) {
  const told = el("div", { class: "stack tight", role: "status" });
  const button = el("button", { type: "button", class: "button" }, icon("search"), "Judge the search");
  const show = () => {
    const job = jobs.list.find((one) => one.kind === "evaluate-search");
    button.disabled = Boolean(job) && !hasEnded(job);
    if (!job) return;
    if (job.state === "done") clear(told).append(...verdictOf(job));
    else clear(told).append(el("p", { class: job.state === "failed" ? "note bad" : "muted small" }, textOf(job)));
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      jobs.begun(await post("/evaluate-search", {}));
    } catch (error) {
      button.disabled = false;
      clear(told).append(el("p", { class: "note bad" }, sentence(error.message)));
    }
  });
  jobs.addEventListener("change", ({ detail }) => detail.kind === "evaluate-search" && show(), { signal });
  show();
  return el("section", { class: "stack search-card" }, el("div", { class: "row apart" }, el("h2", {}, "Does the search find what belongs together?"), button),
    el("p", { class: "lead" }, "Songs that the model never learnt from are asked about: do tracks of the same label come up, more often than by chance, by tempo and key, or by simpler measures of sound?"), told);
}

function verdictOf({ result, ended }) {
  const [first, ...others] = result.verdict ?? [];
  return [el("article", { class: "card stack tight" }, el("p", { class: "muted small" }, ago(ended)), el("p", {}, typeset(first ?? "")), others.length > 0 && el("ul", {}, others.map((one) => el("li", {}, typeset(one)))))];
}
