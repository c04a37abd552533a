import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError, UnknownNameError
from earmark.similarity.sets.energy_curves import CURVES, EnergyCurve, parse_curve


def test_every_named_curve_spans_the_set() -> None:
    for name, points in CURVES.items():
        curve = parse_curve(name, minutes=60)
        assert curve.points == points
        assert [points[0][0], points[-1][0]] == [0.0, 1.0]
        values = curve.at(np.linspace(0, 1, 101))
        assert ((values >= 0) & (values <= 1)).all()


def test_curves_go_as_they_are_called() -> None:
    def at(name: str, *places: float) -> list[float]:
        return [float(one) for one in parse_curve(name, minutes=60).at(np.array(places))]

    assert np.all(np.diff(at("rise", 0, 0.3, 0.6, 1)) > 0)
    assert np.all(np.diff(at("fall", 0, 0.3, 0.6, 1)) < 0)
    assert len(set(at("flat", 0, 0.5, 1))) == 1
    start, top, end = at("peak", 0, 0.65, 1)
    assert start < top > end
    assert np.sign(np.diff(at("wave", 0, 0.25, 0.5, 0.75, 1))).tolist() == [1, -1, 1, -1]


def test_points_are_read_in_minutes() -> None:
    curve = parse_curve("0:0.3, 30:0.9,60:0.6", minutes=60)
    assert curve == EnergyCurve("own", ((0.0, 0.3), (0.5, 0.9), (1.0, 0.6)))
    assert curve.at(np.array([0.25])) == pytest.approx(0.6)
    held = parse_curve("10:0.5", minutes=60)
    assert held.at(np.array([0.0, 0.9])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0:0.3,x:0.9", "MINUTE:ENERGY such as 30:0.9, not 'x:0.9'"),
        ("0:0.3,61:0.9", "a minute from 0 to 60"),
        ("0:1.3", "an energy from 0 to 1"),
        ("30:0.2,10:0.3", "follow each other in time"),
    ],
)
def test_points_that_make_no_curve_are_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_curve(text, minutes=60)


def test_an_unknown_curve_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="'up'; known: rise, fall, flat, peak, wave, plateau, points such as"):
        parse_curve("up", minutes=60)


SECONDS = st.integers(0, 5400).map(lambda second: second / 60)
"""Minutes of a set; points closer than anybody types could fall together when they are divided by its length."""


@given(st.lists(st.tuples(SECONDS, st.floats(0, 1)), min_size=1, max_size=6, unique_by=lambda one: one[0]))
def test_a_drawn_curve_goes_through_its_points(points: list[tuple[float, float]]) -> None:
    points.sort()
    curve = parse_curve(",".join(f"{minute!r}:{energy!r}" for minute, energy in points), minutes=90)
    np.testing.assert_allclose(curve.at(np.array([minute / 90 for minute, _ in points])), [one for _, one in points])
