"""What a report says of a finished run, before any of it is drawn: models and baselines on the same test songs.

A finished run is one model, or several that were trained with one split. Baselines are worked out anew from the
library, since a paired test needs what each said of each song. Intervals and tests go over what hangs together in the
split's mode: whole groups of artists where it is artist-disjoint. Which songs hang together is worked out once, on all
songs of the split: of the test songs alone, a chain of shared artists may not be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.baselines import (
    ARTIST_LOOKUP,
    MAJORITY,
    METADATA_ONLY,
    SHORTCUT_ONLY,
    artist_lookup,
    majority,
)
from earmark.evaluation.comparison import ComparisonRow, comparison_row, paired_permutation
from earmark.evaluation.differences import SIGNIFICANCE, Difference, holm, mean_difference
from earmark.evaluation.groups import Song
from earmark.evaluation.splits import Split
from earmark.library.library import Library
from earmark.models.from_library import label_indices
from earmark.models.inspection import InspectedSong, Inspection
from earmark.models.judging import NamedBaseline, hanging_together
from earmark.training.baselines import tabular_baselines


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Models of one split beside each other and beside the baselines.

    Attributes:
        inspections: The models, best first by accuracy on the test songs.
        baselines: What each baseline says of the test songs in ``tested``.
        tested: The test songs that every model was judged on.
        truth: Label index of each of them, int64 of shape (tested,).
        groups: Number of the group that each song of the split hangs together with, by audio id; songs that the
            library does not hold any more are in none.
        rows: A row at song level for each model, on its own test songs, then for each baseline.
        differences: The best model against every other contestant, on the songs in ``tested``.
    """

    inspections: tuple[Inspection, ...]
    baselines: tuple[NamedBaseline, ...]
    tested: tuple[Track, ...]
    truth: NDArray[np.int64]
    groups: Mapping[str, int]
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

    def grouped(self, tracks: Sequence[Track]) -> NDArray[np.int64] | None:
        """The group of each of some songs of the split, int64 of shape (tracks,); None where each stands alone."""
        return hanging_together(np.array([self.groups[track.audio_id] for track in tracks], dtype=np.int64))

    @property
    def n_groups(self) -> int:
        """How many groups of songs the tests go over; in a split by song, how many songs."""
        return len({self.groups[track.audio_id] for track in self.tested})

    def too_few(self, difference: Difference) -> bool:
        """Whether a difference was left open that the test could not have proven, however large it is.

        Signs are flipped for each group in which the two differ. Of d groups, 2 of the 2 to the power of d patterns
        are as extreme as can be, so that no p-value is smaller than their share, before its correction.

        Args:
            difference: One of ``differences``.
        """
        if difference.better is not None:
            return False
        gain = (self.estimate(self.best) == self.truth).astype(np.int64) - (self._said(difference.second) == self.truth)
        units = np.array([self.groups[track.audio_id] for track in self.tested])
        n_differing = np.count_nonzero(np.bincount(units, weights=gain))
        return bool(2.0 ** (1 - n_differing) * len(self.differences) > SIGNIFICANCE)

    def _said(self, name: str) -> NDArray[np.int64]:
        """What a contestant says of the songs in ``tested``."""
        for inspection in self.inspections:
            if inspection.name == name:
                return self.estimate(inspection)
        return next(one.result.estimate for one in self.baselines if one.name == name)

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
    require_one_run([RunKey(one.name, one.split.digest, one.bundle.labels) for one in inspections])
    ranked = tuple(sorted(inspections, key=lambda one: -one.judgement.rows["mean"].accuracy))
    first = ranked[0]
    shared = set.intersection(*({song.track.audio_id for song in one.part("test")} for one in ranked))
    if not shared:
        raise InputError("no test song could be heard by all of these models; report on them one by one")
    tested = tuple(song.track for song in first.part("test") if song.track.audio_id in shared)
    truth = label_indices(tested, first.bundle.labels)
    baselines = _baselines(library, first, tested, seed=seed)
    run = Run(ranked, baselines, tested, truth, _groups(first), (), ())
    own = [_model_row(one, run, seed=seed) for one in ranked]
    others = [_baseline_row(one, run, seed=seed) for one in baselines]
    return replace(run, rows=(*own, *others), differences=_differences(run, seed=seed))


