// The track that others are to follow: what it is, its sound, its place on the wheel, and the way that led here.
import { get } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { bpm, key, minutes } from "/page/js/lib/format.js";
import { link } from "/page/js/lib/router.js";
import { waveform } from "/page/js/parts/waveform.js";
import { playButton } from "/page/js/next/playbutton.js";
import { wheel } from "/page/js/next/wheel.js";

/**
 * Show the asked track.
 *
 * @param {HTMLElement} place Is emptied, unless it shows the same track already.
 * @param {object} found A NextOut.
 * @param {{chain: object[], goBack: (place: number) => void, add: (track: object) => void, inSet: (audioId: string) => boolean,
 *   signal: AbortSignal}} options `chain`: the tracks before it, the first one first.
 */
export function showAsked(place, found, { chain, goBack, add, inSet, signal }) {
  const { asked: track, allowed_keys: allowed } = found;
  const same = place.dataset.audioId === track.audio_id;
  const wave = same ? place.querySelector(".asked-wave") : el("div", { class: "asked-wave" });
  place.dataset.audioId = track.audio_id;
  const title = track.title ? `${track.title}${track.mix ? ` (${track.mix})` : ""}` : track.display;
  clear(place).append(
    el("div", { class: "asked-text" },
      el("p", { class: "asked-chain" }, el("span", { class: "muted" }, chain.length ? "After" : "What mixes after"),
        chain.map((before, at) => [el("button", { type: "button", class: "chain-step", title: before.display, onclick: () => goBack(at) }, before.title ?? before.display), icon("right")])),
      el("div", { class: "asked-head" }, playButton(track), el("div", {}, el("h2", { title: track.display }, title), el("p", { class: "muted" }, track.artists ?? ""))),
      el("div", { class: "row asked-facts" },
        labelChip(track.label, { href: track.label ? link("labels", { label: track.label }) : undefined }),
        fact(bpm(track), "BPM"), fact(key(track), track.key_name ?? ""), fact(minutes(track.seconds), ""),
        track.energy !== null && track.energy !== undefined && fact(Math.round(100 * track.energy), "energy"),
        !inSet(track.audio_id) && el("button", { type: "button", class: "button small", "aria-label": `Add to the set: ${track.display}`, onclick: () => add(track) }, icon("add"), "Set")),
      wave),
    el("div", { class: "asked-wheel" }, wheel({ from: track.key, allowed, numbers: true,
      label: track.key ? `Camelot wheel: from ${track.key} to ${allowed.join(", ")}` : "Camelot wheel; the key is not known" })));
  if (!same) fillWave(wave, track, signal);
}

const fact = (value, unit) => (value || value === 0) && el("span", { class: "number" }, el("strong", {}, value), unit && ` ${unit}`);

async function fillWave(place, track, signal) {
  try {
    const outline = await get(`/tracks/${encodeURIComponent(track.audio_id)}/outline`, {}, { signal });
    clear(place).append(waveform(outline, { track, label: `Place in ${track.display}` }));
  } catch (error) {
    // Without its outline the track is all there; the player has a line of its own.
    if (error.name !== "AbortError") place.hidden = true;
  }
}
