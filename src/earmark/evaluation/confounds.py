"""The confound audit: do the files, rather than the music, tell the labels, and does a model go by them?

Three questions, each answered with a test against chance:

1. Can a classifier that sees only the files' facts call the labels? Its accuracy is compared with deals of the labels
   among songs (or whole groups of songs; `earmark.evaluation.permutations`).
2. Which fact by itself tells them (`earmark.evaluation.associations`)?
3. Does a model lean on them? Where it is wrong, it says what the shortcut classifier says more often than chance: calls
   are dealt among its wrong songs of one true label, so that labels which are mixed up by sound do not count. And how
   good is it where the shortcut misleads?

The rule for the finding, at a significance of 5 % for questions 1 and 2 together, half of it for each:

- ``"shortcut found"``: the classifier beats chance by 0.02 or more and significantly, or a fact tells labels
  significantly after Holm's correction and not weakly (`Association.weak`).
- ``"none found"``: not found, and either no fact varies, or there were songs enough to see one: at least 20 songs (and
  10 groups), two labels, and a classifier whose interval ends less than 0.2 above chance.
- ``"cannot tell"``: otherwise.

Out-of-fold calls fall a little short of chance where there is nothing to learn, so that the first test then errs on the
side of finding nothing.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.associations import Association, associations
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.comparison import ComparisonRow, comparison_row
from earmark.evaluation.intervals import Interval, wilson_interval
from earmark.evaluation.metrics import IntArray, paired_indices
from earmark.evaluation.permutations import traded_places

Finding: TypeAlias = Literal["shortcut found", "none found", "cannot tell"]

SMALL_GAIN = 0.02
"""A classifier that beats chance by less is no way to good scores, however sure it is that it does."""
TOLERABLE_GAIN = 0.2
"""Where the classifier may, by its interval, beat chance by this much, a shortcut is not ruled out."""
FEWEST_SONGS, FEWEST_GROUPS, FEWEST_MISTAKES = 20, 10, 10


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some songs a model called rightly; ``interval`` is Wilson's, [0, 1] without songs."""

    hits: int
    n_songs: int
    interval: Interval

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None without songs."""
        return self.hits / self.n_songs if self.n_songs else None

    def to_json(self) -> dict[str, Any]:
        """The share as plain values."""
        return {"hits": self.hits, "n_songs": self.n_songs, "value": self.value, "interval": self.interval.to_json()}


@dataclass(frozen=True, slots=True)
class Leaning:
    """Whether a model's verdicts follow the shortcut.

    Attributes:
        n_wrong: Songs that the model called wrongly.
        n_agreeing: Of those, the ones of which the shortcut classifier said the same.
        expected: How many would agree by chance; 0 where no song is wrong.
        p: One-sided p-value of the agreement, in (0, 1].
        where_shortcut_right: How the model does where the shortcut classifier is right.
        where_shortcut_wrong: How it does where that one is wrong: only there, hearing is all that helps.
    """

    n_wrong: int
    n_agreeing: int
    expected: float
    p: float
    where_shortcut_right: Share
    where_shortcut_wrong: Share

    def to_json(self) -> dict[str, Any]:
        """The leaning as plain values."""
        return {
            "n_wrong": self.n_wrong,
            "n_agreeing": self.n_agreeing,
            "expected": self.expected,
            "p": self.p,
            "where_shortcut_right": self.where_shortcut_right.to_json(),
            "where_shortcut_wrong": self.where_shortcut_wrong.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ConfoundAudit:
    """What the audit found.

    Attributes:
        finding: Its answer; the rule stands in this module's description.
        score: How the classifier of the files' facts does, with intervals (over groups where there are any).
        majority: Share of the most frequent label among the songs.
        chance: Mean accuracy of the classifier's calls when the labels are dealt anew.
        p: Share of deals with an accuracy as high, in (0, 1].
        columns: How well each fact by itself tells the labels, the most certain first.
        n_groups: Groups of songs that hang together, or None where songs stand alone.
        leaning: Whether the model follows the shortcut; None where no model was given.
        significance: The level of the tests.
    """

    finding: Finding
    score: ComparisonRow
    majority: float
    chance: float
    p: float
    columns: tuple[Association, ...]
    n_groups: int | None
    leaning: Leaning | None
    significance: float

    @property
    def telling(self) -> tuple[Association, ...]:
        """The facts that tell labels significantly and not weakly."""
        return tuple(one for one in self.columns if _tells(one, self.significance))

    def to_json(self) -> dict[str, Any]:
        """The audit as plain values."""
        return {
            "finding": self.finding,
            "score": self.score.to_json(),
            "majority": self.majority,
            "chance": self.chance,
            "p": self.p,
            "columns": [column.to_json() for column in self.columns],
            "n_groups": self.n_groups,
            "leaning": None if self.leaning is None else self.leaning.to_json(),
            "significance": self.significance,
        }


def audit_confounds(
    table: AttributeTable,
    truth: ArrayLike,
    shortcut: ArrayLike,
    *,
    n_labels: int,
    rng: np.random.Generator,
    verdicts: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    resamples: int = 2000,
    significance: float = 0.05,
) -> ConfoundAudit:
    """Audit one set of songs, each of them called by a classifier that did not learn from it.

    Args:
        table: The files' facts (`earmark.evaluation.shortcuts.shortcut_table`) of ``n`` songs.
        truth: Label indices ``(n,)``.
        shortcut: What a classifier of these facts says of each, ``(n,)``: on test songs, or out of fold.
        n_labels: The number of labels, >= 2.
        rng: The source of chance.
        verdicts: What the model under audit says of each ``(n,)``, on the same terms; None to audit the data only.
        groups: ``(n,)`` ids of songs that hang together, such as those of one artist.
        resamples: How many deals for each test; at least 1000 are needed for many columns to be significant.
        significance: The chance of a false finding, in (0, 1).

    Raises:
        InputError: There are no songs or fewer than two labels, the arrays do not fit, or a number is out of range.
    """
    own, called = paired_indices(truth, shortcut, n_labels=n_labels)
    if own.size == 0 or own.size != len(table) or n_labels < 2 or not 0 < significance < 1:
        raise InputError(
            "expected a row of facts and a label for each of the songs, at least one song and two labels, and a "
            f"significance between 0 and 1; got {len(table)} rows, {own.size} labels of {n_labels} kinds, and "
            f"{significance}"
        )
    chance, p = _chance(own, called, rng=rng, groups=groups, resamples=resamples)
    columns = associations(table, own, n_labels=n_labels, rng=rng, groups=groups, resamples=resamples)
    score = comparison_row("shortcut only", own, called, n_labels=n_labels, rng=rng, groups=groups)
    n_groups = None if groups is None else len(np.unique(np.asarray(groups)))
    beats = p <= significance / 2 and score.accuracy - chance >= SMALL_GAIN
    finding: Finding = "cannot tell"
    if beats or any(_tells(one, significance) for one in columns):
        finding = "shortcut found"
    elif not any(one.varies for one in columns) or _could_see(score, chance, own, n_groups):
        finding = "none found"
    leaning = None
    if verdicts is not None:
        said = paired_indices(own, verdicts, n_labels=n_labels)[1]
        leaning = _leaning(own, called, said, rng=rng, groups=groups, resamples=resamples)
    majority = float(np.bincount(own).max() / own.size)
    return ConfoundAudit(finding, score, majority, chance, p, columns, n_groups, leaning, significance)


def _tells(one: Association, significance: float) -> bool:
    return one.p_corrected <= significance / 2 and not one.weak


def _could_see(score: ComparisonRow, chance: float, truth: IntArray, n_groups: int | None) -> bool:
    """Whether there were songs enough to see a shortcut worth the name."""
    enough = truth.size >= FEWEST_SONGS and (n_groups is None or n_groups >= FEWEST_GROUPS)
    return enough and len(np.unique(truth)) > 1 and score.accuracy_interval.high - chance < TOLERABLE_GAIN


def _chance(
    truth: IntArray, called: IntArray, *, rng: np.random.Generator, groups: ArrayLike | None, resamples: int
) -> tuple[float, float]:
    """Mean accuracy over deals of the labels, and the share of deals that reach the one observed."""
    observed, hits = int((truth == called).sum()), []
    for dealt in traded_places(truth.size, rng=rng, resamples=resamples, groups=groups):
        hits.append((truth[dealt] == called).sum(axis=1))
    counts = np.concatenate(hits)
    return float(counts.mean() / truth.size), _p_value(counts, observed)


def _p_value(counts: NDArray[np.int64], observed: int) -> float:
    """One-sided; what was observed is counted among the deals, so that p is never 0."""
    return float((int((counts >= observed).sum()) + 1) / (counts.size + 1))


def _leaning(
    truth: IntArray,
    called: IntArray,
    said: IntArray,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None,
    resamples: int,
) -> Leaning:
    wrong = np.flatnonzero(said != truth)
    agreeing, expected, p = 0, 0.0, 1.0
    if wrong.size:
        agreeing = int((said[wrong] == called[wrong]).sum())
        own_groups = None if groups is None else np.asarray(groups)[wrong]
        deals = traded_places(wrong.size, rng=rng, resamples=resamples, groups=own_groups, strata=truth[wrong])
        counts = np.concatenate([(called[wrong][dealt] == said[wrong]).sum(axis=1) for dealt in deals])
        expected, p = float(counts.mean()), _p_value(counts, agreeing)
    shortcut_right, right = called == truth, said == truth
    return Leaning(
        n_wrong=int(wrong.size),
        n_agreeing=agreeing,
        expected=expected,
        p=p,
        where_shortcut_right=_share(right[shortcut_right]),
        where_shortcut_wrong=_share(right[~shortcut_right]),
    )


def _share(right: NDArray[np.bool_]) -> Share:
    hits = int(right.sum())
    return Share(hits, right.size, wilson_interval(hits, right.size))
