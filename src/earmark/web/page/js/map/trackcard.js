// The card of one track beside the map: what it is, and its true neighbours, by sound and not by place.
import { disagreement } from "/page/js/lib/agreement.js";
import { get, post } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { bpm, count, key, percent } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { link } from "/page/js/lib/router.js";
import { empty, sentence, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { FACTS, LABEL_DOT } from "/page/js/map/columns.js";
import { fetchTrack, titleOf } from "/page/js/map/hovercard.js";

const NEIGHBOURS = 10;

/**
 * Fill the side panel with a track of the map.
 *
 * @param {object} panel As `sidePanel` makes it.
 * @param {import("./data.js").MapData} data
 * @param {number} i The point.
 * @param {{onLinked: (places: number[]) => void, onOpen: (track: object) => void, signal: AbortSignal}} acts
 */
export function showTrackCard(panel, data, i, { onLinked, onOpen, signal }) {
  const head = el("div", { class: "map-card-head" }, facts(data.track(i)));
  const list = el("div", {});
  panel.show(data.name(i), [head, list], { title: false });
  fetchTrack(data.ids[i]).then((track) => track && head.isConnected && head.replaceChildren(facts(track)));
  withStates(
    list,
    () => get(`/tracks/${data.ids[i]}/similar`, { count: NEIGHBOURS }, { signal }),
    (told) => {
      const near = told.neighbours.map(({ track, nearer_than_share_of_pairs: share }) => ({ ...track, share }));
      const places = near.map((track) => data.placeOf(track.audio_id)).filter((place) => place >= 0);
      onLinked(places);
      return neighbours(near, { onOpen, note: agreement(data, i, places), label: "Sounds most like it" });
    },
    { text: "Comparing by sound", lines: 6, signal },
  );
}

/**
 * Fill the side panel with a dropped file, and find its place by its true neighbours.
 *
 * @param {object} panel
 * @param {import("./data.js").MapData} data
 * @param {string} id The drop's id.
 * @param {{onPlaced: (place: {x: number, y: number}, linked: number[]) => void, onOpen: (track: object) => void,
 *   signal: AbortSignal}} acts
 */
export function showDropCard(panel, data, id, { onPlaced, onOpen, signal }) {
  const body = el("div", { class: "stack" });
  panel.show("Dropped track", [body], { title: true });
  return withStates(
    body,
    () => placed(id, signal),
    ({ drop, near, place }) => {
      if (!place) return unplaced(drop);
      onPlaced(
        place,
        near.map((track) => data.placeOf(track.audio_id)).filter((i) => i >= 0),
      );
      const where = "It is not part of the map: it lies among the tracks that it sounds like most.";
      const note = [where, disagreement(drop.label, near)].filter(Boolean).join(" ");
      return [dropFacts(drop), neighbours(near, { onOpen, note, label: "Sounds most like it" })];
    },
    { text: "Finding its place", signal },
  );
}

/** A dropped file with its neighbours and its place; without them where it has none, and null for a forgotten one. */
async function placed(id, signal) {
  const known = await get("/drops", {}, { signal });
  if (!known.some((one) => one.id === id)) return { drop: null };
  const drop = await get(`/drops/${encodeURIComponent(id)}`, {}, { signal });
  const near = (drop.near?.neighbours ?? []).map(({ track, cosine, nearer_than_share_of_pairs: share }) => ({
    ...track,
    cosine,
    share,
  }));
  if (near.length === 0) return { drop };
  const asked = near.map(({ audio_id, cosine }) => ({ audio_id, cosine: Math.min(1, Math.max(-1, cosine)) }));
  return { drop, near, place: await post("/map/place", { neighbours: asked }, { signal }) };
}

function unplaced(drop) {
  const forgotten = "Dropped files are forgotten after an hour, and when Earmark ends. Drop it again to see it here.";
  const unheard = "What sounds like it is not known yet. Come back when it has been listened to.";
  return empty({
    picture: "listen",
    title: drop ? "It has no place yet" : "This file is not here any more",
    text: drop ? sentence(drop.near_problem?.message ?? unheard) : forgotten,
    action: { text: "To Listen", href: link("listen", { drop: drop?.id }) },
  });
}

function facts(track) {
  const title = titleOf(track);
  const told = [bpm(track) && `${bpm(track)} BPM`, key(track), track.year].filter(Boolean).join(" · ");
  return el(
    "div",
    { class: "stack tight" },
    el(
      "div",
      { class: "map-card-title" },
      playButton(track),
      el("div", {}, el("h2", {}, title), track.title && track.artists && el("p", { class: "muted" }, track.artists)),
    ),
    el(
      "div",
      { class: "row" },
      labelChip(track.label, { href: track.label ? link("labels", { label: track.label }) : undefined }),
      el("span", { class: "muted small number" }, told),
    ),
    el(
      "div",
      { class: "row" },
      el(
        "a",
        { class: "button small", href: link("next", { track: track.audio_id }) },
        icon("next"),
        "What mixes after it",
      ),
    ),
  );
}

function dropFacts(drop) {
  const guess = drop.is_none ? "Like none of the labels" : drop.label && `Sounds like ${drop.label}`;
  return el(
    "div",
    { class: "stack tight" },
    el("h3", {}, drop.display),
    guess && el("p", {}, guess, drop.probability && !drop.is_none ? ` (${percent(drop.probability)})` : ""),
    el(
      "div",
      { class: "row" },
      el("a", { class: "button small", href: link("listen", { drop: drop.id }) }, icon("listen"), "Its verdict"),
    ),
  );
}

function playButton(track) {
  const button = el("button", {
    type: "button",
    class: "play-button",
    onclick: () => (player.isCurrent(track) ? player.toggle() : player.play(track)),
  });
  const follow = () => {
    const playing = player.isCurrent(track) && player.playing;
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"}: ${track.display}`);
  };
  follow();
  whileConnected(button, player, "change", follow);
  return button;
}

function neighbours(tracks, { onOpen, note, label }) {
  return el(
    "section",
    { class: "stack tight" },
    el("h3", {}, label),
    el("p", { class: "muted small" }, note),
    trackList(tracks, {
      label,
      base: [],
      heading: false,
      onOpen,
      empty: "Nothing else has a vector yet",
      columns: [LABEL_DOT, FACTS, ALIKE],
    }),
  );
}

const ALIKE = {
  name: "Alike",
  align: "right",
  value: ({ share }) =>
    el(
      "span",
      { title: `Nearer to it than ${percent(share)} of all pairs of tracks are to each other` },
      percent(share),
    ),
};

/** How far the map tells the truth about this very track. */
function agreement(data, i, places) {
  if (places.length === 0) return "By sound, among all tracks.";
  const shown = new Set(data.nearestShown(i, places.length));
  const both = places.filter((place) => shown.has(place)).length;
  const told = both === places.length ? "all" : both === 0 ? "none" : String(both);
  return `By sound, among all tracks; what lies near it on the map may differ: of these ${count(places.length, "track")}, ${told} ${both === 1 ? "is" : "are"} among its nearest there too.`;
}
