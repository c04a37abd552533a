"""What a report says of a finished run, before any of it is drawn: models and baselines on the same test songs.

A finished run is one model, or several that were trained with one split. Baselines are worked out anew from the
library, since a paired test needs what each said of each song. Differences are tested over what hangs together in the
split's mode: whole groups of artists where it is artist-disjoint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.baselines import artist_lookup, majority
from earmark.evaluation.comparison import ComparisonRow, comparison_row, paired_permutation
from earmark.evaluation.conclusions import LOOK_UP, MAJORITY
from earmark.evaluation.differences import Difference, holm, mean_difference
from earmark.evaluation.groups import Song, group_ids
from earmark.evaluation.splits import Split
from earmark.library.library import Library
from earmark.models.from_library import label_indices
from earmark.models.inspection import InspectedSong, Inspection
from earmark.models.judging import NamedBaseline
from earmark.training.baselines import tabular_baselines


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Models of one split beside each other and beside the baselines.

    Attributes:
        inspections: The models, best first by accuracy on the test songs.
        baselines: What each baseline says of the test songs in ``tested``.
        tested: The test songs that every model was judged on.
        truth: Label index of each of them, int64 of shape (tested,).
        rows: A row at song level for each model, on its own test songs, then for each baseline.
        differences: The best model against every other contestant, on the songs in ``tested``.
    """

    inspections: tuple[Inspection, ...]
    baselines: tuple[NamedBaseline, ...]
    tested: tuple[Track, ...]
    truth: NDArray[np.int64]
    rows: tuple[ComparisonRow, ...]
    differences: tuple[Difference, ...]

    @property
    def best(self) -> Inspection:
        """The model with the highest accuracy on the test songs."""
        return self.inspections[0]

    @property
    def split(self) -> Split:
        """The split of all models."""
        return self.best.split

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the indices."""
        return self.best.bundle.labels

    @property
    def baseline_names(self) -> tuple[str, ...]:
        """Names of the baselines in ``rows`` and ``differences``."""
        return tuple(one.name for one in self.baselines)

    def estimate(self, inspection: Inspection) -> NDArray[np.int64]:
        """A model's verdicts on the songs in ``tested``, as label indices."""
        by_id = {song.track.audio_id: song.estimate for song in inspection.part("test")}
        return np.asarray([by_id[track.audio_id] for track in self.tested], dtype=np.int64)


def gather_run(library: Library, inspections: Sequence[Inspection], *, seed: int = 0) -> Run:
    """Put the models of one split beside each other and beside the baselines.

    Args:
        library: Where the songs are.
        inspections: The models, at least one.
        seed: Seed of the baselines, the bootstrap and the permutations.

    Raises:
        InputError: There is none, their splits or labels differ, two have one name, or no test song is common to all.
        MissingExtraError: The part ``train`` is not installed, which the baselines need.
    """
    _require_one_split(inspections)
    ranked = tuple(sorted(inspections, key=lambda one: -one.judgement.rows["mean"].accuracy))
    first = ranked[0]
    shared = set.intersection(*({song.track.audio_id for song in one.part("test")} for one in ranked))
    if not shared:
        raise InputError("no test song could be heard by all of these models; report on them one by one")
    tested = tuple(song.track for song in first.part("test") if song.track.audio_id in shared)
    truth = label_indices(tested, first.bundle.labels)
    baselines = _baselines(library, first, tested, seed=seed)
    own = [replace(one.judgement.rows["mean"], name=one.name) for one in ranked]
    others = [_baseline_row(one, truth, len(first.bundle.labels), seed=seed) for one in baselines]
    run = Run(ranked, baselines, tested, truth, (*own, *others), ())
    return replace(run, differences=_differences(run, seed=seed))


