import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earmark.errors import FormatVersionError, InputError, MissingExtraError
from earmark.models.registry import MODELS
from earmark.models.spec import ModelSpec
from earmark.training.fit import RUN_VERSION, fit
from earmark.training.songs import FitResult, SongSet

LABELS = ("a", "b", "c")
SPEC = MODELS["metadata"]


@pytest.fixture
def train(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> Callable[..., FitResult]:
    def run(spec: ModelSpec = SPEC, **changes: Any) -> FitResult:
        options: dict[str, Any] = {"labels": LABELS, "seed": 0, "run_dir": run_dir} | changes
        return fit(spec, options.pop("train", train_songs), options.pop("validation", validation_songs), **options)

    return run


def test_a_folder_of_another_training_is_refused_by_what_differs(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    train()
    train()
    for changes, named in (
        ({"seed": 1}, "seed"),
        ({"labels": ("a", "b", "d")}, "labels"),
        ({"spec": replace(SPEC, impute=False)}, "model"),
        ({"train": toy_songs(12, 5)}, "training songs"),
        ({"validation": toy_songs(6, 5)}, "validation songs"),
        ({"seed": 1, "labels": ("x", "y", "z")}, "labels, seed"),
    ):
        with pytest.raises(InputError, match=rf"holds another training \(its {named} differ\)"):
            train(**changes)


def test_songs_with_other_sound_are_another_training(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    spec = MODELS["mfcc"].with_training(max_epochs=1)
    train(spec)
    with pytest.raises(InputError, match="its training songs differ"):
        train(spec, train=toy_songs(12, 9))


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_a_damaged_run_is_told(train: Callable[..., FitResult], run_dir: Path, content: str) -> None:
    run_dir.mkdir()
    (run_dir / "run.json").write_text(content)
    with pytest.raises(InputError, match=r"run.json is damaged .* delete the folder"):
        train()


def test_a_run_of_another_version_names_both(train: Callable[..., FitResult], run_dir: Path) -> None:
    train()
    run = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps(run | {"format_version": 7}))
    with pytest.raises(FormatVersionError, match=f"format version 7, but this Earmark reads version {RUN_VERSION}"):
        train()


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_seeds_are_whole_numbers(train: Callable[..., FitResult], seed: object) -> None:
    with pytest.raises(InputError, match="a seed must be a whole number of at least 0"):
        train(seed=seed)


@pytest.mark.parametrize("labels", [("a",), ("a", "b", "a"), ()])
def test_labels_are_two_or_more_and_distinct(train: Callable[..., FitResult], labels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="at least 2 labels, each named once"):
        train(labels=labels)


def test_empty_parts_are_refused(train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]) -> None:
    with pytest.raises(InputError, match="no song for training"):
        train(train=toy_songs(0, 0))
    with pytest.raises(InputError, match="no song for validation"):
        train(validation=toy_songs(0, 0))


def test_a_missing_extra_says_how_to_get_it(train: Callable[..., FitResult], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'earmark\[train\]'"):
        train()
