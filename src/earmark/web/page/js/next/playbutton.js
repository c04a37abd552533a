// A round button that plays a track, and shows whether it plays.
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { player } from "/page/js/lib/player.js";

/**
 * Make the button.
 *
 * @param {object} track A TrackOut.
 * @param {{queue?: () => object[], place?: number, small?: boolean}} [options] `queue`: what plays before and after it;
 *   `place`: which of them it is.
 * @returns {HTMLButtonElement}
 */
export function playButton(track, { queue, place, small = false } = {}) {
  const act = () => (player.isCurrent(track) ? player.toggle() : player.play(track, { queue: queue?.(), place }));
  const button = el("button", { type: "button", class: small ? "play-button small" : "play-button", onclick: act });
  const follow = () => {
    const playing = player.isCurrent(track) && player.playing;
    button.dataset.player = player.isCurrent(track) ? (playing ? "playing" : "paused") : "";
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"}: ${track.display}`);
  };
  follow();
  whileConnected(button, player, "change", follow);
  return button;
}
