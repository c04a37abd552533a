"""An ensemble, its parts and a slow network under the same folds, from a library to a finished comparison."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_library import tiny_library, tiny_tracks

from earmark.comparing.compare import ComparisonReports, ComparisonRequest, compare
from earmark.comparing.comparison import Comparison
from earmark.comparing.contestants import Contestant
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec

pytestmark = pytest.mark.usefixtures("small_forests")

TOLD: list[tuple[int, int, str]] = []


def small(spec: ModelSpec) -> ModelSpec:
    """The own network with few atoms, and tags with one penalty: enough to be trained in a moment."""
    if spec.kind == "metadata":
        return spec.with_training(inverse_penalties=(1.0,), parts=2)
    if spec.kind != "earmark":
        return spec
    return spec.with_training(
        scales=(4,), atoms=16, components=8, patches=500, rounds=1, embedding_size=8, parts=2, inverse_penalties=(0.1,)
    )


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, ComparisonRequest, Comparison]:
    library = tiny_library(tmp_path_factory.mktemp("ensemble") / "library", tiny_tracks(6))
    ensemble = model_spec("ensemble")
    parts = tuple(small(part) for part in ensemble.parts)
    request = ComparisonRequest(
        contestants=(
            Contestant("ensemble", spec=replace(ensemble, parts=parts)),
            Contestant("probe", spec=model_spec("probe")),
            Contestant("mfcc", spec=model_spec("mfcc").with_training(max_epochs=3), repeats=1),
            Contestant("majority", baseline="majority"),
        ),
        folds=2,
        repeats=2,
        mode="song",
    )
    reports = ComparisonReports(folds=lambda *said: TOLD.append(said))
    return library, request, compare(library, request, executor=SerialExecutor(), reports=reports)


def test_a_slow_model_takes_part_in_the_first_dealing_only(
    compared: tuple[Library, ComparisonRequest, Comparison],
) -> None:
    _, _, comparison = compared
    assert [comparison.repeats_of(name) for name in comparison.ran] == [2, 1, 2]
    assert [len(comparison.results[name]) for name in comparison.ran] == [4, 2, 4]
    assert TOLD[-1][:2] == (10, 10), "folds that nobody runs are not counted"
    assert any("mfcc took part in the first 1 of 2 dealings" in note for note in comparison.notes)


def test_a_missing_backbone_is_told(compared: tuple[Library, ComparisonRequest, Comparison]) -> None:
    _, _, comparison = compared
    assert "earmark backbones get musicnn" in comparison.not_run["probe"]
    assert any("probe left out of ensemble" in note for note in comparison.notes)


def test_an_ensemble_is_told_fused_and_with_each_part_left_out(
    compared: tuple[Library, ComparisonRequest, Comparison],
) -> None:
    _, _, comparison = compared
    assert "ensemble" not in comparison.sliced
    assert [row.level for row in comparison.rows if row.name == "ensemble"] == ["song"]
    assert set(comparison.variants("ensemble")) == {"without earmark", "without metadata"}
    for calls in comparison.variants("ensemble").values():
        assert calls.probabilities.sum(axis=1) == pytest.approx(1)
        assert not np.array_equal(calls.probabilities, comparison.calls("ensemble").probabilities)


def test_every_model_says_how_sure_it_is(compared: tuple[Library, ComparisonRequest, Comparison]) -> None:
    _, _, comparison = compared
    assert [one.name for one in comparison.promises] == ["ensemble", "mfcc"]
    sources = {name: comparison.results[name][0].confidence for name in ("ensemble", "mfcc", "majority")}
    assert sources["ensemble"] is not None
    assert sources["mfcc"] is not None
    assert sources["ensemble"].source == "out-of-fold songs"
    assert sources["mfcc"].source == "validation songs"
    assert sources["majority"] is None
    assert sources["mfcc"].songs == comparison.tested[0].validation


def test_kept_folds_come_back_whole(compared: tuple[Library, ComparisonRequest, Comparison], tmp_path: Path) -> None:
    library, request, comparison = compared
    again = compare(library, request, executor=SerialExecutor())
    assert again.to_json() == comparison.to_json()
    again.save(tmp_path / "c.json")
    assert Comparison.load(tmp_path / "c.json").promises == comparison.promises
