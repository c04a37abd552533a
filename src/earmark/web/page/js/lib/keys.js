// Keys that hold everywhere on the page. What has the focus comes first: a key that it uses itself is left to it.
import { player } from "/page/js/lib/player.js";
import { VIEWS, go } from "/page/js/lib/router.js";

/** What the sheet of keys shows, by where they hold. */
export const SHEET = [
  [
    "Everywhere",
    [
      [["Space"], "Play or pause"],
      [["/"], "Search for a track or a label"],
      [["1", "–", "6"], "Listen, Map, Next, Labels, Models, Library"],
      [["?"], "These keys"],
      [["Esc"], "Close what is open"],
    ],
  ],
  [
    "In lists of tracks",
    [
      [["↑", "↓"], "Previous or next track"],
      [["Enter"], "Open it"],
      [["Space"], "Play or pause it"],
    ],
  ],
  [
    "On the map",
    [
      [["←", "↑", "→", "↓"], "To the nearest track in that direction"],
      [["Enter"], "Play it and show its true neighbours"],
      [["+", "-", "0"], "Nearer, further, everything"],
      [["Shift", "Enter"], "Select it, or take it out"],
      [["C"], "Circle around it: arrows change it, Enter selects"],
      [["L", "R"], "Lasso or rectangle for the pointer; also Shift and drag"],
      [["T"], "The tracks in sight as a list"],
    ],
  ],
  [
    "At the player and waveforms",
    [
      [["←", "→"], "5 seconds back or on; also j and k"],
      [["Page Up", "Page Down"], "30 seconds on or back"],
      [["Home", "End"], "Start or end"],
    ],
  ],
];

const WRITES =
  "input:not([type=range], [type=checkbox], [type=radio], [type=button], [type=file]), textarea, select, [contenteditable=true]";
const PRESSES =
  "button, a[href], summary, input, audio, " +
  "[role=button], [role=slider], [role=option], [role=row], [role=tab], [role=menuitem]";

/**
 * Listen for keys.
 *
 * @param {{search: () => void, sheet: () => void}} acts What "/" and "?" do.
 */
export function listenForKeys({ search, sheet }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(WRITES) || document.querySelector("dialog[open]")) return;
    const act = meaning(event, { search, sheet });
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function meaning(event, { search, sheet }) {
  if (event.key === "/") return search;
  if (event.key === "?") return sheet;
  if (event.key === " " && player.current && !event.target.closest?.(PRESSES)) return () => player.toggle();
  const view = /^[1-6]$/.test(event.key) ? VIEWS[Number(event.key) - 1] : null;
  return view && (() => go(view.name));
}
