from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.evidence import Evidence, make_evidence, normalised
from earmark.models.sections import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    change_points,
    find_sections,
    what_would_change,
    without,
)


def track(*levels: tuple[int, float], noise: float = 0.3, seed: int = 0, labels: int = 3) -> Evidence:
    """Slices of 3 s whose logit of label 0 has given levels for given counts of slices."""
    rng = np.random.default_rng(seed)
    logit = np.concatenate([np.full(count, level) for count, level in levels])
    values = rng.normal(0, noise, (len(logit), labels))
    values[:, 0] += logit
    log_probs = np.stack([normalised(row) for row in values])
    return make_evidence(log_probs, np.arange(len(values)) * 3.0, slice_seconds=3)


def test_sections_start_where_the_evidence_changes() -> None:
    evidence = track((10, 0.0), (7, 5.0), (12, 0.0))
    assert change_points(evidence) == [0, 10, 17, 29]
    sections = find_sections(evidence, winner=0, runner_up=1)
    assert [(one.start_seconds, one.end_seconds) for one in sections] == [(0, 30), (30, 51), (51, 87)]
    assert sections[1].label == 0
    assert sections[1].probability > 0.95
    assert sections[1].effect > 0 > sections[0].effect
    assert sections[1].evidence == max(one.evidence for one in sections)


def test_sections_add_up_to_what_the_sound_says() -> None:
    evidence = track((8, 3.0), (9, -2.0), (9, 1.0))
    sections = find_sections(evidence, winner=0, runner_up=2)
    verdict = evidence.verdict()
    assert sum(one.evidence for one in sections) == pytest.approx(verdict[0] - verdict[2])


def test_an_effect_is_the_verdict_with_less_the_verdict_without() -> None:
    evidence = track((8, 3.0), (9, -2.0), (9, 1.0))
    sections = find_sections(evidence, winner=0, runner_up=1)
    whole = evidence.verdict()
    for one in sections:
        left = without(evidence, [one])
        assert one.effect == pytest.approx((whole[0] - whole[1]) - (left[0] - left[1]))
        kept = np.r_[0 : one.first, one.stop : len(evidence)]
        np.testing.assert_allclose(left, normalised(evidence.log_probs[kept].mean(axis=0)), atol=1e-12)


def test_steady_evidence_is_cut_by_the_longest_section_only() -> None:
    sections = find_sections(track((40, 2.0)), winner=0, runner_up=1)
    assert len(sections) == 2
    assert [one.seconds for one in sections] == [pytest.approx(60, abs=LONGEST_SECONDS)] * 2


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_short_track_is_one_section_that_is_not_missed(count: int) -> None:
    [section] = find_sections(track((count, 2.0)), winner=0, runner_up=1)
    assert (section.first, section.stop, section.effect) == (0, count, 0.0)
    assert section.evidence > 0


def test_long_slices_are_sections_of_one_or_two() -> None:
    evidence = make_evidence(
        np.log(np.asarray([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1]])), np.arange(3) * 30.0, slice_seconds=30
    )
    assert change_points(evidence)[-1] == 3


def test_slices_that_start_together_are_one_section() -> None:
    evidence = make_evidence(np.log(np.full((4, 2), 0.5)), np.zeros(4), slice_seconds=3)
    assert change_points(evidence) == [0, 4]


@given(
    counts=st.lists(st.tuples(st.integers(1, 30), st.floats(-6, 6)), min_size=1, max_size=5),
    seed=st.integers(0, 99),
    hop=st.sampled_from([0.5, 3.0, 6.0, 30.0]),
)
def test_sections_cover_the_track_within_their_lengths(counts: list[tuple[int, float]], seed: int, hop: float) -> None:
    made = track(*counts, seed=seed)
    evidence = make_evidence(made.log_probs, np.arange(len(made)) * hop, slice_seconds=hop)
    sections = find_sections(evidence, winner=0, runner_up=1)
    assert sections[0].first == 0
    assert sections[-1].stop == len(evidence)
    assert all(one.stop == two.first for one, two in pairwise(sections))
    if len(sections) > 1:
        assert all(one.seconds >= min(SHORTEST_SECONDS, hop) - 1e-6 for one in sections)
        assert all(one.seconds <= max(LONGEST_SECONDS, 2 * hop) + 1e-6 for one in sections)


