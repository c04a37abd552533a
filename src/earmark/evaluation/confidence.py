"""How sure a model is, honestly: what is added to its log-probabilities before anybody acts on them.

`fit_confidence` reads songs that the model did not learn from, and makes of them one temperature, the scores for sets
of labels, and how well calibrated the probabilities were before and are after. With what held-back labels taught
(`earmark.evaluation.open_set`) it says of a new song, by `Confidence.verdict`: the labels in their order with
probabilities, the set that holds the right one with a stated coverage, and whether it sounds like none of them.

The score after scaling is cross-validated: a song's probabilities are scaled by the temperature of the other folds'
songs, so that it is what a new song can expect. Few songs need no special case here: the temperature is held towards 1
(`earmark.evaluation.temperature`), sets for which the songs are too few hold all labels and say so, and the
calibration score tells what chance alone would give.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError
from earmark.evaluation.calibration import CalibrationScore, score_calibration
from earmark.evaluation.conformal import (
    DEFAULT_COVERAGE,
    CalibrationSource,
    ConformalCalibration,
    ConformalMethod,
    fit_conformal,
)
from earmark.evaluation.label_counts import FloatArray
from earmark.evaluation.metrics import label_indices
from earmark.evaluation.open_set import OpenSetCalibration
from earmark.evaluation.temperature import apply_temperature, checked_log_probs, fit_temperature

FOLDS = 5
"""Parts of the songs by which the score after scaling is cross-validated."""


@dataclass(frozen=True, slots=True)
class SureVerdict:
    """What can honestly be said of one song.

    Attributes:
        ranking: Label indices with their probabilities, the most probable first.
        label_set: Label indices, the most probable first, that hold the right one with the coverage; never empty.
        coverage: The promise, in (0, 1).
        is_none: Whether the song sounds like none of the labels; None where that was not asked, or cannot be told.
        note: A sentence where the set is all labels for want of songs, else empty.
        outside: Why the song is music of quite another kind than the catalogue, in a sentence; empty where it is not,
            or nobody looked. Such a song sounds like none of the labels, whatever their probabilities.
    """

    ranking: tuple[tuple[int, float], ...]
    label_set: tuple[int, ...]
    coverage: float
    is_none: bool | None
    note: str
    outside: str = ""

    @property
    def label(self) -> int:
        """Index of the most probable label."""
        return self.ranking[0][0]

    @property
    def margin(self) -> float:
        """By how much the first label's probability exceeds the second's, in [0, 1]; 1 with a single label."""
        return self.ranking[0][1] - self.ranking[1][1] if len(self.ranking) > 1 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """What turns a model's log-probabilities into promises.

    Attributes:
        n_labels: How many labels the model knows.
        temperature: What log-probabilities are divided by.
        conformal: Scores of songs' own labels, for sets.
        open_set: From where on a song is like none of the labels; None where no label was held back.
        source: Which songs all this is of.
        songs: How many.
        before: Calibration of the model's own probabilities on these songs.
        after: The same after scaling, cross-validated.
    """

    n_labels: int
    temperature: float
    conformal: ConformalCalibration
    open_set: OpenSetCalibration | None
    source: CalibrationSource
    songs: int
    before: CalibrationScore
    after: CalibrationScore

    def probabilities(self, log_probs: ArrayLike) -> FloatArray:
        """A song's calibrated probabilities.

        Args:
            log_probs: Its natural log-probabilities ``(L,)``.

        Returns:
            float64 ``(L,)``, summing to 1.

        Raises:
            InputError: The array is not of one song and of all labels, or holds NaN.
        """
        row = np.asarray(log_probs, dtype=np.float64)
        if row.shape != (self.n_labels,):
            raise InputError(f"expected one song's log-probabilities of {self.n_labels} labels, got shape {row.shape}")
        return apply_temperature(row[None], self.temperature).reshape(-1)

    def verdict(
        self, log_probs: ArrayLike, *, coverage: float = DEFAULT_COVERAGE, open_score: float | None = None
    ) -> SureVerdict:
        """What can honestly be said of a song.

        Args:
            log_probs: Its natural log-probabilities ``(L,)``.
            coverage: How often the set is to hold the right label, in (0, 1).
            open_score: How strange the song is, by the score that ``open_set.score`` names; None leaves open whether it
                is like none of the labels.

        Raises:
            InputError: The array does not fit, or the coverage is not between 0 and 1.
        """
        row = self.probabilities(log_probs)
        order = np.argsort(-row, kind="stable")
        judged = self.open_set if self.open_set is not None and self.open_set.tells else None
        return SureVerdict(
            ranking=tuple((int(label), float(row[label])) for label in order),
            label_set=self.conformal.label_set(row, coverage),
            coverage=coverage,
            is_none=None if judged is None or open_score is None else judged.is_none(open_score),
            note=self.conformal.note(coverage),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, as a bundle's card keeps them."""
        return {
            "n_labels": self.n_labels,
            "temperature": self.temperature,
            "conformal": self.conformal.to_json(),
            "open_set": None if self.open_set is None else self.open_set.to_json(),
            "source": self.source,
            "songs": self.songs,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Confidence":
        """The confidence of `to_json`'s plain values.

        Raises:
            InputError: Keys or values are not those of a confidence.
            UnknownNameError: It names another way to make sets, or another source.
        """
        expected = {field.name for field in fields(cls)}
        if set(plain) != expected:
            missing, unknown = sorted(expected - set(plain)), sorted(set(plain) - expected)
            raise InputError(f"a confidence lacks the keys {missing} and has the unknown keys {unknown}")
        conformal = ConformalCalibration.from_json(plain["conformal"])
        temperature, n_labels, songs = plain["temperature"], plain["n_labels"], plain["songs"]
        if not isinstance(temperature, int | float) or not 0 < temperature < math.inf:
            raise InputError(f"expected a confidence's temperature above 0, got {temperature!r}")
        if not all(isinstance(count, int) and count >= 1 for count in (n_labels, songs)):
            raise InputError(f"expected a confidence of at least one label and song, got {n_labels!r} and {songs!r}")
        if plain["source"] != conformal.source or songs != len(conformal.scores):
            raise InputError("a confidence's label sets are not of the songs that it names")
        return cls(
            n_labels=n_labels,
            temperature=float(temperature),
            conformal=conformal,
            open_set=None if plain["open_set"] is None else OpenSetCalibration.from_json(plain["open_set"]),
            source=conformal.source,
            songs=songs,
            before=CalibrationScore.from_json(plain["before"]),
            after=CalibrationScore.from_json(plain["after"]),
        )


def fit_confidence(
    log_probs: ArrayLike,
    truth: ArrayLike,
    *,
    source: CalibrationSource,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    open_set: OpenSetCalibration | None = None,
    method: ConformalMethod = "lac",
) -> Confidence:
    """Learn from songs that the model did not learn from how far it can be believed.

    Args:
        log_probs: Natural log-probabilities ``(n, L)``, n >= 1, of song level.
        truth: The songs' labels ``(n,)``.
        source: Which songs these are.
        rng: The source of chance, for folds and resamples.
        groups: ``(n,)`` ids of songs that hang together, such as those of one artist: kept together in folds and
            intervals.
        open_set: What held-back labels taught.
        method: How sets of labels are made.

    Raises:
        InputError: The arrays do not fit, or hold no song.
        UnknownNameError: There is no such method or source.
    """
    table = checked_log_probs(log_probs)
    temperature = fit_temperature(table, truth)
    after = cross_fitted(table, truth, rng=rng, groups=groups)
    return Confidence(
        n_labels=table.shape[1],
        temperature=temperature,
        conformal=fit_conformal(apply_temperature(table, temperature), truth, source=source, method=method),
        open_set=open_set,
        source=source,
        songs=table.shape[0],
        before=score_calibration(apply_temperature(table, 1.0), truth, rng=rng, groups=groups),
        after=score_calibration(after, truth, rng=rng, groups=groups),
    )


def cross_fitted(
    log_probs: ArrayLike, truth: ArrayLike, *, rng: np.random.Generator, groups: ArrayLike | None = None
) -> FloatArray:
    """Scale each song by a temperature that it had no say in: that of the other folds.

    Args:
        log_probs: Natural log-probabilities ``(n, L)``.
        truth: The songs' labels ``(n,)``.
        rng: Deals the songs, or their groups, into `FOLDS` folds.
        groups: ``(n,)`` ids of songs that hang together.

    Returns:
        Probabilities, float64 ``(n, L)``, as good as those of a new song; not scaled where all songs are one group.

    Raises:
        InputError: The arrays do not fit.
    """
    table = checked_log_probs(log_probs)
    own = label_indices(truth, n_labels=table.shape[1], what="truth")
    ids = np.arange(len(table)) if groups is None else np.asarray(groups)
    if own.shape != (len(table),) or ids.shape != own.shape:
        raise InputError(f"expected a label and group for each of {len(table)} songs, got {own.shape}, {ids.shape}")
    names, unit = np.unique(ids, return_inverse=True)
    fold = (rng.permutation(names.size) % FOLDS)[unit.reshape(-1)]
    scaled = np.empty_like(table)
    for number in np.unique(fold):
        here = fold == number
        scaled[here] = apply_temperature(table[here], fit_temperature(table[~here], own[~here]))
    return scaled
