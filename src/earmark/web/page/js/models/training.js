// Trainings that run, wait, were stopped or have just ended: each a card with its growing curves.
import { clear, el, icon } from "/page/js/lib/dom.js";
import { ago, count, percent } from "/page/js/lib/format.js";
import { hasEnded, jobs, waitingText } from "/page/js/lib/jobs.js";
import { link } from "/page/js/lib/router.js";
import { lineChart, range } from "/page/js/models/charts.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

const STATES = { waiting: "waiting", running: "running", done: "ready", failed: "failed", cancelled: "stopped", interrupted: "interrupted" };
const CHIPS = { done: "good", failed: "bad", cancelled: "warning", interrupted: "warning" };

/**
 * Show all trainings in a place, for as long as the view stands.
 *
 * @param {HTMLElement} place
 * @param {{signal: AbortSignal, onDone: () => void}} options `onDone`: a training has ended with a new model.
 */
export function showTrainings(place, { signal, onDone }) {
  const cards = new Map();
  const show = () => {
    const wanted = jobs.list.filter((job) => job.kind === "train");
    for (const [id, card] of cards) {
      if (wanted.some((job) => job.id === id)) continue;
      card.node.remove();
      cards.delete(id);
    }
    for (const job of wanted) {
      const card = cards.get(job.id) ?? trainingCard();
      cards.set(job.id, card);
      const before = card.state;
      card.update(job);
      if (before && before !== "done" && job.state === "done") onDone();
      if (!card.node.isConnected) place.prepend(card.node);
    }
    place.hidden = wanted.length === 0;
  };
  jobs.addEventListener("change", ({ detail }) => detail.kind === "train" && show(), { signal });
  jobs.addEventListener("forgotten", show, { signal });
  show();
}

function trainingCard() {
  const title = el("h2", {});
  const state = el("span", { class: "chip" });
  const bar = el("progress", { max: 1 });
  const text = el("p", { class: "muted small training-text", role: "status" });
  const actions = el("div", { class: "row" });
  const loss = lineChart({ label: "Loss by epoch", xName: "epoch", height: 170 });
  const accuracy = lineChart({ label: "Accuracy by epoch", xName: "epoch", share: true, height: 170 });
  const charts = el("div", { class: "grid training-charts" },
    el("div", {}, el("h3", { class: "small" }, "Loss"), loss), el("div", {}, el("h3", { class: "small" }, "Songs called rightly"), accuracy));
  const node = el("article", { class: "card stack training" }, el("div", { class: "row apart" }, el("div", { class: "row" }, title, state), actions), bar, text, charts);
  const card = { node, state: null, points: -1 };
  card.update = (job) => {
    title.textContent = job.title;
    bar.setAttribute("aria-label", job.title);
    node.dataset.state = job.state;
    state.textContent = STATES[job.state];
    state.className = `chip ${CHIPS[job.state] ?? ""}`;
    showProgress(bar, text, job);
    if (card.points !== job.metrics.length) {
      card.points = job.metrics.length;
      showCurves({ loss, accuracy }, job.metrics);
      charts.hidden = job.metrics.length < 1 || job.metrics.some((point) => "inverse_penalty" in point);
    }
    const acts = `${job.state} ${job.metrics.length > 0} ${job.resumable}`;
    if (card.acts === acts) return;
    [card.acts, card.state] = [acts, job.state];
    clear(actions).append(...actionsOf(job));
  };
  return card;
}

function showProgress(bar, text, job) {
  const { stage, done, total, text: words } = job.progress;
  bar.hidden = hasEnded(job);
  if (total > 0) bar.value = Math.min(1, done / total);
  else bar.removeAttribute("value");
  text.textContent = textOf(job, { stage, words });
}

function textOf(job, { stage, words }) {
  const epochs = job.metrics.length;
  if (job.state === "waiting") return waitingText(job);
  if (job.state === "failed") return sentence(job.problem?.message);
  if (job.state === "done") return doneText(job.result);
  if (job.state === "running") return [stage || "Getting ready", words].filter(Boolean).join(" · ");
  const kept = epochs > 0 ? `${count(epochs, "finished epoch")} kept; resumed, it goes on from there.` : "Resumed, it starts with what was prepared.";
  return `${job.state === "interrupted" ? "The server ended before it was done" : "Stopped"} ${ago(job.ended)}. ${kept}`;
}

function doneText({ accuracy, accuracy_interval: interval, n_songs: songs, stopped, best_epoch: best, epochs }) {
  const kept = epochs > 1 && best ? ` Kept the best of ${epochs} tries, number ${best}${stopped === "interrupted" ? ", since you ended it early" : ""}.` : "";
  return `It calls ${percent(accuracy)} of ${count(songs, "test song")} rightly, 95\u202f% interval ${range(interval)}.${kept}`;
}

function showCurves({ loss, accuracy }, points) {
  const line = (name, look, key) => ({ name, look, points: points.filter((one) => Number.isFinite(one[key])).map((one) => [one.epoch, one[key]]) });
  loss.show([line("training", "second", "train_loss"), line("validation", "first", "val_loss")], bestOf(points));
  accuracy.show([line("training slices", "second", "train_accuracy"), line("validation songs", "first", "val_song_accuracy")]);
}

function bestOf(points) {
  const finite = points.filter((one) => Number.isFinite(one.val_loss));
  if (finite.length < 2) return null;
  const best = finite.reduce((a, b) => (b.val_loss < a.val_loss ? b : a));
  return { x: best.epoch, text: "best so far" };
}

function actionsOf(job) {
  const act = (text, picture, run, kind = "") => {
    const button = el("button", { type: "button", class: `button small ${kind}` }, picture && icon(picture), text);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await run();
      } catch (error) {
        button.disabled = false;
        toast(sentence(error.message), { kind: "bad" });
      }
    });
    return button;
  };
  const forget = (text) => act(text, null, () => jobs.forget(job.id), "quiet");
  if (job.state === "waiting") return [act("Cancel", "stop", () => jobs.cancel(job.id))];
  if (job.state === "running") {
    const finish = job.finishable && job.metrics.some((point) => !("inverse_penalty" in point));
    return [finish && act("Finish now, keep the best", "check", () => jobs.finish(job.id)), act("Cancel", "stop", () => jobs.cancel(job.id))].filter(Boolean);
  }
  if (job.state === "done") return [el("a", { class: "button small primary", href: link("models", { run: job.result.bundle }) }, "See the model"), forget("Dismiss")];
  return [job.resumable && act("Resume", "play", () => jobs.resume(job.id), "primary"), forget("Dismiss")].filter(Boolean);
}
