"""Ensembles trained on made songs, of which some parts can tell the label and others can not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from toy_songs import ToySongs

from earmark.errors import InputError
from earmark.models.fusion import Fusion
from earmark.models.inputs import SongMetadata
from earmark.models.registry import MODELS
from earmark.models.spec import ModelSpec
from earmark.training.ensemble import combined
from earmark.training.fit import fit
from earmark.training.songs import FitResult, SongSet
from earmark.training.trained import trained_model

LABELS = ("a", "b", "c")
NAMES = ("earmark", "metadata", "probe")
Array = NDArray[np.float64]


@pytest.fixture
def train(quick: Callable[[str], ModelSpec], run_dir: Path) -> Callable[..., FitResult]:
    ensemble = quick("ensemble")

    def run(songs: SongSet, validation: SongSet, *, name: str = "run", without: str = "earmark") -> FitResult:
        spec = replace(ensemble, parts=tuple(part for part in ensemble.parts if part.name != without))
        return fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir.with_name(name))

    return run


def changed(songs: SongSet, **fields: object) -> SongSet:
    assert isinstance(songs.songs, ToySongs)
    return replace(songs, songs=replace(songs.songs, **fields))  # type: ignore[arg-type]  # whatever the test changes


def noise(songs: SongSet, seed: int) -> SongSet:
    """The songs with embeddings that tell nothing."""
    rng = np.random.default_rng(seed)
    return changed(songs, embedded=tuple(rng.normal(size=(4, 6)).astype(np.float16) for _ in songs.labels))


def without_tags(songs: SongSet, *, every: int = 1) -> SongSet:
    assert isinstance(songs.songs, ToySongs)
    bare = SongMetadata(bpm=None, key=None, seconds=200.0)
    return changed(songs, tags=tuple(bare if at % every == 0 else one for at, one in enumerate(songs.songs.tags)))


def test_all_three_parts_are_trained_and_fused(
    quick: Callable[[str], ModelSpec], run_dir: Path, toy_songs: Callable[..., SongSet]
) -> None:
    spec, songs, validation = quick("ensemble"), toy_songs(24, 0), toy_songs(9, 1)
    result = fit(spec, songs, validation, labels=LABELS, seed=0, run_dir=run_dir)
    assert list(result.parts) == ["earmark", "probe", "metadata"]
    assert result.model is None
    with pytest.raises(InputError, match="its networks are in its parts"):
        _ = result.network
    assert result.fusion is not None
    assert len(result.fusion.weights) == 7
    assert result.fusion.tags_needed
    assert result.held_out is not None
    assert result.held_out.out_of_fold
    assert result.held_out.truth.tolist() == [*songs.labels.tolist(), *validation.labels.tolist()]
    np.testing.assert_allclose(np.exp(result.held_out.log_probs).sum(axis=1), 1)
    model, test = trained_model(result), toy_songs(9, 2)
    said = [model.predict(test.songs, index) for index in range(9)]
    assert [one.verdict.label for one in said] == test.labels.tolist()
    assert all(list(one.parts) == list(spec_names(spec)) for one in said)
    assert (run_dir / "earmark" / "curves.json").exists()


def spec_names(spec: ModelSpec) -> list[str]:
    return [part.name for part in spec.parts]


def test_a_part_that_tells_nothing_loses_its_weight(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    songs, validation = toy_songs(45, 0), toy_songs(15, 1)
    useful = train(songs, validation)
    useless = train(noise(songs, 5), noise(validation, 6), name="useless")
    weights = []
    for result in (useful, useless):
        assert result.fusion is not None
        weights.append(result.fusion.of(["metadata", "probe"]))
    assert weights[1]["probe"] < weights[0]["probe"] - 0.1
    assert weights[1]["metadata"] > weights[1]["probe"] + 0.1
    assert useless.held_out is not None
    metadata = useless.parts["metadata"].held_out
    assert metadata is not None
    fused, alone = (-one.log_probs[np.arange(60), one.truth].mean() for one in (useless.held_out, metadata))
    assert fused < alone + 0.05, "it does no harm"


def test_what_is_held_out_was_fused_by_weights_that_had_not_seen_it(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    rng = np.random.default_rng(3)
    songs, validation = noise(toy_songs(30, 0), 5), noise(toy_songs(9, 1), 6)
    drawn = [replace(one, labels=rng.permutation(one.labels)) for one in (songs, validation)]
    result = train(*(without_tags(one) for one in drawn))
    assert result.held_out is not None
    called = result.held_out.log_probs.argmax(axis=1)
    assert (called == result.held_out.truth).mean() < 0.6, "labels are drawn: nobody can know them"


def test_rounds_without_a_label_are_fused(train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]) -> None:
    result = train(toy_songs(30, 0), toy_songs(9, 1))
    assert [one.label for one in result.without_label] == [0, 1, 2]
    for at, one in enumerate(result.without_label):
        known = np.arange(3) != one.label
        assert (one.log_probs[:, one.label] == -np.inf).all()
        np.testing.assert_allclose(np.exp(one.log_probs[:, known]).sum(axis=1), 1)
        for part in result.parts.values():
            theirs = part.without_label[at]
            assert theirs.label == one.label
            assert not (one.asked & ~theirs.asked).any(), "a song that some part had learnt is not asked"


def test_parts_that_held_other_songs_out_ask_only_what_both_held_out(
    quick: Callable[[str], ModelSpec], toy_songs: Callable[..., SongSet], run_dir: Path
) -> None:
    spec = quick("ensemble")
    probe, metadata = (part for part in spec.parts if part.name != "earmark")
    uneven = replace(spec, parts=(probe, metadata.with_training(parts=3)))
    result = fit(uneven, toy_songs(30, 0), toy_songs(9, 1), labels=LABELS, seed=0, run_dir=run_dir)
    for at, one in enumerate(result.without_label):
        both = np.all([part.without_label[at].asked for part in result.parts.values()], axis=0)
        assert one.asked.tolist() == both.tolist()
        assert one.asked[one.truth == one.label].all()


def test_tags_count_only_where_most_songs_have_them(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    songs, validation = toy_songs(18, 0), toy_songs(6, 1)
    some, none = (
        train(without_tags(songs, every=every), without_tags(validation, every=every), name=f"every{every}").fusion
        for every in (3, 1)
    )
    assert some is not None
    assert some.tags_needed
    assert none is not None
    assert not none.tags_needed


def test_songs_without_tags_are_fused_without_them() -> None:
    rng = np.random.default_rng(0)
    said = {name: np.log(rng.dirichlet(np.ones(3), 6)) for name in NAMES}
    weights = {("earmark", "probe"): (0.3, 0.9), NAMES: (0.2, 0.5, 0.6)}
    tagged = np.array([True, False, True, True, False, True])
    fused = combined(Fusion(weights, tags_needed=True), said, tagged)
    np.testing.assert_allclose(fused[tagged], Fusion(weights, tags_needed=True).combine(said)[tagged])
    heard = {name: said[name] for name in ("earmark", "probe")}
    np.testing.assert_allclose(fused[~tagged], Fusion(weights, tags_needed=True).combine(heard)[~tagged])
    every = combined(Fusion(weights, tags_needed=False), said, tagged)
    np.testing.assert_allclose(every, Fusion(weights, tags_needed=False).combine(said))


def test_groups_are_kept_together_when_weights_are_chosen(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    songs, validation = (replace(toy_songs(n, n), groups=np.arange(n) // 2 + 100 * n) for n in (24, 6))
    result = train(songs, validation)
    assert result.held_out is not None
    assert result.held_out.groups is not None
    assert result.held_out.groups.tolist() == [*(np.arange(24) // 2 + 2400), *(np.arange(6) // 2 + 600)]


def test_a_part_without_held_out_predictions_cannot_be_fused(
    quick: Callable[[str], ModelSpec], train_songs: SongSet, validation_songs: SongSet, run_dir: Path
) -> None:
    spec = replace(MODELS["ensemble"], parts=(quick("mfcc"), MODELS["metadata"]))
    with pytest.raises(InputError, match="the part mfcc says nothing of songs that it had not learnt"):
        fit(spec, train_songs, validation_songs, labels=LABELS, seed=0, run_dir=run_dir)
