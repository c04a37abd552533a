"""Judges bundles on the test songs of the split that each was trained with, and puts them beside each other.

It goes through the ONNX graph, as prediction does. Songs that are not in the library any more are counted and left out.
Models are compared song by song, and only where they were trained with the same split: a song that one of them learnt
from says nothing about it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference, all_differences
from earmark.evaluation.splits import PartName, Split
from earmark.executors import Executor, SerialExecutor
from earmark.library.library import Library
from earmark.models.bundle import Bundle, bundle_split
from earmark.models.from_library import LibrarySongs, label_indices, lacking_features, songs_to_split
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
    placed = split.part_of()
    songs = {song_id: song for song_id, song in songs.items() if song_id in placed}
    here = [everything[song_id] for song_id in split.parts()[part] if song_id in everything]
    ids = [track.audio_id for track in here]
    lost = lacking_features(library, ids, bundle.spec.stored, executor=executor or SerialExecutor())
    tracks = tuple(track for track in here if track.audio_id not in lost)
    if not tracks:
        raise InputError(f"library {library.address} holds none of the {part} songs of {bundle.path}")
    group_of = dict(zip(songs, split.group_ids(tuple(songs.values())).tolist(), strict=True))
    groups = np.array([group_of[track.audio_id] for track in tracks], dtype=np.int64)
    judgement = judge(
        bundle.spec,
        bundle.model,
        LibrarySongs(library, tracks),
        label_indices(tracks, bundle.labels),
        bundle.labels,
        rng=np.random.default_rng(seed),
        groups=groups,
        seconds=bundle.card.training.get("seconds"),
        progress=progress,
    )
    train, judged = [songs[one] for one in split.train if one in songs], [songs[track.audio_id] for track in tracks]
    baselines = baseline_rows(train, judged, bundle.labels, rng=np.random.default_rng(seed), groups=groups)
    missing = len(split.parts()[part]) - len(tracks)
    if part == "test" and not missing:
        baselines += _baselines_of_training(bundle, baselines)
    return Evaluation(bundle, split, tracks, groups, judgement, baselines, missing)


def _baselines_of_training(bundle: Bundle, made: Sequence[ComparisonRow]) -> tuple[ComparisonRow, ...]:
    """The rows of the card that were not made again: they take scikit-learn, and stand for the same test songs only."""
    names = {row.name for row in made}
    rows = [stored_row(data) for data in bundle.card.scores.get("baselines", ())]
    return tuple(row for row in rows if row.name not in names)


def paired_tests(evaluations: Sequence[Evaluation], *, seed: int = 0) -> list[Difference]:
    """Compare each two bundles that share a split on the songs that all bundles of it were judged on.

    Songs of one group (by one artist, in an artist-disjoint split) are right or wrong together, so whole groups trade
    places in the test. p-values are corrected for all pairs of a split.

    Args:
        evaluations: The bundles on the same part of their splits.
        seed: Seed of the permutations.
    """
    found: list[Difference] = []
    for digest in dict.fromkeys(one.split.digest for one in evaluations):
        together = [one for one in evaluations if one.split.digest == digest]
        rights = {one.bundle.path.name: _right(one) for one in together}
        shared = sorted(frozenset.intersection(*(frozenset(right) for right in rights.values())))
        if len(rights) < 2 or not shared:
            continue
        group_of = dict(zip((track.audio_id for track in together[0].tracks), together[0].groups, strict=True))
        scores: dict[str, ArrayLike] = {name: [right[song] for song in shared] for name, right in rights.items()}
        found += all_differences(scores, groups=[group_of[song] for song in shared], seed=seed)
    return found


def _right(evaluation: Evaluation) -> dict[str, bool]:
    hits = evaluation.judgement.estimate == evaluation.judgement.truth
    return {track.audio_id: bool(hit) for track, hit in zip(evaluation.tracks, hits, strict=True)}
