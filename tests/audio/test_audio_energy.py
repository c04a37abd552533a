"""Sections are cut where the loudness changes, and cover the whole recording."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.energy import sections
from earmark.audio.estimates import Section, energy_of


def test_a_track_of_three_levels_has_three_sections() -> None:
    curve = [-20.0] * 20 + [-9.0] * 40 + [-18.0] * 20
    found = sections(curve, 1.0, 79.5)
    assert [(one.start_seconds, one.end_seconds) for one in found] == [(0.0, 20.0), (20.0, 60.0), (60.0, 79.5)]
    assert [one.energy for one in found] == pytest.approx([energy_of(-20), energy_of(-9), energy_of(-18)], abs=1e-3)


def test_a_level_track_is_one_section() -> None:
    assert sections([-10.0, -10.5] * 60, 1.0, 120.0) == (Section(0.0, 120.0, round(energy_of(-10.24), 3)),)


def test_a_fill_is_no_section() -> None:
    assert len(sections([-10.0] * 60 + [-16.0] * 3 + [-10.0] * 60, 1.0, 123.0)) == 1


def test_a_fade_below_hearing_is_no_section() -> None:
    assert len(sections([-46.0] * 30 + [-70.0] * 30, 1.0, 60.0)) == 1


def test_a_recording_without_a_curve_has_a_section_without_energy() -> None:
    assert sections((), 1.0, 0.2) == (Section(0.0, 0.2, 0.0),)


@given(
    curve=st.lists(st.floats(-70, 0), min_size=1, max_size=120),
    step=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_sections_cover_everything_and_are_long_enough(curve: list[float], step: float) -> None:
    seconds = len(curve) * step
    found = sections(curve, step, seconds)
    assert found[0].start_seconds == 0
    assert found[-1].end_seconds == pytest.approx(seconds)
    for before, after in pairwise(found):
        assert before.end_seconds == after.start_seconds
    assert all(0 <= one.energy <= 1 for one in found)
    if len(found) > 1:
        assert min(one.end_seconds - one.start_seconds for one in found) >= 8
