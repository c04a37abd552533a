from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny_library import LABELS
from tiny_run import tiny_run

from earmark.errors import InputError
from earmark.models.evidence import make_evidence, normalised
from earmark.models.faithfulness import Span, cut_out, faithfulness
from earmark.models.predict import FilePrediction, predict_files
from earmark.models.sections import Section, find_sections
from earmark.models.why import explain

pytestmark = pytest.mark.usefixtures("small_forests")

RATE = 16_000
SECONDS = 64
CARRIES = (22.0, 42.0)
"""The only part of the track that sounds like its label."""
BAND = {"Amber": (80.0, 500.0), "Basalt": (1000.0, 1700.0), "Cobalt": (2700.0, 4100.0)}
"""About where the made features of `tiny_library` are louder."""


def sound(label: str) -> NDArray[np.float32]:
    """Noise that says nothing, but for 20 s with a label's band."""
    rng = np.random.default_rng(LABELS.index(label))
    whole = rng.standard_normal(RATE * SECONDS)
    spectrum, hertz = np.fft.rfft(rng.standard_normal(RATE * SECONDS)), np.fft.rfftfreq(RATE * SECONDS, 1 / RATE)
    low, high = BAND[label]
    band = np.fft.irfft(np.where((hertz > low) & (hertz < high), spectrum, 0))
    first, last = (round(edge * RATE) for edge in CARRIES)
    whole[first:last] += 20 * band[first:last]
    return (0.01 * whole).astype(np.float32)


@pytest.mark.parametrize("label", LABELS)
def test_cutting_out_what_is_said_to_matter_changes_the_verdict_more(label: str, tmp_path: Path) -> None:
    bundle = tiny_run().named("crnn").bundle
    samples = sound(label)

    def predicted(spans: Sequence[Span]) -> FilePrediction:
        path = tmp_path / "track.flac"
        soundfile.write(path, cut_out(samples, RATE, spans), RATE)
        [prediction] = predict_files(bundle, [path])
        assert isinstance(prediction, FilePrediction)
        return prediction

    def log_probs(spans: Sequence[Span]) -> NDArray[np.float64]:
        return normalised(predicted(spans).song.slice_log_probs.astype(np.float64).mean(axis=0))

    whole = predicted([])
    told = explain(whole.song, bundle.labels, track=whole.track, slice_seconds=1.0)
    found = faithfulness(
        log_probs,
        told.sections,
        winner=told.winner,
        runner_up=told.runner_up,
        seconds=SECONDS,
        rng=np.random.default_rng(1),
        draws=6,
    )
    assert found.margin == pytest.approx(told.margin, abs=1e-3)
    assert found.drop_top > found.mean_drop_random
    assert found.share_below > 0.8
    # What the explanation promised is what happened, but for slices that lie across the cut.
    best = max(told.sections, key=lambda one: one.effect)
    assert found.drop_top == pytest.approx(best.effect, rel=0.25, abs=0.1)


def test_the_part_that_carries_the_label_is_found() -> None:
    bundle = tiny_run().named("crnn").bundle
    place = bundle.labels.index("Basalt")
    values = np.full((SECONDS, 3), -np.log(3))
    values[22:42] = np.log([0.02, 0.96, 0.02])
    evidence = make_evidence(values, np.arange(SECONDS, dtype=float), slice_seconds=1)
    sections = find_sections(evidence, winner=place, runner_up=0)
    best = max(sections, key=lambda one: one.effect)
    assert (best.start_seconds, best.end_seconds) == CARRIES
    assert best.evidence == pytest.approx(evidence.log_odds(place, 0).sum()), "all others say nothing"


def sections_at(*spans: tuple[float, float, float]) -> list[Section]:
    return [Section(start, end, n, n + 1, effect, 0, 0.9, effect) for n, (start, end, effect) in enumerate(spans)]


def counted(spans: Sequence[Span], *, matters: Span) -> NDArray[np.float64]:
    """A model whose log-odds are the seconds that it heard of the part that matters."""
    lost = sum(max(0.0, min(end, matters[1]) - max(start, matters[0])) for start, end in spans)
    return np.asarray([matters[1] - matters[0] - lost, 0.0])


def test_drops_by_hand() -> None:
    found = faithfulness(
        lambda spans: counted(spans, matters=(20, 40)),
        sections_at((0, 20, -1), (20, 40, 3), (40, 100, 0)),
        winner=0,
        runner_up=1,
        seconds=100,
        rng=np.random.default_rng(0),
    )
    assert (found.margin, found.drop_top, found.mean_drop_random) == (20, 20, 0)
    assert found.share_below == 1
    assert found.removed == ((20, 40),)


def test_a_wrong_explanation_is_found_out() -> None:
    found = faithfulness(
        lambda spans: counted(spans, matters=(20, 40)),
        sections_at((0, 20, 3), (20, 40, -1), (40, 100, 0)),
        winner=0,
        runner_up=1,
        seconds=100,
        rng=np.random.default_rng(0),
        draws=50,
    )
    assert found.drop_top == 0 < found.mean_drop_random
    assert found.share_below < 0.5


@given(seed=st.integers(0, 999), start=st.floats(0, 59), length=st.floats(0.5, 20), second=st.floats(0.5, 20))
def test_random_parts_are_as_long_and_elsewhere(seed: int, start: float, length: float, second: float) -> None:
    spans: list[list[Span]] = []

    def remember(removed: Sequence[Span]) -> NDArray[np.float64]:
        spans.append(list(removed))
        return np.zeros(2)

    tops = sections_at((start, start + length, 5), (80, 80 + second, 4), (0, 0, 0))
    faithfulness(remember, tops, winner=0, runner_up=1, seconds=100, rng=np.random.default_rng(seed), top=2, draws=3)
    whole, *others, _ = [spans[0], *spans[2:], spans[1]]
    assert whole == []
    for drawn in others:
        assert sum(end - begin for begin, end in drawn) == pytest.approx(length + second)
        ordered = sorted([*drawn, (start, start + length), (80, 80 + second)])
        assert all(one[1] <= two[0] + 1e-6 for one, two in pairwise(ordered))
        assert ordered[0][0] >= 0
        assert ordered[-1][1] <= 100 + 1e-6


def test_what_cannot_be_compared_is_refused() -> None:
    def model(_: Sequence[Span]) -> NDArray[np.float64]:
        return np.zeros(2)

    rng = np.random.default_rng(0)
    two = sections_at((0, 60, 1), (60, 100, 0))
    with pytest.raises(InputError, match="nothing as long is left"):
        faithfulness(model, two, winner=0, runner_up=1, seconds=100, rng=rng)
    with pytest.raises(InputError, match="more sections"):
        faithfulness(model, two, winner=0, runner_up=1, seconds=100, rng=rng, top=2)
    with pytest.raises(InputError, match="nothing is left"):
        cut_out(np.zeros(100, dtype=np.float32), 10, [(0, 10)])


def test_cutting_by_hand() -> None:
    samples = np.arange(10, dtype=np.float32)
    assert cut_out(samples, 2, [(1, 2), (4, 9)]).tolist() == [0, 1, 4, 5, 6, 7]
    assert cut_out(samples, 2, []).tolist() == samples.tolist()
