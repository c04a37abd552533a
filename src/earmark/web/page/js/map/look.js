// How the points look: what they are coloured by, and which stand out by the legend, the search or a selection.
import { token } from "/page/js/lib/theme.js";
import { COLOURINGS, channels, groupNames, paint } from "/page/js/map/colouring.js";
import { LEVELS } from "/page/js/map/scatter.js";

export class Look {
  /** What the points are coloured by; a name of `COLOURINGS`. */
  by = "label";
  /** Points that have the words that are searched; null where nothing is searched. */
  matches = null;
  /** Points that are selected; set anew, then told by `style`. */
  selected = new Set();
  #held = new Set();
  #colouring = null;
  #painted = null;

  /**
   * @param {import("./data.js").MapData} data
   * @param {{scatter: object|null, overlay: object, legend: object, changed: () => void}} parts What shows it.
   */
  constructor(data, { scatter, overlay, legend, changed }) {
    Object.assign(this, { data, scatter, overlay, legend, changed });
    /** Whether each point is held back neither by the legend nor by the search, and so can be pointed at: 1 or 0. */
    this.open = new Uint8Array(data.n).fill(1);
  }

  /** Colour the points by something else; groups that were held out are let go. */
  colourBy(name) {
    this.by = name;
    this.#colouring = COLOURINGS[name].make(this.data);
    this.#painted = paint(this.#colouring);
    this.#held = new Set();
    this.overlay.held = this.#held;
    this.overlay.names = groupNames(this.data, this.#colouring);
    this.legend.show(this.#colouring, name);
    this.takeTheme();
  }

  /** Take the page's colours as they are now. */
  takeTheme() {
    this.overlay.takeColours();
    this.scatter?.setGround(channels(token("--ground")));
    this.style();
  }

  /** Hold groups out from the rest; none: all are alike. */
  hold(groups) {
    this.#held = groups;
    this.overlay.held = groups;
    this.style();
  }

  /** Hold out the points that have some words. */
  search(words) {
    this.matches = words ? new Set(this.data.search(words)) : null;
    this.style();
    return { found: this.matches?.size ?? 0 };
  }

  /** Decide which points stand out, and draw them so. */
  style() {
    const asked = { group: this.#colouring.group, held: this.#held, matches: this.matches, selected: this.selected };
    decideOpen(this.open, asked);
    if (this.scatter) {
      decideLevels(this.scatter.levels, this.open, asked);
      this.scatter.restyle(this.#painted);
    }
    this.changed();
  }
}

/**
 * What is asked of the points.
 *
 * @typedef {object} Asked
 * @property {Int32Array} group Each point's group.
 * @property {Set<number>} held Groups that are held out; none: all.
 * @property {Set<number>|null} matches Points that have the words that are searched; null where nothing is searched.
 * @property {Set<number>} selected Points that are selected.
 */

/**
 * Decide which points can be pointed at and caught: those that neither the legend nor the search holds back.
 *
 * @param {Uint8Array} open Is written: 1 or 0.
 * @param {Asked} asked
 */
function decideOpen(open, { group, held, matches }) {
  for (let i = 0; i < open.length; i += 1) {
    open[i] = (held.size === 0 || held.has(group[i])) && (!matches || matches.has(i)) ? 1 : 0;
  }
}

/**
 * Decide how points are drawn. What is selected leaves all else behind.
 *
 * @param {Uint8Array} levels Is written; see `LEVELS`.
 * @param {Uint8Array} open
 * @param {Asked} asked
 */
function decideLevels(levels, open, { matches, selected }) {
  const standing = matches ? LEVELS.strong : LEVELS.plain;
  for (let i = 0; i < levels.length; i += 1) {
    if (selected.size > 0) levels[i] = selected.has(i) ? LEVELS.chosen : LEVELS.faint;
    else levels[i] = open[i] ? standing : LEVELS.faint;
  }
}
