// Which points stand out: those of the groups that are held out, those that have what is searched, those selected.
import { LEVELS } from "/page/js/map/scatter.js";

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
export function decideOpen(open, { group, held, matches }) {
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
export function decideLevels(levels, open, { matches, selected }) {
  const standing = matches ? LEVELS.strong : LEVELS.plain;
  for (let i = 0; i < levels.length; i += 1) {
    if (selected.size > 0) levels[i] = selected.has(i) ? LEVELS.chosen : LEVELS.faint;
    else levels[i] = open[i] ? standing : LEVELS.faint;
  }
}
