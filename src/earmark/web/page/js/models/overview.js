// All models beside each other: what runs, what each can do on songs it never heard, and what cannot be told apart.
import { get, post } from "/page/js/lib/api.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { count, date, percent, typeset } from "/page/js/lib/format.js";
import { jobs } from "/page/js/lib/jobs.js";
import { go, link } from "/page/js/lib/router.js";
import { intervalBar, intervalLegend, range } from "/page/js/models/charts.js";
import { showComparisons } from "/page/js/models/comparisons.js";
import { showTrainings } from "/page/js/models/training.js";
import { empty, sentence, withStates } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

const BASELINES = {
  majority: "always the largest label", "artist look-up": "looks the artist's name up", "metadata only": "a random forest on tempo, key and length",
  "shortcut only": "a random forest on how the files were made",
};

/**
 * Show the overview.
 *
 * @param {HTMLElement} root
 * @param {{signal: AbortSignal}} context
 */
export function showOverview(root, { signal }) {
  const trainings = el("div", { class: "stack" });
  const models = el("div", { class: "stack wide" });
  const comparisons = el("section", { class: "stack", hidden: true });
  const another = el("a", { class: "button primary", href: link("models", { train: "earmark" }) }, icon("add"), "Train a model");
  root.append(
    el("div", { class: "row apart" }, el("h1", { class: "view-title" }, "Models"), another),
    trainings, models, comparisons);
  const show = () => withStates(models, () => Promise.all([get("/bundles", {}, { signal }), get("/evaluate", {}, { signal })]), (told) => {
    const { length } = told[0].bundles;
    another.hidden = length === 0;
    if (length > 0 && comparisons.hidden) showComparisons(comparisons, { signal });
    return contentOf(told, show, signal);
  }, { text: "Reading the models", signal });
  showTrainings(trainings, { signal, onDone: show });
  // Only those that end while one looks: jobs of yesterday are told of again whenever the stream of news is opened.
  jobs.addEventListener("ended", ({ detail }) => ["evaluate", "add-label"].includes(detail.kind) && detail.state === "done" && show(), { signal });
  let training = isTraining();
  jobs.addEventListener("change", () => {
    if (training === isTraining()) return;
    training = !training;
    if (another.hidden) show(); // no model yet: whether one can be trained now
  }, { signal });
  show();
}

const isTraining = () => jobs.running.some((job) => job.kind === "train");

function contentOf([{ bundles, unreadable }, evaluation], show, signal) {
  const broken = unreadable.map(({ name, message }) => el("p", { class: "note warning" }, el("strong", {}, `${name} cannot be opened. `), sentence(message)));
  if (bundles.length === 0) {
    if (isTraining()) return [...broken, empty({ title: "No model yet", picture: "models", text: "The first one is being trained; it stands here when it is ready." })];
    return [...broken, empty({ title: "No model yet", picture: "models", action: { text: "Train the first one", href: link("models", { train: "earmark" }) },
      text: "A model learns what your labels sound like. Then Earmark can say which label a new track belongs to, and why." })];
  }
  return [...broken, ...groups(bundles).map((group) => groupOf(group, evaluation, { show, signal }))];
}

/** Models that were judged on the same songs stand together. */
function groups(bundles) {
  const found = new Map();
  for (const bundle of bundles) {
    const key = bundle.split?.digest ?? bundle.name;
    found.set(key, [...(found.get(key) ?? []), bundle]);
  }
  return [...found.values()];
}

function groupOf(bundles, evaluation, context) {
  const { split, labels, test } = bundles.find((one) => one.added.length === 0) ?? bundles[0];
  const songs = test?.n_songs ?? split?.tested ?? 0;
  const title = `${count(labels.length, "label")}, ${count(songs, "test song")}`;
  const how = split ? `${sentence(split.words)} None of the test songs played a part in training. ${count(split.learnt, "song")} to learn from, seed ${split.seed}.` : "It carries no split, so its test songs are not known.";
  return el("section", { class: "card stack tight model-group" }, el("h2", {}, title), el("p", { class: "muted small" }, how), tableOf(bundles), intervalLegend(baselinesOf(bundles).length > 0), apart(bundles, evaluation, context));
}

const COLUMNS = [
  { key: "name", name: "Model", value: (one) => one.name, ascending: true },
  { key: "accuracy", name: "Songs called rightly", value: (one) => one.test?.accuracy ?? -1, wide: true },
  { key: "f1", name: "Macro F1", value: (one) => one.test?.macro_f1 ?? -1, right: true },
  { key: "ece", name: "Probabilities off by", value: (one) => one.calibration?.ece ?? 2, right: true, ascending: true, title: "By how much its probabilities miss on average, on songs held out of training; in brackets what chance alone gives" },
  { key: "seconds", name: "Trained in", value: (one) => one.seconds ?? 0, right: true, ascending: true },
  { key: "bytes", name: "Size", value: (one) => one.bytes, right: true, ascending: true },
  { key: "created", name: "Made", value: (one) => one.created, right: true },
];

