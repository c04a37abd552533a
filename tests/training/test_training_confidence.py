"""Confidence from what a training said of songs that it had not learnt."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_verdicts import made_songs
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.open_scores import open_scores
from earmark.models.inputs import FloatArray, OneSong, SongMetadata, SongSource
from earmark.models.registry import MODELS
from earmark.models.song import SingleModel, SliceOutputs
from earmark.training.confidence import OPEN_SCORE, confidence_of, open_set_of, said_of
from earmark.training.songs import FitResult, HeldOut, SongSet, WithoutLabel

N_LABELS = 5
LABELS = tuple("abcde")
Array = NDArray[np.float64]


def result(held_out: HeldOut | None, without: tuple[WithoutLabel, ...] = ()) -> FitResult:
    return FitResult(
        spec=MODELS["earmark"],
        labels=LABELS,
        seed=0,
        model=None,
        curves=(),
        best_epoch=1,
        stopped="max_epochs",
        seconds=1.0,
        precision="float32",
        songs={},
        slices={},
        held_out=held_out,
        without_label=without,
    )


def too_sure(n: int = 600, *, seed: int = 0) -> HeldOut:
    """A model that is twice as sure as it should be."""
    log_probs, truth = made_songs(n, rng=np.random.default_rng(seed), n_labels=N_LABELS, sharpness=3.0)
    return HeldOut(2 * log_probs, truth.astype(np.int64), None, out_of_fold=True)


def flat_rounds(held_out: HeldOut, *, told: bool = True) -> tuple[WithoutLabel, ...]:
    """Rounds in which songs of the label that was left out get nearly flat ones, where they can be told."""
    rounds = []
    for label in range(N_LABELS):
        log_probs = held_out.log_probs.copy()
        unknown = held_out.truth == label
        if told:
            log_probs[unknown] *= 0.1
        log_probs[:, label] = -np.inf
        log_probs -= np.log(np.exp(log_probs).sum(axis=1, keepdims=True))
        rounds.append(WithoutLabel(label, log_probs, held_out.truth, unknown | (np.arange(len(unknown)) % 5 == 0)))
    return tuple(rounds)


def test_a_model_that_is_too_sure_is_held_back() -> None:
    found = confidence_of(result(too_sure()), None, seed=0)
    assert found is not None
    assert found.temperature == pytest.approx(2, rel=0.15)
    assert found.source == "out-of-fold songs"
    assert found.songs == 600
    assert found.n_labels == N_LABELS
    assert found.after.ece < found.before.ece
    assert Confidence.from_json(json.loads(json.dumps(found.to_json()))).to_json() == found.to_json()


def test_sets_hold_the_right_label_as_often_as_promised() -> None:
    found = confidence_of(result(too_sure(seed=1)), None, seed=0)
    assert found is not None
    fresh = too_sure(2000, seed=2)
    inside = [
        int(label) in found.verdict(row, coverage=0.9).label_set
        for row, label in zip(fresh.log_probs, fresh.truth, strict=True)
    ]
    assert 0.87 <= np.mean(inside) <= 0.94


def test_validation_songs_stand_in_where_nothing_was_held_out() -> None:
    validation = replace(too_sure(80), out_of_fold=False)
    found = confidence_of(result(None), validation, seed=0)
    assert found is not None
    assert found.source == "validation songs"
    assert found.songs == 80
    assert found.open_set is None
    held_out = confidence_of(result(too_sure(90)), validation, seed=0)
    assert held_out is not None
    assert held_out.songs == 90, "what was held out comes first"


@pytest.mark.parametrize("n", [0, 1])
def test_without_songs_there_is_no_confidence(n: int) -> None:
    few = too_sure(30)
    some = HeldOut(few.log_probs[:n], few.truth[:n], None, out_of_fold=True)
    assert confidence_of(result(some), None, seed=0) is None
    assert confidence_of(result(None), None, seed=0) is None


def test_the_seed_decides_the_cross_validated_score() -> None:
    one, same, other = (confidence_of(result(too_sure(60)), None, seed=seed) for seed in (3, 3, 4))
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.to_json() == same.to_json()
    assert one.temperature == other.temperature, "which is of all songs"


def test_songs_like_no_label_are_told_by_held_back_labels() -> None:
    held_out = too_sure()
    found = confidence_of(result(held_out, flat_rounds(held_out)), None, seed=0)
    assert found is not None
    assert found.open_set is not None
    assert found.open_set.tells
    assert found.open_set.auroc.value > 0.9
    assert [row.label for row in found.open_set.labels] == list(LABELS)
    uniform = np.full(N_LABELS, -np.log(N_LABELS))
    strange, plain = (float(open_scores(row[None], OPEN_SCORE)[0]) for row in (uniform, np.log([0.96] + [0.01] * 4)))
    assert found.verdict(uniform, open_score=strange).is_none
    assert found.verdict(np.log([0.96] + [0.01] * 4), open_score=plain).is_none is False


def test_labels_that_cannot_be_told_leave_it_open() -> None:
    held_out = too_sure()
    found = open_set_of(result(held_out, flat_rounds(held_out, told=False)))
    assert found is not None
    assert found.auroc.low < 0.6


def test_only_songs_that_were_asked_count() -> None:
    held_out = too_sure()
    rounds = flat_rounds(held_out)
    broken = []
    for one in rounds:
        log_probs = one.log_probs.copy()
        log_probs[~one.asked] = np.log(1 / (N_LABELS - 1))  # what was learnt says nothing
        log_probs[~one.asked, one.label] = -np.inf
        broken.append(replace(one, log_probs=log_probs))
    ours, theirs = (open_set_of(result(held_out, some)) for some in (rounds, tuple(broken)))
    assert ours is not None
    assert theirs is not None
    assert ours.to_json() == theirs.to_json()


def test_rounds_without_known_songs_are_left_out() -> None:
    held_out = too_sure()
    lonely = tuple(replace(one, asked=one.truth == one.label) for one in flat_rounds(held_out))
    assert open_set_of(result(held_out, lonely)) is None
    some = open_set_of(result(held_out, (*lonely[:2], *flat_rounds(held_out)[2:])))
    assert some is not None
    assert [row.label for row in some.labels] == ["c", "d", "e"]
    assert open_set_of(result(held_out)) is None


def test_what_a_model_says_of_songs() -> None:
    class Says:
        def classify(self, inputs: FloatArray) -> SliceOutputs:
            log_probs = np.log(np.array([[0.7, 0.2, 0.1]], dtype=np.float32))
            return SliceOutputs(log_probs, inputs)

    model = SingleModel(MODELS["metadata"], Says())
    source: SongSource = OneSong(tags=SongMetadata(128.0, None, 200.0))
    said = said_of(model, SongSet(source, np.array([2]), np.array([9])))
    np.testing.assert_allclose(np.exp(said.log_probs), [[0.7, 0.2, 0.1]], rtol=1e-6)
    assert (said.truth.tolist(), said.out_of_fold) == ([2], False)
    assert said.groups is not None
    assert said.groups.tolist() == [9]

    class Nothing:
        def __len__(self) -> int:
            return 0

    with pytest.raises(InputError, match="at least one song"):
        said_of(model, SongSet(Nothing(), np.zeros(0, dtype=np.int64)))  # type: ignore[arg-type]  # nothing is ever read
