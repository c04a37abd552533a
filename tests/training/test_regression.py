import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from earmark.errors import InputError, MetadataError
from earmark.models.inputs import SongMetadata, metadata_matrix
from earmark.models.networks import TorchClassifier
from earmark.models.registry import MODELS
from earmark.models.spec import ModelSpec, RegressionSettings
from earmark.training.fit import fit
from earmark.training.songs import FitResult, Progress, SongSet

LABELS = ("a", "b", "c")


def train(spec: ModelSpec, songs: SongSet, validation: SongSet, run_dir: Path, **options: object) -> FitResult:
    return fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir, **options)  # type: ignore[arg-type]  # forwarded


def log_probs(result: FitResult, songs: SongSet) -> np.ndarray:
    return TorchClassifier(result.network).classify(metadata_matrix(result.spec, songs.songs)).log_probs


def test_the_study_is_scikit_learns_unscaled_regression_at_the_chosen_c(
    toy_songs: Callable[..., SongSet], run_dir: Path
) -> None:
    songs, validation = toy_songs(40, 0), toy_songs(20, 1)
    result = train(MODELS["metadata-study"], songs, validation, run_dir)
    chosen = result.curves[result.best_epoch - 1]
    reference = LogisticRegression(C=chosen["inverse_penalty"], solver="newton-cg", max_iter=1000, tol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stumbles on the unscaled columns, and gets there
        reference.fit(metadata_matrix(result.spec, songs.songs).astype(float), songs.labels)
    expected = reference.predict_log_proba(metadata_matrix(result.spec, validation.songs).astype(float))
    np.testing.assert_allclose(log_probs(result, validation), expected, atol=2e-3)
    assert [record["inverse_penalty"] for record in result.curves] == [0.1, 0.5, 1, 2, 5, 10]


def test_the_strongest_penalty_among_the_most_accurate_is_kept(
    toy_songs: Callable[..., SongSet], run_dir: Path
) -> None:
    result = train(MODELS["metadata-study"], toy_songs(30, 0), toy_songs(12, 1), run_dir)
    accuracies = [record["val_song_accuracy"] for record in result.curves]
    assert result.best_epoch == accuracies.index(max(accuracies)) + 1
    estimates = log_probs(result, toy_songs(12, 1)).argmax(axis=1)
    assert max(accuracies) == pytest.approx(np.mean(estimates == toy_songs(12, 1).labels))
    assert json.loads((run_dir / "curves.json").read_text()) == [dict(record) for record in result.curves]
    assert result.held_out is None
    assert result.without_label == ()


@pytest.mark.parametrize("name", ["metadata", "probe"])
def test_ours_keeps_the_penalty_that_makes_held_out_songs_most_likely(
    name: str, toy_songs: Callable[..., SongSet], quick: Callable[[str], ModelSpec], run_dir: Path
) -> None:
    spec, songs, validation = quick(name), toy_songs(30, 0), toy_songs(12, 1)
    result = train(spec, songs, validation, run_dir)
    losses = [record["val_loss"] for record in result.curves]
    assert result.best_epoch == losses.index(min(losses)) + 1
    assert result.held_out is not None
    assert result.held_out.out_of_fold
    truth = np.concatenate([songs.labels, validation.labels])
    assert result.held_out.truth.tolist() == truth.tolist(), "training songs, then validation songs"
    said = result.held_out.log_probs[np.arange(42), truth]
    assert -said.mean() == pytest.approx(min(losses))
    assert [one.label for one in result.without_label] == [0, 1, 2]
    assert json.loads((run_dir / "curves.json").read_text()) == [dict(record) for record in result.curves]


def test_ours_learns_the_validation_songs_as_well(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    songs, validation = toy_songs(24, 0, n_labels=2), toy_songs(12, 1)
    assert set(songs.labels.tolist()) == {0, 1}
    result = train(MODELS["metadata"], songs, validation, run_dir)
    third = validation.labels == 2
    assert (log_probs(result, validation)[third].argmax(axis=1) == 2).all(), "known from validation alone"
    published = train(MODELS["metadata-study"], songs, validation, run_dir.with_name("published"))
    assert not (log_probs(published, validation)[third].argmax(axis=1) == 2).any()


def test_ours_reads_songs_with_gaps(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    whole = toy_songs(30, 0)
    tags = [whole.songs.metadata(index) for index in range(30)]
    gaps = tuple(replace(tag, bpm=None) if i % 5 == 0 else tag for i, tag in enumerate(tags))
    songs = SongSet(replace(whole.songs, tags=gaps), whole.labels)  # type: ignore[type-var]  # a dataclass behind a protocol
    result = train(MODELS["metadata"], songs, toy_songs(12, 1), run_dir)
    assert np.isfinite(log_probs(result, songs)).all()
    with pytest.raises(MetadataError, match="of 30 songs 6 have no BPM and 0 no key"):
        train(MODELS["metadata-study"], songs, toy_songs(12, 1), run_dir.with_name("other"))


def test_balance_gives_a_rare_label_a_chance(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    whole = toy_songs(60, 0)
    # One tempo for all, so that nothing but frequency speaks: 40 songs of a, 10 of b and of c.
    same = tuple(SongMetadata(bpm=130.0, key=None, seconds=300.0) for _ in range(60))
    labels = np.asarray([0] * 40 + [1] * 10 + [2] * 10)
    songs = SongSet(replace(whole.songs, tags=same), labels)  # type: ignore[type-var]  # a dataclass behind a protocol
    balanced = train(MODELS["metadata"], songs, songs, run_dir)
    np.testing.assert_allclose(np.exp(log_probs(balanced, songs)[0]), 1 / 3, atol=1e-3)
    spec = replace(MODELS["metadata"], training=RegressionSettings(inverse_penalties=(1.0,), balanced=False))
    plain = train(spec, songs, songs, run_dir.with_name("plain"))
    np.testing.assert_allclose(np.exp(log_probs(plain, songs)[0]), [4 / 6, 1 / 6, 1 / 6], atol=1e-3)


def test_a_label_without_training_songs_is_possible_but_never_chosen(
    toy_songs: Callable[..., SongSet], run_dir: Path
) -> None:
    two = toy_songs(20, 0, n_labels=2)
    result = train(MODELS["metadata-study"], two, two, run_dir)
    found = log_probs(result, two)
    assert found.shape == (20, 3)
    assert np.isfinite(found).all()
    assert found[:, 2].max() < -50
    reference = LogisticRegression(
        C=result.curves[result.best_epoch - 1]["inverse_penalty"], solver="newton-cg", max_iter=1000, tol=1e-6
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stumbles on the unscaled columns, and gets there
        reference.fit(metadata_matrix(result.spec, two.songs).astype(float), two.labels)
    expected = reference.predict_log_proba(metadata_matrix(result.spec, two.songs).astype(float))
    np.testing.assert_allclose(found[:, :2], expected, atol=2e-3)


def test_one_label_is_nothing_to_learn(toy_songs: Callable[..., SongSet], run_dir: Path) -> None:
    one, more = toy_songs(5, 0, n_labels=1), toy_songs(5, 1)
    with pytest.raises(InputError, match="training songs of at least 2 labels"):
        train(MODELS["metadata-study"], one, more, run_dir)
    with pytest.raises(InputError, match="songs of at least 2 labels in every part"):
        train(MODELS["metadata"], one, toy_songs(5, 2, n_labels=1), run_dir.with_name("ours"))


def test_progress_tells_each_penalty(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> None:
    told: list[Progress] = []
    train(MODELS["metadata-study"], train_songs, validation_songs, run_dir, progress=told.append)
    assert [(p.epoch, p.max_epochs) for p in told] == [(n, 6) for n in range(1, 7)]
    assert told[0].metrics["inverse_penalty"] == 0.1


def test_the_same_songs_give_the_same_weights(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> None:
    first = train(MODELS["metadata"], train_songs, validation_songs, run_dir).network.state_dict()
    again = train(MODELS["metadata"], train_songs, validation_songs, run_dir).network.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
