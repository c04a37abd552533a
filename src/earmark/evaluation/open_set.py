"""Whether a song sounds like none of the labels that a model knows.

A score says how strange a song is; **higher is stranger** for every score here. What it is worth is found by holding
labels back: a model learns all labels but one, and its scores of the songs that it could know are set beside those of
the label that it could not (a `HeldBackRound`). All labels' rounds together give

- the area under the ROC curve, AUROC: how often a song of an unknown label is stranger than one of a known label
  (Hanley and McNeil 1982), the mean over held-back labels;
- a threshold that a stated share of known songs stays below, and the share of unknown songs that it catches.

The interval of the AUROC goes by what would come anew with other music: labels that were held back, and groups of
known songs. Placement values (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44) are summed within these units
(Obuchowski 1997, Biometrics 53), and Student's t allows for few labels.

Scores come from `earmark.evaluation.open_scores`, or from elsewhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError
from earmark.evaluation.intervals import Interval, grouped_wilson_interval
from earmark.evaluation.label_counts import FloatArray

PASS_SHARE = 0.95
"""Share of the songs of known labels that a threshold lets pass, where no other is asked for."""


@dataclass(frozen=True, slots=True)
class Auroc:
    """How well a score tells songs of unknown labels from those of known ones.

    Attributes:
        value: Chance that an unknown song is stranger than a known one, ties as halves, in [0, 1]; 0.5 tells nothing.
        low: Lower end of its interval.
        high: Upper end.
        level: The interval's confidence level.
        n_known: How many songs of known labels.
        n_unknown: How many of unknown ones.
    """

    value: float
    low: float
    high: float
    level: float
    n_known: int
    n_unknown: int

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class HeldBackRound:
    """Scores by a model that learnt all labels but one.

    Attributes:
        label: The label that was held back.
        known: Scores ``(n,)`` of songs of the other labels that the model did not learn from.
        unknown: Scores ``(m,)`` of songs of the held-back label.
        known_groups: Ids ``(n,)`` of what hangs together among the known, the same in all rounds: a song's or its
            artist's; None where each score is of a song of its own, that no other round has.
    """

    label: str
    known: FloatArray
    unknown: FloatArray
    known_groups: Sequence[str | int] | None = None


@dataclass(frozen=True, slots=True)
class HeldBackLabel:
    """How a held-back label's songs were told from the others.

    Attributes:
        label: The label.
        auroc: The chance that one of its songs is stranger than a song of a known label.
        caught: Share of its songs above the threshold of its own round, in [0, 1].
        n_known: Songs of known labels in the round.
        n_unknown: Songs of the held-back label.
    """

    label: str
    auroc: float
    caught: float
    n_known: int
    n_unknown: int


@dataclass(frozen=True, slots=True)
class OpenSetCalibration:
    """From which score on a song sounds like none of the labels, and what that is worth.

    Attributes:
        score: Name of the score, such as ``"max-probability"``.
        pass_share: Share of known songs that the threshold lets pass.
        threshold: Songs with a higher score are like none of the labels; None where the known songs are too few for
            the share, and no song is called so.
        auroc: Mean over held-back labels.
        caught: Mean over held-back labels of the share of their songs that is caught.
        caught_interval: Wilson's of that share over songs, of the effective number where labels are groups.
        labels: Each held-back label.
        n_known: Songs of known labels that the threshold was chosen on.
    """

    score: str
    pass_share: float
    threshold: float | None
    auroc: Auroc
    caught: float
    caught_interval: Interval
    labels: tuple[HeldBackLabel, ...]
    n_known: int

    @property
    def tells(self) -> bool:
        """Whether the score is shown to tell unknown songs at all: a threshold, and an AUROC surely above 0.5."""
        return self.threshold is not None and self.auroc.low > 0.5

    def is_none(self, score: float) -> bool:
        """Whether a song with this score sounds like none of the labels; False where there is no threshold.

        Args:
            score: The song's, by the same score.

        Raises:
            InputError: It is not a number.
        """
        if math.isnan(score):
            raise InputError(f"expected a song's {self.score} score, got {score}")
        return self.threshold is not None and score > self.threshold

    def sentence(self) -> str:
        """What it is worth, in a sentence."""
        if self.threshold is None:
            return f"{self.n_known} songs are too few to say which song is like none of the labels."
        told = "" if self.tells else " That cannot be told from guessing."
        return (
            f"A song of a label that was held back is stranger than one of the others in {self.auroc.value:.0%} of "
            f"pairs ({self.auroc.low:.0%} to {self.auroc.high:.0%}); {self.caught:.0%} of them are caught where "
            f"{self.pass_share:.0%} of the others pass.{told}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "labels": [asdict(one) for one in self.labels]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "OpenSetCalibration":
        """The calibration of `to_json`'s plain values.

        Raises:
            InputError: Keys or values are not those of a calibration.
        """
        expected = {field.name for field in fields(cls)}
        if set(plain) != expected:
            raise InputError(f"expected an open-set calibration with keys {sorted(expected)}, got {sorted(plain)}")
        try:
            made = cls(
                str(plain["score"]),
                float(plain["pass_share"]),
                None if plain["threshold"] is None else float(plain["threshold"]),
                Auroc(**_numbers(plain["auroc"])),
                float(plain["caught"]),
                Interval(**plain["caught_interval"]),
                tuple(HeldBackLabel(str(one["label"]), **_numbers(one, but="label")) for one in plain["labels"]),
                int(plain["n_known"]),
            )
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(f"expected the values of an open-set calibration: {error}") from error
        _check_share(made.pass_share)
        return made


def auroc(
    known_scores: ArrayLike,
    unknown_scores: ArrayLike,
    *,
    known_groups: ArrayLike | None = None,
    unknown_groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Auroc:
    """How well one score tells unknown songs from known ones, with an interval.

    Args:
        known_scores: ``(n,)``, n >= 1.
        unknown_scores: ``(m,)``, m >= 1.
        known_groups: ``(n,)`` ids of known songs that hang together, or None.
        unknown_groups: ``(m,)`` ids of unknown songs that hang together, or None.
        level: The interval's confidence level, in (0, 1).

    Raises:
        InputError: There is no song of one kind, a score is NaN, groups do not fit or the level is out of range.
    """
    known, unknown = _checked_scores(known_scores, "known"), _checked_scores(unknown_scores, "unknown")
    above, below = _placements(known, unknown)
    value = float(above.mean())
    parts = [
        _unit_sums((below - value) / known.size, known_groups),
        _unit_sums((above - value) / unknown.size, unknown_groups),
    ]
    return _with_interval(value, parts, level=level, n_known=known.size, n_unknown=unknown.size)


def fit_open_set(
    rounds: Sequence[HeldBackRound],
    *,
    score: str,
    known: ArrayLike | None = None,
    pass_share: float = PASS_SHARE,
    level: float = 0.95,
) -> OpenSetCalibration:
    """Choose the threshold, and say what it is worth, from rounds in which each label was held back.

    What is caught is counted in each round at the threshold of its own known songs, so that no unknown song had a say
    in it.

    Args:
        rounds: One for each held-back label, at least one.
        score: Name of the score that the rounds hold, as the calibration keeps it.
        known: Scores ``(n,)`` by the final model, which knows all labels, of songs that it did not learn from: the
            threshold is chosen on these. Where None, on the known songs of all rounds; with few labels the final
            model's scores are of another size than those of models with a label less, so give them where you can.
        pass_share: Share of known songs that is to pass, in (0, 1).
        level: Confidence level of the intervals.

    Raises:
        InputError: There is no round, a label has two, a round lacks songs of one kind, or the share is out of range.
    """
    _check_share(pass_share)
    if not rounds:
        raise InputError("expected at least one label that was held back, got none")
    names = [one.label for one in rounds]
    if len(set(names)) != len(names):
        raise InputError(f"expected each held-back label once, got {names}")
    rows = tuple(_judged(one, pass_share) for one in rounds)
    chosen_on = _checked_scores(
        np.concatenate([np.asarray(one.known, dtype=np.float64) for one in rounds]) if known is None else known, "known"
    )
    threshold = _threshold(chosen_on, pass_share)
    hits = np.concatenate([np.arange(row.n_unknown) < round(row.caught * row.n_unknown) for row in rows])
    return OpenSetCalibration(
        score=score,
        pass_share=pass_share,
        threshold=None if threshold == math.inf else threshold,
        auroc=_mean_auroc(rounds, rows, level=level),
        caught=float(np.mean([row.caught for row in rows])),
        caught_interval=grouped_wilson_interval(
            hits, np.repeat(np.arange(len(rows)), [row.n_unknown for row in rows]), level=level
        ),
        labels=rows,
        n_known=chosen_on.size,
    )


def _judged(one: HeldBackRound, pass_share: float) -> HeldBackLabel:
    known, unknown = _checked_scores(one.known, "known"), _checked_scores(one.unknown, "unknown")
    above, _ = _placements(known, unknown)
    caught = float((unknown > _threshold(known, pass_share)).mean())
    return HeldBackLabel(one.label, float(above.mean()), caught, known.size, unknown.size)


def _mean_auroc(rounds: Sequence[HeldBackRound], rows: Sequence[HeldBackLabel], *, level: float) -> Auroc:
    """The mean over held-back labels, whose interval goes by labels on one side and groups of known songs on the other.

    A group's part is summed over all rounds: the same known song is judged in each of them.
    """
    value = float(np.mean([row.auroc for row in rows]))
    of_known, ids = [], []
    for number, (one, row) in enumerate(zip(rounds, rows, strict=True)):
        _, below = _placements(_checked_scores(one.known, "known"), _checked_scores(one.unknown, "unknown"))
        of_known.append((below - row.auroc) / (row.n_known * len(rows)))
        own = range(row.n_known) if one.known_groups is None else one.known_groups
        ids += [(number, one_id) if one.known_groups is None else (-1, one_id) for one_id in own]
        if len(own) != row.n_known:
            raise InputError(f"expected one group id per known song of {one.label!r}, got {len(own)} of {row.n_known}")
    numbers = {one_id: place for place, one_id in enumerate(dict.fromkeys(ids))}
    units = np.array([numbers[one_id] for one_id in ids])
    label_part = np.array([(row.auroc - value) / len(rows) for row in rows])
    n_known, n_unknown = sum(row.n_known for row in rows), sum(row.n_unknown for row in rows)
    return _with_interval(
        value,
        [_unit_sums(np.concatenate(of_known), units), label_part],
        level=level,
        n_known=n_known,
        n_unknown=n_unknown,
    )


def _with_interval(value: float, parts: Sequence[FloatArray], *, level: float, n_known: int, n_unknown: int) -> Auroc:
    """The interval on the scale of log odds, which keeps it in [0, 1], from the units' parts of the deviation."""
    from scipy.special import expit, logit, stdtrit

    if not 0 < level < 1:
        raise InputError(f"expected a confidence level between 0 and 1, such as 0.95, got {level}")
    units = min(part.size for part in parts)
    if units < 2:
        return Auroc(value, 0.0, 1.0, level, n_known, n_unknown)
    variance = sum(part.size / (part.size - 1) * float((part**2).sum()) for part in parts)
    at, spread = value, math.sqrt(variance)
    if variance == 0:  # all told apart: few units cannot show that this is always so, and count as if one more were not
        at = min(max(value, 0.5 / (units + 1)), 1 - 0.5 / (units + 1))
        spread = math.sqrt(at * (1 - at) / (units + 1))
    reach = float(stdtrit(units - 1, (1 + level) / 2)) * spread / (at * (1 - at))
    low, high = float(expit(logit(at) - reach)), float(expit(logit(at) + reach))
    return Auroc(value, min(low, value), max(high, value), level, n_known, n_unknown)


