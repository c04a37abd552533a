"""Whether probabilities keep their promises: reliability by bins of confidence, and one number for it.

``probabilities`` are ``(n, L)`` in [0, 1] with rows that sum to 1, a row for a song and a column for a label. ``truth``
are label indices ``(n,)`` in ``[0, L)``. A song's confidence is the probability of its top label.

*Expected calibration error* (Naeini and others 2015; Guo and others 2017): songs in bins by confidence, the mean over
songs of how far a bin's mean confidence is from its share of right songs. Bins hold equally many songs: bins of equal
width leave most of a few dozen songs in one or two of them. The error is above 0 by chance alone, and much so for few
songs: a perfectly calibrated model shows about 0.07 with 200 songs and 0.10 with 50. What chance alone gives is
therefore simulated for these very confidences and reported beside the error.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.intervals import Interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.label_counts import FloatArray
from earmark.evaluation.metrics import IntArray, log_loss

BIN_SONGS = 10
"""Fewer bins than asked for are made where a bin would hold fewer songs than this."""


@dataclass(frozen=True, slots=True)
class CalibrationScore:
    """How well probabilities keep their promises on some songs.

    Attributes:
        ece: Expected calibration error of the top label, in [0, 1]; NaN without songs.
        expected_by_chance: What a perfectly calibrated model of these confidences shows on average, in [0, 1].
        chance_high: What it exceeds in one of twenty such samples only: a larger ``ece`` is a finding.
        debiased: The error with what chance adds taken out, ``sqrt(max(0, ece^2 - expected_by_chance^2))``. In
            simulation nearly right where it is large or the songs are many, else rather too small.
        interval: Where the true error lies, by the bootstrap over songs or groups, with what chance adds taken out.
        brier: Mean over songs of the squared distance of the probabilities from the truth (Brier 1950), in [0, 2].
        nll: Mean negative log-probability of the songs' own labels, in nats.
        n: How many songs.
    """

    ece: float
    expected_by_chance: float
    chance_high: float
    debiased: float
    interval: Interval
    brier: float
    nll: float
    n: int

    def __str__(self) -> str:
        return f"ECE {self.ece:.2f}, of which {self.expected_by_chance:.2f} is expected by chance of {self.n} songs"

    def to_json(self) -> dict[str, Any]:
        """The score as plain values; NaN becomes None."""
        plain = {name: _none_for_nan(value) for name, value in asdict(self).items() if name != "interval"}
        return {**plain, "interval": self.interval.to_json()}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "CalibrationScore":
        """The score of `to_json`'s plain values.

        Raises:
            InputError: Keys or values are not those of a score.
        """
        try:
            interval = Interval(**plain["interval"])
            score = cls(**{**plain, "interval": interval})
            numbers = (score.ece, score.expected_by_chance, score.chance_high, score.debiased, score.brier, score.nll)
            ece, chance, high, debiased, brier, nll = (math.nan if one is None else float(one) for one in numbers)
            return cls(ece, chance, high, debiased, interval, brier, nll, int(score.n))
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(
                f"expected a calibration score as `CalibrationScore.to_json` makes it, got {plain!r}"
            ) from error


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Songs of about one confidence.

    Attributes:
        low: Least confidence in it.
        high: Largest.
        confidence: Mean confidence, in [0, 1].
        right: Share of the songs whose top label was right, in [0, 1].
        interval: Wilson's 95 % interval of that share, of the effective number where groups were given.
        n: How many songs, at least 1.
    """

    low: float
    high: float
    confidence: float
    right: float
    interval: Interval
    n: int

    def to_json(self) -> dict[str, Any]:
        """The bin as plain values."""
        return {**asdict(self), "interval": self.interval.to_json()}


@dataclass(frozen=True, slots=True)
class ReliabilityTable:
    """What was promised beside what was kept, from the least confident songs to the most.

    Attributes:
        bins: The bins that hold songs.
        n: How many songs in all.
    """

    bins: tuple[ReliabilityBin, ...]
    n: int

    def to_json(self) -> dict[str, Any]:
        """The table as plain values."""
        return {"bins": [one.to_json() for one in self.bins], "n": self.n}


