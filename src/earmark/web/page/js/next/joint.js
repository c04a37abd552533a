// Between two tracks of a set: how well one follows the other, why, and how it sounds.
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { audition } from "/page/js/next/audition.js";

/** By what name the transition between two tracks is heard. */
export const pairName = (before, after) => `${before.audio_id} ${after.audio_id}`;

/**
 * Make it.
 *
 * @param {{judged?: object, before?: object, after?: object, keyLock?: boolean, fill?: () => void}} options
 *   `judged`: the second track as the server judged it; not there yet while the set is being judged.
 * @returns {HTMLElement}
 */
export function joint({ judged, before, after, keyLock, fill }) {
  const transition = judged?.transition;
  if (!transition) return el("div", { class: "joint waiting" }, el("span", { class: "score small" }, "…"));
  const broken = transition.broken.length > 0;
  const name = pairName(before, after);
  const words = broken ? transition.broken.map(sentence).join(" ") : transition.words;
  return el("div", { class: ["joint", broken && "broken"] },
    el("span", { class: "score small", title: `How well it mixes, of 100. ${transition.words}` }, el("span", { class: "visually-hidden" }, "Transition "), Math.round(100 * transition.score)),
    broken && icon("warning"),
    el("p", { class: "joint-words", title: words }, broken && el("span", { class: "visually-hidden" }, "Rule broken: "), words),
    hearButton(name, { before, after, judged, keyLock }),
    el("button", { type: "button", class: "icon-button", dataset: { act: "fill" }, title: "Fill between: find tracks that lead from one to the other",
      "aria-label": `Fill between ${before.display} and ${after.display}`, onclick: fill }, icon("bridge")),
    progress(name));
}

function hearButton(name, { before, after, judged, keyLock }) {
  const hear = async () => {
    if (audition.name === name) return audition.stop();
    try {
      await audition.play(name, before, after, { blend: judged.blend, speed: judged.transition.speed, keyLock });
    } catch (error) {
      toast(`The transition cannot be heard: ${sentence(error.message)}`, { kind: "bad" });
    }
    return undefined;
  };
  const button = el("button", { type: "button", class: "button small hear", dataset: { act: "hear" }, onclick: hear });
  const show = () => {
    const mine = audition.name === name;
    button.replaceChildren(icon(mine ? "stop" : "listen"), mine ? "Stop" : "Hear");
    button.setAttribute("aria-label", mine ? "Stop the transition" : `Hear the transition from ${before.display} to ${after.display}`);
  };
  show();
  whileConnected(button, audition, "change", show);
  return button;
}

const PHASES = { before: "The first track", blend: "The blend", after: "The second track" };

function progress(name) {
  const parts = ["before", "blend", "after"].map((phase) => el("span", { class: `hear-part ${phase}` }));
  const cursor = el("span", { class: "hear-cursor" });
  const bar = el("div", { class: "hear-bar", role: "progressbar", "aria-label": "Transition", "aria-valuemin": 0, "aria-valuemax": 100, hidden: true }, parts, cursor);
  const show = () => {
    const mine = audition.name === name;
    bar.hidden = !mine;
    if (!mine) return;
    audition.parts.forEach((share, place) => (parts[place].style.flexGrow = share));
    cursor.style.left = `${100 * audition.progress}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * audition.progress)));
    bar.setAttribute("aria-valuetext", PHASES[audition.phase]);
  };
  show();
  for (const type of ["change", "time"]) whileConnected(bar, audition, type, show);
  return bar;
}
