"""Measures as values: what they derive, and the way to JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.estimates import (
    FLOOR_LUFS,
    KeyEstimate,
    Measures,
    Section,
    TempoEstimate,
    energy_of,
    estimated_values,
    mean_lufs,
)
from earmark.catalog.keys import Key

TEMPO = TempoEstimate(128.004, 0.9, ((64.002, 0.3), (256.008, 0.1)))
KEY = KeyEstimate(Key(9, "minor"), 0.7, ((Key(0, "major"), 0.2),))


def measures(curve: tuple[float, ...], *, step: float = 1.0) -> Measures:
    end = len(curve) * step
    return Measures(TEMPO, KEY, -9.5, curve, step, (Section(0.0, end / 2, 0.2), Section(end / 2, end, 0.6)))


@given(curve=st.lists(st.floats(-70, 0), max_size=50), whole=st.booleans())
def test_json_and_back_is_the_same(curve: list[float], whole: bool) -> None:
    value = measures(tuple(curve))
    if not whole:
        value = Measures(None, None, None, tuple(curve), 1.0, value.sections)
    assert Measures.from_json(json.loads(json.dumps(value.to_json()))) == value


def test_intro_and_outro_are_the_first_and_last_16_s_that_are_heard() -> None:
    value = measures((FLOOR_LUFS,) * 5 + (-20.0,) * 16 + (-8.0,) * 60 + (-14.0,) * 16 + (FLOOR_LUFS,) * 3)
    assert value.intro_lufs == pytest.approx(-20)
    assert value.outro_lufs == pytest.approx(-14)


def test_a_short_or_silent_track_has_them_too() -> None:
    short = measures((-12.0, -12.0))
    assert short.intro_lufs == short.outro_lufs == pytest.approx(-12)
    for silent in (measures((FLOOR_LUFS,) * 4), Measures(None, None, None, (), 1.0, (Section(0, 0.2, 0.0),))):
        assert silent.intro_lufs == silent.outro_lufs == FLOOR_LUFS


def test_energy_is_the_sections_by_their_length() -> None:
    value = Measures(None, None, None, (), 1.0, (Section(0, 30, 0.2), Section(30, 40, 1.0)))
    assert value.energy == pytest.approx(0.4)
    assert Measures(None, None, None, (), 1.0, (Section(0, 0, 0.3),)).energy == 0.3


def test_energy_rises_from_minus_40_to_minus_6() -> None:
    assert [energy_of(lufs) for lufs in (-70, -40, -23, -6, 0)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_mean_loudness_is_that_of_the_mean_power() -> None:
    assert mean_lufs([-10, -70]) == pytest.approx(-13.01, abs=0.01)
    assert mean_lufs([]) == FLOOR_LUFS


def test_estimates_as_an_importer_tells_them() -> None:
    values = estimated_values(128.0041, Key(9, "minor"))
    assert (values.source, values.bpm, values.key) == ("analysis", 128.0, Key(9, "minor"))
    assert estimated_values(None, None).is_empty
