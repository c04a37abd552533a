"""Sets of labels that hold the right one with a stated coverage: split conformal prediction.

Vovk, Gammerman and Shafer (2005): a score says how badly a label fits a song. Of n songs that the model did not learn
from, the scores of their own labels are kept, and a new song's set holds each label that fits no worse than the
``ceil((n + 1) * coverage)``-th of them. If the new song is exchangeable with those n, its own label is in the set with
at least that probability, however wrong the model's probabilities are; averaged over which songs happened to be kept.

- ``lac`` (Sadinle, Lei and Wasserman 2019, JASA 114): the score is one minus the label's probability. Its sets are the
  smallest on average. The default.
- ``aps`` (Romano, Sesia and Candes, NeurIPS 2020), without its random part, so that a song's set is always the same:
  the score is the probability of all labels that are more probable for the song. Sets grow where a song is hard.

The songs may be out-of-fold ones of cross-validation, whose scores several models gave (cross-conformal, Vovk 2015;
the promise is then kept in practice, and in theory up to twice the share of errors: Barber and others 2021).

Songs of one artist hang together, and the next song may be by somebody new. Simulated with artists whose songs go wrong
together, 24 songs by 8 of them or 150 by 30, the coverage of 90 % stayed at 89 to 92 % for songs of new artists. Giving
artists instead of songs equal weights would promise it, but no more than ``G / (G + 1)`` with G artists: eight would
give all labels as every set. So songs count alone here, and intervals of what was kept go by groups.

A set is never empty: it holds the top label at least. That can only raise the coverage.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.intervals import Interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.label_counts import FloatArray
from earmark.evaluation.metrics import label_indices, log_loss

ConformalMethod = Literal["lac", "aps"]
"""How badly a label fits: least sets on average, or sets that grow where a song is hard."""

CalibrationSource = Literal["validation songs", "out-of-fold songs"]
"""Which songs the scores are of: held out once, or each judged by the model of the fold that left it out."""

DEFAULT_COVERAGE = 0.9

_TOLERANCE = 1e-9
"""Scores are kept as decimal text and come from sums; a label that is this close to the threshold is in."""


@dataclass(frozen=True, slots=True)
class ConformalCalibration:
    """The scores of songs' own labels, from which sets of any coverage are made.

    Attributes:
        method: How a label's score is made.
        scores: Scores of the songs' own labels in [0, 1], in rising order.
        source: Which songs they are of.
    """

    method: ConformalMethod
    scores: tuple[float, ...]
    source: CalibrationSource

    def threshold(self, coverage: float = DEFAULT_COVERAGE) -> float:
        """The score up to which a label is in the set; infinite where the songs are too few for the coverage.

        Args:
            coverage: The promise, in (0, 1).

        Raises:
            InputError: The coverage is not between 0 and 1.
        """
        if not 0 < coverage < 1:
            raise InputError(f"expected a coverage between 0 and 1, such as {DEFAULT_COVERAGE}, got {coverage}")
        place = math.ceil((len(self.scores) + 1) * coverage - _TOLERANCE)
        return self.scores[place - 1] if place <= len(self.scores) else math.inf

    def label_set(self, probabilities: ArrayLike, coverage: float = DEFAULT_COVERAGE) -> tuple[int, ...]:
        """The labels that may be a song's own.

        Args:
            probabilities: ``(L,)`` in [0, 1], summing to 1; calibrated in the same way as those of the songs kept.
            coverage: The promise, in (0, 1).

        Returns:
            Label indices, the most probable first; never empty. All labels where the songs are too few (see `note`).

        Raises:
            InputError: These are no probabilities, or the coverage is not between 0 and 1.
        """
        row = np.asarray(probabilities, dtype=np.float64)
        if row.ndim != 1 or row.size == 0:
            raise InputError(f"expected the probabilities of one song, shape (labels,), got shape {row.shape}")
        fits = label_scores(row[None], self.method)[0] <= self.threshold(coverage) + _TOLERANCE
        order = np.argsort(-row, kind="stable")
        return tuple(int(label) for place, label in enumerate(order) if place == 0 or fits[label])

    def label_sets(self, probabilities: ArrayLike, coverage: float = DEFAULT_COVERAGE) -> list[tuple[int, ...]]:
        """The sets of several songs; `label_set` of each row of ``(n, L)``."""
        return [self.label_set(row, coverage) for row in np.asarray(probabilities, dtype=np.float64)]

    def note(self, coverage: float = DEFAULT_COVERAGE) -> str:
        """A sentence for readers where the songs are too few for the coverage and sets hold all labels; else empty."""
        if self.threshold(coverage) < math.inf:
            return ""
        least = math.ceil(coverage / (1 - coverage) - _TOLERANCE)
        return (
            f"{len(self.scores)} songs are too few for sets that hold the right label in {coverage:.0%} of cases "
            f"(at least {least} are needed), so the set is all labels."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"method": self.method, "source": self.source, "scores": list(self.scores)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ConformalCalibration":
        """The calibration of `to_json`'s plain values.

        Raises:
            InputError: Keys or values are not those of a calibration.
        """
        known = {"method", "source", "scores"}
        if set(plain) != known:
            raise InputError(f"expected a conformal calibration with the keys {sorted(known)}, got {sorted(plain)}")
        _checked_names(plain["method"], plain["source"])
        try:
            scores = np.asarray(plain["scores"], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"expected numbers as the scores of a conformal calibration: {error}") from error
        if scores.ndim != 1 or scores.size == 0 or not (scores >= 0).all() or scores.max() > 1:
            raise InputError("expected at least one score in [0, 1] in a conformal calibration")
        return cls(plain["method"], tuple(np.sort(scores).tolist()), plain["source"])


@dataclass(frozen=True, slots=True)
class SetSize:
    """Songs whose sets hold equally many labels.

    Attributes:
        size: Labels in the set.
        n: How many songs.
        held: How many of these sets hold the right label.
    """

    size: int
    n: int
    held: int


@dataclass(frozen=True, slots=True)
class CoverageCheck:
    """What sets kept of their promise on songs whose label is known.

    Attributes:
        coverage: Share of the songs whose set holds their label, in [0, 1]; NaN without songs.
        interval: Wilson's 95 % interval of it, of the effective number where groups were given.
        mean_size: Mean number of labels in a set; NaN without songs.
        singletons: Share of the sets with a single label, in [0, 1]; NaN without songs.
        sizes: Songs by the size of their set, from small to large.
        n: How many songs.
    """

    coverage: float
    interval: Interval
    mean_size: float
    singletons: float
    sizes: tuple[SetSize, ...]
    n: int

    def to_json(self) -> dict[str, Any]:
        """The check as plain values; NaN becomes None."""
        means = {"coverage": self.coverage, "mean_size": self.mean_size, "singletons": self.singletons}
        return {
            **{name: None if math.isnan(value) else value for name, value in means.items()},
            "interval": self.interval.to_json(),
            "sizes": [{"size": one.size, "n": one.n, "held": one.held} for one in self.sizes],
            "n": self.n,
        }


def fit_conformal(
    probabilities: ArrayLike,
    truth: ArrayLike,
    *,
    source: CalibrationSource,
    method: ConformalMethod = "lac",
) -> ConformalCalibration:
    """Keep the scores of songs' own labels.

    Args:
        probabilities: ``(n, L)``, rows summing to 1, of songs that the model did not learn from.
        truth: Their labels ``(n,)``.
        source: Which songs these are.
        method: How a label's score is made.

    Raises:
        InputError: The arrays do not fit, or hold no song.
        UnknownNameError: There is no such method or source.
    """
    _checked_names(method, source)
    log_loss(truth, probabilities)  # validates both
    table = np.asarray(probabilities, dtype=np.float64)
    own = label_indices(truth, n_labels=table.shape[1], what="truth")
    if own.size == 0:
        raise InputError("expected at least one song for label sets, got none")
    scores = label_scores(table, method)[np.arange(own.size), own]
    return ConformalCalibration(method, tuple(np.sort(scores).tolist()), source)


def label_scores(probabilities: FloatArray, method: ConformalMethod) -> FloatArray:
    """How badly each label fits each song, float64 ``(n, L)`` in [0, 1]; see the module for the two methods.

    Args:
        probabilities: ``(n, L)``, rows summing to 1.
        method: ``"lac"`` or ``"aps"``.
    """
    if method == "lac":
        return np.asarray(1 - probabilities, dtype=np.float64)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(probabilities, order, axis=1), axis=1)
    scores = np.empty_like(sums)
    before = np.maximum(sums - np.take_along_axis(probabilities, order, axis=1), 0.0)
    np.put_along_axis(scores, order, np.minimum(before, 1.0), axis=1)
    return scores


def coverage_check(
    sets: Sequence[Sequence[int]], truth: ArrayLike, *, groups: ArrayLike | None = None
) -> CoverageCheck:
    """Count how often sets hold the right label, and how large they are.

    Args:
        sets: Each song's label indices.
        truth: The songs' labels ``(n,)``.
        groups: ``(n,)`` ids of songs that hang together, for the interval.

    Raises:
        InputError: There is not one set, label and group for each song.
    """
    own = np.asarray(truth)
    if own.shape != (len(sets),):
        raise InputError(f"expected one label for each of {len(sets)} sets, got shape {own.shape}")
    held = np.array([label in one for one, label in zip(sets, own.tolist(), strict=True)], dtype=np.bool_)
    sizes = np.array([len(one) for one in sets], dtype=np.int64)
    hits, n = int(held.sum()), len(sets)
    interval = wilson_interval(hits, n) if groups is None else grouped_wilson_interval(held, groups)
    if n == 0:
        return CoverageCheck(math.nan, interval, math.nan, math.nan, (), 0)
    by_size = tuple(
        SetSize(int(size), int((sizes == size).sum()), int(held[sizes == size].sum())) for size in np.unique(sizes)
    )
    return CoverageCheck(hits / n, interval, float(sizes.mean()), float((sizes == 1).mean()), by_size, n)


def _checked_names(method: str, source: str) -> None:
    if method not in get_args(ConformalMethod):
        raise UnknownNameError("way to make label sets", method, get_args(ConformalMethod))
    if source not in get_args(CalibrationSource):
        raise UnknownNameError("source of calibration", source, get_args(CalibrationSource))
