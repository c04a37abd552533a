"""How well a label is told that is added to a ready bundle: each of a bundle's labels is taken as new in turn.

    python benchmarks/add_label.py LIBRARY/bundles/earmark

Reads nothing but the bundle's references. For 5, 10 and 20 tracks, drawn three times, it prints the AUROC by held-out
judgements (what `earmark add-label` tells), and what tracks of the label that were not drawn then get. Songs are held
out one by one, so that a label of one artist is told by its artist. The embedding must not have seen labels: use a
bundle of Earmark's own network, a probe, or an ensemble of both.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.open_set import auroc
from earmark.models.bundle import load_bundle
from earmark.training.one_against_rest import fit_one_against_rest

DRAWS = 3
LEAST_FRESH = 5
"""Tracks of a label that must be left over for its fresh ones to count."""


def rounds(embeddings: NDArray[np.float64], own: NDArray[np.int64], n: int, n_labels: int) -> Iterator[list[float]]:
    """Held-out AUROC, fresh tracks' AUROC and recall, and the share of others taken, for each draw of n tracks."""
    others = np.setdiff1d(np.arange(len(embeddings)), own)
    for draw in range(DRAWS):
        rng = np.random.default_rng([draw, n])
        taken = rng.permutation(own)[:n]
        fresh = np.setdiff1d(own, taken)
        if len(fresh) < LEAST_FRESH:
            return
        songs = np.concatenate([others, taken])
        new = np.arange(len(songs)) >= len(others)
        groups = np.arange(len(songs))
        fitted = fit_one_against_rest(embeddings[songs], new, rest_labels=n_labels - 1, groups=groups, rng=rng)
        told = auroc(fitted.held_out[~new], fitted.held_out[new]).value
        scores = embeddings[fresh] @ fitted.weight + fitted.bias
        rest = fitted.held_out[~new]
        yield [told, auroc(rest, scores).value, float((scores > 0).mean()), float((rest > 0).mean())]


def main() -> None:
    """Print a table, a line for each number of tracks."""
    bundle = load_bundle(Path(sys.argv[1]))
    references = bundle.references
    if references is None:
        sys.exit(f"{bundle.path} carries no references")
    embeddings = references.embeddings.astype(np.float64)
    labels = np.asarray([song.label for song in references.songs])
    print(f"{len(labels)} songs of {len(bundle.labels)} labels, {references.size} numbers each")
    print("tracks  held-out AUROC  fresh AUROC  fresh found  others taken")
    for n in (5, 10, 20):
        rows = [
            row
            for label in bundle.labels
            for row in rounds(embeddings, np.flatnonzero(labels == label), n, len(bundle.labels))
        ]
        if rows:
            told = np.mean(rows, axis=0)
            print(f"{n:6d}  {told[0]:14.2f}  {told[1]:11.2f}  {told[2]:11.2f}  {told[3]:12.2f}")


if __name__ == "__main__":
    main()
