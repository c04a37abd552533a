// Lists of tracks: one look and one set of keys wherever tracks are listed.
//
// A grid whose rows take the focus: arrows, Home and End move, Enter opens, Space plays. Buttons of the row that has the
// focus can be reached by Tab; those of other rows cannot, so that a long list is one stop.
import { labelChip } from "/page/js/lib/colours.js";
import { el, icon, whileConnected } from "/page/js/lib/dom.js";
import { bpm, date, key, minutes, titleWithMix } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { empty as emptyState } from "/page/js/parts/states.js";

/**
 * A column.
 *
 * @typedef {object} Column
 * @property {string} name Its heading.
 * @property {(track: object, place: number) => Node|string|number|null} value What it shows.
 * @property {"left"|"right"} [align]
 * @property {"always"|"wide"} [show] "wide": not on phones.
 * @property {string} [class]
 */

/** Columns that can be asked for by name; the first three stand in every list unless `base` says otherwise. */
export const COLUMNS = {
  label: { name: "Label", value: (track) => labelChip(track.label), class: "col-label" },
  bpm: { name: "BPM", value: bpm, align: "right", class: "col-bpm" },
  key: { name: "Key", value: keyCell, align: "right", class: "col-key" },
  year: { name: "Year", value: (track) => track.year, align: "right", show: "wide" },
  released: { name: "Released", value: (track) => date(track.released), show: "wide" },
  release: { name: "Release", value: (track) => track.release, show: "wide", class: "col-release" },
  genre: { name: "Genre", value: (track) => track.genre, show: "wide" },
  seconds: { name: "Length", value: (track) => minutes(track.seconds), align: "right", show: "wide" },
  lufs: { name: "LUFS", value: (track) => track.lufs?.toFixed(1).replace("-", "\u2212"), align: "right", show: "wide" },
  energy: {
    name: "Energy",
    value: (track) => (track.energy === null || track.energy === undefined ? "" : Math.round(100 * track.energy)),
    align: "right",
    show: "wide",
  },
};

function keyCell(track) {
  return track.key ? el("span", { title: track.key_name }, key(track)) : "";
}

/**
 * Make a list of tracks.
 *
 * @param {object[]} tracks TrackOuts; what else they carry is there for columns and actions.
 * @param {object} options
 * @param {string} options.label The list's name, for screen readers.
 * @param {Array<Column|string>} [options.columns] Further columns, or names of `COLUMNS`.
 * @param {string[]} [options.base] Columns before them; label, bpm and key.
 * @param {Array<{name: string, icon: string, run: (track: object, place: number, row: HTMLElement) => void,
 *   shown?: (track: object) => boolean, pressed?: (track: object) => boolean}>} [options.actions] Buttons of each row;
 *   one with `pressed` is a switch that shows whether it is on.
 * @param {(track: object, place: number) => void} [options.onOpen] Enter, or a click on the row; plays where there is none.
 * @param {object|string} [options.empty] As `states.empty` takes it, or a sentence.
 * @param {boolean} [options.heading] Whether column names are shown; they are there for screen readers anyway.
 * @returns {HTMLElement}
 */
export function trackList(tracks, options) {
  if (tracks.length === 0)
    return emptyState(
      typeof options.empty === "string" || !options.empty ? { title: options.empty ?? "No tracks" } : options.empty,
    );
  const columns = chosen(options);
  const rows = tracks.map((track, place) => trackRow(track, { ...options, columns, place, queue: tracks }));
  const table = el(
    "table",
    { class: "tracks", role: "grid", "aria-label": options.label },
    heading(columns, options),
    el("tbody", { role: "rowgroup" }, rows),
  );
  rove(table);
  return el("div", { class: "tracks-frame" }, table);
}

function chosen({ base = ["label", "bpm", "key"], columns = [] }) {
  return [...base, ...columns].map((column) => (typeof column === "string" ? COLUMNS[column] : column));
}

function heading(columns, { actions = [], heading: shown = true }) {
  const names = columns.map((column) =>
    el("th", { scope: "col", role: "columnheader", class: cellClass(column) }, column.name),
  );
  return el(
    "thead",
    { role: "rowgroup", class: shown ? null : "visually-hidden" },
    el(
      "tr",
      { role: "row" },
      el(
        "th",
        { scope: "col", role: "columnheader", class: "col-play" },
        el("span", { class: "visually-hidden" }, "Play"),
      ),
      el("th", { scope: "col", role: "columnheader" }, "Track"),
      names,
      actions.length > 0 &&
        el("th", { scope: "col", role: "columnheader" }, el("span", { class: "visually-hidden" }, "Actions")),
    ),
  );
}

