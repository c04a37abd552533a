// Scans and other work that fills the library, as it goes on: large, with what can be done about it.
import { clear, el, icon } from "/page/js/lib/dom.js";
import { ago, count, whole } from "/page/js/lib/format.js";
import { hasEnded, jobs, waitingText } from "/page/js/lib/jobs.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

/** Kinds of jobs after which the library is another. */
export const FILLING = new Set(["scan", "embed", "import"]);
const PICTURES = { scan: "folder", embed: "compare", import: "upload" };

/**
 * Make the place where jobs that fill the library are shown: those that run or wait, and the last scan until it is
 * put away.
 *
 * @param {{signal: AbortSignal, onEnd: (job: object) => void}} options `onEnd`: told of each that ended while this page looked.
 * @returns {{element: HTMLElement}}
 */
export function jobPanel({ signal, onEnd }) {
  const element = el("div", { class: "stack running", role: "region", "aria-label": "Work on the library" });
  const seen = new Map();
  const show = () => {
    const going = jobs.running.filter((job) => FILLING.has(job.kind)).reverse();
    const lastScan = jobs.list.find((job) => job.kind === "scan" && hasEnded(job) && (seen.get(job.id)?.watched || job.resumable));
    const cards = [...going, ...(lastScan ? [lastScan] : [])].map((job) => cardOf(job, seen));
    if (cards.length !== element.children.length || cards.some((card, place) => card !== element.children[place])) element.replaceChildren(...cards);
  };
  jobs.addEventListener("change", ({ detail: job }) => {
    if (!FILLING.has(job.kind)) return;
    const known = seen.get(job.id);
    const fresh = hasEnded(job) && known && !hasEnded(known.job);
    seen.set(job.id, { ...known, job, watched: known?.watched || !hasEnded(job) });
    show();
    if (fresh) onEnd(job);
  }, { signal });
  jobs.addEventListener("forgotten", ({ detail }) => {
    seen.delete(detail);
    show();
  }, { signal });
  for (const job of jobs.list) if (FILLING.has(job.kind)) seen.set(job.id, { job, watched: !hasEnded(job) });
  show();
  return { element };
}

function cardOf(job, seen) {
  const known = seen.get(job.id) ?? { job, watched: false };
  known.card ??= emptyCard(job);
  seen.set(job.id, known);
  update(known.card, job);
  return known.card;
}

function emptyCard(job) {
  return el("section", { class: "card job-card", "aria-label": job.title, dataset: { job: job.id } },
    el("span", { class: "job-picture" }, icon(PICTURES[job.kind] ?? "jobs")),
    el("div", { class: "job-told stack tight" },
      el("div", { class: "row apart" }, el("h2", {}, job.title), el("span", { class: "chip job-mark" })),
      el("progress", { max: 1, "aria-label": job.title }),
      el("p", { class: "muted number job-line" }),
      el("div", { class: "job-more" })),
    el("div", { class: "job-buttons row" }));
}

const MARKS = { waiting: "Waiting", running: "Running", done: "Done", failed: "Failed", cancelled: "Cancelled", interrupted: "Interrupted" };
const TONES = { done: "good", failed: "bad", cancelled: "warning", interrupted: "warning" };

function update(card, job) {
  const find = (name) => card.querySelector(name);
  const bar = find("progress");
  const mark = find(".job-mark");
  bar.hidden = hasEnded(job) || job.state === "waiting";
  if (job.progress.total > 0) bar.value = job.progress.done / job.progress.total;
  else bar.removeAttribute("value");
  find(".job-line").textContent = lineOf(job);
  if (card.dataset.state === job.state) return;
  card.dataset.state = job.state;
  mark.textContent = MARKS[job.state];
  mark.className = `chip job-mark ${TONES[job.state] ?? ""}`;
  clear(find(".job-more")).append(...resultOf(job));
  clear(find(".job-buttons")).append(...buttonsOf(job));
}

function lineOf(job) {
  const { stage, done, total, text } = job.progress;
  if (job.state === "waiting") return waitingText(job);
  if (job.state === "failed") return sentence(job.problem?.message);
  if (job.state === "done") return `${doneLine(job)} ${sentence(ago(job.ended))}`;
  const told = [stage, total > 0 && `${whole(done)} of ${whole(total)}`, text].filter(Boolean).join(" · ");
  if (!hasEnded(job)) return told || "Starting …";
  return `${total > 0 ? `${whole(done)} of ${whole(total)} were done and are kept.` : "What was done is kept."} Resume it and only the rest is done.`;
}

function doneLine(job) {
  const found = job.result ?? {};
  if (job.kind === "import") return `${whole(Object.values(found.matched ?? {}).reduce((sum, number) => sum + number, 0))} of ${count(found.locations ?? 0, "track")} matched.`;
  if (job.kind !== "scan") return found.vectors === undefined ? "Done." : `${count(found.vectors, "track")} can be compared, by ${found.source}.`;
  const rate = found.analysed > 0 && found.seconds > 0 ? ` at ${whole(found.audio_seconds / found.seconds)} × real time` : "";
  return `${count(found.found, "audio file")}: ${whole(found.analysed)} analysed${rate}, ${whole(found.unchanged)} unchanged, ${whole(found.failed)} not read.`;
}

const NEWS = [
  ["moved", "tracks were moved"], ["duplicates", "files hold the same sound as another"], ["missing", "tracks have no file any more"],
  ["replaced", "tracks were replaced by another sound in their file"], ["unlabelled", "tracks have no label"],
];

function resultOf(job) {
  const found = job.result;
  if (job.state !== "done" || job.kind !== "scan") return [];
  const news = NEWS.filter(([name]) => found[name] > 0).map(([name, text]) => el("li", {}, `${whole(found[name])} ${text}.`));
  const sources = Object.entries(found.label_from ?? {}).map(([path, from]) => el("li", {}, `Labels of ${path} come from: ${from}.`));
  const problems = (found.problems ?? []).map(({ at, problem }) => el("li", {}, el("span", { class: "path" }, at), ` ${problem}`));
  return [
    (news.length || sources.length) && el("ul", { class: "small muted" }, news, sources),
    problems.length && el("details", { class: "small" }, el("summary", {}, `${count(problems.length, "thing")} could not be used`), el("ul", {}, problems)),
  ].filter(Boolean);
}

function buttonsOf(job) {
  const act = (text, run, kind = "") =>
    el("button", { type: "button", class: `button small ${kind}`, "aria-label": `${text}: ${job.title}`, onclick: (event) => tried(run, event.currentTarget) }, text);
  if (!hasEnded(job)) return [act("Cancel", () => jobs.cancel(job.id))];
  return [job.resumable && act("Resume", () => jobs.resume(job.id), "primary"), act("Put away", () => jobs.forget(job.id), "quiet")].filter(Boolean);
}

/** Do something and tell what went wrong, while its button cannot be pressed again. */
export async function tried(run, button) {
  if (button) button.disabled = true;
  try {
    return await run();
  } catch (error) {
    toast(sentence(error.message), { kind: "bad" });
    return undefined;
  } finally {
    if (button) button.disabled = false;
  }
}
