"""Makes a map of all tracks that have a vector, and counts how true it is. Runs in a job: it imports openTSNE."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.report.maps import PERPLEXITY, map_vectors
from earmark.similarity.vectors.opening import Collection
from earmark.web.maps.stored import MapFacts, StoredMap

NEAREST: Final = 10
"""So many nearest tracks are compared between the map and the full space."""

_ASKED = 2000
"""Larger maps are judged by so many tracks, drawn by chance: the share is then known to about half a per cent."""
_BLOCK = 256

Progress = Callable[[str, int, int], None]
"""Told what is being done, units done and units in all (0 where nobody knows)."""


def make_map(
    collection: Collection, *, perplexity: float = PERPLEXITY, seed: int = 0, progress: Progress | None = None
) -> StoredMap:
    """Lay out all tracks that have a vector; the same vectors and seed give the same map.

    Args:
        collection: The library, opened for searching.
        perplexity: About how many neighbours a point minds, at least 2.
        seed: Seed of what little is left to chance.
        progress: Told how far it is.

    Raises:
        InputError: There are too few tracks, or all sound alike.
        MissingExtraError: openTSNE is not installed.
    """
    say = progress or _say_nothing
    started = time.monotonic()
    say("reading vectors", 0, 0)
    audio_ids = tuple(collection.columns.audio_ids.tolist())
    units = collection.search.vectors(audio_ids)
    say("finding neighbours", 0, 0)
    made = map_vectors(
        units, perplexity=perplexity, seed=seed, progress=lambda done, total: say("laying out", done, total)
    )
    places = framed(made.points)
    say("comparing with the full space", 0, 0)
    nearest = min(NEAREST, len(units) - 1)
    created = dt.datetime.now(dt.UTC)
    facts = MapFacts(
        source_key=collection.source.key,
        source=collection.source.shown,
        tracks=len(audio_ids),
        perplexity=made.perplexity,
        seed=seed,
        kept=neighbours_kept(units, places, nearest=nearest, rng=np.random.default_rng(seed)),
        nearest=nearest,
        chance=nearest / (len(units) - 1),
        created=created.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 3),
        folder=created.strftime("%Y%m%dT%H%M%S%f"),
    )
    return StoredMap(facts, audio_ids, places)


def framed(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn a map so that it is widest from left to right, and scale it to the square from -1 to 1.

    Args:
        points: Shape (n, 2), not all in one place.

    Returns:
        float32 of shape (n, 2); nothing but a turn, a shift and one scale, so that what is near stays near.
    """
    centred = np.asarray(points, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    turned = centred @ axes[:, ::-1]
    turned -= (turned.max(axis=0) + turned.min(axis=0)) / 2
    return np.asarray(turned / np.abs(turned).max(), dtype=np.float32)


def neighbours_kept(
    units: NDArray[np.floating], places: NDArray[np.floating], *, nearest: int, rng: np.random.Generator
) -> float:
    """Return the mean share of tracks' true nearest tracks that are among their nearest on the map too.

    Args:
        units: Shape (n, dimensions), rows of length 1: the full space.
        places: Shape (n, 2): the map.
        nearest: How many neighbours, 1 to n - 1.
        rng: Draws the tracks that are asked about, where there are many.

    Returns:
        0 (none is kept) to 1 (all are).
    """
    asked = np.arange(len(units))
    if len(asked) > _ASKED:
        asked = np.sort(rng.choice(asked, _ASKED, replace=False))
    full, flat = np.asarray(units, dtype=np.float32), np.asarray(places, dtype=np.float32)
    lengths = (flat**2).sum(axis=1)
    kept = 0
    for first in range(0, len(asked), _BLOCK):
        rows = asked[first : first + _BLOCK]
        true = _nearest(-(full[rows] @ full.T), rows, nearest)
        shown = _nearest(lengths[None, :] - 2 * (flat[rows] @ flat.T), rows, nearest)
        kept += sum(len(set(a) & set(b)) for a, b in zip(true.tolist(), shown.tolist(), strict=True))
    return kept / (nearest * len(asked))


def _nearest(distances: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Columns of the k least distances of each row, the row's own place left out."""
    distances[np.arange(len(rows)), rows] = np.inf
    return np.argpartition(distances, k - 1, axis=1)[:, :k]


def _say_nothing(_doing: str, _done: int, _total: int) -> None:
    """Take progress and show none."""