/**
 * Make one row; `trackList` does for each, and a view can to add a track to a list that stands.
 *
 * @param {object} track
 * @param {object} options As of `trackList`, with `columns` worked out, and:
 * @param {number} [options.place]
 * @param {object[]} [options.queue] What plays after it.
 * @returns {HTMLTableRowElement}
 */
export function trackRow(track, { columns = chosen({}), actions = [], onOpen, place = 0, queue } = {}) {
  const play = () => (player.isCurrent(track) ? player.toggle() : player.play(track, { queue, place }));
  const open = onOpen ? () => onOpen(track, place) : play;
  const button = el("button", { type: "button", class: "play-button", tabindex: "-1", onclick: play });
  const row = el(
    "tr",
    {
      role: "row",
      tabindex: "-1",
      class: "track-row",
      dataset: { audioId: track.audio_id ?? "", actions: actions.length },
    },
    cell("col-play", button),
    cell("col-track", titleOf(track)),
    columns.map((column) => cell(cellClass(column), column.value(track, place))),
    actions.length > 0 &&
      cell(
        "col-actions",
        actions.map((action) => actionButton(action, track, place, () => row)),
      ),
  );
  row.addEventListener("click", (event) => !fromControl(event, row) && open());
  row.addEventListener("keydown", (event) => rowKey(event, row, { open, play }));
  followPlayer(row, button, track);
  return row;
}

/** Whether a click came from a button in the row; its icon may have been exchanged since, so that the path decides. */
function fromControl(event, row) {
  const path = event.composedPath();
  return path.slice(0, path.indexOf(row)).some((node) => node.matches?.("button, a, input, select, label"));
}

function cell(kind, ...content) {
  return el("td", { role: "gridcell", class: kind }, ...content.map((one) => one ?? ""));
}

const cellClass = ({ align, show, class: own }) =>
  [align === "right" && "right", show === "wide" && "wide-only", own].filter(Boolean).join(" ") || null;

function titleOf(track) {
  return [
    el("span", { class: "track-title", title: track.display }, titleWithMix(track)),
    track.title && track.artists && el("span", { class: "track-artists" }, track.artists),
  ];
}

function actionButton({ name, icon: picture, run, shown, pressed }, track, place, row) {
  if (shown && !shown(track)) return null;
  const button = el(
    "button",
    {
      type: "button",
      class: "icon-button",
      tabindex: "-1",
      title: name,
      "aria-label": `${name}: ${track.display}`,
      "aria-pressed": pressed ? String(Boolean(pressed(track))) : null,
    },
    icon(picture),
  );
  button.addEventListener("click", async () => {
    await run(track, place, row());
    if (pressed) button.setAttribute("aria-pressed", String(Boolean(pressed(track))));
  });
  return button;
}

function rowKey(event, row, { open, play }) {
  if (event.target !== row) return;
  if (event.key === "Enter") open();
  else if (event.key === " ") play();
  else return;
  event.preventDefault();
}

/** Show whether this is the track that plays. */
function followPlayer(row, button, track) {
  let shown = null;
  const follow = () => {
    const current = player.isCurrent(track);
    const state = current ? (player.playing ? "playing" : "paused") : "";
    if (state === shown) return;
    shown = state;
    row.dataset.player = state;
    if (current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    button.replaceChildren(icon(state === "playing" ? "pause" : "play"));
    button.setAttribute("aria-label", `${state === "playing" ? "Pause" : "Play"}: ${track.display}`);
  };
  follow();
  whileConnected(row, player, "change", follow);
}

/** One row of the table is reached by Tab, the one that had the focus last. */
function rove(table) {
  const rows = () => [...table.tBodies[0].rows];
  const activate = (row) => {
    for (const other of table.querySelectorAll("tbody tr[tabindex='0']")) if (other !== row) reachable(other, false);
    reachable(row, true);
  };
  if (rows()[0]) activate(rows()[0]);
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && row.tabIndex !== 0) activate(row);
  });
  // Where the row that Tab reaches is taken out, another one has to be reached.
  new MutationObserver(() => {
    if (rows()[0] && !table.querySelector("tbody tr[tabindex='0']")) activate(rows()[0]);
  }).observe(table.tBodies[0], { childList: true });
  table.addEventListener("keydown", (event) => {
    const target = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const row = event.target.closest("tbody tr");
    if (
      target === undefined ||
      !row ||
      event.target.matches("input, select") ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey
    )
      return;
    event.preventDefault();
    const all = rows();
    const to = all[Math.min(all.length - 1, Math.max(0, all.indexOf(row) + target))];
    to.focus();
  });
}

function reachable(row, yes) {
  row.tabIndex = yes ? 0 : -1;
  for (const inside of row.querySelectorAll("button, a[href], input, select")) inside.tabIndex = yes ? 0 : -1;
}
