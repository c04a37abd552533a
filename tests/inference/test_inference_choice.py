import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_graphs import patches_graph

from earmark.errors import InputError
from earmark.inference import choice
from earmark.inference.choice import (
    ChosenGraph,
    Verdict,
    compared,
    open_chosen,
    output_difference,
    remember,
    remembered,
)
from earmark.inference.graph import FloatArray, Graph
from earmark.inference.open import open_graph
from earmark.inference.with_onnx_runtime import OnnxRuntimeGraph

needs_openvino = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
PATCHES = np.random.default_rng(1).normal(size=(6, 4, 3)).astype(np.float32)


class OtherEngine(OnnxRuntimeGraph):
    """Stands for OpenVINO: the same numbers, moved by a share of their deviation."""

    error = 0.0

    def __init__(self, graph: bytes, *, threads: int = 0) -> None:
        super().__init__(graph, threads=threads)
        self.engine = "openvino"

    def run(self, inputs: FloatArray) -> dict[str, FloatArray]:
        outputs = super().run(inputs)
        return {name: value + np.float32(self.error * value.std()) for name, value in outputs.items()}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(choice, "version", lambda name: "1.0")
    monkeypatch.delenv("EARMARK_ENGINE", raising=False)
    return tmp_path / "cache"


def measure(monkeypatch: pytest.MonkeyPatch, *, ours: float, theirs: float, error: float = 0.0) -> None:
    """Let the two engines take so long, and the other one be so wrong."""
    monkeypatch.setattr(OtherEngine, "error", error)
    monkeypatch.setattr(choice, "OpenVinoGraph", OtherEngine)
    monkeypatch.setattr(choice, "_seconds", lambda graph, _: theirs if graph.engine == "openvino" else ours)


def found(monkeypatch: pytest.MonkeyPatch, **measured: float) -> tuple[Graph, Verdict]:
    measure(monkeypatch, **measured)
    return compared(patches_graph(), OnnxRuntimeGraph(patches_graph()), PATCHES, threads=1)


def test_the_faster_engine_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, verdict = found(monkeypatch, ours=2.0, theirs=1.0)
    assert (graph.engine, verdict.engine) == ("openvino", "openvino")
    assert (verdict.onnxruntime_seconds, verdict.openvino_seconds) == (2.0, 1.0)
    assert verdict.difference == pytest.approx(0.0)


@pytest.mark.parametrize(("theirs", "error"), [(1.9, 0.0), (3.0, 0.0), (1.0, 0.05), (1.0, float("nan"))])
def test_an_engine_that_gains_little_or_differs_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, theirs: float, error: float
) -> None:
    graph, verdict = found(monkeypatch, ours=2.0, theirs=theirs, error=error)
    assert (graph.engine, verdict.engine) == ("onnxruntime", "onnxruntime")


def test_a_small_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _, verdict = found(monkeypatch, ours=2.0, theirs=1.0, error=0.01)
    assert verdict.engine == "openvino"
    assert verdict.difference == pytest.approx(0.01, rel=1e-3)


def test_a_graph_that_the_other_engine_cannot_run_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(OtherEngine):
        def __init__(self, graph: bytes, *, threads: int = 0) -> None:
            raise InputError("an operator is missing")

    monkeypatch.setattr(choice, "OpenVinoGraph", Refusing)
    graph, verdict = compared(patches_graph(), OnnxRuntimeGraph(patches_graph()), PATCHES, threads=1)
    assert graph.engine == verdict.engine == "onnxruntime"
    assert verdict.openvino_seconds is verdict.difference is None


@pytest.mark.parametrize(("seconds", "rounds"), [(0.01, 3), (0.3, 2), (5.0, 1)])
def test_slow_graphs_are_measured_less_often(monkeypatch: pytest.MonkeyPatch, seconds: float, rounds: int) -> None:
    asked: list[str] = []

    def counted(graph: Graph, _: FloatArray) -> float:
        asked.append(graph.engine)
        return seconds

    monkeypatch.setattr(choice, "OpenVinoGraph", OtherEngine)
    monkeypatch.setattr(choice, "_seconds", counted)
    compared(patches_graph(), OnnxRuntimeGraph(patches_graph()), PATCHES, threads=1)
    assert asked == ["onnxruntime", "openvino"] * rounds


