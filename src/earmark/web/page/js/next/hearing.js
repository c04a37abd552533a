// Hearing how one track goes over into another: the button, and the bar that tells where it is.
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { sentence } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { audition } from "/page/js/next/audition.js";

const SUGGESTED = "suggested ";
const PHASES = { before: "The first track", blend: "The blend", after: "The second track" };

/** By what name the transition between two tracks of the set is heard. */
export const pairName = (before, after) => `${before.audio_id} ${after.audio_id}`;
/** By what name a transition to a suggestion is heard. */
export const suggestedName = (before, after) => SUGGESTED + pairName(before, after);
/** Whether what is heard now leads to a suggestion, and not to a track of the set. */
export const hearsSuggestion = () => audition.name?.startsWith(SUGGESTED) ?? false;

/**
 * Make the button.
 *
 * @param {string} name As `pairName` or `suggestedName` makes it.
 * @param {{before: object, after: object, keyLock: boolean, judged: () => object|Promise<object>, small?: boolean}} options
 *   `judged`: the second track as POST /api/transitions tells it; `small`: an icon alone.
 * @returns {HTMLButtonElement}
 */
export function hearButton(name, { before, after, keyLock, judged, small = false }) {
  const hear = async () => {
    if (audition.name === name) return audition.stop();
    try {
      const { blend, transition } = await judged();
      await audition.play(name, before, after, { blend, speed: transition.speed, keyLock });
    } catch (error) {
      if (error.name !== "AbortError") toast(`The transition cannot be heard: ${sentence(error.message)}`, { kind: "bad" });
    }
    return undefined;
  };
  const button = el("button", { type: "button", class: small ? "icon-button" : "button small hear", dataset: { act: "hear" }, onclick: hear });
  const show = () => {
    const mine = audition.name === name;
    button.replaceChildren(icon(mine ? "stop" : "listen"), ...(small ? [] : [mine ? "Stop" : "Hear"]));
    button.title = mine ? "Stop" : "Hear the end of one over the beginning of the other, at one tempo; beats are not lined up";
    button.setAttribute("aria-label", mine ? "Stop the transition" : `Hear the transition from ${before.display} to ${after.display}`);
  };
  show();
  whileConnected(button, audition, "change", show);
  return button;
}

/**
 * Make the bar; it shows itself while the transition is heard.
 *
 * @param {string} name As of the button.
 * @param {{after: object, keyLock: boolean}} options
 * @returns {HTMLElement}
 */
export function hearBar(name, { after, keyLock }) {
  const parts = ["before", "blend", "after"].map((phase) => el("span", { class: `hear-part ${phase}` }));
  const cursor = el("span", { class: "hear-cursor" });
  const bar = el("div", { class: "hear-bar", role: "progressbar", "aria-label": "Transition", "aria-valuemin": 0, "aria-valuemax": 100 }, parts, cursor);
  const words = el("p", { class: "hear-words small muted" });
  const place = el("div", { class: "hear-place", hidden: true }, bar, words);
  const show = () => {
    const mine = audition.name === name;
    place.hidden = !mine;
    if (!mine) return;
    audition.parts.forEach((share, at) => (parts[at].style.flexGrow = share));
    cursor.style.left = `${100 * audition.progress}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * audition.progress)));
    bar.setAttribute("aria-valuetext", PHASES[audition.phase]);
    words.textContent = `${PHASES[audition.phase]} · ${tempoWords(after, audition.speed, keyLock)}`;
  };
  show();
  for (const type of ["change", "time"]) whileConnected(place, audition, type, show);
  return place;
}

/** What is done to the second track so that both have one tempo. */
function tempoWords({ bpm }, speed, keyLock) {
  if (speed === null) return "tempos not known, so each plays at its own";
  const change = 100 * (speed - 1);
  if (Math.abs(change) < 0.05) return "same tempo";
  const how = `${change > 0 ? "sped up" : "slowed"} by ${Math.abs(change).toFixed(1)}\u202f%`;
  const to = bpm ? `, ${Math.round(10 * bpm) / 10} to ${Math.round(10 * bpm * speed) / 10} BPM` : "";
  return `the second ${how}${to}${keyLock ? ", pitch kept" : ", pitch moves along"}`;
}
