import math

from earmark.evaluation.associations import Association
from earmark.report.confound_figures import shortcut_strengths
from earmark.report.theme import MAJOR, NEUTRAL


def column(name: str, strength: float, p: float = 1.0) -> Association:
    return Association(name, "eta squared", strength, 40, True, p, p)


def test_facts_are_ranked_and_those_that_tell_are_coloured() -> None:
    found = [column("peak", 0.1), column("codec", 0.8, 0.001), column("<b>", math.nan)]
    [bars] = shortcut_strengths(found, telling=frozenset({"codec"})).data
    assert list(bars.y) == ["peak", "codec"], "the strongest is on top"
    assert list(bars.marker.color) == [NEUTRAL, MAJOR]
    assert list(bars.customdata[1]) == ["eta squared", 40, "0.001"]


def test_files_that_are_all_alike_leave_nothing_to_draw() -> None:
    figure = shortcut_strengths([], telling=frozenset())
    assert not figure.data
    assert "alike" in figure.layout.annotations[0].text