def test_a_small_batch_gives_no_verdict_and_a_large_one_is_remembered(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    measure(monkeypatch, ours=2.0, theirs=1.0)
    monkeypatch.setattr(choice, "LEAST_SECONDS", 1e9)
    graph = open_chosen(patches_graph(), threads=1)
    expected = graph.run(PATCHES)["embedding"]
    assert graph.engine == "onnxruntime"
    assert not own_cache.exists()

    monkeypatch.setattr(choice, "LEAST_SECONDS", 0.0)
    np.testing.assert_array_equal(graph.run(PATCHES)["embedding"], expected)
    assert graph.engine == "openvino"
    again = open_chosen(patches_graph(), threads=1)
    assert isinstance(again, OtherEngine)
    # Another number of threads, or another graph, is another question.
    assert isinstance(open_chosen(patches_graph(), threads=2), ChosenGraph)
    assert isinstance(open_chosen(patches_graph(size=9), threads=1), ChosenGraph)


def test_a_verdict_for_onnx_runtime_is_remembered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    measure(monkeypatch, ours=1.0, theirs=2.0)
    monkeypatch.setattr(choice, "LEAST_SECONDS", 0.0)
    open_chosen(patches_graph(), threads=1).run(PATCHES)
    assert type(open_chosen(patches_graph(), threads=1)) is OnnxRuntimeGraph


def test_a_verdict_is_sought_anew_when_an_engine_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = choice.verdict_key(b"graph", 1)
    assert choice.verdict_key(b"graph", 1) == before
    monkeypatch.setattr(choice, "version", lambda name: "2.0" if name == "openvino" else "1.0")
    assert choice.verdict_key(b"graph", 1) != before


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"engine": "abacus"}', b"\xff"])
def test_a_damaged_verdict_is_none(own_cache: Path, content: bytes) -> None:
    verdict = Verdict("openvino", 2.0, 1.0, 0.001)
    remember("key", verdict)
    assert remembered("key") == verdict
    next(own_cache.rglob("key.json")).write_bytes(content)
    assert remembered("key") is None


def test_a_cache_that_cannot_be_written_costs_nothing_but_the_memory(own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    remember("key", Verdict("openvino", 2.0, 1.0, 0.001))
    assert remembered("key") is None


def test_outputs_differ_by_their_root_mean_square_over_the_deviation() -> None:
    expected = np.array([[1.0, -1.0], [1.0, -1.0]], dtype=np.float32)
    moved = expected + np.float32(0.5)
    assert output_difference({"a": expected}, {"a": moved}) == pytest.approx(0.5)
    assert output_difference({"a": expected, "b": expected}, {"a": expected, "b": moved}) == pytest.approx(0.5)
    assert output_difference({"a": expected}, {"b": expected}) == float("inf")
    assert output_difference({"a": expected}, {"a": expected[:1]}) == float("inf")
    constant = np.full((2, 2), 4.0, dtype=np.float32)
    assert output_difference({"a": constant}, {"a": constant + 1}) == pytest.approx(0.25)
    zero = np.zeros((2, 2), dtype=np.float32)
    assert output_difference({"a": zero}, {"a": zero}) == 0.0


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0), st.floats(0.0, 1.0))
def test_the_difference_does_not_depend_on_the_scale(seed: int, scale: float, error: float) -> None:
    rng = np.random.default_rng(seed)
    expected, noise = rng.normal(size=(2, 5, 3)).astype(np.float32)
    near, far = (
        output_difference({"a": one * expected}, {"a": one * (expected + np.float32(error) * noise)})
        for one in (np.float32(1), np.float32(scale))
    )
    assert near == pytest.approx(far, rel=1e-3, abs=1e-6)


@needs_openvino
def test_both_real_engines_are_compared_on_a_real_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LEAST_SECONDS", 0.0)
    graph = open_graph(patches_graph())
    assert isinstance(graph, ChosenGraph)
    graph.run(PATCHES)
    verdict = remembered(choice.verdict_key(patches_graph(), 0))
    assert verdict is not None
    assert verdict.openvino_seconds is not None
    assert verdict.difference is not None
    assert verdict.difference < choice.TOLERANCE
    assert graph.engine.startswith(verdict.engine)
    assert graph.input.name == "patches"
    assert [port.name for port in graph.outputs] == ["embedding"]