def _require_one_split(inspections: Sequence[Inspection]) -> None:
    if not inspections:
        raise InputError("a report needs at least one trained model; train one with `earmark train`")
    first = inspections[0]
    for other in inspections[1:]:
        if other.split.digest != first.split.digest or other.bundle.labels != first.bundle.labels:
            raise InputError(
                f"{first.name} and {other.name} were trained with other splits, so that songs which one was tested on "
                "may be songs that the other learnt from; report on them one by one, or train both with one "
                "--split-file"
            )
    names = [one.name for one in inspections]
    if len(set(names)) != len(names):
        raise InputError(f"expected bundles with distinct names, got {', '.join(names)}")


def _baselines(
    library: Library, inspection: Inspection, tested: Sequence[Track], *, seed: int
) -> tuple[NamedBaseline, ...]:
    """The baselines, fitted on the training songs that are still here."""
    labels, groups = inspection.bundle.labels, inspection.groups
    here = {track.audio_id: track for track in library.tracks() if track.audio_id in groups}
    trained = [here[one] for one in inspection.split.train if one in here]
    songs, test_songs = _songs(groups, trained), _songs(groups, tested)
    largest = majority(label_indices(trained, labels), len(tested), n_labels=len(labels))
    looked_up = artist_lookup(songs, test_songs, labels=labels)
    return (
        *tabular_baselines(library, trained, tested, labels, seed=seed),
        NamedBaseline(LOOK_UP, looked_up, f"knows {int(looked_up.known.sum())} of them"),
        NamedBaseline(MAJORITY, largest),
    )


def _songs(groups: Mapping[str, Song], tracks: Sequence[Track]) -> list[Song]:
    return [groups[track.audio_id] for track in tracks]


def _baseline_row(baseline: NamedBaseline, truth: NDArray[np.int64], n_labels: int, *, seed: int) -> ComparisonRow:
    rng = np.random.default_rng(seed)
    return comparison_row(
        baseline.name, truth, baseline.result.estimate, n_labels=n_labels, rng=rng, note=baseline.note
    )


def _differences(run: Run, *, seed: int) -> tuple[Difference, ...]:
    """The best model against the others; pairs that nobody asks about would only cost power."""
    groups = group_ids([run.best.groups[track.audio_id] for track in run.tested], run.split.mode)
    estimates = {one.name: run.estimate(one) for one in run.inspections[1:]}
    estimates |= {one.name: one.result.estimate for one in run.baselines}
    best = run.estimate(run.best) == run.truth
    found = []
    for name, estimate in estimates.items():
        rng, right = np.random.default_rng(seed), estimate == run.truth
        p = paired_permutation(best, right, rng=rng, groups=groups)
        found.append((name, p, *mean_difference(best, right, rng=rng, groups=groups)))
    corrected = holm([p for _, p, *_ in found])
    return tuple(
        Difference(run.best.name, name, mean, low, high, p, adjusted, len(run.tested))
        for (name, p, mean, low, high), adjusted in zip(found, corrected, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Mistake:
    """A test song that was called wrong.

    Attributes:
        song: The song.
        called: Name of the verdict's label.
        probability: How sure the model was of it, in (0, 1].
        second: Name of the second most probable label.
        rank: Place of the true label in the model's order, from 2.
        truth_probability: What the model gave the true label, in [0, 1).
    """

    song: InspectedSong
    called: str
    probability: float
    second: str
    rank: int
    truth_probability: float


def mistakes(inspection: Inspection) -> list[Mistake]:
    """List the test songs that a model called wrong, the surest mistake first."""
    labels, found = inspection.bundle.labels, []
    for song in inspection.part("test"):
        if song.estimate == song.truth:
            continue
        probabilities = song.prediction.verdict.probabilities
        order = np.argsort(-probabilities, kind="stable").tolist()
        found.append(
            Mistake(
                song=song,
                called=labels[song.estimate],
                probability=float(probabilities[song.estimate]),
                second=labels[order[1]],
                rank=order.index(song.truth) + 1,
                truth_probability=float(probabilities[song.truth]),
            )
        )
    return sorted(found, key=lambda one: (-one.probability, one.song.track.display))
