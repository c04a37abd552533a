"""Measures how much an approximate search finds of what the exact one finds, and chooses how far it has to look.

The queries are vectors of the collection itself, a seeded sample, each without itself. Each is asked under several
filters: none, one track in eight at random, one in sixty-four, and the query's own BPM within 3 % where it has one,
which is a filter that hangs together with the sound as users' filters do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.vectors.ivf_search import IvfSearch
from earmark.similarity.vectors.search import FloatArray, top

AIM: Final = 0.99
"""Recall that is asked for under each filter; a little above what is promised, since a sample decides."""

PROMISED: Final = 0.98

QUERIES: Final = 128
NEIGHBOURS: Final = 10

REACHES: Final = (4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000, 48_000, 64_000, 96_000, 128_000)

Probe = Literal["none", "one in 8", "one in 64", "own bpm"]
"""Filters under which recall is measured."""

PROBES: Final[tuple[Probe, ...]] = get_args(Probe)


@dataclass(frozen=True, slots=True)
class Recall:
    """What an index finds.

    Attributes:
        reach: How far it looks.
        shares: By filter, the share of the ten nearest tracks that it finds, 0 to 1.
        queries: Vectors that were asked.
    """

    reach: int
    shares: Mapping[str, float]
    queries: int

    @property
    def least(self) -> float:
        """The share under the filter where it is least."""
        return min(self.shares.values())

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"reach": self.reach, "shares": dict(self.shares), "queries": self.queries, "neighbours": NEIGHBOURS}


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    row: int
    answer: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Questions by filter; masks are made again when they are asked, since a million of them fill a megabyte each."""

    search: IvfSearch
    drawn: NDArray[np.float64]
    questions: dict[Probe, list[_Question]]

    def mask(self, probe: Probe, row: int) -> NDArray[np.bool_]:
        """Which rows pass a filter that a row asks under, without the row itself."""
        if probe == "none":
            mask = np.ones(len(self.search), dtype=np.bool_)
        elif probe == "own bpm":
            bpm = self.search.codes.bpm
            mask = np.abs(bpm - bpm[row]) <= np.float32(0.03) * bpm[row]
        else:
            mask = self.drawn < (1 / 8 if probe == "one in 8" else 1 / 64)
        mask[row] = False
        return mask


def choose_reach(search: IvfSearch, *, seed: int) -> Recall:
    """The least reach that finds enough under every filter, with what it finds.

    Args:
        search: The index; its own reach plays no part.
        seed: Decides the sample.
    """
    asked = _ask(search, seed=seed)
    largest = len(search)
    for reach in _reaches(largest):
        found = _measured(asked, reach)
        if found.least >= AIM:
            return found
    return _measured(asked, largest)


def _reaches(largest: int) -> Iterator[int]:
    return (one for one in REACHES if one < largest)


def measure_recall(search: IvfSearch, *, seed: int) -> Recall:
    """What an index finds with its own reach.

    Args:
        search: The index.
        seed: Decides the sample; another one than the index was built with asks other queries.
    """
    return _measured(_ask(search, seed=seed), search.reach)


def _measured(asked: _Asked, reach: int) -> Recall:
    shares: dict[str, float] = {
        probe: _share(asked, probe, reach) for probe, questions in asked.questions.items() if questions
    }
    return Recall(reach, shares, max(map(len, asked.questions.values())))


def _share(asked: _Asked, probe: Probe, reach: int) -> float:
    search, found, wanted = asked.search, 0, 0
    for one in asked.questions[probe]:
        mask = asked.mask(probe, one.row)
        rows, _ = search.nearest(search.units[one.row], NEIGHBOURS, mask, reach=reach)
        found += len(one.answer.intersection(rows.tolist()))
        wanted += len(one.answer)
    return found / wanted if wanted else 1.0


def _ask(search: IvfSearch, *, seed: int) -> _Asked:
    rng = np.random.default_rng(seed)
    n = len(search)
    rows = np.sort(rng.choice(n, min(QUERIES, n), replace=False))
    asked = _Asked(search, rng.random(n), {probe: [] for probe in PROBES})
    for row in rows.tolist():
        likeness = search.units @ search.units[row]
        for probe in PROBES:
            if probe != "own bpm" or np.isfinite(search.codes.bpm[row]):
                asked.questions[probe].append(_Question(row, _answer(likeness, asked.mask(probe, row))))
    return asked


def _answer(likeness: FloatArray, mask: NDArray[np.bool_]) -> frozenset[int]:
    rows = np.flatnonzero(mask)
    return frozenset(rows[top(likeness[rows], NEIGHBOURS)].tolist())
