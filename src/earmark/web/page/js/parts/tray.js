// Long work at a glance: a button that says how much is running, and a sheet with each job's progress.
import { clear, el, icon } from "/page/js/lib/dom.js";
import { ago, count, whole } from "/page/js/lib/format.js";
import { hasEnded, jobs, waitingText } from "/page/js/lib/jobs.js";
import { link } from "/page/js/lib/router.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";

const MOST_ENDED = 6;
const STATES = {
  waiting: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};
// The views that show what a kind of job has made.
const PLACES = {
  scan: "library",
  import: "library",
  embed: "library",
  map: "map",
  compare: "models",
  evaluate: "models",
};

/**
 * Make the tray's button and its sheet.
 *
 * @param {HTMLButtonElement} button Opens and closes it.
 * @param {HTMLElement} sheet Where jobs are listed.
 */
export function fillTray(button, sheet) {
  const rows = new Map();
  const open = (yes) => {
    sheet.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
    if (yes) sheet.focus();
  };
  button.addEventListener("click", () => open(sheet.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || sheet.hidden || document.querySelector("dialog[open]")) return;
    open(false);
    button.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    const path = event.composedPath();
    if (!sheet.hidden && !path.includes(sheet) && !path.includes(button)) open(false);
  });
  const show = () => {
    showButton(button);
    showSheet(sheet, rows);
  };
  sheet.addEventListener("click", (event) => event.target.closest("a") && open(false));
  jobs.addEventListener("change", show);
  jobs.addEventListener("ended", ({ detail }) => announce(detail));
  jobs.addEventListener("forgotten", show);
  show();
}

function showButton(button) {
  const running = jobs.running.length;
  const name = running ? `${count(running, "job")} running` : "Jobs";
  button.replaceChildren(icon("jobs"), el("span", { class: "badge", hidden: running === 0 }, running));
  button.setAttribute("aria-label", name);
  button.title = name;
  button.classList.toggle("busy", running > 0);
}

function showSheet(sheet, rows) {
  // What runs, then what waits in about the order in which it will come.
  const queue = jobs.running.reverse().sort((a, b) => (a.state === "waiting") - (b.state === "waiting"));
  const shown = [...queue, ...jobs.list.filter(hasEnded).slice(0, MOST_ENDED)];
  for (const id of [...rows.keys()]) if (!shown.some((job) => job.id === id)) rows.delete(id);
  const rowOf = (job) => {
    const row = rows.get(job.id) ?? { node: jobRow(), state: null };
    rows.set(job.id, row);
    updateRow(row, job);
    return row.node;
  };
  const nothing = el(
    "p",
    { class: "muted sheet-empty" },
    "Nothing is running. Scans, trainings and other long work show up here, and go on when this page is closed.",
  );
  keepFocus(sheet, () =>
    clear(sheet).append(
      el("h2", {}, "Jobs"),
      shown.length ? el("ul", { class: "job-list" }, shown.map(rowOf)) : nothing,
    ),
  );
}

/** Rows are moved, not made again; what had the focus has it afterwards. */
function keepFocus(sheet, change) {
  const focused = sheet.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (focused && focused !== document.activeElement) (focused.isConnected ? focused : sheet).focus();
}

function jobRow() {
  return el(
    "li",
    { class: "job" },
    el("div", { class: "job-head" }, el("span", { class: "job-title" }), el("span", { class: "job-state" })),
    el("progress", { max: 1 }),
    el("div", { class: "job-foot" }, el("p", { class: "job-text" }), el("div", { class: "job-actions" })),
  );
}

function updateRow(row, job) {
  const { node } = row;
  const find = (name) => node.querySelector(name);
  node.dataset.state = job.state;
  find(".job-title").textContent = job.title;
  find(".job-state").textContent = STATES[job.state];
  find(".job-text").textContent = textOf(job);
  const bar = find("progress");
  bar.hidden = hasEnded(job) || job.state === "waiting";
  bar.setAttribute("aria-label", job.title);
  if (job.progress?.total > 0) bar.value = Math.min(1, job.progress.done / job.progress.total);
  else bar.removeAttribute("value");
  if (row.state === job.state) return;
  row.state = job.state;
  clear(find(".job-actions")).append(...actionsOf(job));
}

/** How far a job is, or what came of it, in one line. */
export function textOf(job) {
  const { stage, done, total, text } = job.progress ?? {};
  if (job.state === "failed") return sentence(job.problem?.message);
  if (job.state === "waiting") return waitingText(job);
  if (hasEnded(job)) return [text, ago(job.ended ?? job.created)].filter(Boolean).join(" · ");
  return [stage, total > 0 && `${whole(done)} of ${whole(total)}`, text].filter(Boolean).join(" · ");
}

function actionsOf(job) {
  const act = (text, run, kind = "quiet") =>
    el(
      "button",
      {
        type: "button",
        class: `button small ${kind}`,
        "aria-label": `${text}: ${job.title}`,
        onclick: (event) => tried(run, event.currentTarget),
      },
      text,
    );
  if (!hasEnded(job)) {
    return [
      job.finishable && act("Finish now", () => jobs.finish(job.id)),
      act("Cancel", () => jobs.cancel(job.id)),
    ].filter(Boolean);
  }
  return [
    job.resumable && act("Resume", () => jobs.resume(job.id), ""),
    openLink(job),
    act("Clear", () => jobs.forget(job.id)),
  ].filter(Boolean);
}

/** A link to what a job has made; null where it made nothing that a view shows. */
function openLink(job) {
  if (job.state !== "done") return null;
  const run = job.result?.bundle;
  const href = run ? link("models", { run }) : PLACES[job.kind] && link(PLACES[job.kind]);
  return href ? el("a", { class: "button small quiet", href, "aria-label": `Open: ${job.title}` }, "Open") : null;
}

/** A button that is disabled while it waits would lose the focus; it is only deaf. */
async function tried(run, button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await run();
  } catch (error) {
    toast(sentence(error.message), { kind: "bad" });
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Tell that a job has ended. */
function announce(job) {
  if (job.state === "done") toast(`${job.title}: done`, { kind: "good" });
  else if (job.state === "failed") toast(`${job.title}: ${sentence(job.problem?.message)}`, { kind: "bad" });
  else toast(`${job.title}: ${STATES[job.state].toLowerCase()}`, { kind: "warning" });
}
