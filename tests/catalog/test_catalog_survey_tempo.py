from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.survey_tempo import octave_errors
from earmark.catalog.track import Track


def tracks(label: str, bpms: list[float | None]) -> list[Track]:
    return [make_track(n, label, f"Act {n}", bpm=bpm) for n, bpm in enumerate(bpms)]


def test_tempos_at_half_or_double_the_labels_median_are_found_with_their_titles() -> None:
    amber = tracks("Amber", [66.0, 130.0, 132.0, 134.0, 262.0, 90.0, None])
    found = octave_errors({"Amber": amber})
    assert [(one.track, one.bpm, one.usual) for one in found] == [
        ("Act 0 - Song 0", 66.0, 131.0),
        ("Act 4 - Song 4", 262.0, 131.0),
    ]
    assert {one.label for one in found} == {"Amber"}
    assert found[0].path == amber[0].path


def test_two_tempos_tell_nothing_of_what_is_usual() -> None:
    assert octave_errors({"Basalt": tracks("Basalt", [60.0, 120.0, None, 0.0])}) == ()
    assert octave_errors({}) == ()


@given(st.lists(st.floats(100, 150), min_size=1, max_size=20))
def test_tempos_within_half_an_octave_are_never_errors(bpms: list[float]) -> None:
    assert octave_errors({"Amber": tracks("Amber", list(bpms))}) == ()