function tableOf(bundles) {
  const body = el("tbody", {});
  const heads = COLUMNS.map((column) => headOf(column, () => sort(column)));
  let sorted = { key: "accuracy", ascending: false };
  const sort = (column) => {
    sorted = { key: column.key, ascending: sorted.key === column.key ? !sorted.ascending : Boolean(column.ascending) };
    fill();
  };
  const fill = () => {
    const { value } = COLUMNS.find((one) => one.key === sorted.key);
    const way = sorted.ascending ? 1 : -1;
    const ordered = [...bundles].sort((a, b) => way * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
    for (const [i, head] of heads.entries()) head.setAttribute("aria-sort", COLUMNS[i].key === sorted.key ? (sorted.ascending ? "ascending" : "descending") : "none");
    clear(body).append(...ordered.map(rowOf), ...baselineRows(baselinesOf(bundles)));
  };
  fill();
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Models and baselines" }, el("table", { class: "table models-table" }, el("thead", {}, el("tr", {}, heads)), body));
}

function headOf({ name, right, title }, sort) {
  return el("th", { scope: "col", class: right ? "right" : null, title }, el("button", { type: "button", class: "sort", onclick: sort }, name));
}

function rowOf(bundle) {
  const { name, model, newest, test, calibration, seconds, bytes, created, kind, added } = bundle;
  const address = link("models", { run: name });
  const what = [name === model ? null : model, kind === "metadata" ? "hears nothing" : null, added.length ? `${count(added.length, "label")} added` : null].filter(Boolean).join(", ");
  const open = (event) => !event.target.closest("a, button") && go("models", { run: name });
  return el("tr", { class: "model-row", onclick: open },
    el("th", { scope: "row" }, el("a", { href: address }, name), newest && el("span", { class: "chip good", title: "This one answers where no model is named" }, "in use"), what && el("span", { class: "muted small model-what" }, what)),
    accuracyCell(test, baselinesOf([bundle])),
    el("td", { class: "right" }, test?.macro_f1?.toFixed(2) ?? ""),
    el("td", { class: "right" }, calibration?.ece === null || !calibration ? el("span", { class: "muted" }, "not known") : [percent(calibration.ece), el("span", { class: "muted" }, ` (${percent(calibration.expected_by_chance)})`)]),
    el("td", { class: "right" }, duration(seconds)), el("td", { class: "right" }, size(bytes)), el("td", { class: "right" }, date(created)));
}

function accuracyCell(row, baselines, look = "model") {
  if (!row || row.accuracy === null) return el("td", { class: "muted" }, "see its page");
  return el("td", {}, el("span", { class: "accuracy" }, el("strong", { class: "number" }, percent(row.accuracy)), intervalBar(row.accuracy, row.accuracy_interval, { look, marks: baselines.map((one) => ({ share: one.accuracy, text: `${one.name}, without hearing: ${percent(one.accuracy)}` })) }),
    el("span", { class: "muted small number" }, range(row.accuracy_interval))));
}

const baselinesOf = (bundles) => bundles.find((one) => one.baselines.length)?.baselines ?? [];

function baselineRows(rows) {
  if (rows.length === 0) return [];
  const head = el("tr", { class: "baseline-head" }, el("th", { colspan: String(COLUMNS.length), scope: "rowgroup" }, el("span", { class: "baseline-words" }, "Without hearing a note: what any claim has to beat")));
  return [head, ...[...rows].sort((a, b) => b.accuracy - a.accuracy).map(baselineRow)];
}

function baselineRow(row) {
  return el("tr", { class: "baseline-row" }, el("th", { scope: "row" }, row.name, el("span", { class: "muted small model-what" }, BASELINES[row.name] ?? row.note)),
    accuracyCell(row, [], "baseline"), el("td", { class: "right" }, row.macro_f1?.toFixed(2) ?? ""), el("td", { colspan: "4" }));
}

/** What can and cannot be told apart, or how to find out. */
function apart(bundles, { pairs, unjudged }, { show, signal }) {
  const names = new Set(bundles.map((one) => one.name));
  const own = pairs.filter((pair) => names.has(pair.first) && names.has(pair.second));
  const open = bundles.filter((one) => unjudged.includes(one.name)).map((one) => one.name);
  const sure = own.filter((pair) => pair.better);
  const rest = own.filter((pair) => !pair.better);
  const told = [
    ...sure.map((pair) => el("li", {}, typeset(pair.sentence))),
    rest.length > 0 && el("li", {}, unsure(rest)),
  ].filter(Boolean);
  const more = bundles.length > 1 && open.length > 0 && judgeButton(open, { show, signal });
  if (!told.length && !more) return null;
  return el("div", { class: "stack tight" }, el("h3", {}, "Which differences are real?"), told.length > 0 && el("ul", { class: "small" }, told), more);
}

function unsure(pairs) {
  const [{ n_songs: songs, n_groups: together }] = pairs;
  const of = together < songs ? `${songs} songs in ${together} groups` : `${songs} songs`;
  return `These ${of} cannot tell apart: ${pairs.map((pair) => `${pair.first} and ${pair.second}`).join("; ")}.`;
}

function judgeButton(names, { show, signal }) {
  const text = el("span", { class: "muted small", role: "status" }, `Needs the test songs to be gone through once with ${names.join(", ")}.`);
  const button = el("button", { type: "button", class: "button small" }, "Test them song by song");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const follow = (job) => (text.textContent = [job.progress.stage || "Getting ready", job.progress.total ? `${job.progress.done} of ${job.progress.total}` : ""].filter(Boolean).join(" · "));
    try {
      const job = await jobs.start(post("/evaluate", { bundles: names }), { signal, onChange: follow });
      if (job.state === "failed") throw new Error(job.problem?.message);
      if (job.state !== "done") show();
    } catch (error) {
      if (signal.aborted) return;
      button.disabled = false;
      toast(sentence(error.message), { kind: "bad" });
    }
  });
  return el("div", { class: "row" }, button, text);
}

/** A time as people say it. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 1) return "< 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const size = (bytes) => (bytes < 1e5 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
