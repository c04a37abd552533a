import numpy as np
import pytest
from made_song import made_song
from numpy.typing import NDArray
from tiny_library import make_track

from earmark.audio.envelope import Envelope, envelope
from earmark.evaluation.confidence import SureVerdict
from earmark.models.why import Explanation, explain
from earmark.report.evidence_figures import MOST_BARS, evidence_figure, parts_bars, time_ticks, verdict_bars
from earmark.report.theme import label_styles

LABELS = ("Amber", "Basalt", "Cobalt", "Dune <b>")
STYLES = label_styles(LABELS)


def told(
    rows: NDArray[np.float64], *, labels: tuple[str, ...] = LABELS, sure: SureVerdict | None = None
) -> Explanation:
    song = made_song(np.log(rows / rows.sum(axis=1, keepdims=True)), embedding=np.zeros(3))
    track = make_track(1, None, "Ann", seconds=3.0 * len(rows))
    return explain(song, labels, track=track, slice_seconds=3.0, sure=sure)


def three_sections() -> NDArray[np.float64]:
    rows = np.tile([0.3, 0.4, 0.2, 0.1], (30, 1))
    rows[10:20] = [0.94, 0.02, 0.02, 0.02]
    return rows


@pytest.fixture
def outline() -> Envelope:
    time = np.arange(90 * 1000) / 1000
    return envelope((0.5 * np.sin(time)).astype(np.float32), 1000)


def test_waveform_probabilities_and_contributions_share_their_time(outline: Envelope) -> None:
    figure = evidence_figure(told(three_sections()), styles=STYLES, envelope=outline)
    low, high = figure.data[0], figure.data[1]
    assert (len(low.x), high.fill) == (1500, "tonexty")
    assert {trace.yaxis for trace in figure.data} == {"y", "y2", "y3"}
    assert figure.layout.xaxis3.range == (0, 90)
    assert figure.layout.xaxis.matches == figure.layout.xaxis2.matches == "x3"
    assert list(figure.layout.xaxis3.ticktext)[:3] == ["0:00", "0:10", "0:20"]


def test_thick_lines_are_sections_and_thin_ones_slices() -> None:
    explanation = told(three_sections())
    figure = evidence_figure(explanation, styles=STYLES)
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    thick = [trace for trace in lines if trace.showlegend]
    assert [trace.name for trace in thick] == ["Amber", "Basalt", "Cobalt"], "the three most probable ones"
    assert all(trace.line.color == STYLES[trace.name].colour for trace in thick)
    amber = thick[0]
    middle = [height for height, words in zip(amber.y, amber.text, strict=True) if words == "0:30 to 1:00"]
    assert middle == [pytest.approx(0.94, abs=1e-3)] * 2
    thin = next(trace for trace in lines if trace.name == "Amber" and not trace.showlegend)
    assert len(thin.x) == 60


def test_contributions_are_the_sections_evidence() -> None:
    explanation = told(three_sections())
    [bars] = [trace for trace in evidence_figure(explanation, styles=STYLES).data if trace.type == "bar"]
    assert list(bars.y) == [pytest.approx(one.evidence, abs=1e-4) for one in explanation.sections]
    assert len(set(bars.marker.color)) == 2, "for and against"
    assert sum(bars.y) == pytest.approx(explanation.margin, abs=1e-3)


def test_sections_are_shaded_and_the_loudest_numbered(outline: Envelope) -> None:
    figure = evidence_figure(told(three_sections()), styles=STYLES, envelope=outline)
    assert len(figure.layout.shapes) == 2 * 3, "each section behind the waveform and behind the probabilities"
    assert [shape.x0 for shape in figure.layout.shapes][:2] == [0, 0]
    assert [one.text for one in figure.layout.annotations] == ["<b>1</b>"]
    assert figure.layout.annotations[0].x == 45


def test_a_model_that_hears_at_once_has_one_flat_picture() -> None:
    figure = evidence_figure(told(np.asarray([[0.6, 0.2, 0.1, 0.1]])), styles=STYLES)
    assert len(figure.layout.annotations) == 0
    assert len(figure.layout.shapes) == 1


def test_labels_of_the_set_stand_out() -> None:
    sure = SureVerdict(((0, 0.5), (1, 0.3), (2, 0.1), (3, 0.1)), (0, 1), 0.9, None, "")
    explanation = told(three_sections(), sure=sure)
    bars = verdict_bars(explanation, styles=STYLES).data[0]
    faint = [colour.startswith("rgba") for colour in bars.marker.color]
    assert faint == [False, False, True, True]
    assert list(bars.x) == sorted(bars.x, reverse=True)
    assert bars.hovertext[-1] == "Dune &lt;b&gt;"
    unsure = verdict_bars(told(three_sections()), styles=STYLES).data[0]
    assert not any(colour.startswith("rgba") for colour in unsure.marker.color)


def test_many_labels_are_cut_to_the_most_probable() -> None:
    names = tuple(f"Label {n}" for n in range(25))
    rows = np.random.default_rng(0).uniform(0.1, 1, (20, 25))
    bars = verdict_bars(told(rows, labels=names), styles=label_styles(names)).data[0]
    assert len(bars.x) == MOST_BARS


def test_parts_for_and_against() -> None:
    bars = parts_bars({"sound": 1.5, "tags <i>": -0.5}).data[0]
    assert list(bars.x) == [1.5, -0.5]
    assert list(bars.text) == ["+1.50", "-0.50"]
    assert bars.marker.color[0] != bars.marker.color[1]


@pytest.mark.parametrize("seconds", [0.3, 9, 61, 372, 3600, 21_600])
def test_ticks_are_round_and_not_too_many(seconds: float) -> None:
    ticks = time_ticks(seconds)
    assert ticks[0] == 0
    assert ticks[-1] <= seconds
    assert 2 <= len(ticks) <= 14
