// One model: what it can do, what it mixes up, whether it can be believed, and what might explain it.
import { del, get, post } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { count, date, percent, typeset } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { go, link } from "/page/js/lib/router.js";
import { addLabelButton } from "/page/js/models/addlabel.js";
import { intervalBar, range, reliabilityChart } from "/page/js/models/charts.js";
import { confusionTable } from "/page/js/models/confusion.js";
import { curveFigure } from "/page/js/models/curves.js";
import { showCell } from "/page/js/models/mistakes.js";
import { duration } from "/page/js/models/overview.js";
import { triageButton } from "/page/js/models/triage.js";
import { confirm } from "/page/js/parts/dialog.js";
import { onThePage } from "/page/js/parts/remedies.js";
import { sentence, withStates } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { textOf } from "/page/js/parts/tray.js";

/** Jobs that are soon over: what waits for them starts by itself. */
const QUICK = new Set(["embed", "map", "evaluate", "report"]);

const FINDINGS = {
  "shortcut found": ["warning", "Yes, to some extent."], "none found": ["good", "There is no sign of it."], "cannot tell": ["plain", "There are too few songs to tell."],
};

/**
 * Show a model's page.
 *
 * @param {HTMLElement} root
 * @param {{name: string, signal: AbortSignal}} context
 */
export function showModel(root, { name, signal }) {
  const place = el("div", {});
  root.append(el("a", { class: "back-link", href: "#/models" }, icon("left"), "All models"), el("h1", { class: "view-title" }, name), place);
  const path = `/bundles/${encodeURIComponent(name)}`;
  const show = () => withStates(place, () => get(path, {}, { signal }), (model) => new ModelPage(model, { path, signal, show }).element, { text: "Reading the model", signal });
  return show();
}

class ModelPage {
  #cell = el("div", { class: "cell-place" });
  #matrix = null;

