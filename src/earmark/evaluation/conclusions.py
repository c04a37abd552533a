"""What a comparison allows to say, and what it does not, in plain sentences made from its numbers alone.

A claim that one model beats another is made only where the paired test supports it after correction for all pairs. What
cannot be told apart is said to be so, with the number of songs that it would take: with the observed spread s of the
difference per song and its mean d, a two-sided test at 5 % finds it with 80 % power from about (2.8 s / d) squared
songs on (Cohen 1988, chapter 2).
"""

import math
from collections.abc import Sequence

from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference
from earmark.evaluation.groups import SplitMode

MAJORITY, LOOK_UP, METADATA, SHORTCUT = "majority", "artist look-up", "metadata only", "shortcut only"

_Z_95 = 1.96
_Z_FOR_POWER = 2.8
_FEW_SONGS = 100
_HOPELESS = 1_000_000


def conclude(
    rows: Sequence[ComparisonRow],
    differences: Sequence[Difference],
    *,
    baselines: Sequence[str],
    mode: SplitMode,
    repeats: int = 1,
) -> tuple[str, ...]:
    """Sentences about a comparison.

    Args:
        rows: One row at song level for each contestant.
        differences: Each two of them, as `earmark.evaluation.differences.all_differences` makes them.
        baselines: Names of those that are baselines.
        mode: What the parts of the folds did not share.
        repeats: How often the songs were dealt anew.

    Returns:
        Sentences in the order in which they should be read; none without rows.
    """
    if not rows:
        return ()
    table = _Table(rows, differences, baselines)
    told = [*table.best_model(), *table.against_baselines(), *table.among_models()]
    return (*told, *table.cautions(mode, repeats))


class _Table:
    def __init__(
        self, rows: Sequence[ComparisonRow], differences: Sequence[Difference], baselines: Sequence[str]
    ) -> None:
        self._rows = {row.name: row for row in rows}
        self._pairs = {frozenset((one.first, one.second)): one for one in differences}
        ranked = sorted(rows, key=lambda row: -row.accuracy)
        self._models = [row for row in ranked if row.name not in baselines]
        self._baselines = [row for row in ranked if row.name in baselines]

    def best_model(self) -> list[str]:
        if not self._models:
            return []
        best = self._models[0]
        told = f"{best.name} calls {_percent(best)} of {best.n_songs} songs rightly"
        largest = self._rows.get(MAJORITY)
        beside = "" if largest is None else f"; always naming the largest label would get {largest.accuracy:.0%}"
        return [f"{told}{beside}."]

    def against_baselines(self) -> list[str]:
        if not self._models:
            return []
        best = self._models[0]
        told = []
        for row in self._baselines:
            pair = self._pairs.get(frozenset((best.name, row.name)))
            if pair is not None:
                told.append(_verdict(pair, best, row))
        return told

    def among_models(self) -> list[str]:
        """The best model against each other one, and who cannot be told from whom."""
        told = []
        for other in self._models[1:]:
            pair = self._pairs.get(frozenset((self._models[0].name, other.name)))
            if pair is not None:
                told.append(_verdict(pair, self._models[0], other))
        return told

    def cautions(self, mode: SplitMode, repeats: int) -> list[str]:
        return [*self._about_artists(mode), *self._about_shortcuts(), *self._about_size(repeats)]

    def _about_artists(self, mode: SplitMode) -> list[str]:
        look_up = self._rows.get(LOOK_UP)
        if look_up is None or mode == "artist":
            return []
        if self._beats_majority(LOOK_UP):
            return [
                f"Songs by one artist stand on both sides of these folds, and looking up artists' names, with no sound "
                f"at all, gets {look_up.accuracy:.0%}: a model may have learnt artists rather than labels. "
                "An artist-disjoint comparison (--split artist) tells."
            ]
        return []

    def _about_shortcuts(self) -> list[str]:
        shortcut = self._rows.get(SHORTCUT)
        if shortcut is None:
            return []
        if self._beats_majority(SHORTCUT):
            return [
                "A classifier that hears nothing and sees only how the files were made (codec, bit rate, level, "
                f"width, bandwidth) gets {shortcut.accuracy:.0%}, more than chance: part of every score here may "
                "come from that and not from the music."
            ]
        return ["How the files were made tells nothing that could be proven here: no shortcut was found."]

    def _about_size(self, repeats: int) -> list[str]:
        n_songs = max(row.n_songs for row in self._rows.values())
        told = []
        if n_songs < _FEW_SONGS:
            told.append(
                f"{n_songs} songs are few: differences of less than about {_detectable(n_songs):.0%} stay unseen."
            )
        if repeats > 1:
            told.append(
                f"The songs were dealt {repeats} times. That steadies the scores; the intervals stay those of "
                f"{n_songs} songs."
            )
        return told

    def _beats_majority(self, name: str) -> bool:
        pair = self._pairs.get(frozenset((name, MAJORITY)))
        return pair is not None and pair.better == name


def _percent(row: ComparisonRow) -> str:
    interval = row.accuracy_interval
    return f"{row.accuracy:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _verdict(pair: Difference, best: ComparisonRow, other: ComparisonRow) -> str:
    sign = 1 if pair.first == best.name else -1
    mean, low, high = sign * pair.mean, *sorted((sign * pair.low, sign * pair.high))
    told = f"{100 * mean:+.0f} points, {100 * low:+.0f} to {100 * high:+.0f}; p {_shown(pair.p_corrected)}"
    if pair.better == best.name:
        return f"{best.name} is better than {other.name} ({told})."
    if pair.better == other.name:
        return f"{best.name} is worse than {other.name} ({told})."
    needed = _songs_needed(pair)
    more = "" if needed is None else f"; telling a difference of this size would take about {needed:,} songs"
    return f"{best.name} and {other.name} cannot be told apart ({told}){more}."


def _songs_needed(pair: Difference) -> int | None:
    """Songs from which on a difference like this one would be found, to two digits; None where it is none."""
    if pair.mean == 0 or pair.n_songs == 0:
        return None
    spread = (pair.high - pair.low) / (2 * _Z_95)
    needed = pair.n_songs * (_Z_FOR_POWER * spread / abs(pair.mean)) ** 2
    if not math.isfinite(needed) or needed > _HOPELESS or needed <= pair.n_songs:
        return None
    return int(round(needed, 1 - math.floor(math.log10(needed))))


def _detectable(n_songs: int) -> float:
    """The difference between two models that disagree on 30 % of songs which that many songs reveal with 80 % power."""
    return _Z_FOR_POWER * math.sqrt(0.3 / n_songs)


def _shown(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
