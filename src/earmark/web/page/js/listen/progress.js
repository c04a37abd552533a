// How far a dropped file is, step by step.
import { el, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";

const STEPS = [
  ["waiting", "In the queue"],
  ["decoding", "Decoding"],
  ["listening", "Listening"],
  ["neighbours", "Finding what is near"],
];

/** What is being done with a drop, in a few words. */
export function stageWords(drop) {
  if (drop.state === "waiting") return drop.ahead ? `waits for ${count(drop.ahead, "file")}` : "is next";
  return { decoding: "decoding", listening: "listening", neighbours: "finding what is near" }[drop.stage] ?? drop.state;
}

/**
 * Show the steps of a drop whose verdict is not there yet.
 *
 * @param {object} drop
 * @param {{onForget: () => void}} acts
 * @returns {HTMLElement}
 */
export function progressCard(drop, { onForget }) {
  const at = STEPS.findIndex(([name]) => name === drop.stage);
  const steps = STEPS.map(([name, text], i) => {
    const state = i < at ? "over" : i === at ? "now" : "ahead";
    return el("li", { class: `step ${state}`, "aria-current": state === "now" ? "step" : null },
      el("span", { class: "step-mark" }, state === "over" ? icon("check") : null),
      el("span", {}, name === "waiting" && drop.ahead && state === "now" ? `${text}: ${count(drop.ahead, "file")} first` : text));
  });
  return el("div", { class: "card progress-card" },
    el("div", { class: "row apart" }, el("h2", { class: "progress-title" }, drop.display),
      el("button", { type: "button", class: "button small", "aria-label": `Cancel: ${drop.display}`, onclick: onForget }, icon("stop"), "Cancel")),
    el("p", { class: "visually-hidden", role: "status" }, `${drop.display}: ${stageWords(drop)}`),
    el("ol", { class: "steps" }, steps),
    el("progress", { "aria-label": "Listening" }));
}
