"""The sections of a track that speak alike, how much each matters, and what the verdict would be without them.

Sections are found where the evidence (`earmark.models.evidence`) changes: the split into pieces of `SHORTEST_SECONDS`
to `LONGEST_SECONDS` with the least squared deviation of the leading labels' log-probabilities from their means in each
piece, each further piece paid for by the Bayesian information criterion (optimal partitioning by dynamic programming;
Jackson et al., *An algorithm for optimal partitioning of data on an interval*, IEEE Signal Processing Letters 12(2),
2005). Windows of fixed length would cut through a breakdown and its drop, and dilute both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.evidence import Evidence, normalised

SHORTEST_SECONDS = 15.0
"""A section is at least so long: eight bars at 128 BPM, the shortest part that an arranger would name."""

LONGEST_SECONDS = 60.0
"""A section is at most so long, so that it stays something to listen to."""

LEADING = 3
"""So many labels' evidence decides where a section ends: those that the verdict finds most probable."""

_CLEAR = -8.0
"""For finding sections only: one label in 3,000 is as good as none, and how much less says nothing."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of slices that speak alike.

    Attributes:
        start_seconds: Where in the track it starts.
        end_seconds: Where it ends.
        first: Its first slice.
        stop: The slice after its last.
        evidence: What it adds to the log-odds of the winning label against the runner-up. All sections add up to what
            the sound says.
        label: Index of the label that this section alone would get.
        probability: That label's probability then, 0 to 1.
        effect: By how much the log-odds would shrink without this section, which is how much it matters: evidence that
            all others give as well is not missed. 0 where it is the only section.
    """

    start_seconds: float
    end_seconds: float
    first: int
    stop: int
    evidence: float
    label: int
    probability: float
    effect: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end_seconds - self.start_seconds

    def to_json(self, labels: Sequence[str]) -> dict[str, Any]:
        """Plain values."""
        return {
            "start_seconds": round(self.start_seconds, 3),
            "end_seconds": round(self.end_seconds, 3),
            "slices": [self.first, self.stop],
            "evidence": round(self.evidence, 4),
            "effect": round(self.effect, 4),
            "alone": {"label": labels[self.label], "probability": round(self.probability, 4)},
        }


def find_sections(evidence: Evidence, *, winner: int, runner_up: int) -> tuple[Section, ...]:
    """The sections of a track, in its order.

    Args:
        evidence: What its slices say.
        winner: Index of the label that the verdict names.
        runner_up: Index of the label that it is weighed against.
    """
    odds = evidence.log_odds(winner, runner_up)
    bounds = change_points(evidence)
    return tuple(_section(evidence, odds, (first, stop), (winner, runner_up)) for first, stop in pairwise(bounds))


def without(evidence: Evidence, sections: Iterable[Section]) -> NDArray[np.float64]:
    """The verdict's log-probabilities, float64 of shape (labels,), had the track not had these sections.

    Args:
        evidence: What the track's slices say.
        sections: The sections to leave out, not all of them.

    Raises:
        InputError: No slice is left.
    """
    return evidence.verdict(_kept(evidence, sections))


def _kept(evidence: Evidence, sections: Iterable[Section]) -> NDArray[np.bool_]:
    kept = np.ones(len(evidence), dtype=np.bool_)
    for section in sections:
        kept[section.first : section.stop] = False
    return kept


def _section(evidence: Evidence, odds: NDArray[np.float64], bounds: tuple[int, int], pair: tuple[int, int]) -> Section:
    first, stop = bounds
    inside = np.zeros(len(evidence), dtype=np.bool_)
    inside[first:stop] = True
    alone = evidence.verdict(inside)
    label = int(alone.argmax())
    whole, effect = evidence.verdict(), 0.0
    if not inside.all():
        left = evidence.verdict(~inside)
        effect = float((whole - left)[pair[0]] - (whole - left)[pair[1]])
    return Section(
        start_seconds=float(evidence.starts_seconds[first]),
        end_seconds=float(evidence.ends_seconds[stop - 1]),
        first=first,
        stop=stop,
        evidence=float(odds[first:stop].sum()),
        label=label,
        probability=float(np.exp(alone[label])),
        effect=effect,
    )


