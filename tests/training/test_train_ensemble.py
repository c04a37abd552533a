"""Ensembles from a library to a bundle that predicts anywhere, with a backbone and without one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_backbones import shelf_with
from small_models import small
from tiny_library import LABELS, store_embeddings, tiny_library, tiny_tracks

from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import SHELF_VARIABLE
from earmark.errors import InputError, UnknownNameError
from earmark.executors import ProcessExecutor, SerialExecutor
from earmark.library.library import Library
from earmark.models.bundle import Bundle, coefficients, load_bundle
from earmark.models.evaluate import evaluate
from earmark.models.from_library import LibrarySongs
from earmark.models.inputs import OneSong, SongMetadata
from earmark.models.predict import FilePrediction, predict_files
from earmark.models.ready import ready
from earmark.models.registry import model_spec
from earmark.models.saving import load_torch
from earmark.models.shelf import bundle_path
from earmark.models.spec import ModelSpec
from earmark.training.train import TrainedModel, TrainRequest, train
from earmark.training.trained import trained_model

pytestmark = pytest.mark.usefixtures("small_forests")

ALL = ("earmark", "probe", "metadata")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackboneSettings]:
    with shelf_with(tmp_path_factory.mktemp("shelf"), "musicnn") as settings:
        yield settings


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, backbone: BackboneSettings) -> Library:
    made = tiny_library(tmp_path_factory.mktemp("ensemble") / "library", tiny_tracks())
    store_embeddings(made, tiny_tracks(), backbone)
    return made


def spec(name: str = "ensemble") -> ModelSpec:
    return small(ready(model_spec(name))[0])


@pytest.fixture(scope="module")
def trained(library: Library, backbone: BackboneSettings) -> TrainedModel:
    return train(library, TrainRequest(spec=spec(), seed=1), executor=SerialExecutor())


@pytest.fixture
def bundle(trained: TrainedModel, tmp_path: Path) -> Path:
    """A copy of the bundle, far from its library."""
    return Path(shutil.copytree(trained.bundle.path, tmp_path / "elsewhere"))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "8A - 128 - Ann - Good.flac"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(80_000).astype(np.float32), 16_000)
    return path


def test_the_bundle_says_what_the_networks_say(trained: TrainedModel, bundle: Path, library: Library) -> None:
    ours, theirs = trained_model(trained.fit), load_bundle(bundle, threads=1)
    assert list(theirs.parts) == list(ALL)
    tracks = tuple(tiny_tracks())
    for index in (0, 9, 23):
        here, there = (
            ours.predict(LibrarySongs(library, tracks), index),
            theirs.predict_song(LibrarySongs(library, tracks), index),
        )
        np.testing.assert_allclose(there.mean.probabilities, here.mean.probabilities, atol=1e-4)
        np.testing.assert_allclose(there.embedding, here.embedding, atol=1e-3)
        assert list(there.parts) == list(ALL)
        for name in ALL:
            np.testing.assert_allclose(there.parts[name], here.parts[name], atol=1e-3)


def test_the_card_tells_the_whole_story(trained: TrainedModel, bundle: Path) -> None:
    card = json.loads((bundle / "card.json").read_text())
    assert card["labels"] == list(LABELS)
    assert {len(one["parts"]) for one in card["fusion"]["sets"]} == {1, 2, 3}
    assert card["confidence"]["source"] == "out-of-fold songs"
    assert "validation" not in card["scores"], "its songs were learnt as well"
    assert card["scores"]["test"]["mean"]["row"]["accuracy"] == 1.0
    assert trained.test.rows["mean"].note == "fused"
    for name in ALL:
        part = json.loads((bundle / "parts" / name / "card.json").read_text())
        assert part["model"] == name
        assert part["scores"] == {}
    opened = load_bundle(bundle)
    assert opened.confidence is not None
    assert opened.references is not None
    assert {song.part for song in opened.references.songs} == {"train", "validation", "test"}
    with pytest.raises(InputError, match="is an ensemble: its parts have classifiers"):
        _ = opened.classifier
    assert coefficients(opened).keys() == set(LABELS)
    assert opened.spec == trained.bundle.spec


def test_files_are_predicted_where_no_backbone_is_installed(
    bundle: Path, sound: Path, backbone: BackboneSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHELF_VARIABLE, str(tmp_path / "empty"))
    opened = load_bundle(bundle)
    assert opened.backbone_folders == {backbone.key: bundle / "parts" / "probe"}
    [tagged] = predict_files(opened, [sound])
    assert isinstance(tagged, FilePrediction)
    assert list(tagged.song.parts) == list(ALL)
    bare = sound.rename(sound.with_name("untitled.flac"))
    for executor in (None, ProcessExecutor(1)):
        [plain] = predict_files(opened, [bare], executor=executor)
        assert isinstance(plain, FilePrediction)
        assert list(plain.song.parts) == list(ALL), "the sound fills in for the tags of a demo"
        assert plain.track.sources.get("key") == "analysis"
        assert plain.song.embedding.shape == tagged.song.embedding.shape


def test_a_song_without_embeddings_is_judged_by_the_others(bundle: Path) -> None:
    opened = load_bundle(bundle)
    [log_mel] = [settings for settings in opened.spec.stored if settings.key not in opened.backbone_folders]
    song = OneSong({log_mel.key: np.zeros((60, 128), dtype=np.float16)}, SongMetadata(120.0, None, 10.0))
    assert list(opened.predict_song(song).parts) == ["earmark", "metadata"]


def test_evaluation_sees_what_training_told(trained: TrainedModel, library: Library) -> None:
    found = evaluate(library, load_bundle(trained.bundle.path))
    assert found.judgement.estimate.tolist() == trained.test.estimate.tolist()


def test_a_damaged_part_is_told(bundle: Path) -> None:
    path = bundle / "parts" / "earmark" / "model.onnx"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(InputError, match=r"earmark.*damaged: model.onnx is not the file"):
        load_bundle(bundle)
    path.write_bytes(content)
    shutil.rmtree(bundle / "parts" / "metadata")
    with pytest.raises(InputError, match=r"no model bundle at .*metadata"):
        load_bundle(bundle)


def test_a_damaged_backbone_is_told(bundle: Path, sound: Path) -> None:
    path = bundle / "parts" / "probe" / "small.onnx"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"probe.*damaged: small.onnx is not the file"):
        list(predict_files(load_bundle(bundle), [sound]))
    path.unlink()
    with pytest.raises(InputError, match=r"probe.*small.onnx is missing"):
        list(predict_files(load_bundle(bundle), [sound]))


def test_damaged_weights_of_the_fusion_are_told(bundle: Path) -> None:
    card = json.loads((bundle / "card.json").read_text())
    card["fusion"]["sets"][0]["weights"] = []
    (bundle / "card.json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="the weights of an ensemble are damaged"):
        _ = load_bundle(bundle).model


def test_a_part_is_a_bundle_of_its_own(bundle: Path) -> None:
    part = load_bundle(bundle / "parts" / "earmark")
    assert isinstance(part, Bundle)
    assert part.spec.name == "earmark"
    assert load_torch(bundle / "parts" / "earmark") is not None


def test_a_probe_is_trained_and_carries_its_backbone(library: Library, backbone: BackboneSettings) -> None:
    model = train(library, TrainRequest(spec=model_spec("probe")), executor=SerialExecutor())
    files = {path.name for path in model.bundle.path.iterdir()}
    assert files == {"card.json", "model.onnx", "weights.safetensors", "small.onnx", "references.safetensors"}
    assert model.test.rows["mean"].accuracy == 1.0
    assert load_bundle(model.bundle.path).backbone_folders == {backbone.key: model.bundle.path}


def test_without_the_backbone_a_probe_says_how_to_get_it(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHELF_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(UnknownNameError, match="earmark backbones get musicnn"):
        train(library, TrainRequest(spec=model_spec("probe")), executor=SerialExecutor())


def test_the_command_goes_on_without_a_backbone(tmp_path: Path) -> None:
    made = tiny_library(tmp_path / "library", tiny_tracks())
    command = [sys.executable, "-m", "earmark.cli.main", "train", "--model", "ensemble", "--library", made.address]
    variables = {**os.environ, SHELF_VARIABLE: str(tmp_path / "empty"), "COLUMNS": "200"}
    ran = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "probe left out of ensemble: the backbone musicnn is not installed" in ran.stderr
    bundle = load_bundle(bundle_path(made, "ensemble"))
    assert list(bundle.parts) == ["earmark", "metadata"]
    assert any("probe left out" in note for note in bundle.card.training["notes"])
