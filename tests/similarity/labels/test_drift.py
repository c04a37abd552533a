import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.similarity.labels.drift import Drift, label_drift


def made(
    rng: np.random.Generator, *, move: float, artists: int = 20, each: int = 4, yearly: bool = False
) -> tuple[NDArray[np.float32], list[int | None], NDArray[np.int64], NDArray[np.float64]]:
    """A label's tracks over ten years, which moves along a direction; artists have sounds (and years) of their own."""
    way = rng.normal(size=12)
    way /= np.linalg.norm(way)
    rows, years, leads = [], [], []
    for artist in range(artists):
        own, year = rng.normal(scale=0.15, size=12), int(rng.integers(2010, 2020))
        for _ in range(each):
            year = year if yearly else int(rng.integers(2010, 2020))
            rows.append(own + rng.normal(scale=0.15, size=12) + move * (year - 2015) * way)
            years.append(year)
            leads.append(artist)
    return np.array(rows, dtype=np.float32), list(years), np.array(leads), way


def test_a_move_is_found_with_its_direction() -> None:
    rng = np.random.default_rng(4)
    units, years, leads, way = made(rng, move=0.1)
    found = label_drift(units, years, leads, resamples=200, rng=rng)
    assert isinstance(found, Drift)
    assert found.is_told
    assert found.per_year == pytest.approx(0.1, rel=0.15)
    assert found.interval[0] < 0.1 < found.interval[1]
    assert found.direction @ way > 0.9
    assert found.years == (2010, 2019)
    assert found.tracks == 80


@pytest.mark.parametrize("yearly", [False, True])
def test_standing_still_is_seldom_called_a_move(yearly: bool) -> None:
    rng = np.random.default_rng(1)
    told, lengths, plain = 0, [], []
    for _ in range(60):
        units, years, leads, _ = made(rng, move=0.0, yearly=yearly, artists=16)
        found = label_drift(units, years, leads, resamples=100, rng=rng)
        assert isinstance(found, Drift)
        told += found.is_told
        lengths.append(found.per_year)
        dated = np.array(years, dtype=float) - np.mean([year for year in years if year is not None])
        plain.append(np.linalg.norm(dated @ units / (dated @ dated)))
    assert told <= 8
    # The plain length of the slope is never near 0; ours is in half of the cases.
    assert np.median(lengths) < 0.4 * np.median(plain)


def test_what_cannot_be_told_is_said() -> None:
    rng = np.random.default_rng(2)
    units, years, leads, _ = made(rng, move=0.1)
    two: list[int | None] = [2010 if year is None or year < 2015 else 2011 for year in years]
    assert "2 years, and 3 are needed" in str(label_drift(units, two, leads, resamples=5, rng=rng))
    few = np.minimum(leads, 4)
    assert "5 lead artists, and 10 are needed" in str(label_drift(units, years, few, resamples=5, rng=rng))
    unknown: list[int | None] = [None] * len(years)
    assert "0 years" in str(label_drift(units, unknown, leads, resamples=5, rng=rng))


def test_tracks_without_a_year_do_not_count() -> None:
    rng = np.random.default_rng(3)
    units, years, leads, _ = made(rng, move=0.1)
    more = np.concatenate([units, rng.normal(size=(5, 12)).astype(np.float32)])
    before = label_drift(units, years, leads, resamples=20, rng=np.random.default_rng(0))
    by = np.append(leads, [99] * 5)
    after = label_drift(more, [*years, *[None] * 5], by, resamples=20, rng=np.random.default_rng(0))
    assert isinstance(before, Drift)
    assert isinstance(after, Drift)
    assert before.per_year == pytest.approx(after.per_year)
    assert before.interval == pytest.approx(after.interval)
