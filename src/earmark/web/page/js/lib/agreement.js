// Whether a verdict and the tracks nearest to it tell the same label, in words for people who wonder why not.

/**
 * A sentence where most of a file's neighbours are by another label than the verdict's; "" where they agree.
 *
 * @param {string|null|undefined} verdict The verdict's label.
 * @param {Array<{label?: string|null}>} tracks The nearest tracks.
 */
export function disagreement(verdict, tracks) {
  if (!verdict) return "";
  const counts = new Map();
  for (const { label } of tracks) if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, count] = [...counts].sort((one, other) => other[1] - one[1])[0] ?? [null, 0];
  if (label === verdict || 2 * count <= tracks.length) return "";
  return `Most of these are by ${label}, the verdict is ${verdict}: nearness compares the whole sound, the verdict weighs what tells the labels apart.`;
}
