// Files that could not be read: why, and what to do.
import { get } from "/page/js/lib/api.js";
import { el, icon } from "/page/js/lib/dom.js";
import { ago, count, whole } from "/page/js/lib/format.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { scan } from "/page/js/library/folders.js";

const AT_ONCE = 50;
const TROUBLES = {
  empty: "Empty file", "not sound": "Not readable as sound", damaged: "Damaged", gone: "Not found", refused: "Not allowed",
  "too long": "Took too long", "too large": "Needs too much memory", crash: "Took the decoder down", other: "Not readable",
};

/** Show them. */
export function showFailures(root, { signal }) {
  return withStates(root, () => get("/failures", {}, { signal }), listed, { text: "Reading what failed", signal });
}

function listed(failures) {
  if (failures.length === 0) return empty({ title: "Every file could be read", text: "Should one fail in a scan, it is listed here with the reason, and costs itself only.", picture: "check" });
  return [
    el("div", { class: "row apart" },
      el("p", { class: "muted" }, `${count(failures.length, "file")} could not be read. A file is tried again by itself when it has changed.`),
      el("button", { type: "button", class: "button", onclick: (event) => scan({ retry_failures: true }, event.currentTarget) }, icon("refresh"), "Try again")),
    ...some(failures),
  ];
}

/** The first of them, and a button for more: a disk of broken files must not stop the page. */
function some(failures) {
  const rest = failures.slice(AT_ONCE);
  const cards = failures.slice(0, AT_ONCE).map(card);
  if (rest.length === 0) return cards;
  const more = el("button", { type: "button", class: "button", onclick: () => {
    const next = some(rest);
    more.replaceWith(...next);
    next[0].tabIndex = -1;
    next[0].focus();
  } }, `Show ${whole(Math.min(AT_ONCE, rest.length))} more of ${whole(rest.length)}`);
  return [...cards, more];
}

function card(failure) {
  const cut = failure.path.lastIndexOf("/");
  return el("article", { class: "card failure" },
    el("span", { class: "failure-picture" }, icon("warning")),
    el("div", { class: "stack tight" },
      el("div", {}, el("h3", { class: "path" }, failure.path.slice(cut + 1)), el("p", { class: "muted small path" }, failure.path.slice(0, cut))),
      el("p", {}, el("strong", {}, `${TROUBLES[failure.trouble] ?? failure.trouble}. `), failure.advice),
      el("dl", { class: "reasons" }, Object.entries(failure.reasons).map(([who, why]) => el("div", {}, el("dt", {}, who), el("dd", {}, why)))),
      el("p", { class: "muted small" }, `Tried ${ago(failure.failed_at)}; ${size(failure.bytes)}.`)));
}

/** Bytes as people read them. */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
