// Distances and differences in words, with what cannot be told said as such.

/** A distance with two places. */
export const far = (distance) => distance.toFixed(2);

/** An interval that is not broken into two lines, such as 0.26–0.58. */
export const range = ([low, high], digits = 2) => spanned(low.toFixed(digits), high.toFixed(digits));

/** From one number to another, such as 0.26–0.58 and −12.4 to −11.7. */
export const spanned = (low, high) => (/^[-−]/.test(low) ? `${low} to ${high}` : `${low}\u2060–\u2060${high}`);

/** Whether two labels with this interval of their distance can be told apart: it does not begin at 0.00. */
export const areApart = ([low]) => low >= 0.005;

/** Names in a sentence, such as "A, B and C". */
export function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A place in a row, such as "nearest", "2nd nearest". */
export function ranked(place) {
  if (place === 1) return "nearest";
  const ending = { 1: "st", 2: "nd", 3: "rd" };
  const last = place % 100 > 10 && place % 100 < 14 ? "th" : (ending[place % 10] ?? "th");
  return `${place}${last} nearest`;
}

/** What labels are compared by: its name, how values are written, and what more and less of it is called. */
export const QUANTITIES = {
  bpm: { name: "Tempo", unit: "BPM", show: (value) => tidy(value, 1), more: "faster", less: "slower" },
  minor: {
    name: "Minor keys",
    unit: "%",
    show: (value) => (100 * value).toFixed(0),
    more: "more often in minor",
    less: "more often in major",
  },
  lufs: { name: "Loudness", unit: "LUFS", show: (value) => tidy(value, 1).replace("-", "−"), more: "louder", less: "quieter" },
  energy: { name: "Energy", unit: "of 100", show: (value) => (100 * value).toFixed(0), more: "more driving", less: "calmer" },
  year: { name: "Years", unit: "", show: (value) => value.toFixed(0), more: "newer", less: "older" },
  spread: { name: "Breadth", unit: "", show: (value) => value.toFixed(2), more: "broader", less: "narrower" },
};

const tidy = (value, digits) => String(Number(value.toFixed(digits)));

/**
 * Say how a quantity differs.
 *
 * @param {{quantity: string, one: number, other: number, interval: number[]|null, told: boolean}} difference
 * @param {string} one The first label's name.
 * @param {string} other The second's.
 * @returns {string}
 */
export function said({ quantity, one: first, other: second, interval, told }, one, other) {
  const { unit, show, more, less } = QUANTITIES[quantity];
  const units = unit ? `\u202f${unit}` : "";
  const both = `${show(first)}${units} at ${one} and ${show(second)}${units} at ${other}`;
  if (!interval) return `${both}; there are too few artists to tell a difference.`;
  if (!told)
    return show(first) === show(second) ? `${show(first)}${units} at both.` : `${both}, which can be chance.`;
  const sizes = interval.map((end) => Math.abs(end)).sort((a, b) => a - b);
  const by = show(sizes[0]) === show(sizes[1]) ? show(sizes[0]) : spanned(show(sizes[0]), show(sizes[1]));
  return `${other} is ${second > first ? more : less}: ${show(second)} against ${show(first)}${units}, a difference of ${by} (95\u202f%).`;
}
