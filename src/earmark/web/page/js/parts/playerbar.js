// The bar at the bottom: what plays, where it is, what comes before and after it.
import { get } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, icon, whileConnected } from "/page/js/lib/dom.js";
import { bpm, key, minutes } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { link } from "/page/js/lib/router.js";
import { toast } from "/page/js/parts/toast.js";
import { STEP_SECONDS, waveform } from "/page/js/parts/waveform.js";

/**
 * Fill the player bar; it shows itself when the first track is played.
 *
 * @param {HTMLElement} bar
 */
export function fillPlayerBar(bar) {
  const parts = made();
  bar.append(
    el("div", { class: "player-keys" }, parts.back, parts.play, parts.forward),
    parts.what,
    parts.elapsed,
    parts.wave,
    parts.length,
    loudness(),
    parts.close,
  );
  bar.addEventListener("keydown", seekByKey);
  let shown = null;
  let told = null;
  player.addEventListener("change", () => {
    bar.hidden = !player.current;
    document.documentElement.classList.toggle("has-player", !bar.hidden);
    if (player.current && player.current !== shown) showTrack(parts, player.current);
    shown = player.current;
    showState(parts);
    if (player.fault && player.fault !== told) toast(`${player.current.display}: ${player.fault}`, { kind: "bad" });
    told = player.fault;
  });
  player.addEventListener("time", () => showTime(parts));
}

/** Keys of the bar's buttons; its sliders have arrows of their own. */
function seekByKey(event) {
  const step = { ArrowRight: STEP_SECONDS, k: STEP_SECONDS, ArrowLeft: -STEP_SECONDS, j: -STEP_SECONDS }[event.key];
  if (!step || event.target.matches("input, canvas") || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  player.seek(player.time + step);
}

function made() {
  const button = (name, picture, act, kind = "icon-button") =>
    el("button", { type: "button", class: kind, "aria-label": name, title: name, onclick: act }, icon(picture));
  return {
    back: button("Previous track", "back", () => player.previous()),
    play: button("Play", "play", () => player.toggle(), "play-main"),
    forward: button("Next track", "forward", () => player.next()),
    close: button("Close the player", "close", () => player.close(), "icon-button player-close"),
    what: el("div", { class: "player-what" }),
    wave: el("div", { class: "player-wave" }),
    elapsed: el("span", { class: "player-time", "aria-hidden": "true" }),
    length: el("span", { class: "player-time player-length", "aria-hidden": "true" }),
  };
}

async function showTrack({ what, wave }, track) {
  clear(what).append(
    el("span", { class: "player-title", title: track.display }, nameOf(track)),
    el(
      "span",
      { class: "player-facts" },
      track.label && labelChip(track.label, { href: link("labels", { label: track.label }) }),
      el("span", {}, [bpm(track), key(track)].filter(Boolean).join(" · ") || track.note || ""),
    ),
  );
  let seconds = track.seconds ?? 0;
  let peaks = track.peaks ?? [];
  const canvas = waveform({ seconds, peaks }, { slim: true, label: `Place in ${track.display}` });
  clear(wave).append(canvas);
  whileConnected(canvas, player, "change", () => {
    // The length of a sound that is no track of the library comes with the sound.
    if (seconds || !player.isCurrent(track) || !player.seconds) return;
    seconds = player.seconds;
    canvas.show({ seconds, peaks });
  });
  if (!track.audio_id) return;
  try {
    ({ peaks } = await get(`/tracks/${encodeURIComponent(track.audio_id)}/outline`));
    canvas.show({ seconds, peaks });
  } catch (error) {
    // The bar then shows an even line, on which one can go to any place just as well.
    console.info(`no outline of ${track.display}: ${error.message}`);
  }
}

function nameOf(track) {
  if (!track.audio_id) return track.display;
  return el("a", { href: link("next", { track: track.audio_id }) }, track.display);
}

function showState({ play, back, forward, length }) {
  const name = player.playing ? "Pause" : "Play";
  play.setAttribute("aria-label", name);
  play.title = `${name} (space)`;
  play.replaceChildren(icon(player.playing ? "pause" : "play"));
  play.classList.toggle("waiting", player.waiting);
  back.disabled = !player.current;
  forward.disabled = !player.has(1);
  length.textContent = minutes(player.seconds);
}

function showTime({ elapsed }) {
  elapsed.textContent = minutes(Math.floor(player.time));
}

function loudness() {
  const mute = el("button", { type: "button", class: "icon-button", onclick: () => (player.muted = !player.muted) });
  const range = el("input", {
    type: "range",
    min: 0,
    max: 100,
    step: 1,
    "aria-label": "Volume",
    value: 100 * player.volume,
    oninput: () => (player.volume = range.value / 100),
  });
  const show = () => {
    const silent = player.muted || player.volume === 0;
    mute.replaceChildren(icon(silent ? "muted" : "volume"));
    mute.setAttribute("aria-label", silent ? "Sound on" : "Mute");
    mute.title = silent ? "Sound on" : "Mute";
    if (document.activeElement !== range) range.value = silent ? 0 : 100 * player.volume;
  };
  show();
  player.addEventListener("change", show);
  return el("div", { class: "player-volume" }, mute, range);
}
