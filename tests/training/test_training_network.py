"""Training itself: what it learns, that it repeats bit for bit, and that it can be broken off anywhere."""

import json
import math
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from earmark.errors import EarmarkError, InputError
from earmark.models.inputs import song_inputs
from earmark.models.networks import TorchClassifier
from earmark.models.registry import MODELS
from earmark.models.song import predict_song
from earmark.models.spec import ModelSpec
from earmark.training.checkpoint import checkpoint_path
from earmark.training.fit import fit
from earmark.training.songs import FitResult, Progress, ProgressCallback, SongSet

LABELS = ("a", "b", "c")
MFCC = MODELS["mfcc"].with_training(max_epochs=4, batch_size=5, learning_rate=1e-2)
CRNN = (
    MODELS["crnn"].with_slice_seconds(0.512).with_training(max_epochs=2, batch_size=4, slices_per_song=1, patience=50)
)


class BrokenError(Exception):
    """Stands for whatever takes a training down."""


@pytest.fixture
def train(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> Callable[..., FitResult]:
    def run(
        spec: ModelSpec = MFCC, *, seed: int = 0, name: str = "run", progress: ProgressCallback | None = None
    ) -> FitResult:
        folder = run_dir.with_name(name)
        return fit(spec, train_songs, validation_songs, labels=LABELS, seed=seed, run_dir=folder, progress=progress)

    return run


def same_weights(a: FitResult, b: FitResult) -> bool:
    ours, theirs = a.network.state_dict(), b.network.state_dict()
    return list(ours) == list(theirs) and all(torch.equal(ours[name], theirs[name]) for name in ours)


def without_time(result: FitResult) -> list[dict[str, float]]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in result.curves]


def breaking_at(call: int, told: list[Progress] | None = None) -> ProgressCallback:
    """A callback that fails when it is called for the n-th time."""
    count = 0

    def progress(p: Progress) -> None:
        nonlocal count
        count += 1
        if told is not None:
            told.append(p)
        if count == call:
            raise BrokenError

    return progress


def test_a_crnn_learns_labels_that_can_be_told_apart(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    spec = CRNN.with_training(max_epochs=8, batch_size=8, slices_per_song=2, learning_rate=3e-3)
    songs, validation, test = toy_songs(18, 0), toy_songs(6, 1), toy_songs(9, 2)
    result = fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir)
    classifier = TorchClassifier(result.network)
    found = [predict_song(classifier, song_inputs(spec, test.songs, index)).verdict.label for index in range(9)]
    assert np.mean(found == test.labels) >= 8 / 9
    assert result.curves[-1]["train_loss"] < result.curves[0]["train_loss"]


def test_an_mfcc_network_learns_too(train: Callable[..., FitResult]) -> None:
    result = train(MFCC.with_training(max_epochs=10))
    assert result.curves[-1]["val_song_accuracy"] == 1
    assert result.stopped == "max_epochs"


@pytest.mark.parametrize("spec", [MFCC, CRNN, CRNN.with_training(precision="float32")])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(train: Callable[..., FitResult], spec: ModelSpec) -> None:
    first, again = train(spec, name="first"), train(spec, name="again")
    assert same_weights(first, again)
    assert without_time(first) == without_time(again)
    assert not same_weights(first, train(spec, name="other", seed=1))


def test_broken_off_anywhere_it_ends_with_the_same_weights(train: Callable[..., FitResult]) -> None:
    told: list[Progress] = []
    whole = train(progress=told.append, name="whole")
    # Three steps and a checkpoint in each of four epochs.
    assert [(p.epoch, p.step) for p in told] == [(e, s) for e in range(1, 5) for s in (1, 2, 3, 3)]
    for call in range(1, len(told) + 1):
        with pytest.raises(BrokenError):
            train(name=f"broken{call}", progress=breaking_at(call))
        rest: list[Progress] = []
        resumed = train(name=f"broken{call}", progress=rest.append)
        assert same_weights(whole, resumed), call
        assert without_time(whole) == without_time(resumed), call
        assert len(rest) == 16 - call // 4 * 4, call


