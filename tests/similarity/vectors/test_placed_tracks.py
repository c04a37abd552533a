import numpy as np
import pytest

from earmark.errors import InputError
from earmark.similarity.vectors.placed_tracks import lead_artists, place_tracks


def test_the_lead_artist_is_who_is_on_most_tracks() -> None:
    keys = [frozenset(one) for one in (["ann", "bob"], ["bob"], ["ann", "cy"], ["bob", "cy"], ["dee", "eve"])]
    assert lead_artists(keys) == ["bob", "bob", "ann", "bob", "dee"]


def test_tracks_are_sorted_by_label_and_lead() -> None:
    units = np.eye(5, dtype=np.float32)
    keys = [frozenset([name]) for name in ("y", "x", "y", "x", "z")]
    placed = place_tracks(units, [1, 0, 0, 1, 1], keys, labels=["A", "B"])
    assert placed.order.tolist() == [1, 2, 3, 0, 4]
    assert placed.label_of.tolist() == [0, 0, 1, 1, 1]
    assert placed.lead_of.tolist() == [0, 1, 2, 3, 4]
    assert placed.lead_names == ("x", "y", "x", "y", "z")
    assert placed.lead_label.tolist() == [0, 0, 1, 1, 1]
    assert placed.rows_of(1) == slice(2, 5)
    np.testing.assert_array_equal(placed.units, units[placed.order])


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(InputError, match="go together"):
        place_tracks(np.eye(2), [0], [frozenset("a"), frozenset("b")], labels=["A"])
    with pytest.raises(InputError, match="at least one key"):
        lead_artists([frozenset()])
