"""Judges bundles on the test songs of the split that each was trained with, and puts them beside each other.

It goes through the ONNX graph, as prediction does. Songs that are not in the library any more are counted and left out.
Models are compared song by song, and only where they were trained with the same split: a song that one of them learnt
from says nothing about it.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.comparison import ComparisonRow, paired_permutation
from earmark.evaluation.groups import group_ids
from earmark.evaluation.splits import PartName, Split
from earmark.executors import Executor, SerialExecutor
from earmark.library.library import Library
from earmark.library.scan import ensure_features
from earmark.models.bundle import Bundle, bundle_split
from earmark.models.from_library import LibrarySongs, label_indices, songs_to_split
from earmark.models.judging import Judgement, baseline_rows, judge, stored_row
from earmark.models.leakage import songs_present


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How one bundle did.

    Attributes:
        bundle: The bundle.
        split: The split that it was trained with.
        tracks: The songs that it was judged on.
        groups: Number of the group of songs that each of them must not be parted from, int64 of shape (tracks,).
        judgement: How it did on them.
        baselines: What anyone could do without a model on the same songs; those that have to be fitted only on the
            whole test, where the bundle's card holds them.
        missing: Songs of the part that the library does not hold any more.
    """

    bundle: Bundle
    split: Split
    tracks: tuple[Track, ...]
    groups: NDArray[np.int64]
    judgement: Judgement
    baselines: tuple[ComparisonRow, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Whether two bundles can be told apart on the same songs.

    Attributes:
        first: Name of one bundle.
        second: Name of the other.
        p: Two-sided p-value of a permutation test over songs, or over whole groups of them where the split keeps groups
            together, in (0, 1].
        n_songs: Songs that both were judged on.
    """

    first: str
    second: str
    p: float
    n_songs: int


def evaluate(
    library: Library,
    bundle: Bundle,
    *,
    part: PartName = "test",
    seed: int = 0,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Judge a bundle on songs of its own split.

    Args:
        library: Where the songs are.
        bundle: The bundle.
        part: Which songs: ``"test"``, which nothing has seen, or another part to see how far it fits.
        seed: Seed of the bootstrap intervals.
        executor: Where features are made that the library lacks; this process where None.
        progress: Called with songs done and songs in all.

    Raises:
        InputError: The library holds none of the songs, or the bundle carries no split.
        FormatVersionError: The split is of another format version.
        SplitError: The songs' artists or releases, as they are tagged now, are on both sides of the split.
    """
    split = bundle_split(bundle)
    everything = {track.audio_id: track for track in library.tracks() if track.label in bundle.labels}
    # All at once: some artists are known only by the whole catalogue.
    songs = {song.id: song for song in songs_to_split(tuple(everything.values()))}
    songs_present(split, songs).check(tuple(songs.values()))
    here = [everything[song_id] for song_id in split.parts()[part] if song_id in everything]
    lost: dict[str, str] = {}
    if bundle.spec.features is not None:
        ids = [track.audio_id for track in here]
        lost = ensure_features(library, ids, bundle.spec.features, executor=executor or SerialExecutor())
    tracks = tuple(track for track in here if track.audio_id not in lost)
    if not tracks:
        raise InputError(f"library {library.address} holds none of the {part} songs of {bundle.path}")
    judgement = judge(
        bundle.spec,
        bundle.classifier,
        LibrarySongs(library, tracks, bundle.spec.features),
        label_indices(tracks, bundle.labels),
        bundle.labels,
        rng=np.random.default_rng(seed),
        seconds=bundle.card.training.get("seconds"),
        progress=progress,
    )
    train, judged = [songs[one] for one in split.train if one in songs], [songs[track.audio_id] for track in tracks]
    baselines = baseline_rows(train, judged, bundle.labels, rng=np.random.default_rng(seed))
    missing = len(split.parts()[part]) - len(tracks)
    if part == "test" and not missing:
        baselines += _baselines_of_training(bundle, baselines)
    number = dict(zip(songs, group_ids(tuple(songs.values()), split.mode).tolist(), strict=True))
    groups = np.array([number[track.audio_id] for track in tracks], dtype=np.int64)
    return Evaluation(bundle, split, tracks, groups, judgement, baselines, missing)


def _baselines_of_training(bundle: Bundle, made: Sequence[ComparisonRow]) -> tuple[ComparisonRow, ...]:
    """The rows of the card that were not made again: they take scikit-learn, and stand for the same test songs only."""
    names = {row.name for row in made}
    rows = [stored_row(data) for data in bundle.card.scores.get("baselines", ())]
    return tuple(row for row in rows if row.name not in names)


def paired_tests(evaluations: Sequence[Evaluation], *, seed: int = 0) -> list[PairedTest]:
    """Test each pair of bundles that share a split for a difference in song accuracy.

    Songs of one group (by one artist, in an artist-disjoint split) are right or wrong together, so whole groups trade
    places in the test.

    Args:
        evaluations: The bundles on the same part of their splits.
        seed: Seed of the permutations.
    """
    tests = []
    for one, other in itertools.combinations(evaluations, 2):
        if one.split.digest != other.split.digest:
            continue
        right_one, right_other = _right(one), _right(other)
        group_of = {track.audio_id: group for track, group in zip(one.tracks, one.groups.tolist(), strict=True)}
        shared = sorted(right_one.keys() & right_other.keys())
        p = paired_permutation(
            [right_one[song_id] for song_id in shared],
            [right_other[song_id] for song_id in shared],
            rng=np.random.default_rng(seed),
            groups=[group_of[song_id] for song_id in shared],
        )
        tests.append(PairedTest(one.bundle.path.name, other.bundle.path.name, p, len(shared)))
    return tests


def _right(evaluation: Evaluation) -> dict[str, bool]:
    hits = evaluation.judgement.estimate == evaluation.judgement.truth
    return {track.audio_id: bool(hit) for track, hit in zip(evaluation.tracks, hits, strict=True)}
