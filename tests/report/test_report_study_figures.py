"""The pictures of how far a score can be trusted."""

import numpy as np
import pytest

from earmark.errors import InputError
from earmark.evaluation.comparison import ComparisonRow, comparison_row
from earmark.report.study_figures import accuracy_by_split, accuracy_draws


def row(name: str, right: int, of: int = 28) -> ComparisonRow:
    truth = [0] * of
    called = [0] * right + [1] * (of - right)
    return comparison_row(name, truth, called, n_labels=2, rng=np.random.default_rng(0))


def test_every_draw_is_a_point_and_the_published_one_is_marked() -> None:
    figure = accuracy_draws({"model": [0.6, 0.7, 0.8], "<look-up>": [0.7, 0.8, 0.9]}, marks={"model": 0.82})
    box, other, mark = figure.data
    assert (list(box.x), set(box.y)) == ([0.6, 0.7, 0.8], {"model"})
    assert set(other.y) == {"&lt;look-up&gt;"}
    assert (list(mark.x), list(mark.y)) == ([0.82], ["model"])
    assert list(figure.layout.yaxis.categoryarray) == ["&lt;look-up&gt;", "model"]


def test_a_mark_of_nobody_is_refused() -> None:
    with pytest.raises(InputError, match="expected marks of model; 'other' is none of them"):
        accuracy_draws({"model": [0.5]}, marks={"other": 0.5})


def test_kinds_of_split_stand_on_one_line_with_their_intervals() -> None:
    songs, artists = [row("model", 23), row("majority", 8)], [row("majority", 7), row("model", 14)]
    figure = accuracy_by_split({"song-disjoint": songs, "artist-disjoint": artists})
    first, second = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["model", "majority"]
    assert [round(place) for place in first.y] == [0, 1]
    assert [round(place) for place in second.y] == [1, 0]
    assert set(first.y).isdisjoint(second.y)
    assert first.marker.color != second.marker.color
    assert first.marker.symbol != second.marker.symbol
    interval = songs[0].accuracy_interval
    assert first.x[0] + first.error_x.array[0] == pytest.approx(interval.high)
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(interval.low)


def test_more_kinds_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(InputError, match="at most 3 kinds of split, got 4: a, b, c, d"):
        accuracy_by_split({kind: [row("model", 3)] for kind in "abcd"})
