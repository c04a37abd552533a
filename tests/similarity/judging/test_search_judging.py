import numpy as np
import pytest
from tiny_library import make_track

from earmark.errors import InputError
from earmark.evaluation.retrieval import expected_by_chance
from earmark.similarity.judging.judging import hubness_of, judge
from earmark.similarity.judging.questions import label_questions
from earmark.similarity.judging.rivals import ByVectors, Chance
from earmark.similarity.vectors.filters import columns_of

COLUMNS = columns_of([make_track(at, ("Amber", "Basalt")[at % 2], f"Act {at}") for at in range(8)])


def units(angles: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_ranker_that_tells_labels_is_perfect_and_chance_is_chance() -> None:
    knowing = ByVectors("knowing", units(np.arange(8) % 2 + 0.01 * np.arange(8)))
    fooled = ByVectors("fooled", units(3.0 * (np.arange(8) // 2 % 2) + 0.01 * np.arange(8)))
    told: list[tuple[int, int]] = []
    asked = label_questions(COLUMNS, range(8), other_artists=False)
    found = judge(asked, [knowing, fooled, Chance()], cutoffs=(3,), progress=lambda *at: told.append(at))
    assert found.scores["knowing"]["AP"].tolist() == [1.0] * 8
    assert found.scores["fooled"]["AP"].mean() < 0.7
    assert found.scores["random"]["P@3"] == pytest.approx(expected_by_chance(7, 3, (3,))["P@3"])
    assert told[-1] == (8, 8)


def test_hubs_are_seen_under_a_ranker() -> None:
    # One track in the middle of all others, which stand apart from each other.
    spread = np.concatenate([np.ones((1, 7)), np.eye(7) + 0.2], axis=0)
    placed = (spread / np.linalg.norm(spread, axis=1, keepdims=True)).astype(np.float32)
    found = hubness_of(ByVectors("all", placed), range(8), 8, k=1)
    assert found is not None
    assert found.largest == 7
    assert hubness_of(Chance(), range(8), 8) is None


def test_what_cannot_be_judged_is_refused() -> None:
    asked = label_questions(COLUMNS, range(8), other_artists=False)
    with pytest.raises(InputError, match="different names"):
        judge(asked, [Chance(), Chance()])
    with pytest.raises(InputError, match="cut-offs from 1"):
        judge(asked, [Chance()], cutoffs=(0,))
    with pytest.raises(InputError, match="0 queries of 8 tracks"):
        hubness_of(Chance(), [], 8)
