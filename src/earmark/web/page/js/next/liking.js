// What was liked and what was not, with a way to take each back.
import { get } from "/page/js/lib/api.js";
import { el, icon } from "/page/js/lib/dom.js";

/**
 * Make the strip; empty where nothing was liked or disliked.
 *
 * @param {{asked: {likes: string[], unlikes: string[]}, named: Map<string, object>, undo: (track: object, liked: boolean) => void,
 *   signal: AbortSignal}} options `named`: the tracks that are known by audio id; others are asked for.
 * @returns {HTMLElement}
 */
export function likingStrip({ asked, named, undo, signal }) {
  const part = (ids, liked) => ids.length > 0 && el("div", { class: "liking-part" },
    el("span", { class: "muted small" }, liked ? "More like" : "Less like"),
    ids.map((id) => one(id, liked, { named, undo, signal })));
  return el("div", { class: "liking", hidden: asked.likes.length + asked.unlikes.length === 0 }, part(asked.likes, true), part(asked.unlikes, false));
}

function one(id, liked, { named, undo, signal }) {
  const text = el("span", { class: "chip-text" }, "…");
  const chip = el("button", { type: "button", class: ["chip", liked ? "liked" : "disliked"], onclick: () => undo(named.get(id) ?? { audio_id: id }, liked) },
    icon(liked ? "heart" : "dislike"), text, icon("close"));
  const show = (track) => {
    text.textContent = track.title ?? track.display;
    chip.title = `${track.display}; press to take it back`;
    chip.setAttribute("aria-label", `Take back: ${liked ? "more" : "less"} like ${track.display}`);
  };
  if (named.has(id)) show(named.get(id));
  else find(id, { named, show, signal });
  return chip;
}

async function find(id, { named, show, signal }) {
  try {
    const track = await get(`/tracks/${encodeURIComponent(id)}`, {}, { signal });
    named.set(id, track);
    show(track);
  } catch (error) {
    // It came by the address and is no track of this library; the question itself says so.
    if (error.name !== "AbortError") show({ display: "a track that is not here" });
  }
}
