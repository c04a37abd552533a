"""What a comparison allows to say, and what it does not, in plain sentences made from its numbers alone.

A claim that one model beats another is made only where the paired test supports it after correction for all pairs. What
cannot be told apart is said to be so, with the number of songs that it would take: with a standard error s of the mean
difference d on n songs, a two-sided test at the level that one of k pairs has to reach finds it with 80 % power from
about n ((z + 0.84) s / d)^2 songs on, z the normal quantile of that level (Cohen 1988, chapter 2). Songs that hang
together count in s as they hang together.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from earmark.evaluation.baselines import ARTIST_LOOKUP, MAJORITY, SHORTCUT_ONLY
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.confounds import Finding
from earmark.evaluation.differences import SIGNIFICANCE, Difference
from earmark.evaluation.groups import SplitMode

_POWER_QUANTILE = 0.84
_FEW_SONGS = 100
_HOPELESS = 1_000_000
_T_95 = 1.96


def conclude(
    rows: Sequence[ComparisonRow],
    differences: Sequence[Difference],
    *,
    baselines: Sequence[str],
    mode: SplitMode,
    repeats: int = 1,
    finding: Finding | None = None,
) -> tuple[str, ...]:
    """Sentences about a comparison.

    Args:
        rows: One row at song level for each contestant.
        differences: Each two of them, as `earmark.evaluation.differences.all_differences` makes them.
        baselines: Names of those that are baselines.
        mode: What the parts of the folds did not share.
        repeats: How often the songs were dealt anew.
        finding: What the confound audit of the same songs found; None where there was none.

    Returns:
        Sentences in the order in which they should be read; none without rows.
    """
    if not rows:
        return ()
    table = _Table(rows, differences, baselines)
    cautions = [*table.about_groups(), *table.about_artists(mode), *table.about_files(finding)]
    return (*table.best_model(), *table.against_others(), *cautions, *table.about_size(repeats))


class _Table:
    def __init__(
        self, rows: Sequence[ComparisonRow], differences: Sequence[Difference], baselines: Sequence[str]
    ) -> None:
        self._rows = {row.name: row for row in rows}
        self._pairs = {frozenset((one.first, one.second)): one for one in differences}
        ranked = sorted(rows, key=lambda row: -row.accuracy)
        self._models = [row for row in ranked if row.name not in baselines]
        self._baselines = [row for row in ranked if row.name in baselines]
        self._n_groups = max((one.n_groups for one in differences), default=0)
        self._level = SIGNIFICANCE / max(1, len(differences))

    def best_model(self) -> list[str]:
        if not self._models:
            return []
        best = self._models[0]
        hanging = f" in {self._n_groups} groups" if 0 < self._n_groups < best.n_songs else ""
        told = f"{best.name} calls {_percent(best)} of {best.n_songs} songs{hanging} rightly"
        largest = self._rows.get(MAJORITY)
        beside = "" if largest is None else f"; always naming the largest label would get {largest.accuracy:.0%}"
        return [f"{told}{beside}."]

    def against_others(self) -> list[str]:
        """The best model against each baseline and each other model."""
        if not self._models:
            return []
        best = self._models[0]
        others = [(other, self._pairs.get(frozenset((best.name, other.name)))) for other in self._others()]
        return [self._verdict(pair, best, other) for other, pair in others if pair is not None]

    def _others(self) -> list[ComparisonRow]:
        return [*self._baselines, *self._models[1:]]

    def _verdict(self, pair: Difference, best: ComparisonRow, other: ComparisonRow) -> str:
        sign = 1 if pair.first == best.name else -1
        mean, low, high = sign * pair.mean, *sorted((sign * pair.low, sign * pair.high))
        told = f"{100 * mean:+.0f} points, {100 * low:+.0f} to {100 * high:+.0f}; p {_shown(pair.p_corrected)}"
        if pair.better == best.name:
            return f"{best.name} is better than {other.name} ({told})."
        if pair.better == other.name:
            return f"{best.name} is worse than {other.name} ({told})."
        needed = self._songs_needed(pair)
        more = "" if needed is None else f"; telling a difference of this size would take about {needed:,} songs"
        return f"{best.name} and {other.name} cannot be told apart ({told}){more}."

    def _songs_needed(self, pair: Difference) -> int | None:
        """Songs from which on a difference like this one would be found, to two digits; None where it is none."""
        if pair.mean == 0 or pair.n_songs == 0:
            return None
        spread = (pair.high - pair.low) / (2 * _T_95)
        needed = pair.n_songs * (self._quantile * spread / abs(pair.mean)) ** 2
        if not math.isfinite(needed) or needed > _HOPELESS or needed <= pair.n_songs:
            return None
        return int(round(needed, 1 - math.floor(math.log10(needed))))

    @property
    def _quantile(self) -> float:
        return NormalDist().inv_cdf(1 - self._level / 2) + _POWER_QUANTILE

    def about_groups(self) -> list[str]:
        """Whether the test could have found anything: g groups have 2^g sign patterns, the two extreme ones alike."""
        if not self._pairs or 2.0 ** (1 - self._n_groups) <= self._level:
            return []
        return [
            f"The songs hang together in {self._n_groups} groups, too few to prove any difference between "
            f"{len(self._rows)} contestants, however large: other artists or releases are needed, not more songs by "
            "these."
        ]

    def about_artists(self, mode: SplitMode) -> list[str]:
        look_up, largest = self._rows.get(ARTIST_LOOKUP), self._rows.get(MAJORITY)
        if look_up is None or largest is None or mode == "artist" or look_up.accuracy <= largest.accuracy:
            return []
        return [
            "Songs by one artist stand on both sides of these folds, and looking up artists' names, with no sound at "
            f"all, gets {look_up.accuracy:.0%}: a model may have learnt artists rather than labels. Where labels have "
            "several artists, --split artist tells."
        ]

    def about_files(self, finding: Finding | None) -> list[str]:
        shortcut = self._rows.get(SHORTCUT_ONLY)
        if finding is None or shortcut is None:
            return []
        if finding == "shortcut found":
            return [
                f"A classifier that hears nothing and sees only facts about the files gets {shortcut.accuracy:.0%}: "
                "part of every score here may come from how the files were made and not from the music."
            ]
        if finding == "none found":
            return ["No sign was found that the files, rather than the music, give the labels away."]
        return ["Whether the files, rather than the music, give the labels away cannot be told with so few songs."]

    def about_size(self, repeats: int) -> list[str]:
        n_songs = max(row.n_songs for row in self._rows.values())
        told = []
        if n_songs < _FEW_SONGS and self._pairs:
            spreads = sorted((pair.high - pair.low) / (2 * _T_95) for pair in self._pairs.values())
            unseen = min(1.0, self._quantile * spreads[len(spreads) // 2])
            told.append(
                f"{n_songs} songs are few: differences of less than about {unseen:.0%} will mostly stay unseen."
            )
        if repeats > 1:
            told.append(
                f"The songs were dealt {repeats} times. That steadies the scores; the intervals stay those of "
                f"{n_songs} songs."
            )
        return told


def _percent(row: ComparisonRow) -> str:
    interval = row.accuracy_interval
    return f"{row.accuracy:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _shown(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
