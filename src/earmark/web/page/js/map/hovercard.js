// The card beside the point under the pointer: what it is, and a button to hear it.
import { get } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { bpm, key } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";

const STAYS_MS = 180;
const ASK_AFTER_MS = 120;
const MOST_KEPT = 200;
const known = new Map();

export class HoverCard {
  #timer = 0;
  #asking = 0;
  #point = -1;

  /**
   * @param {object} acts
   * @param {(i: number) => void} acts.onOpen A click on the card.
   * @param {() => void} acts.onGone The card has gone.
   */
  constructor(data, camera, { onOpen, onGone }) {
    this.data = data;
    this.camera = camera;
    this.onGone = onGone;
    this.element = el("div", {
      class: "map-panel map-hover",
      hidden: true,
      onpointerenter: () => clearTimeout(this.#timer),
      onpointerleave: () => this.leave(),
      onclick: (event) => !event.target.closest("button") && onOpen(this.#point),
    });
  }

  /** Show the card of a point. */
  show(i) {
    clearTimeout(this.#timer);
    if (i === this.#point) return;
    clearTimeout(this.#asking);
    this.#point = i;
    const id = this.data.ids[i];
    this.#fill(known.get(id) ?? this.data.track(i));
    this.element.hidden = false;
    this.#place(i);
    if (!known.has(id)) this.#asking = setTimeout(() => this.#ask(id), ASK_AFTER_MS);
  }

  /** Let it go soon, unless the pointer comes to the card. */
  leave() {
    if (this.#point < 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), STAYS_MS);
  }

  hide() {
    clearTimeout(this.#timer);
    clearTimeout(this.#asking);
    if (this.#point < 0) return;
    this.#point = -1;
    this.element.hidden = true;
    this.onGone();
  }

  async #ask(id) {
    const track = await fetchTrack(id);
    if (track && this.data.ids[this.#point] === id) this.#fill(track);
  }

  #fill(track) {
    const title = titleOf(track);
    const facts = [bpm(track) && `${bpm(track)} BPM`, key(track), track.year].filter(Boolean).join(" · ");
    const play = () => (player.isCurrent(track) ? player.toggle() : player.play(track));
    const playing = player.isCurrent(track) && player.playing;
    clear(this.element).append(
      el(
        "button",
        {
          type: "button",
          class: "play-button",
          tabindex: "-1",
          "aria-label": `${playing ? "Pause" : "Play"}: ${track.display}`,
          onclick: () => {
            play();
            this.#fill(track);
          },
        },
        icon(playing ? "pause" : "play"),
      ),
      el(
        "div",
        { class: "map-hover-what" },
        el("strong", {}, title),
        track.title && track.artists && el("span", { class: "muted" }, track.artists),
        el("span", { class: "map-hover-facts" }, labelChip(track.label), el("span", { class: "muted number" }, facts)),
      ),
    );
  }

  #place(i) {
    const [x, y] = [this.camera.screenX(this.data.x[i]), this.camera.screenY(this.data.y[i])];
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x + 16 + width > this.camera.width - 8 ? x - 16 - width : x + 16;
    const top = Math.min(this.camera.height - height - 8, Math.max(8, y - height / 2));
    this.element.style.translate = `${Math.round(Math.max(8, left))}px ${Math.round(top)}px`;
  }
}

/** Forget what was fetched, since the library has changed. */
export const forgetTracks = () => known.clear();

/**
 * Fetch a track with its marks of doubt; null where it does not come, which whoever asks can do without.
 *
 * @param {string} id
 */
export async function fetchTrack(id) {
  if (known.has(id)) return known.get(id);
  try {
    const track = await get(`/tracks/${encodeURIComponent(id)}`);
    if (known.size >= MOST_KEPT) known.delete(known.keys().next().value);
    known.set(id, track);
    return track;
  } catch (error) {
    console.info("a card stays as the map knows it:", error.message);
    return null;
  }
}

/** A title with its mix; what the map knows of a track has both in one. */
export function titleOf({ title, mix, display }) {
  return title ? `${title}${mix ? ` (${mix})` : ""}` : display;
}