def expected_calibration_error(probabilities: ArrayLike, truth: ArrayLike, *, bins: int = 10) -> float:
    """Mean over songs of how far their bin's mean confidence is from its share of right songs.

    Args:
        probabilities: ``(n, L)``, rows summing to 1.
        truth: Labels ``(n,)``.
        bins: How many bins of equally many songs; fewer where one would hold fewer than `BIN_SONGS`. Songs of the same
            confidence share a bin.

    Returns:
        In [0, 1]; NaN without songs.

    Raises:
        InputError: The arrays are no probabilities and labels of the same songs, or there is no bin.
    """
    confidence, right = _top(probabilities, truth)
    return _errors(confidence, right[None], _bin_of(confidence, bins))[0] if right.size else math.nan


def score_calibration(
    probabilities: ArrayLike,
    truth: ArrayLike,
    *,
    rng: np.random.Generator,
    bins: int = 10,
    groups: ArrayLike | None = None,
    resamples: int = 1000,
) -> CalibrationScore:
    """Score how well probabilities keep their promises.

    Args:
        probabilities: ``(n, L)``, rows summing to 1.
        truth: Labels ``(n,)``.
        rng: The source of chance.
        bins: As in `expected_calibration_error`.
        groups: ``(n,)`` ids of songs that hang together (by one artist; the same song in several repeats). Whole groups
            are drawn for the interval, and what chance gives is simulated with the correlation that is found in them.
        resamples: How many samples are simulated, and drawn for the interval.

    Raises:
        InputError: The arrays do not fit, or there is no bin or resample.
    """
    confidence, right = _top(probabilities, truth)
    nll = log_loss(truth, probabilities)
    units = _units(groups, right.size)
    if resamples < 1:
        raise InputError(f"expected at least one resample, got {resamples}")
    method = Interval(0.0, 1.0, 0.95, "bootstrap" if groups is None else "group-bootstrap")
    if right.size == 0:
        return CalibrationScore(math.nan, math.nan, math.nan, math.nan, method, math.nan, math.nan, 0)
    bin_of = _bin_of(confidence, bins)
    ece = float(_errors(confidence, right[None], bin_of)[0])
    by_chance = _errors(confidence, _calibrated(confidence, right, units, rng=rng, draws=resamples), bin_of)
    chance = float(by_chance.mean())
    return CalibrationScore(
        ece=ece,
        expected_by_chance=chance,
        chance_high=float(np.quantile(by_chance, 0.95)),
        debiased=math.sqrt(max(0.0, ece**2 - chance**2)),
        interval=_interval(confidence, right, units, chance, method=method, bins=bins, rng=rng, resamples=resamples),
        brier=_brier(probabilities, truth),
        nll=nll,
        n=right.size,
    )


def reliability(
    probabilities: ArrayLike, truth: ArrayLike, *, bins: int = 10, groups: ArrayLike | None = None
) -> ReliabilityTable:
    """Set mean confidence beside the share of right songs, bin by bin.

    Args:
        probabilities: ``(n, L)``, rows summing to 1.
        truth: Labels ``(n,)``.
        bins: As in `expected_calibration_error`.
        groups: ``(n,)`` ids of songs that hang together, for the intervals.

    Raises:
        InputError: The arrays do not fit, or there is no bin.
    """
    confidence, right = _top(probabilities, truth)
    bin_of = _bin_of(confidence, bins)
    units = None if groups is None else _units(groups, right.size)
    rows = []
    for number in np.unique(bin_of):
        here = bin_of == number
        hits, n = right[here], int(here.sum())
        interval = wilson_interval(int(hits.sum()), n) if units is None else grouped_wilson_interval(hits, units[here])
        sure = confidence[here]
        ends = float(sure.min()), float(sure.max())
        rows.append(ReliabilityBin(*ends, float(sure.mean()), float(hits.mean()), interval, n))
    return ReliabilityTable(tuple(rows), right.size)