def _placements(known: FloatArray, unknown: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each unknown song the share of known ones below it, and for each known song that of unknown ones above it."""
    of_known, of_unknown = np.sort(known), np.sort(unknown)
    less, at_most = (np.searchsorted(of_known, unknown, side) for side in ("left", "right"))
    under, up_to = (np.searchsorted(of_unknown, known, side) for side in ("left", "right"))
    return np.asarray((less + at_most) / (2 * known.size)), 1 - (under + up_to) / (2 * unknown.size)


def _threshold(known: FloatArray, share: float) -> float:
    """The score that one more known song stays below with the share's probability; infinite for too few songs."""
    place = math.ceil((known.size + 1) * share - 1e-9)
    return float(np.sort(known)[place - 1]) if place <= known.size else math.inf


def _unit_sums(values: FloatArray, groups: ArrayLike | None) -> FloatArray:
    if groups is None:
        return values
    ids = np.asarray(groups)
    if ids.shape != values.shape:
        raise InputError(f"expected one group id per song, shape {values.shape}, got shape {ids.shape}")
    return np.asarray(np.bincount(np.unique(ids, return_inverse=True)[1].reshape(-1), weights=values), dtype=np.float64)


def _checked_scores(scores: ArrayLike, kind: str) -> FloatArray:
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
        raise InputError(f"expected the scores of at least one {kind} song, none of them NaN, got shape {values.shape}")
    return values


def _numbers(plain: Mapping[str, Any], *, but: str | None = None) -> dict[str, Any]:
    """The values of a mapping that must all be numbers, but one."""
    numbers = {name: value for name, value in plain.items() if name != but}
    if wrong := [name for name, value in numbers.items() if not isinstance(value, int | float)]:
        raise TypeError(f"expected a number as {wrong[0]}, got {numbers[wrong[0]]!r}")
    return numbers


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise InputError(f"expected a share of known songs between 0 and 1, such as {PASS_SHARE}, got {share}")
