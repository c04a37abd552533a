"""How a label's sound moved over the years.

The vectors of a label's tracks are regressed on the year of release; the slope is a step in the space of sounds, so far
a year. Its plain length would be above 0 by chance alone, the more the fewer tracks there are. So its square is taken
over pairs of tracks by **different lead artists** only, whose chance deviations cancel: its mean is the true square,
0 where nothing moved (it can then come out negative, and the move is 0). That an artist came to the label with a sound
of their own is not counted as a move of the label either, unless others went the same way.

Intervals come from weighing lead artists anew, as in `earmark.similarity.labels.label_distances`. With few artists they
are too narrow to be a test, above all where each artist's tracks are of one year. So a move is told only where a test
by random signs says so too (the wild bootstrap; Liu 1988, *Annals of Statistics* 16): without a move, each artist's
part in the slope could as well have pointed the other way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.labels.label_distances import middle
from earmark.similarity.vectors.placed_tracks import FloatArray, IntArray

FEWEST_YEARS = 3
"""Years of release that a drift needs."""
FEWEST_LEADS = 10
"""Lead artists with dated tracks that a drift needs."""

_DRAWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """A label's move.

    Attributes:
        per_year: Length of the move in a year, in the units of distances (a chord, 0 to 2), at least 0.
        interval: Its 95 % interval.
        p_value: How often random signs give as long a move, above 0 to 1.
        years: First and last year of release.
        tracks: Tracks with a year.
        direction: float32 of shape (dimensions,), length 1: where to; zeros where nothing moved.
    """

    per_year: float
    interval: tuple[float, float]
    p_value: float
    years: tuple[int, int]
    tracks: int
    direction: FloatArray

    @property
    def is_told(self) -> bool:
        """Whether the move is told from standing still."""
        return self.interval[0] > 0 and self.p_value <= 0.05


def label_drift(
    units: FloatArray, years: Sequence[int | None], leads: IntArray, *, resamples: int, rng: np.random.Generator
) -> Drift | str:
    """Measure how a label's sound moved.

    Args:
        units: float32 of shape (tracks, dimensions): its tracks.
        years: Each track's year of release; None where it is not known.
        leads: int64 of shape (tracks,): each track's lead artist.
        resamples: How often artists are weighed anew.
        rng: The source of chance.

    Returns:
        The drift, or in words why there is none to tell.
    """
    dated = np.array([year is not None for year in years], dtype=np.bool_)
    year = np.array([one for one in years if one is not None], dtype=np.int64)
    distinct, n_leads = np.unique(year), len(np.unique(leads[dated]))
    if len(distinct) < FEWEST_YEARS:
        return f"its dated tracks are of {len(distinct)} years, and {FEWEST_YEARS} are needed"
    if n_leads < FEWEST_LEADS:
        return f"its dated tracks are by {n_leads} lead artists, and {FEWEST_LEADS} are needed"
    sums = _Regression(units[dated].astype(np.float64), year.astype(np.float64), leads[dated])
    alpha = np.full(n_leads, (n_leads - 2) / n_leads)
    weights = np.concatenate([np.ones((1, n_leads)), n_leads * rng.dirichlet(alpha, size=resamples)])
    squares = np.concatenate(
        [sums.squares(weights[at : at + _DRAWS_AT_ONCE]) for at in range(0, len(weights), _DRAWS_AT_ONCE)]
    )
    # Squares are centred on the truth only as long as they may be negative; the root is taken last.
    low, high = (float(np.sqrt(max(0.0, end))) for end in middle(squares[1:]))
    per_year = float(np.sqrt(max(0.0, squares[0])))
    slope = sums.slopes(weights[:1])[0]
    length = float(np.linalg.norm(slope))
    direction = slope / length if per_year > 0 and length > 0 else np.zeros_like(slope)
    first, last = int(distinct[0]), int(distinct[-1])
    p_value = sums.p_value(rng.choice([-1.0, 1.0], size=(max(resamples, 1), n_leads)))
    return Drift(per_year, (low, high), p_value, (first, last), int(dated.sum()), direction.astype(np.float32))


class _Regression:
    """Weighted regressions of vectors on years, from sums over each lead artist's tracks."""

    def __init__(self, units: NDArray[np.float64], year: NDArray[np.float64], leads: IntArray) -> None:
        of = np.unique(leads, return_inverse=True)[1]
        member = np.zeros((int(of.max()) + 1, len(of)))
        member[of, np.arange(len(of))] = 1.0
        # Years are counted from their mean, and vectors too: products of large numbers would eat the small ones.
        since, moved = year - year.mean(), units - units.mean(axis=0)
        self._n, self._t, self._tt = member.sum(axis=1), member @ since, member @ since**2
        self._x, self._tx = member @ moved, member @ (since[:, None] * moved)

    def slopes(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The slope of each weighing, shape (weighings, dimensions); weights have shape (weighings, leads)."""
        return np.asarray(self._parts(weights).sum(axis=1), dtype=np.float64)

    def squares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The squared length of each slope over pairs of different leads, shape (weighings,)."""
        parts = self._parts(weights)
        return np.asarray((parts.sum(axis=1) ** 2).sum(axis=1) - (parts**2).sum(axis=(1, 2)), dtype=np.float64)

    def p_value(self, signs: NDArray[np.float64]) -> float:
        """How often signs of shape (draws, leads) on the leads' parts give as long a slope as without."""
        [parts] = self._parts(np.ones((1, len(self._n))))
        products = parts @ parts.T
        np.fill_diagonal(products, 0.0)
        drawn = np.einsum("dl,dl->d", signs @ products, signs)
        return float((1 + (drawn >= products.sum() - 1e-12).sum()) / (1 + len(signs)))

    def _parts(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each lead adds to each slope, shape (weighings, leads, dimensions)."""
        mass = weights @ self._n
        middle_t, middle_x = (weights @ self._t) / mass, (weights @ self._x) / mass[:, None]
        scatter = weights @ self._tt - mass * middle_t**2
        own_t = self._t - middle_t[:, None] * self._n
        moved = self._tx - middle_t[:, None, None] * self._x - middle_x[:, None, :] * own_t[:, :, None]
        scale = np.divide(1.0, scatter, out=np.zeros_like(scatter), where=scatter > 1e-9)
        return np.asarray(moved * (weights * scale[:, None])[:, :, None], dtype=np.float64)
