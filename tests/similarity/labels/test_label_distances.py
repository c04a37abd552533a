from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_atlas import units_of
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.similarity.labels import label_distances as module
from earmark.similarity.labels.label_distances import label_distances
from earmark.similarity.vectors.placed_tracks import PlacedTracks, place_tracks

Row = tuple[NDArray[np.float64], int, frozenset[str]]


def cloud(
    rng: np.random.Generator, label: int, middle: NDArray[np.float64], *, artists: int = 8, each: int = 4
) -> list[Row]:
    """A label's tracks around a middle, each artist with a sound of their own."""
    rows: list[Row] = []
    for artist in range(artists):
        own = middle + rng.normal(scale=0.3, size=len(middle))
        keys = frozenset([f"{label}.{artist}"])
        rows += [(own + rng.normal(scale=0.3, size=len(middle)), label, keys) for _ in range(each)]
    return rows


def placed(rows: Sequence[Row], labels: str = "ABC") -> PlacedTracks:
    units = units_of(np.array([row for row, _, _ in rows]))
    return place_tracks(units, [label for _, label, _ in rows], [keys for _, _, keys in rows], labels=list(labels))


def slow_square(tracks: PlacedTracks, one: int, other: int, gone: frozenset[str] = frozenset()) -> float:
    """The squared energy distance by its definition, pair by pair, without tracks of some lead artists."""

    def mean(first: int, second: int) -> float:
        found = []
        for a in range(*tracks.rows_of(first).indices(len(tracks.units))):
            for b in range(*tracks.rows_of(second).indices(len(tracks.units))):
                leads = {tracks.lead_names[tracks.lead_of[a]], tracks.lead_names[tracks.lead_of[b]]}
                if not tracks.keys[a] & tracks.keys[b] and not leads & gone:
                    found.append(float(np.linalg.norm(tracks.units[a].astype(float) - tracks.units[b])))
        return float(np.mean(found))

    return 2 * mean(one, other) - mean(one, one) - mean(other, other)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    labels=st.integers(2, 4),
    artists=st.integers(4, 6),
    guests=st.booleans(),
    shared=st.integers(0, 2),
)
def test_distances_are_those_of_the_definition(seed: int, labels: int, artists: int, guests: bool, shared: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for label in range(labels):
        for at, (values, _, keys) in enumerate(cloud(rng, label, rng.normal(size=5), artists=artists, each=2)):
            # The first artists are on all labels; a guest leads no track.
            own = frozenset(key[2:] if int(key[2:]) < shared else key for key in keys)
            rows.append((values, label, own | ({"guest"} if guests and at % 7 == 0 else set())))
    tracks = placed(rows, "ABCD"[:labels])
    found = label_distances(tracks, resamples=3, rng=rng)
    for one in range(labels):
        for other in range(one):
            gone = frozenset() if found.weak[one, other] else common_leads(tracks, one, other)
            square = slow_square(tracks, one, other, gone)
            assert found.matrix[one, other] ** 2 == pytest.approx(max(0.0, square), abs=1e-4)
            assert found.shared_leads[one, other] == len(common_leads(tracks, one, other))
    assert np.array_equal(found.draws, np.swapaxes(found.draws, 1, 2))
    assert (np.diag(found.matrix) == 0).all()
    assert (found.matrix >= 0).all()


def common_leads(tracks: PlacedTracks, one: int, other: int) -> frozenset[str]:
    """Names of the lead artists of both labels."""
    names = [
        {name for name, label in zip(tracks.lead_names, tracks.lead_label, strict=True) if label == at}
        for at in (one, other)
    ]
    return frozenset(names[0] & names[1])


def test_turning_the_space_and_renaming_change_nothing() -> None:
    rng = np.random.default_rng(3)
    rows = [row for label in range(3) for row in cloud(rng, label, rng.normal(size=6))]
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    before = label_distances(placed(rows), resamples=5, rng=np.random.default_rng(0))
    turned = [(values @ turn, label, frozenset(f"x{key}" for key in keys)) for values, label, keys in rows]
    after = label_distances(placed(turned), resamples=5, rng=np.random.default_rng(0))
    np.testing.assert_allclose(before.draws, after.draws, atol=2e-3)


def test_an_artist_on_two_labels_does_not_bring_them_together() -> None:
    rng = np.random.default_rng(5)
    middles = rng.normal(size=(3, 16))
    guest = rng.normal(scale=3.0, size=16)
    rows = [row for label in range(3) for row in cloud(rng, label, middles[label])]
    alone = label_distances(placed(rows), resamples=200, rng=rng)
    guests: list[Row] = [
        (guest + rng.normal(scale=0.1, size=16), label, frozenset(["Guest"])) for label in (0, 1) for _ in range(30)
    ]
    both = placed([*rows, *guests])
    naive = np.array([both.units[both.rows_of(label)].mean(axis=0) for label in range(3)])
    assert np.linalg.norm(naive[0] - naive[1]) < 0.6 * np.linalg.norm(naive[0] - naive[2])
    found = label_distances(both, resamples=200, rng=rng)
    assert found.shared_leads[0, 1] == 1
    assert not found.weak.any()
    # The distance is what it was without the guest; comparing only tracks by different artists would halve the square.
    assert found.matrix[0, 1] == pytest.approx(alone.matrix[0, 1], rel=1e-3)
    only_pairs = slow_square(both, 0, 1)
    share = 30 / 62
    assert only_pairs / alone.matrix[0, 1] ** 2 == pytest.approx((1 - share) / (1 + share), rel=0.1)


def test_an_artist_who_dominates_a_label_does_not_narrow_it() -> None:
    rng = np.random.default_rng(6)
    rows = [row for label in range(2) for row in cloud(rng, label, rng.normal(size=8))]
    values, _, keys = rows[0]
    flood: list[Row] = [(values + rng.normal(scale=0.01, size=8), 0, keys) for _ in range(100)]
    before = label_distances(placed(rows, "AB"), resamples=2, rng=rng).spreads[0]
    after = label_distances(placed([*rows, *flood], "AB"), resamples=2, rng=rng).spreads[0]
    assert after[0] == pytest.approx(before[0], abs=0.25)
    units = placed([*rows, *flood], "AB").units[:132]
    assert np.sqrt(np.maximum(2 - 2 * units @ units.T, 0)).mean() < 0.5 * after[0]


def test_labels_with_nearly_the_same_artists_are_weak() -> None:
    rng = np.random.default_rng(7)
    rows = [row for label in range(2) for row in cloud(rng, label, rng.normal(size=8), artists=4)]
    one_roster = [(values, label, frozenset(key[2:] for key in keys)) for values, label, keys in rows]
    found = label_distances(placed(one_roster, "AB"), resamples=2, rng=rng)
    assert found.weak.tolist() == [[False, True], [True, False]]
    assert found.shared_leads[0, 1] == 4
    assert found.matrix[0, 1] == pytest.approx(np.sqrt(max(0.0, slow_square(placed(one_roster, "AB"), 0, 1))), abs=2e-3)


def test_labels_at_one_place_are_not_told_apart_and_far_ones_are() -> None:
    rng = np.random.default_rng(8)
    middle, away = rng.normal(size=(2, 8))
    rows = [*cloud(rng, 0, middle), *cloud(rng, 1, middle), *cloud(rng, 2, 3 * away)]
    found = label_distances(placed(rows), resamples=400, rng=rng)
    assert found.interval(0, 1)[0] == 0
    assert found.interval(0, 2)[0] > 0.3
    assert found.nearest(0) == [1, 2]
    assert found.told_apart(0, 1, 2)
    assert not found.told_apart(2, 0, 1)
    low, high = found.spread_interval(0)
    assert low < found.spreads[0, 0] < high


def test_intervals_hold_their_level() -> None:
    rng = np.random.default_rng(9)
    middles = rng.normal(size=(2, 6))
    many = placed([row for label in range(2) for row in cloud(rng, label, middles[label], artists=600, each=1)], "AB")
    truth = label_distances(many, resamples=1, rng=rng).matrix[0, 1]
    held = 0
    for _ in range(60):
        rows = [row for label in range(2) for row in cloud(rng, label, middles[label], artists=6, each=3)]
        low, high = label_distances(placed(rows, "AB"), resamples=200, rng=rng).interval(0, 1)
        held += low <= truth <= high
    assert held >= 48


def test_a_track_is_scored_by_what_it_is_near_to() -> None:
    rng = np.random.default_rng(10)
    rows = [row for label in range(2) for row in cloud(rng, label, 3 * rng.normal(size=8))]
    tracks = placed(rows, "AB")
    scores = label_distances(tracks, resamples=1, rng=rng).track_scores(slice(None))
    assert (scores.argmin(axis=1) == tracks.label_of).mean() > 0.95


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    tracks = placed([row for label in range(3) for row in cloud(rng, label, rng.normal(size=6))])
    whole = label_distances(tracks, resamples=4, rng=np.random.default_rng(0))
    monkeypatch.setattr(module, "_BLOCK_VALUES", 700)
    parts = label_distances(tracks, resamples=4, rng=np.random.default_rng(0))
    np.testing.assert_allclose(whole.draws, parts.draws, atol=1e-3)
    np.testing.assert_allclose(whole.to_label, parts.to_label, rtol=1e-4)


def test_what_cannot_be_compared_is_said() -> None:
    rng = np.random.default_rng(12)
    with pytest.raises(InputError, match="at least two labels"):
        label_distances(placed(cloud(rng, 0, np.ones(4)), "A"), resamples=1, rng=rng)
    few = [*cloud(rng, 0, np.ones(4)), *cloud(rng, 1, np.ones(4), artists=2)]
    with pytest.raises(InputError, match="B has tracks by 2 lead artists; 3 are needed"):
        label_distances(placed(few, "AB"), resamples=1, rng=rng)
    with pytest.raises(InputError, match="at least one resample"):
        label_distances(placed([*cloud(rng, 0, np.ones(4)), *cloud(rng, 1, np.ones(4))], "AB"), resamples=0, rng=rng)


def test_labels_at_one_place_keep_their_order() -> None:
    rng = np.random.default_rng(13)
    middle = rng.normal(size=6)
    found = label_distances(
        placed([row for label in range(3) for row in cloud(rng, label, middle)]), resamples=9, rng=rng
    )
    assert (found.draws < 0).any()
    assert found.nearest(0) == sorted([1, 2], key=lambda other: float(found.draws[0, 0, other]))