def test_what_turns_the_verdict_is_the_least_that_does() -> None:
    # Only the middle speaks for label 0, everything else a little for label 1.
    values = np.zeros((30, 2))
    values[:, 1] = 0.4
    values[12:18] = (6.0, 0.0)
    evidence = make_evidence(np.stack([normalised(row) for row in values]), np.arange(30) * 3.0, slice_seconds=3)
    sections = find_sections(evidence, winner=0, runner_up=1)
    change = what_would_change(evidence, sections, winner=0)
    assert change is not None
    assert change.label == 1
    assert [sections[place].start_seconds for place in change.sections] == [36]
    assert change.share == pytest.approx(0.2)
    left = without(evidence, [sections[place] for place in change.sections])
    assert change.probability == pytest.approx(float(np.exp(left[1])))


def test_nothing_turns_a_verdict_that_all_sections_share() -> None:
    evidence = track((10, 4.0), (10, 6.0), (10, 4.0))
    assert what_would_change(evidence, find_sections(evidence, winner=0, runner_up=1), winner=0) is None
    [alone] = find_sections(track((3, 1.0)), winner=0, runner_up=1)
    assert what_would_change(track((3, 1.0)), [alone], winner=0) is None


def greedy(evidence: Evidence, winner: int) -> tuple[int, ...] | None:
    """The same search in its plainest form."""
    sections = find_sections(evidence, winner=winner, runner_up=(winner + 1) % 3)
    gone: list[int] = []
    while len(gone) < len(sections) - 1:
        left = [place for place in range(len(sections)) if place not in gone]

        def lead(place: int) -> float:
            log_probs = without(evidence, [sections[one] for one in (*gone, place)])
            return float(log_probs[winner] - np.delete(log_probs, winner).max())

        gone.append(min(left, key=lead))
        if lead(gone[-1]) < 0:
            return tuple(gone)
    return None


@given(
    counts=st.lists(st.tuples(st.integers(5, 12), st.floats(-6, 6)), min_size=2, max_size=5), seed=st.integers(0, 99)
)
def test_the_change_is_found_as_by_hand(counts: list[tuple[int, float]], seed: int) -> None:
    evidence = track(*counts, seed=seed)
    winner = int(evidence.verdict().argmax())
    sections = find_sections(evidence, winner=winner, runner_up=(winner + 1) % 3)
    change = what_would_change(evidence, sections, winner=winner)
    assert (None if change is None else change.sections) == greedy(evidence, winner)


def test_what_cannot_be_used_is_refused() -> None:
    evidence = track((9, 1.0))
    with pytest.raises(InputError, match="none is left"):
        without(evidence, find_sections(evidence, winner=0, runner_up=1))
    with pytest.raises(InputError, match="twice"):
        change_points(evidence, shortest_seconds=20, longest_seconds=30)


def test_plain_values() -> None:
    evidence = track((10, 5.0), (12, -4.0))
    sections = find_sections(evidence, winner=0, runner_up=1)
    told = sections[0].to_json(["A", "B", "C"])
    assert told["alone"]["label"] == "A"
    assert told["slices"] == [0, 10]
    change = what_would_change(evidence, sections, winner=0)
    assert change is not None
    assert change.to_json(["A", "B", "C"])["sections"] == [0]


def steps(values: NDArray[np.float64]) -> Evidence:
    return make_evidence(np.stack([normalised(row) for row in values]), np.arange(len(values)) * 3.0, slice_seconds=3)


def test_noise_alone_makes_no_sections() -> None:
    rng = np.random.default_rng(5)
    counts = [len(change_points(steps(rng.normal(0, 1, (20, 3))))) - 1 for _ in range(100)]
    assert np.mean(counts) < 1.3, "a track of 60 s of noise is one section as good as always"