def _top(probabilities: ArrayLike, truth: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Confidence and whether it was right, ``(n,)`` each."""
    log_loss(truth, probabilities)  # validates both
    table = np.asarray(probabilities, dtype=np.float64)
    if table.shape[0] == 0:
        return np.zeros(0), np.zeros(0, dtype=np.bool_)
    return table.max(axis=1), table.argmax(axis=1) == np.asarray(truth)


def _units(groups: ArrayLike | None, n: int) -> IntArray:
    """Each song's group from 0; each song its own where there are none."""
    if groups is None:
        return np.arange(n)
    ids = np.asarray(groups)
    if ids.shape != (n,):
        raise InputError(f"expected one group id per song, shape {(n,)}, got shape {ids.shape}")
    return np.unique(ids, return_inverse=True)[1].reshape(-1)


def _bin_of(confidence: FloatArray, bins: int) -> IntArray:
    """Each song's bin: by how many songs are less confident, so that equal confidences share a bin."""
    if bins < 1:
        raise InputError(f"expected at least one bin, got {bins}")
    n = confidence.size
    used = max(1, min(bins, n // BIN_SONGS))
    less = np.searchsorted(np.sort(confidence), confidence)
    return np.asarray(less * used // max(n, 1), dtype=np.int64)


def _errors(confidence: FloatArray, right: NDArray[np.bool_], bin_of: IntArray) -> FloatArray:
    """The calibration error of each row of outcomes ``(R, n)``, as ``(R,)``."""
    member = (bin_of[:, None] == np.unique(bin_of)).astype(np.float64)
    return np.asarray(np.abs((right - confidence) @ member).sum(axis=1) / confidence.size)


def _calibrated(
    confidence: FloatArray, right: NDArray[np.bool_], units: IntArray, *, rng: np.random.Generator, draws: int
) -> NDArray[np.bool_]:
    """Outcomes ``(draws, n)`` of a calibrated model of these confidences, songs of a group right or wrong together.

    Each song has a normal variable, part of which its group shares; it is right where that is below its confidence's
    quantile.
    """
    from scipy.special import ndtri

    shared = _latent_correlation(right - confidence, units)
    of_groups = rng.standard_normal((draws, int(units.max()) + 1))[:, units]
    own = rng.standard_normal((draws, right.size))
    return np.asarray(math.sqrt(shared) * of_groups + math.sqrt(1 - shared) * own < ndtri(confidence))


def _latent_correlation(residuals: FloatArray, units: IntArray) -> float:
    """Correlation in [0, 1] of two songs of a group behind what is seen of it, a threshold's two sides.

    Two normal variables of correlation r lie on the same side of their medians as two signs of correlation
    ``2 arcsin(r) / pi`` (Sheppard 1899).
    """
    centred = residuals - residuals.mean()
    sizes = np.bincount(units)
    pairs = float((sizes * (sizes - 1)).sum())
    spread = float((centred**2).mean())
    if pairs == 0 or spread == 0:
        return 0.0
    together = float((np.bincount(units, weights=centred) ** 2).sum() - (centred**2).sum()) / pairs
    return math.sin(math.pi / 2 * min(max(together / spread, 0.0), 1.0))


def _interval(
    confidence: FloatArray,
    right: NDArray[np.bool_],
    units: IntArray,
    chance: float,
    *,
    method: Interval,
    bins: int,
    rng: np.random.Generator,
    resamples: int,
) -> Interval:
    """The bootstrap's interval; a resample holds chance's share of the squared error twice, once from either draw."""
    members = [np.flatnonzero(units == unit) for unit in range(int(units.max()) + 1)]
    if len(members) < 2:
        return method
    values = np.empty(resamples)
    for number in range(resamples):
        drawn = np.concatenate([members[unit] for unit in rng.integers(len(members), size=len(members))])
        sure = confidence[drawn]
        error = _errors(sure, right[drawn][None], _bin_of(sure, bins))[0]
        values[number] = math.sqrt(max(0.0, error**2 - 2 * chance**2))
    low, high = np.quantile(values, [(1 - method.level) / 2, (1 + method.level) / 2])
    # Where many songs share a confidence, resamples differ less than supposed here and the ends come out too low.
    around = math.sqrt(max(0.0, _errors(confidence, right[None], _bin_of(confidence, bins))[0] ** 2 - chance**2))
    return Interval(min(float(low), around), max(float(high), around), method.level, method.method)


def _brier(probabilities: ArrayLike, truth: ArrayLike) -> float:
    table = np.array(probabilities, dtype=np.float64)
    table[np.arange(table.shape[0]), np.asarray(truth)] -= 1
    return float((table**2).sum(axis=1).mean())


def _none_for_nan(value: float) -> float | None:
    return None if isinstance(value, float) and math.isnan(value) else value
