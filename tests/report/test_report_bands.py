import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.report.bands import STUDY_EDGES, UNKNOWN, BpmBands, bpm_bands, parse_bands

TEMPOS = st.floats(40, 250)


@pytest.mark.parametrize(
    ("bpm", "band"),
    [
        (None, UNKNOWN),
        (99.0, "up to 130 BPM"),
        (130.0, "up to 130 BPM"),
        (130.49, "up to 130 BPM"),
        (130.5, "131-136 BPM"),
        (131.5, "131-136 BPM"),
        (136.4, "131-136 BPM"),
        (136.5, "137 BPM and more"),
        (174.0, "137 BPM and more"),
    ],
)
def test_the_studys_bands(bpm: float | None, band: str) -> None:
    assert BpmBands(STUDY_EDGES, "fixed").name_of(bpm) == band


def test_a_band_of_one_tempo_and_a_single_band() -> None:
    assert BpmBands((120, 121), "fixed").names == ("up to 120 BPM", "121 BPM", "122 BPM and more")
    assert BpmBands((), "quantiles").names == ("all tempos",)
    assert BpmBands((), "quantiles").name_of(120.0) == "all tempos"


def test_an_all_but_empty_band_makes_way_for_thirds() -> None:
    house = [120.0 + n % 12 for n in range(60)]
    assert bpm_bands([*house[:57], 132.0, 138.0, 138.0]).chosen == "quantiles"
    trance = [128.0, 134.0, 138.0] * 10
    assert bpm_bands(trance) == BpmBands(STUDY_EDGES, "fixed")
    assert bpm_bands([None, None]) == BpmBands(STUDY_EDGES, "fixed")
    assert bpm_bands([128.0] * 30) == BpmBands(STUDY_EDGES, "fixed"), "thirds of one tempo would be one band"


def test_what_was_asked_for_is_taken() -> None:
    house = [120.0 + n % 12 for n in range(60)]
    assert bpm_bands(house, (125,)) == BpmBands((125,), "asked")
    assert bpm_bands(house, STUDY_EDGES) == BpmBands(STUDY_EDGES, "asked"), "though two of the bands are empty"
    assert bpm_bands([None, None], "quantiles").names == ("all tempos",)
    assert bpm_bands([128.0] * 30, "quantiles").names == ("all tempos",)


def test_bands_say_where_they_come_from() -> None:
    assert "reference study" in bpm_bands([128.0, 134.0, 138.0]).origin
    assert "asked for" in bpm_bands([128.0], (125,)).origin
    assert "thirds of these songs" in bpm_bands([128.0, 134.0], "quantiles").origin


def test_thirds_of_twelve_tempos() -> None:
    bands = bpm_bands([float(bpm) for bpm in range(120, 132)], "quantiles")
    assert bands == BpmBands((123, 127), "quantiles")


@given(st.lists(TEMPOS, min_size=1, max_size=40))
def test_every_quantile_band_holds_a_song(bpms: list[float]) -> None:
    bands = bpm_bands(bpms, "quantiles")
    assert {bands.name_of(bpm) for bpm in bpms} == set(bands.names)
    assert len(bands.names) <= 3


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6, unique=True), TEMPOS, TEMPOS)
def test_bands_rise_with_the_tempo(edges: list[int], one: float, other: float) -> None:
    bands = BpmBands(tuple(sorted(edges)), "fixed")
    slow, fast = sorted((one, other))
    assert bands.names.index(bands.name_of(slow)) <= bands.names.index(bands.name_of(fast))
    assert len(set(bands.names)) == len(edges) + 1


def test_what_a_user_writes() -> None:
    assert parse_bands("130, 136") == (130, 136)
    assert parse_bands(" Quantiles ") == "quantiles"
    assert parse_bands("AUTO") == "auto"
    for wrong, told in (("fast", "such as 130,136"), ("136,130", "rise"), ("130,130", "rise"), ("0", "above 0")):
        with pytest.raises(InputError, match=told):
            parse_bands(wrong)
