from pathlib import Path

import numpy as np
import pytest
import soundfile
from beats import beat
from tiny_library import tiny_library, tiny_tracks

from earmark.executors import ProcessExecutor, SerialExecutor
from earmark.models import predict
from earmark.models.bundle import Bundle, load_bundle
from earmark.models.predict import FailedFile, FilePrediction, predict_files
from earmark.models.registry import model_spec
from earmark.training.train import TrainRequest, train


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    library = tiny_library(tmp_path_factory.mktemp("predict") / "library", tiny_tracks())
    small = model_spec("crnn").with_slice_seconds(1).with_training(max_epochs=1, slices_per_song=1)
    specs = {"crnn": small, "metadata": model_spec("metadata"), "metadata-study": model_spec("metadata-study")}
    return {
        name: load_bundle(train(library, TrainRequest(spec=spec, name=name), executor=SerialExecutor()).bundle.path)
        for name, spec in specs.items()
    }


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    good = tmp_path / "8A - 128 - Ann - Good.flac"
    soundfile.write(good, 0.1 * rng.standard_normal(16_000 * 10).astype(np.float32), 16_000)
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"no music" * 100)
    return [good, bad]


@pytest.mark.parametrize("executor", [None, ProcessExecutor(1)])
def test_a_bad_file_costs_itself_only(
    executor: ProcessExecutor | None, bundles: dict[str, Bundle], files: list[Path]
) -> None:
    told: list[tuple[int, int]] = []
    results = list(
        predict_files(bundles["crnn"], files, executor=executor, progress=lambda n, of: told.append((n, of)))
    )
    good, bad = sorted(results, key=lambda one: isinstance(one, FailedFile))
    assert isinstance(good, FilePrediction)
    assert isinstance(bad, FailedFile)
    assert bad.path == str(files[1])
    assert bad.reasons.keys() == {"soundfile", "pyav"}
    assert told == [(1, 2), (2, 2)]
    assert sum(p for _, p in good.ranked()) == pytest.approx(1)
    assert good.label == good.ranked()[0][0]
    assert good.track.display == "Ann - Good"
    assert not good.in_training
    assert len(good.to_json()["slices"]["starts_seconds"]) == 9


def test_metadata_come_from_tags_and_file_name(bundles: dict[str, Bundle], files: list[Path]) -> None:
    [result] = predict_files(bundles["metadata"], files[:1])
    assert isinstance(result, FilePrediction)
    assert result.track.bpm == 128.0
    assert result.label == "Basalt", "128 is its tempo"


def test_a_model_that_needs_values_says_which_are_missing(
    bundles: dict[str, Bundle], files: list[Path], tmp_path: Path
) -> None:
    bare = tmp_path / "untitled.flac"
    files[0].rename(bare)
    [result] = predict_files(bundles["metadata-study"], [bare])
    assert isinstance(result, FailedFile)
    # The sound has a key, but no beat to tell a tempo by.
    assert "a song has no BPM" in result.reasons["model"]
    [filled] = predict_files(bundles["metadata"], [bare])
    assert isinstance(filled, FilePrediction), "ours fills gaps"


def test_a_model_that_reads_tags_has_the_sound_fill_in_for_them(bundles: dict[str, Bundle], tmp_path: Path) -> None:
    path = tmp_path / "untitled.flac"
    soundfile.write(path, beat(128, 10.0), 22_050)
    [told] = predict_files(bundles["metadata"], [path])
    assert isinstance(told, FilePrediction)
    assert told.track.bpm == pytest.approx(128, rel=1e-3)
    assert told.track.sources["bpm"] == "analysis"
    assert told.label == "Basalt", "128 is its tempo"


def test_tags_and_names_stand_above_the_sound_and_other_models_estimate_nothing(
    bundles: dict[str, Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, bare = tmp_path / "8A - 64 - Ann - Named.flac", tmp_path / "untitled.flac"
    for path in (named, bare):
        soundfile.write(path, beat(128, 12.0), 22_050)
    monkeypatch.delattr(predict, "measure_tempo")
    monkeypatch.delattr(predict, "measure_key")
    [told] = predict_files(bundles["metadata"], [named])
    assert isinstance(told, FilePrediction)
    assert (told.track.bpm, told.track.sources["bpm"]) == (64.0, "file-name")
    [heard] = predict_files(bundles["crnn"], [bare])
    assert isinstance(heard, FilePrediction)
    assert heard.track.bpm is None