def test_broken_off_again_and_again_it_ends_with_the_same_weights(
    train: Callable[..., FitResult], run_dir: Path
) -> None:
    whole, calls = train(name="whole"), 0
    for calls in range(1, 20):  # noqa: B007 - the number of runs is asserted below
        try:
            resumed = train(progress=breaking_at(5))
            break
        except BrokenError:
            continue
    assert calls == 4
    assert same_weights(whole, resumed)
    written = json.loads((run_dir / "curves.json").read_text())
    assert [record["epoch"] for record in written] == [1, 2, 3, 4]


def test_a_crnn_in_bfloat16_resumes_exactly(train: Callable[..., FitResult]) -> None:
    whole = train(CRNN, name="whole")
    with pytest.raises(BrokenError):
        train(CRNN, progress=breaking_at(5))
    assert same_weights(whole, train(CRNN))


def test_a_damaged_checkpoint_costs_one_epoch_only(train: Callable[..., FitResult], run_dir: Path) -> None:
    whole = train(name="whole")
    with pytest.raises(BrokenError):
        train(progress=breaking_at(13))
    newest = checkpoint_path(run_dir, 3)
    newest.write_bytes(newest.read_bytes()[:-100])
    told: list[Progress] = []
    assert same_weights(whole, train(progress=told.append))
    assert told[0].epoch == 3


def test_a_finished_training_is_not_trained_again(train: Callable[..., FitResult]) -> None:
    whole = train()
    again = train(progress=breaking_at(1))
    assert same_weights(whole, again)
    assert (again.stopped, again.best_epoch, again.curves) == (whole.stopped, whole.best_epoch, whole.curves)


def test_curves_that_a_kill_kept_from_being_written_are_written_again(
    train: Callable[..., FitResult], run_dir: Path
) -> None:
    result = train()
    (run_dir / "curves.json").unlink()
    train()
    assert json.loads((run_dir / "curves.json").read_text()) == [dict(record) for record in result.curves]


def test_early_stopping_keeps_the_best_weights_and_is_remembered(
    toy_songs: Callable[..., SongSet], run_dir: Path
) -> None:
    songs, validation = toy_songs(12, 0), toy_songs(6, 1)
    # Validation songs with the wrong labels: the better the training, the worse the loss.
    validation = SongSet(validation.songs, (validation.labels + 1) % 3)
    spec = MFCC.with_training(max_epochs=60, patience=3)
    result = fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir)
    assert result.stopped == "early"
    losses = [record["val_loss"] for record in result.curves]
    assert result.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == result.best_epoch + 3
    assert validation_loss(result, validation) == pytest.approx(min(losses), rel=1e-6)

    again = fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir, progress=breaking_at(1))
    assert again.stopped == "early"
    assert same_weights(result, again)


def validation_loss(result: FitResult, songs: SongSet) -> float:
    """Unweighted loss over slices, from the returned model by the path of prediction."""
    classifier = TorchClassifier(result.network)
    losses: list[float] = []
    for index, label in enumerate(songs.labels):
        prediction = predict_song(classifier, song_inputs(result.spec, songs.songs, index))
        losses.extend(-prediction.slice_log_probs[:, label].astype(np.float64))
    return float(np.mean(losses))


def test_curves_are_what_the_model_says(train: Callable[..., FitResult], validation_songs: SongSet) -> None:
    result = train(CRNN.with_training(precision="float32", max_epochs=1))
    [record] = result.curves
    assert record["val_loss"] == pytest.approx(validation_loss(result, validation_songs), rel=1e-5)
    assert record["seconds"] > 0
    assert record["learning_rate"] == 1e-3
    assert set(record) == {
        *("epoch", "train_loss", "train_accuracy", "val_loss", "val_slice_accuracy"),
        *("val_song_accuracy", "val_song_vote_accuracy", "learning_rate", "seconds"),
    }


def interrupting_at(call: int) -> ProgressCallback:
    def progress(p: Progress) -> None:
        nonlocal call
        call -= 1
        if call == 0:
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def test_ctrl_c_keeps_the_best_so_far_and_a_rerun_goes_on(train: Callable[..., FitResult]) -> None:
    whole, before = train(name="whole"), signal.getsignal(signal.SIGINT)
    stopped = train(progress=interrupting_at(10))
    assert stopped.stopped == "interrupted"
    assert len(stopped.curves) == 2
    assert stopped.best_epoch in (1, 2)
    assert not stopped.network.training
    assert signal.getsignal(signal.SIGINT) is before
    assert same_weights(train(), whole)