def change_points(
    evidence: Evidence, *, shortest_seconds: float = SHORTEST_SECONDS, longest_seconds: float = LONGEST_SECONDS
) -> list[int]:
    """Where sections start and end, as slices: the first is 0, the last the number of slices.

    Args:
        evidence: What a track's slices say.
        shortest_seconds: Least length of a section.
        longest_seconds: Greatest length of a section; twice the shortest at least.

    Raises:
        InputError: The lengths are not above 0, or the longest is less than twice the shortest.
    """
    if not 0 < 2 * shortest_seconds <= longest_seconds:
        raise InputError(
            f"sections are from some seconds to at least twice as many, got {shortest_seconds} to {longest_seconds}"
        )
    n = len(evidence)
    hop = float(np.median(np.diff(evidence.starts_seconds))) if n > 1 else shortest_seconds
    fewest = max(1, int(np.ceil(shortest_seconds / hop - 1e-6))) if hop > 0 else n
    most = max(2 * fewest, int(longest_seconds / hop + 1e-6)) if hop > 0 else n
    if n < 2 * fewest:
        return [0, n]
    leading = np.argsort(-evidence.verdict(), kind="stable")[:LEADING]
    values = np.maximum(evidence.log_probs[:, leading], _CLEAR) / _noise(evidence, leading)
    return _best_partition(values, fewest, most, price=(values.shape[1] + 1) * float(np.log(n)))


def _noise(evidence: Evidence, labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Standard deviation of the evidence from slice to slice; by differences, so that steps of level do not count."""
    steps = np.diff(np.maximum(evidence.log_probs[:, labels], _CLEAR), axis=0)
    # The median of absolute differences is 0.954 standard deviations of a difference of two normal values.
    return np.maximum(np.median(np.abs(steps), axis=0) / 0.954, 0.05)


def _best_partition(values: NDArray[np.float64], fewest: int, most: int, *, price: float) -> list[int]:
    """Bounds of the pieces of `fewest` to `most` rows with the least squared deviation plus a price for each piece."""
    n = len(values)
    sums = np.vstack([np.zeros(values.shape[1]), values.cumsum(axis=0)])
    squares = np.append(0.0, (values**2).sum(axis=1).cumsum())
    best, cut = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = 0.0
    for stop in range(fewest, n + 1):
        firsts = np.arange(max(0, stop - most), stop - fewest + 1)
        piece = sums[stop] - sums[firsts]
        spread = squares[stop] - squares[firsts] - (piece**2).sum(axis=1) / (stop - firsts)
        costs = best[firsts] + spread + price
        place = int(costs.argmin())
        best[stop], cut[stop] = costs[place], firsts[place]
    bounds = [n]
    while bounds[-1] > 0:
        bounds.append(int(cut[bounds[-1]]))
    return bounds[::-1]


@dataclass(frozen=True, slots=True)
class Change:
    """What it would take to turn a verdict: the sections that would have to go.

    Attributes:
        sections: Places of these sections among the track's, in the order in which they go.
        seconds: How long they are together.
        share: Their share of all that was heard, 0 to 1.
        label: Index of the label that the track would then get.
        probability: That label's probability then, 0 to 1.
    """

    sections: tuple[int, ...]
    seconds: float
    share: float
    label: int
    probability: float

    def to_json(self, labels: Sequence[str]) -> dict[str, Any]:
        """Plain values."""
        return {
            "sections": list(self.sections),
            "seconds": round(self.seconds, 3),
            "share": round(self.share, 4),
            "label": labels[self.label],
            "probability": round(self.probability, 4),
        }


def what_would_change(evidence: Evidence, sections: Sequence[Section], *, winner: int) -> Change | None:
    """Take sections away, at each step the one that the winning label would miss most, until another label wins.

    Args:
        evidence: What the track's slices say.
        sections: Its sections.
        winner: Index of the label that the verdict names.

    Returns:
        The change; None where the label stays even when only one section is left.
    """
    counts = np.asarray([section.stop - section.first for section in sections])
    sums = np.stack([evidence.log_probs[section.first : section.stop].sum(axis=0) for section in sections])
    left, gone = list(range(len(sections))), list[int]()
    while len(left) > 1:
        # The verdict without each of the sections that are left, beside those that are gone.
        mean = (sums[left].sum(axis=0) - sums[left]) / (counts[left].sum() - counts[left])[:, None]
        tried = evidence.weight * mean + evidence.rest
        leads = tried[:, winner] - np.delete(tried, winner, axis=1).max(axis=1)
        weakest = int(leads.argmin())
        gone.append(left.pop(weakest))
        if leads[weakest] < 0:
            return _change(sections, gone, normalised(tried[weakest]))
    return None


def _change(sections: Sequence[Section], gone: Sequence[int], log_probs: NDArray[np.float64]) -> Change:
    seconds, label = sum(sections[place].seconds for place in gone), int(log_probs.argmax())
    share = seconds / sum(section.seconds for section in sections)
    return Change(tuple(gone), seconds, share, label, float(np.exp(log_probs[label])))
