// The verdict at a glance: the label, how sure, and what else it could be.
import { labelChip, labelColour } from "/page/js/lib/colours.js";
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { bpm, count, key, minutes, percent } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { link } from "/page/js/lib/router.js";
import { playable } from "/page/js/listen/store.js";

const SHOWN = 6;

/**
 * What the file is: title, facts, and what can be done with it.
 *
 * @param {object} drop
 * @param {{onKeep: () => void, onForget: () => void}} acts
 * @returns {HTMLElement}
 */
export function fileHead(drop, { onKeep, onForget }) {
  const { track, sound } = drop;
  const title = track?.title ? `${track.title}${track.mix ? ` (${track.mix})` : ""}` : drop.display;
  return el("header", { class: "file-head" },
    drop.has_file && playButton(drop),
    el("div", { class: "file-names" },
      el("h2", { class: "file-title" }, title),
      track?.title && track.artists && el("p", { class: "muted" }, track.artists),
      el("p", { class: "file-facts muted small" }, facts(drop).join(" · ")),
      measured(drop)),
    el("div", { class: "file-acts" },
      drop.near?.neighbours.length > 0 && el("a", { class: "button", href: link("map", { drop: drop.id }) }, icon("map"), "See it on the map"),
      drop.near?.known && el("a", { class: "button", href: link("next", { track: drop.near.known.audio_id }) }, icon("next"), "What mixes with it"),
      keepButton(drop, onKeep),
      el("button", { type: "button", class: "icon-button", title: "Forget this file", "aria-label": `Forget ${drop.display}`, onclick: onForget }, icon("trash"))));
}

function keepButton(drop, onKeep) {
  if (drop.near?.known) return el("span", { class: "chip good" }, icon("check"), "In your library");
  if (drop.kept) return el("span", { class: "chip good", title: drop.kept }, icon("check"), "Kept");
  if (!drop.has_file) return null;
  return el("button", { type: "button", class: "button", onclick: onKeep }, icon("download"), "Keep this file");
}

function facts({ sound, bytes }) {
  if (!sound) return [];
  const rate = sound.bit_rate ? `${Math.round(sound.bit_rate / 1000)} kbit/s` : null;
  const channels = { 1: "mono", 2: "stereo" }[sound.channels] ?? `${sound.channels} channels`;
  return [minutes(sound.seconds), sound.codec.startsWith("pcm") ? sound.container.toUpperCase() : sound.codec.toUpperCase(), rate, `${(sound.sample_rate / 1000).toFixed(1)} kHz`, channels,
    `${(bytes / 1e6).toFixed(1)} MB`].filter(Boolean);
}

/** What is known of the sound beside its label; tempo and key are estimated where its tags lack them. */
function measured({ track, state }) {
  if (!track || state !== "done") return el("p", { class: "file-measures" });
  const hint = "~ was estimated from the sound, ? with little confidence";
  const chips = [
    bpm(track) && [`${bpm(track)} BPM`, track.bpm_estimated ? hint : null],
    track.key && [`${key(track)}, ${track.key_name}`, track.key_estimated ? hint : null],
    Number.isFinite(track.lufs) && [`${track.lufs.toFixed(1).replace("-", "−")} LUFS`, "Integrated loudness"],
    Number.isFinite(track.energy) && [`Energy ${percent(track.energy)}`, "0 % is calm, 100 % is driving"],
    track.label && [`Tagged ${track.label}`, "The label in its tags, which the verdict does not use"],
  ];
  return el("p", { class: "file-measures row" }, chips.filter(Boolean).map(([text, title]) => el("span", { class: "chip number", title }, text)));
}

function playButton(drop) {
  const track = playable(drop);
  const button = el("button", { type: "button", class: "play-large", onclick: () => (player.isCurrent(track) ? player.toggle() : player.play(track, { at: 0 })) });
  const follow = () => {
    const playing = player.isCurrent(track) && player.playing;
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"}: ${drop.display}`);
  };
  follow();
  whileConnected(button, player, "change", follow);
  return button;
}

/**
 * The verdict: label, certainty, set, all labels as bars.
 *
 * @param {object} drop With a verdict.
 * @returns {HTMLElement}
 */
export function verdictCard(drop) {
  const { verdict } = drop;
  const none = Boolean(verdict.set?.is_none);
  const colour = none ? "var(--line)" : labelColour(verdict.label);
  return el("section", { class: "card verdict-card", "aria-labelledby": "verdict-title", style: { "--label": colour } },
    el("div", { class: "verdict-words" },
      el("p", { class: "verdict-kicker muted" }, none ? "It sounds like" : "It sounds most like", el("span", { class: "verdict-by" }, ` · by ${verdict.bundle}`)),
      el("h3", { id: "verdict-title", class: "verdict-label" }, none ? "None of these labels" : verdict.label),
      none ? el("p", { class: "verdict-sure" }, "Were it one of them: ", labelChip(verdict.label), ` ${percent(verdict.probability)}`)
        : el("p", { class: "verdict-sure" }, el("strong", { class: "number" }, percent(verdict.probability)), ` sure, ${rival(verdict)}`),
      setOf(verdict),
      el("p", { class: "muted verdict-sentence" }, verdict.sentence)),
    bars(verdict));
}

function rival(verdict) {
  const second = verdict.ranked[1];
  return second ? `before ${second.label} with ${percent(second.probability)}` : "";
}

/** The set that holds the right label so and so often, as chips. */
function setOf({ set, ranked }) {
  if (!set) return el("p", { class: "muted small" }, "This model is not calibrated, so its per cents are no promise.");
  const covered = percent(set.coverage);
  if (set.labels.length === ranked.length) return el("p", { class: "verdict-set" }, `No label can be ruled out at ${covered}.`);
  return el("div", { class: "verdict-set" },
    el("p", { class: "small muted" }, inSet(set, covered)),
    el("p", { class: "row" }, set.labels.map((name) => labelChip(name, { href: link("labels", { label: name }) }))));
}

function inSet({ labels, is_none: none }, covered) {
  if (none) return `Were it one of them, this set would hold it in ${covered} of cases`;
  return labels.length === 1 ? `The only label in the set that holds the right one in ${covered} of cases` : `The set that holds the right label in ${covered} of cases`;
}

/** All labels by probability, the first few at once. */
function bars({ ranked, set }) {
  const inside = new Set(set?.labels ?? []);
  const rows = ranked.map(({ label, probability }, place) =>
    el("li", { class: "bar-row", hidden: place >= SHOWN },
      el("span", { class: "bar-name" }, label, inside.has(label) && el("span", { class: "visually-hidden" }, ", in the set")),
      el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { class: "bar", style: { width: `${Math.max(0.4, 100 * probability)}%`, background: labelColour(label) } })),
      el("span", { class: "bar-value number" }, percent(probability))));
  const more = el("button", { type: "button", class: "button quiet small", onclick: () => {
    for (const row of rows) row.hidden = false;
    more.remove();
  } }, `Show all ${count(ranked.length, "label")}`);
  return el("div", { class: "verdict-bars" }, el("ol", { class: "bars", "aria-label": "Labels by probability" }, rows), ranked.length > SHOWN && more);
}