def test_a_callback_may_raise_keyboard_interrupt(train: Callable[..., FitResult]) -> None:
    def progress(p: Progress) -> None:
        if p.epoch == 2:
            raise KeyboardInterrupt

    result = train(progress=progress)
    assert (result.stopped, len(result.curves)) == ("interrupted", 1)


def test_ctrl_c_before_the_first_validation_is_told(train: Callable[..., FitResult]) -> None:
    with pytest.raises(EarmarkError, match="interrupted before its first epoch was validated, so there is no model"):
        train(progress=interrupting_at(2))
    assert train().stopped == "max_epochs"


def test_a_loss_that_explodes_is_told(train: Callable[..., FitResult]) -> None:
    with pytest.raises(EarmarkError, match=r"not a finite number in any epoch.*lower the learning rate"):
        train(MFCC.with_training(learning_rate=1e30))


def test_nothing_is_printed_or_left_behind(
    train: Callable[..., FitResult], run_dir: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rng = torch.random.get_rng_state()
    train()
    assert capfd.readouterr() == ("", "")
    assert torch.equal(rng, torch.random.get_rng_state())
    assert sorted(path.name for path in run_dir.iterdir()) == [
        "checkpoint-00003.safetensors",
        "checkpoint-00004.safetensors",
        "curves.json",
        "run.json",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 2e-2},
        {"learning_rate_decay": 0.5},
        {"batch_size": 4},
        {"balanced": False},
    ],
)
def test_every_training_setting_changes_the_outcome(
    toy_songs: Callable[..., SongSet], run_dir: Path, changes: dict[str, Any]
) -> None:
    songs = toy_songs(11, 0)  # labels that are not equally frequent
    results = [
        fit(spec, songs, songs, labels=LABELS, seed=0, run_dir=run_dir.with_name(name))
        for name, spec in (("plain", MFCC), ("changed", MFCC.with_training(**changes)))
    ]
    assert not same_weights(*results)


def test_drawn_slices_and_precision_change_the_outcome(train: Callable[..., FitResult]) -> None:
    one = CRNN.with_training(max_epochs=1)
    plain = train(one, name="plain")
    assert not same_weights(plain, train(one.with_training(slices_per_song=None), name="all"))
    single = train(one.with_training(precision="float32"), name="single")
    assert single.precision == "float32"
    assert same_weights(plain, single) == (plain.precision == "float32")


def test_a_learning_rate_decays_by_epoch(train: Callable[..., FitResult]) -> None:
    result = train(MFCC.with_training(learning_rate=0.5, learning_rate_decay=0.5, max_epochs=3))
    assert [record["learning_rate"] for record in result.curves] == [0.5, 0.25, 0.125]


def test_counts_are_of_songs_and_of_an_epochs_slices(
    train: Callable[..., FitResult], train_songs: SongSet, validation_songs: SongSet
) -> None:
    result = train(CRNN.with_training(max_epochs=1, slices_per_song=2))
    assert result.songs == {"train": dict.fromkeys(LABELS, 4), "validation": dict.fromkeys(LABELS, 2)}
    slices = [len(validation_songs.songs.features(index, *CRNN.stored)) // 16 for index in range(6)]
    expected = np.bincount(validation_songs.labels, weights=slices)
    assert list(result.slices["validation"].values()) == expected.tolist()
    drawn = [min(2, len(train_songs.songs.features(index, *CRNN.stored)) // 16) for index in range(12)]
    assert list(result.slices["train"].values()) == np.bincount(train_songs.labels, weights=drawn).tolist()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_told(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> None:
    with pytest.raises(InputError, match="torch finds none here"):
        fit(MFCC, train_songs, validation_songs, labels=LABELS, seed=0, run_dir=run_dir, accelerator="gpu")


def test_validation_songs_of_labels_outside_training_only(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    validation = SongSet(toy_songs(2, 1).songs, np.asarray([2, 2]))
    with pytest.raises(InputError, match="no validation song has a label that is in training"):
        fit(MFCC, toy_songs(8, 0, n_labels=2), validation, labels=LABELS, seed=0, run_dir=run_dir)


def test_a_tally_of_nothing_is_not_a_number() -> None:
    from earmark.training.module import Tally

    assert math.isnan(Tally().mean_loss)
    assert math.isnan(Tally().accuracy)