@dataclass(frozen=True, slots=True)
class RunKey:
    """What models of one report have in common, but for the name.

    Attributes:
        name: The bundle's folder.
        digest: The digest of its split.
        labels: Names of its labels.
    """

    name: str
    digest: str
    labels: tuple[str, ...]


def require_one_run(keys: Sequence[RunKey]) -> None:
    """Refuse models that cannot stand in one report.

    Args:
        keys: Each model's key, as its bundle or its card has it.

    Raises:
        InputError: There is none, their splits or labels differ, or two have one name.
    """
    if not keys:
        raise InputError("a report needs at least one trained model; train one with `earmark train`")
    first = keys[0]
    for other in keys[1:]:
        if (other.digest, other.labels) != (first.digest, first.labels):
            raise InputError(
                f"{first.name} and {other.name} were trained with other splits, so that songs which one was tested on "
                "may be songs that the other learnt from; report on them one by one, or train both with one "
                "--split-file"
            )
    names = [key.name for key in keys]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"expected bundles in folders of different names, got {', '.join(names)}; rename one of the folders "
            f"called {twice}"
        )


def _groups(inspection: Inspection) -> dict[str, int]:
    """The groups of all songs of the split that are still here."""
    songs = [inspection.groups[one] for one in inspection.split.part_of() if one in inspection.groups]
    return dict(zip((song.id for song in songs), inspection.split.group_ids(songs).tolist(), strict=True))


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
        NamedBaseline(ARTIST_LOOKUP, looked_up, f"knows {int(looked_up.known.sum())} of them"),
        NamedBaseline(MAJORITY, largest),
    )


def _songs(groups: Mapping[str, Song], tracks: Sequence[Track]) -> list[Song]:
    return [groups[track.audio_id] for track in tracks]


def _model_row(inspection: Inspection, run: Run, *, seed: int) -> ComparisonRow:
    row, songs = inspection.judgement.rows["mean"], inspection.part("test")
    regression = inspection.bundle.spec.kind == "metadata"
    return comparison_row(
        inspection.name,
        [song.truth for song in songs],
        [song.estimate for song in songs],
        n_labels=len(run.labels),
        rng=np.random.default_rng(seed),
        groups=run.grouped([song.track for song in songs]),
        seconds=row.seconds,
        note="logistic regression: BPM, key, length" if regression else row.note,
    )


def _baseline_row(baseline: NamedBaseline, run: Run, *, seed: int) -> ComparisonRow:
    forest = "random forest: " if baseline.name in (METADATA_ONLY, SHORTCUT_ONLY) else ""
    return comparison_row(
        baseline.name,
        run.truth,
        baseline.result.estimate,
        n_labels=len(run.labels),
        rng=np.random.default_rng(seed),
        groups=run.grouped(run.tested),
        note=f"{forest}{baseline.note}",
    )


def _differences(run: Run, *, seed: int) -> tuple[Difference, ...]:
    """The best model against the others; pairs that nobody asks about would only cost power."""
    groups = run.grouped(run.tested)
    estimates = {one.name: run.estimate(one) for one in run.inspections[1:]}
    estimates |= {one.name: one.result.estimate for one in run.baselines}
    best = run.estimate(run.best) == run.truth
    found = []
    for name, estimate in estimates.items():
        rng, right = np.random.default_rng(seed), estimate == run.truth
        p = paired_permutation(best, right, rng=rng, groups=groups)
        found.append((name, p, *mean_difference(best, right, groups=groups)))
    corrected = holm([p for _, p, *_ in found])
    return tuple(
        Difference(run.best.name, name, mean, low, high, p, adjusted, len(run.tested), run.n_groups)
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