  constructor(model, { path, signal, show }) {
    Object.assign(this, { model, path, signal, show });
    const { verdicts } = model;
    this.element = el("div", { class: "stack wide model-page" },
      this.#head(), this.#confusions(), this.#labels(),
      verdicts ? [this.#belief(), this.#shortcut(), this.#rivals()] : null,
      this.#training(), this.#cannot(), this.#made());
    if (verdicts) showCell(this.#cell, { name: model.name, signal });
    else if (model.added.length) clear(this.#cell).append(el("p", {}, "That is not known. The added label was set against its test songs too, so that they cannot judge this model any more. To judge all labels alike, train a model on all of them."));
    else this.#judgeFirst();
  }

  #head() {
    const { summary, verdicts, test, labels, baselines, seconds, newest, source, newcomers } = this.model;
    const best = baselines.reduce((found, one) => (one.accuracy > (found?.accuracy ?? -1) ? one : found), null);
    const [first, second] = (verdicts?.headline ?? [plainHeadline(this.model)]).map((one) => typeset(onThePage(one)));
    return el("section", { class: "stack" },
      el("p", { class: "lead" }, `${sentence(summary)} Settings: ${source}.`),
      el("div", { class: "row" }, newest && el("span", { class: "chip good" }, "in use"), this.model.added.length === 0 && this.#reportButton(), addLabelButton(this.model), triageButton(this.model), el("button", { type: "button", class: "button small danger", onclick: () => this.#remove() }, icon("trash"), "Delete")),
      verdicts?.notes.map((note) => el("p", { class: "note warning" }, note)),
      el("div", { class: "card stack headline" }, el("p", { class: "headline-first" }, first), second && el("p", { class: "muted" }, second),
        newcomers.map((one) => el("p", {}, typeset(one))),
        test && el("dl", { class: "facts" }, fact("Test songs called rightly", percent(test.accuracy)), fact("95\u202f% interval", range(test.accuracy_interval)),
          best && fact("Best without hearing", percent(best.accuracy), `${best.name}: what any claim has to beat`), fact("Labels", labels.length), fact("Trained in", duration(seconds)))));
  }

  #confusions() {
    const { readings, verdicts } = this.model;
    const songs = readings.find((one) => one.name === "mean");
    if (!songs) return el("section", { class: "stack tight" }, el("h2", {}, "What it mixes up"), el("div", { class: "card" }, this.#cell));
    const { labels } = songs;
    const news = el("p", { class: "visually-hidden", role: "status" });
    const open = (truth, said) => {
      this.#matrix.mark(truth, said);
      news.textContent = truth === said ? `Songs of ${truth} called rightly are listed.` : `Songs of ${truth} called ${said} are listed.`;
      showCell(this.#cell, { name: this.model.name, truth, said, signal: this.signal });
      if (matchMedia("(max-width: 1100px)").matches) this.#cell.scrollIntoView({ block: "nearest", behavior: "smooth" });
    };
    this.#matrix = confusionTable({ labels, counts: songs.confusion, unit: "song", onCell: verdicts ? open : null });
    const others = readings.filter((one) => one.name !== "mean");
    return el("section", { class: "stack tight", "aria-labelledby": "confusions" }, el("h2", { id: "confusions" }, "What it mixes up"),
      el("p", { class: "lead" }, confusionWords(labels, songs.confusion), verdicts && " Choose a cell to hear its songs."),
      el("div", { class: "confusion-row" }, el("div", { class: "card" }, this.#matrix), el("div", { class: "card cell-card" }, this.#cell)), news,
      others.length > 0 && el("p", { class: "muted small" }, `Other ways to read the same verdicts: ${others.map((one) => `${one.words}, ${percent(one.row.accuracy)} right of ${one.row.n_songs}`).join("; ")}.`));
  }

  #labels() {
    const { per_label: scores } = this.model;
    if (!scores.length) return null;
    const share = (value, interval, n) => (n === 0 ? el("td", { class: "muted" }, "none") : el("td", {}, el("span", { class: "accuracy" }, el("strong", { class: "number" }, percent(value)), intervalBar(value, interval), el("span", { class: "muted small number" }, interval ? range(interval) : ""))));
    const rows = [...scores].sort((a, b) => b.f1 - a.f1).map((one) =>
      el("tr", {}, el("th", { scope: "row" }, labelChip(one.label, { href: link("labels", { label: one.label }) })), el("td", { class: "right" }, one.n_songs), share(one.recall, one.recall_interval, one.n_songs), el("td", { class: "right" }, one.n_estimated), share(one.precision, one.precision_interval, one.n_estimated), el("td", { class: "right" }, one.f1.toFixed(2))));
    return el("section", { class: "stack tight" }, el("h2", {}, "Label by label"),
      el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Label by label" }, el("table", { class: "table models-table" },
        el("thead", {}, el("tr", {}, ["Label", "Its songs", "Found of them", "Called it", "Truly its own", "F1"].map((name, i) => el("th", { scope: "col", class: [1, 3, 5].includes(i) ? "right" : null }, name)))), el("tbody", {}, rows))));
  }

  #belief() {
    const { reliability, confidence } = this.model.verdicts;
    const text = confidence.length ? confidence.map((one) => el("p", {}, typeset(one))) : el("p", { class: "muted" }, "This model does not say how sure it is: too few songs were held out of its training to tell.");
    const hint = el("p", { class: "muted small" }, "Points on the dotted line are promises kept: of songs that it is 70\u202f% sure of, 70\u202f% are right. Below it, it promises too much.");
    return el("section", { class: "stack tight" }, el("h2", {}, "Can its probabilities be believed?"),
      el("div", { class: "card belief" }, reliability && reliabilityChart(reliability), el("div", { class: "stack tight belief-text" }, reliability && hint, text)));
  }

  #shortcut() {
    const { audit, finding, facts, leaning } = this.model.verdicts;
    const [kind, answer] = FINDINGS[finding] ?? ["plain", "That is not known."];
    const [first, ...others] = audit.map(typeset);
    return el("section", { class: "stack tight" }, el("h2", {}, "Could a shortcut explain it?"),
      el("p", { class: "lead" }, "If one label's files are MP3s and another's are WAVs, a model can be right without hearing music. A classifier was shown only how the files were made, and no music."),
      el("div", { class: "card stack tight" }, el("p", { class: `note ${kind}` }, el("strong", {}, answer), ` ${first}`), others.map((one) => el("p", {}, one)),
        facts.length > 0 && el("div", { class: "fact-bars" }, facts.slice(0, 8).map(factBar)),
        facts.length > 0 && el("p", { class: "muted small" }, "How well each fact alone tells the labels: 0 not at all, 100 wholly. Grey is no more than chance explains."),
        leaning && el("p", {}, leaningWords(leaning))));
  }

  #rivals() {
    const { rows, differences } = this.model.verdicts;
    const of = new Map(differences.map((one) => [one.second, one]));
    const verdict = ({ mean, low, high, better, first }) => [el("span", { class: `chip ${better === first ? "good" : better ? "bad" : ""}` }, better === first ? "beaten" : better ? "better than the model" : "too few songs to prove"), el("span", { class: "muted small number" }, ` ${points(mean)} (${points(low)} to ${points(high)})`)];
    const line = (row, i) => el("tr", { class: i ? "baseline-row" : null }, el("th", { scope: "row" }, row.name, row.note && el("span", { class: "muted small model-what" }, row.note)),
      el("td", {}, el("span", { class: "accuracy" }, el("strong", { class: "number" }, percent(row.accuracy)), intervalBar(row.accuracy, row.accuracy_interval, { look: i ? "baseline" : "model" }), el("span", { class: "muted small number" }, range(row.accuracy_interval)))),
      el("td", {}, of.has(row.name) ? verdict(of.get(row.name)) : ""));
    return el("section", { class: "stack tight" }, el("h2", {}, "Against what needs no hearing"),
      el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Baselines" }, el("table", { class: "table models-table" }, el("thead", {}, el("tr", {}, ["", "Songs called rightly", "Points that the model is ahead"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, rows.map(line)))));
  }

  #training() {
    const { curves } = this.model;
    if (!curves || curves.points.length < 2) return null;
    const by = curves.tried;
    const loss = curveFigure(curves, { label: "Loss", learnt: "train_loss", held: "val_loss" });
    const accuracy = curveFigure(curves, { label: "Called rightly", learnt: "train_accuracy", held: "val_song_accuracy", share: true });
    return el("section", { class: "stack tight" }, el("h2", {}, "How it learnt"),
      el("div", { class: "card grid" }, el("div", {}, el("h3", {}, `Loss by ${by}`), loss), el("div", {}, el("h3", {}, `Called rightly by ${by}`), accuracy)),
      el("p", { class: "muted small" }, `Kept ${curves.tried} ${curves.best} of ${curves.points.length}, by songs that it was not fitted to; test songs play no part in that. A gap between the lines is what was learnt by heart.`));
  }

  #cannot() {
    return el("section", { class: "stack tight" }, el("h2", {}, "What it cannot tell"), el("ul", { class: "card plain-list" }, this.model.cannot.map((one) => el("li", {}, one))));
  }

  #made() {
    const { split, created, versions, songs, labels, parts, bytes, notes } = this.model;
    const per = labels.map((label) => el("tr", {}, el("th", { scope: "row" }, labelChip(label)), ["train", "validation", "test"].map((part) => el("td", { class: "right" }, songs[part]?.[label] ?? 0))));
    return el("details", { class: "card" }, el("summary", {}, "How it was made"),
      el("div", { class: "stack" },
        el("p", {}, `Made ${date(created)}${split ? `, ${split.words} split, seed ${split.seed}, digest ${split.digest}: models of one digest are judged on the same songs` : ""}. ${parts.length ? `Its parts: ${parts.join(", ")}. ` : ""}It takes ${(bytes / 1e6).toFixed(1)} MB. ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}.`),
        notes.length > 0 && el("ul", {}, notes.map((one) => el("li", {}, sentence(one)))),
        el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Its split" }, el("table", { class: "table" }, el("thead", {}, el("tr", {}, ["Songs", "learnt from", "validation", "test"].map((name, i) => el("th", { scope: "col", class: i ? "right" : null }, name)))), el("tbody", {}, per)))));
  }

  /** Go through the test songs, at once where nothing else runs, else when the button is pressed. */
  #judgeFirst() {
    const text = el("p", { class: "muted", role: "status" }, "To hear its mistakes, to see whether its probabilities can be believed and whether a shortcut could explain it, its test songs have to be gone through once.");
    const bar = el("progress", { "aria-label": "Going through the test songs", hidden: true });
    const button = el("button", { type: "button", class: "button", onclick: () => this.#judge({ text, bar, button }) }, "Go through its test songs");
    clear(this.#cell).append(el("div", { class: "stack" }, text, bar, button));
    const mine = jobs.running.find((job) => job.kind === "evaluate" && job.request.bundles?.includes(this.model.name));
    if (mine) this.#judge({ text, bar, button }, Promise.resolve(mine));
    else if (jobs.running.every((job) => QUICK.has(job.kind)) && this.model.split) this.#judge({ text, bar, button });
  }

  async #judge({ text, bar, button }, asked = post("/evaluate", { bundles: [this.model.name] })) {
    [button.hidden, bar.hidden] = [true, false];
    const follow = (job) => {
      text.textContent = hasEnded(job) ? "" : textOf(job) || "Getting ready to hear its test songs.";
      if (job.progress.total) bar.value = job.progress.done / job.progress.total;
    };
    try {
      const job = await jobs.start(asked, { signal: this.signal, onChange: follow });
      if (job.state === "done") return void this.show();
      throw new Error(job.problem?.message ?? "It was stopped before all test songs were heard.");
    } catch (error) {
      if (this.signal.aborted) return;
      text.textContent = sentence(error.message);
      [button.hidden, bar.hidden] = [false, true];
    }
  }

  #reportButton() {
    const { name, report } = this.model;
    const address = `/api${this.path}/report`;
    if (report) return el("a", { class: "button small", href: address, target: "_blank", rel: "noopener" }, "Open the full report");
    const button = el("button", { type: "button", class: "button small" }, "Make the full report");
    button.addEventListener("click", async () => {
      button.disabled = true;
      const follow = (job) => (button.textContent = hasEnded(job) ? "Make the full report" : job.progress.stage || "Getting ready");
      try {
        const job = await jobs.start(post(`${this.path}/report`), { signal: this.signal, onChange: follow });
        if (job.state !== "done") throw new Error(job.problem?.message ?? "The report was stopped.");
        button.replaceWith(el("a", { class: "button small primary", href: address, target: "_blank", rel: "noopener" }, "Open the full report"));
        toast(`The report on ${name} is ready.`, { kind: "good" });
      } catch (error) {
        if (this.signal.aborted) return;
        button.disabled = false;
        toast(sentence(error.message), { kind: "bad" });
      }
    });
    return button;
  }

  async #remove() {
    const { name } = this.model;
    if (!(await confirm({ title: `Delete ${name}?`, text: "The model is deleted from the library, with what was kept of its test songs. The music and the other models stay. It can be trained again.", action: "Delete it", danger: true }))) return;
    try {
      await del(this.path);
      toast(`${name} is deleted.`);
      go("models");
    } catch (error) {
      toast(sentence(error.message), { kind: "bad" });
    }
  }
}

const fact = (name, value, title) => el("div", { title }, el("dt", {}, name), el("dd", {}, value));
const points = (share) => `${share >= 0 ? "+" : "−"}${Math.abs(Math.round(100 * share))}`;

function plainHeadline({ name, test }) {
  if (!test) return `${name} is a model that was taught one more label.`;
  return `${name} calls ${Math.round(test.accuracy * test.n_songs)} of ${count(test.n_songs, "test song")} rightly: ${percent(test.accuracy)}, 95\u202f% interval ${range(test.accuracy_interval)}.`;
}

/** The confusions that happen most, in a sentence. */
function confusionWords(labels, counts) {
  const found = counts.flatMap((row, truth) => row.map((n, said) => ({ n, truth, said })).filter((one) => one.n > 0 && one.truth !== one.said));
  if (found.length === 0) return "It called every test song rightly.";
  const most = found.sort((a, b) => b.n - a.n).slice(0, 2).filter((one) => one.n > 1);
  if (most.length === 0) return `It made ${count(found.length, "mistake")}, no two of them alike.`;
  return `Most often it takes ${most.map((one) => `${labels[one.truth]} for ${labels[one.said]} (${count(one.n, "song")})`).join(", and ")}.`;
}

function factBar({ column, strength, tells }) {
  return el("div", { class: ["fact-bar", !tells && "weak"] }, el("span", {}, column), el("span", { class: "said-bar" }, el("span", { style: { width: `${Math.max(1, 100 * (strength ?? 0))}%` } })), el("span", { class: "number" }, Math.round(100 * (strength ?? 0))));
}

function leaningWords({ n_wrong: wrong, n_agreeing: agreeing, expected, p, where_shortcut_wrong: misled, where_shortcut_right: helped }) {
  const parts = [];
  if (wrong < 10) parts.push(`It made ${count(wrong, "mistake")} on test songs, too few to say whether it follows the files.`);
  else parts.push(`${p <= 0.05 ? "It leans on the files" : "There is no sign that it leans on the files"}: in ${agreeing} of its ${wrong} mistakes it says what that classifier says, ${expected.toFixed(1)} would be chance (p = ${p.toPrecision(2)}).`);
  const told = (share) => `${share.hits} of ${share.n_songs} (95\u202f%: ${range(share.interval)})`;
  if (misled.n_songs && helped.n_songs) parts.push(`Where the files mislead, only hearing helps, and there it is right on ${told(misled)}; elsewhere on ${told(helped)}.`);
  return parts.join(" ");
}
