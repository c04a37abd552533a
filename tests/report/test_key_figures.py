import pytest
from survey_tracks import make_collection

from earmark.catalog.survey import KEYS, KeyCounts, Survey, survey
from earmark.report.key_figures import (
    MOST_KEYS,
    MOST_WHEELS,
    camelot_wheel,
    camelot_wheels,
    key_bars,
    keys_by_label,
    modes_by_label,
    top_keys_by_label,
)
from earmark.report.theme import MAJOR, MINOR, LabelStyle, label_styles

NONE = KeyCounts((0,) * 24, {"Amber": (0,) * 24})


def counts_of(**tracks: int) -> tuple[int, ...]:
    """Counts by Camelot code, written as ``k8A=3``."""
    return tuple(tracks.get(f"k{key.camelot}", 0) for key in KEYS)


@pytest.fixture(scope="module")
def styles(surveyed: Survey) -> dict[str, LabelStyle]:
    return label_styles(surveyed.label_names)


def test_bars_by_frequency_and_in_camelot_order() -> None:
    keys = KeyCounts(counts_of(k8A=5, k1B=7, k12B=5), {})
    frequent = key_bars(keys, by_frequency=True)
    assert list(frequent.data[0].x[:3]) == [7, 5, 5]
    assert frequent.layout.yaxis.ticktext[:3] == ("B major  1B", "A minor  8A", "E major  12B")
    assert list(frequent.data[0].marker.color[:2]) == [MAJOR, MINOR]
    ordered = key_bars(keys, by_frequency=False)
    assert list(ordered.data[0].x) == list(keys.counts)
    assert ordered.layout.yaxis.ticktext[0] == "G♯ minor  1A"


def test_the_wheel_has_twelve_at_the_top_and_minor_inside() -> None:
    figure = camelot_wheel(KeyCounts(counts_of(k8A=3, k12B=1), {}))
    minor, minor_text, major, _ = figure.data
    assert figure.layout.polar.angularaxis.rotation == 90
    assert figure.layout.polar.angularaxis.direction == "clockwise"
    # 360 degrees are the top again, so that 12 stands there and 3 at the right.
    assert sorted(minor.theta) == [30 * n for n in range(1, 13)]
    assert minor.base + minor.r[0] < major.base
    at = list(minor.theta).index(30 * 8)
    assert minor_text.text[at] == "<b>8A</b><br>Am<br>75 %"
    assert minor.hovertext[at] == "<b>8A</b> A minor<br>3 of 4 tracks (75 %)"


def test_the_most_frequent_key_is_the_strongest() -> None:
    minor, _, major, _ = camelot_wheel(KeyCounts(counts_of(k8A=3, k12B=1), {})).data
    opacity = [float(colour.rstrip(")").split(",")[3]) for colour in (*minor.marker.color, *major.marker.color)]
    assert max(opacity) == opacity[list(minor.theta).index(240)] == pytest.approx(0.8)
    assert min(opacity) == pytest.approx(0.06)


def test_a_share_below_one_percent_is_not_none() -> None:
    figure = camelot_wheel(KeyCounts(counts_of(k8A=500, k9A=1), {}))
    texts = figure.data[1].text
    assert "<b>9A</b><br>Em<br>&lt;1 %" in texts
    assert "<b>10A</b><br>Bm<br>0 %" in texts


def test_small_wheels_are_at_most_twelve() -> None:
    found = survey(make_collection([f"Label {n:02d}" for n in range(20)], per_label=3))
    figure = camelot_wheels(found.keys, labels=found.label_names, styles=label_styles(found.label_names))
    assert len(figure.layout.annotations) == MOST_WHEELS
    assert len(figure.data) == 4 * MOST_WHEELS
    assert len({trace.subplot for trace in figure.data}) == MOST_WHEELS


def test_a_wheel_is_titled_with_its_labels_colour(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = camelot_wheels(surveyed.keys, labels=surveyed.label_names, styles=styles)
    title = next(one.text for one in figure.layout.annotations if "Amber" in one.text)
    assert styles["Amber"].colour in title
    assert title.endswith("Amber (13)")
    assert "<img" not in str(figure.to_json())


def test_each_labels_keys_are_ranked_by_frequency() -> None:
    amber, basalt = counts_of(k8A=3, k1B=1, k12B=1), counts_of(k9B=2)
    total = tuple(one + other for one, other in zip(amber, basalt, strict=True))
    keys = KeyCounts(total, {"Amber": amber, "Basalt": basalt, "Cobalt": (0,) * 24})
    figure = top_keys_by_label(keys, labels=["Amber", "Basalt", "Cobalt"])
    (heat,) = figure.data
    assert figure.layout.yaxis.ticktext == ("All tracks (7)", "Amber (5)", "Basalt (2)"), "none without a key"
    assert list(heat.text[1]) == ["Am 8A · 60 %", "B 1B · 20 %", "E 12B · 20 %", "", ""]
    assert list(heat.z[1]) == [60, 20, 20, None, None]
    assert list(heat.z[2]) == [100, None, None, None, None]
    assert heat.hovertext[0][0] == "<b>All tracks</b><br>A minor (8A): 3 of 7 tracks (43 %)"


def test_ranks_fall_and_large_collections_are_cut() -> None:
    found = survey(make_collection([f"Label {n:02d}" for n in range(60)], per_label=6))
    (heat,) = top_keys_by_label(found.keys, labels=found.label_names).data
    assert len(heat.z) == 41
    for row in heat.z:
        known = [share for share in row if share is not None]
        assert known == sorted(known, reverse=True)
        assert len(row) == MOST_KEYS


def test_rows_of_keys_add_up_to_all_of_a_label(surveyed: Survey) -> None:
    (heat,) = keys_by_label(surveyed.keys, labels=surveyed.label_names).data
    for row in heat.z:
        assert sum(row) == pytest.approx(100)
    assert len(heat.z[0]) == 24


def test_modes_add_up_and_begin_with_all_tracks(surveyed: Survey) -> None:
    figure = modes_by_label(surveyed.keys, labels=surveyed.label_names)
    minor, major = figure.data
    assert [one + other for one, other in zip(minor.x, major.x, strict=True)] == pytest.approx([100] * 5)
    assert figure.layout.yaxis.ticktext[0].startswith("All tracks")
    assert list(minor.x[1:]) == sorted(minor.x[1:], reverse=True)
    assert (minor.name, minor.marker.color, major.marker.color) == ("minor", MINOR, MAJOR)


def test_no_keys_are_told_in_words() -> None:
    styles = label_styles(["Amber"])
    figures = [
        key_bars(NONE, by_frequency=True),
        camelot_wheel(NONE),
        camelot_wheels(NONE, labels=["Amber"], styles=styles),
        keys_by_label(NONE, labels=["Amber"]),
        modes_by_label(NONE, labels=["Amber"]),
        top_keys_by_label(NONE, labels=["Amber"]),
    ]
    assert {figure.layout.annotations[0].text for figure in figures} == {"No track has a key."}
