// Between two tracks of a set: how well one follows the other, why, and how it sounds.
import { el, icon } from "/page/js/lib/dom.js";
import { typeset } from "/page/js/lib/format.js";
import { sentence } from "/page/js/parts/states.js";
import { hearBar, hearButton, pairName } from "/page/js/next/hearing.js";

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
  const words = typeset(broken ? transition.broken.map(sentence).join(" ") : transition.words);
  return el("div", { class: ["joint", broken && "broken"] },
    el("span", { class: "score small", title: `How well it mixes, of 100. ${typeset(transition.words)}` }, el("span", { class: "visually-hidden" }, "Transition "), Math.round(100 * transition.score)),
    broken && icon("warning"),
    el("p", { class: "joint-words", title: words }, broken && el("span", { class: "visually-hidden" }, "Rule broken: "), words),
    hearButton(name, { before, after, keyLock, judged: () => judged }),
    el("button", { type: "button", class: "icon-button", dataset: { act: "fill" }, title: "Fill between: find tracks that lead from one to the other",
      "aria-label": `Fill between ${before.display} and ${after.display}`, onclick: fill }, icon("bridge")),
    hearBar(name, { after, keyLock }));
}
