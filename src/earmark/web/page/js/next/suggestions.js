// What mixes after the track: a card each, with how well, why, and what can be done with it.
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { bpm, key, typeset } from "/page/js/lib/format.js";
import { link } from "/page/js/lib/router.js";
import { player } from "/page/js/lib/player.js";
import { hearBar, hearButton, suggestedName } from "/page/js/next/hearing.js";
import { playButton } from "/page/js/next/playbutton.js";
import { terms } from "/page/js/next/terms.js";
import { wheel } from "/page/js/next/wheel.js";

/**
 * Fill a list with suggestions; the focus stays on the same track's same button.
 *
 * @param {HTMLElement} list An <ol>.
 * @param {object} found A NextOut.
 * @param {object} acts
 * @param {(track: object) => void} acts.goOn The track is asked about next.
 * @param {(track: object) => void} acts.add It goes to the end of the set.
 * @param {(track: object, liked: boolean) => void} acts.judge It is liked, or not.
 * @param {(audioId: string) => "like"|"unlike"|null} acts.judged
 * @param {() => boolean} acts.keyLock Whether a track keeps its key when its speed changes.
 * @param {(track: object) => Promise<object>} acts.judgedAfter The track as it follows the asked one: where both are blended.
 * @param {(audioId: string) => boolean} acts.inSet
 * @param {(node: HTMLElement, track: object) => void} acts.draggable Lets a card be dragged.
 */
export function fillSuggestions(list, found, acts) {
  const focus = focused(list);
  const queue = () => found.suggestions.map((one) => one.track);
  const cards = found.suggestions.map((one, place) => card(one, place, found, { ...acts, queue }));
  clear(list).append(...cards);
  if (focus) restore(list, focus);
}

function card(suggestion, place, found, acts) {
  const { track, transition } = suggestion;
  const node = el("li", { class: "card suggestion", tabindex: "-1", dataset: { audioId: track.audio_id } },
    el("div", { class: "suggestion-main" }, playButton(track, { queue: acts.queue, place }), name(track)),
    terms(transition), score(transition),
    el("div", { class: "suggestion-facts" },
      el("span", { class: "key-fact" }, wheel({ from: found.asked.key, to: track.key }), el("span", {}, el("strong", {}, key(track) || "no key"))),
      el("span", { class: "number" }, el("strong", {}, bpm(track) || "?"), " BPM", el("span", { class: "muted" }, speed(transition))),
      labelChip(track.label, { href: track.label ? link("labels", { label: track.label }) : undefined })),
    el("p", { class: "suggestion-words" }, typeset(transition.words), suggestion.versions.map((one) => el("span", { class: "version" }, ` Also: ${one.words}.`))),
    el("div", { class: "suggestion-acts" }, hearing(track, found.asked, acts), buttons(track, acts)),
    hearBar(suggestedName(found.asked, track), { after: track, keyLock: acts.keyLock() }));
  node.addEventListener("keydown", (event) => pressed(event, node, track, acts));
  acts.draggable(node, track);
  if (place === 0) node.tabIndex = 0;
  return node;
}

function name(track) {
  const title = track.title ? `${track.title}${track.mix ? ` (${track.mix})` : ""}` : track.display;
  return el("div", { class: "suggestion-name" }, el("h3", { title: track.display }, title), el("p", { class: "muted" }, track.artists ?? ""));
}

function score({ score: value, reasons }) {
  const all = reasons.map((reason) => `${reason.term} ${reason.value === null ? "not known" : Math.round(100 * reason.value)}`).join(", ");
  return el("p", { class: "score", title: `How well it mixes, of 100: ${all}` }, el("span", { class: "visually-hidden" }, "Score "), Math.round(100 * value));
}

/** By how much it is sped up or slowed. */
function speed({ speed: ratio }) {
  if (ratio === null) return "";
  const change = 100 * (ratio - 1);
  return Math.abs(change) < 0.05 ? " same tempo" : ` ${change > 0 ? "+" : "−"}${Math.abs(change).toFixed(1)} %`;
}

function hearing(track, asked, acts) {
  return hearButton(suggestedName(asked, track), { before: asked, after: track, keyLock: acts.keyLock(), judged: () => acts.judgedAfter(track), small: true });
}

function buttons(track, acts) {
  const judged = acts.judged(track.audio_id);
  const inSet = acts.inSet(track.audio_id);
  const judge = (liked) => el("button", { type: "button", class: "icon-button", dataset: { act: liked ? "like" : "unlike" },
    "aria-pressed": String(judged === (liked ? "like" : "unlike")), title: liked ? "More like this" : "Less like this",
    "aria-label": `${liked ? "More like" : "Less like"} ${track.display}`, onclick: () => acts.judge(track, liked) }, icon(liked ? "heart" : "dislike"));
  return [
    judge(true), judge(false),
    el("button", { type: "button", class: "icon-button", dataset: { act: "on" }, title: "Go on from it: what mixes after this?", "aria-label": `What mixes after ${track.display}`,
      onclick: () => acts.goOn(track) }, icon("right")),
    el("button", { type: "button", class: "button small", dataset: { act: "add" }, "aria-label": `${inSet ? "In the set; add again" : "Add to the set"}: ${track.display}`,
      onclick: () => acts.add(track) }, icon(inSet ? "check" : "add"), inSet ? "In the set" : "Set"),
  ];
}

function pressed(event, node, track, acts) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const cards = [...node.parentElement.children];
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -cards.length, End: cards.length }[event.key];
  if (step !== undefined) focusCard(cards[Math.min(cards.length - 1, Math.max(0, cards.indexOf(node) + step))], cards);
  else if (event.target === node && event.key === "Enter") acts.goOn(track);
  else if (event.target === node && event.key === " ") {
    if (player.isCurrent(track)) player.toggle();
    else player.play(track, { queue: acts.queue() });
  } else return;
  event.preventDefault();
}

function focusCard(card, cards) {
  for (const other of cards) other.tabIndex = other === card ? 0 : -1;
  card.focus();
}

function focused(list) {
  const within = document.activeElement;
  const card = within?.closest?.(".suggestion");
  return card && list.contains(card) ? { audioId: card.dataset.audioId, act: within.dataset.act ?? null } : null;
}

function restore(list, { audioId, act }) {
  const cards = [...list.children];
  const card = cards.find((one) => one.dataset.audioId === audioId) ?? cards[0];
  const button = act && card?.dataset.audioId === audioId && card.querySelector(`[data-act="${act}"]`);
  if (button) button.focus({ preventScroll: true });
  else if (card) focusCard(card, cards);
}
