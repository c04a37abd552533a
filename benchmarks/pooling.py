"""Whether weighting slices by loudness helps, and which weights: neighbours of the same label by other artists.

    python benchmarks/pooling.py --library LIBRARY --library ANOTHER [--bundle BUNDLE]

The libraries hold embeddings of musicnn (``earmark embed --backbone musicnn``). Each track asks for the ten nearest by
other artists; precision is the share of its own label among them (of as many as there are, where they are fewer than
ten). Artists are dealt into two halves by a hash of their names: weights are chosen by the queries of one half and
judged by those of the other. Nothing here has learnt from labels but the bundle, which should be one that was trained
on other music.
"""

import argparse
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc
from earmark.backbones.shelf import find_backbone
from earmark.catalog.groups import artist_keys
from earmark.library.library import Library
from earmark.models.bundle import Bundle, load_bundle
from earmark.models.from_library import LibrarySongs
from earmark.similarity.vectors.embedder import SCANNED
from earmark.similarity.vectors.pooling import FULL_DB, SILENT_DB, loudness_weights, slice_levels
from earmark.similarity.vectors.space import fit_space

NEIGHBOURS = 10
CHUNK_SECONDS = 3.0
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slices:
    """A track's slices (n, size), their levels as mean decibels, and their levels as decibels of mean power."""

    values: NDArray[np.floating]
    decibels: Array
    power: Array


Weigh = Callable[[Slices], Array]


def _fading(full_db: float, silent_db: float) -> Weigh:
    return lambda one: loudness_weights(one.decibels, full_db=full_db, silent_db=silent_db)


def _by_power(full_db: float, silent_db: float) -> Weigh:
    return lambda one: loudness_weights(one.power, full_db=full_db, silent_db=silent_db)


WAYS: Mapping[str, Weigh] = {
    "plain mean": lambda one: np.full(len(one.values), 1 / len(one.values)),
    "energy": lambda one: 10 ** (one.power / 10) / (10 ** (one.power / 10)).sum(),
    **{
        f"power, {full:g} to {silent:g} dB": _by_power(full, silent)
        for full, silent in ((0, 6), (3, 9), (6, 12), (6, 18))
    },
    **{
        f"mean dB, {full:g} to {silent:g} dB": _fading(full, silent)
        for full, silent in ((0, 6), (3, 9), (6, 12), (6, 18))
    },
}
"""Every way of weighting that was tried."""

CHOSEN = f"mean dB, {FULL_DB:g} to {SILENT_DB:g} dB"


def main() -> None:
    """Print a table for each library."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, action="append", required=True)
    parser.add_argument("--bundle", type=Path, help="a bundle of Earmark's own network, trained on other music")
    asked = parser.parse_args()
    bundle = None if asked.bundle is None else load_bundle(asked.bundle, threads=1)
    for path in asked.library:
        _judge(Library.open(path), bundle, str(path))


def _judge(library: Library, bundle: Bundle | None, name: str) -> None:
    tracks = library.tracks()
    keys = artist_keys(tracks)
    labels = np.array([track.label for track in tracks])
    other = np.array([[not (one & two) for two in keys] for one in keys])
    half = np.array([hashlib.sha256(min(one, default="").encode()).digest()[0] % 2 for one in keys])
    sources = _sliced(LibrarySongs(library, tuple(tracks)), bundle)
    print(f"\n{name}: {(half == 0).sum()} queries to choose by, {(half == 1).sum()} to judge by\n")
    print(
        "| weights | "
        + " | ".join(f"{source}, {part}" for part in ("chosen by", "judged by") for source in sources)
        + " |"
    )
    print("|---|" + "--:|" * 2 * len(sources))
    for way, weigh in WAYS.items():
        found = {}
        for source, slices in sources.items():
            vectors = np.stack([weigh(one) @ one.values for one in slices])
            units = fit_space(vectors, scaled=source == "MFCC").place(vectors)
            found[source] = _precisions(units, labels, other)
        cells = [f"{np.nanmean(found[source][half == part]):.3f}" for part in (0, 1) for source in sources]
        print(f"| {f'**{way}**' if way == CHOSEN else way} | {' | '.join(cells)} |")


def _precisions(units: NDArray[np.float32], labels: NDArray[np.str_], other: NDArray[np.bool_]) -> Array:
    """Each track's precision; NaN where no other artist is on its label."""
    likeness = np.where(other, units @ units.T, -np.inf)
    relevant = other & (labels[:, None] == labels)
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
    hits = np.take_along_axis(relevant, nearest, axis=1).sum(axis=1)
    possible = np.minimum(relevant.sum(axis=1), NEIGHBOURS)
    return np.asarray(np.divide(hits, possible, out=np.full(len(labels), np.nan), where=possible > 0))


def _sliced(songs: LibrarySongs, bundle: Bundle | None) -> dict[str, Sequence[Slices]]:
    """Every track's slices by each source."""
    backbone = find_backbone("musicnn")
    found: dict[str, list[Slices]] = {"musicnn": [], "MFCC": []}
    if bundle is not None:
        found["own"] = []
    for index, track in enumerate(songs.tracks):
        log_mel = np.asarray(songs.features(index, SCANNED))
        patches = np.asarray(songs.features(index, backbone), dtype=np.float32)
        starts = backbone.start_seconds(track.seconds)[: len(patches)]
        found["musicnn"].append(_levelled(patches, log_mel, starts, backbone.patch_seconds))
        chunks = np.arange(0.0, len(log_mel) / SCANNED.frames_per_second, CHUNK_SECONDS)
        frames = np.append((chunks * SCANNED.frames_per_second).astype(int), len(log_mel))
        coefficients = mfcc(log_mel, 41)[:, 1:]
        means = np.stack([coefficients[first:end].mean(axis=0) for first, end in pairwise(frames.tolist())])
        found["MFCC"].append(_levelled(means, log_mel, chunks, CHUNK_SECONDS))
        if bundle is not None and bundle.spec.slice_frames is not None:
            song = bundle.predict_song(songs, index)
            seconds = bundle.spec.slice_frames / SCANNED.frames_per_second
            found["own"].append(_levelled(song.slice_embeddings, log_mel, song.slice_starts_seconds, seconds))
    return {**found}


def _levelled(values: NDArray[np.floating], log_mel: NDArray[np.float16], starts: Array, seconds: float) -> Slices:
    power = 10 * np.log10((10 ** (log_mel.astype(np.float64) / 10)).mean(axis=1, keepdims=True))
    rate = SCANNED.frames_per_second
    return Slices(values, slice_levels(log_mel, rate, starts, seconds), slice_levels(power, rate, starts, seconds))


if __name__ == "__main__":
    main()
