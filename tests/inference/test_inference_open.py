import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from made_graphs import matrix, mean_graph, model, patches_graph
from onnx import TensorProto, helper

from earmark.errors import InputError, UnknownNameError
from earmark.inference import open as opening
from earmark.inference.graph import Port
from earmark.inference.open import ENGINE_VARIABLE, EngineChoice, open_graph
from earmark.inference.with_openvino import OpenVinoGraph

needs_openvino = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
ENGINES = ["onnxruntime", pytest.param("openvino", marks=needs_openvino)]


def patches(count: int = 5, rows: int = 4, bands: int = 3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, rows, bands)).astype(np.float32)


@pytest.fixture(autouse=True)
def no_engine_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [0, 1])
def test_a_graph_computes_what_it_says(engine: EngineChoice, threads: int) -> None:
    graph = open_graph(patches_graph(), engine=engine, threads=threads)
    assert graph.engine.startswith(engine)
    for count in (1, 5):
        found = graph.run(patches(count))
        assert list(found) == ["embedding"]
        assert found["embedding"].dtype == np.float32
        # bfloat16 has eight bits of significand.
        expected = patches(count).mean(axis=1) @ matrix(3, 8)
        np.testing.assert_allclose(found["embedding"], expected, atol=2e-6 if engine == "onnxruntime" else 5e-2)


@pytest.mark.parametrize("engine", ENGINES)
def test_names_and_shapes_are_read_from_the_graph(engine: EngineChoice) -> None:
    content = mean_graph((64, 128, 96), mean_over=(1,), bands=96, outputs=[("a", 5), ("b", 7)], input_name="mel")
    graph = open_graph(content, engine=engine)
    assert graph.input == Port("mel", (64, 128, 96))
    assert [port.name for port in graph.outputs] == ["a", "b"]
    assert [port.shape[-1] for port in graph.outputs] == [5, 7]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_is_not_overwritten_by_the_next_run(engine: EngineChoice) -> None:
    graph = open_graph(patches_graph(), engine=engine)
    first = graph.run(patches(seed=1))["embedding"]
    kept = first.copy()
    graph.run(patches(seed=2))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_may_run_one_graph(engine: EngineChoice) -> None:
    graph = open_graph(patches_graph(), engine=engine)
    inputs = [patches(seed=seed) for seed in range(40)]
    expected = [graph.run(one)["embedding"] for one in inputs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: graph.run(one)["embedding"], inputs))
    np.testing.assert_array_equal(found, expected)


@needs_openvino
def test_openvino_in_float32_is_as_exact_as_onnx_runtime() -> None:
    content = patches_graph()
    ours, theirs = open_graph(content, engine="onnxruntime"), OpenVinoGraph(content, precision="float32")
    assert theirs.engine == "openvino (float32)"
    np.testing.assert_allclose(ours.run(patches())["embedding"], theirs.run(patches())["embedding"], atol=2e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_inputs_of_another_shape_are_refused(engine: EngineChoice) -> None:
    graph = open_graph(patches_graph(), engine=engine)
    for wrong in (patches(rows=5), patches(count=0), patches()[0]):
        with pytest.raises(InputError, match=r"takes the input patches \(any, 4, 3\).*came"):
            graph.run(wrong)


def test_other_types_and_layouts_of_memory_are_taken() -> None:
    graph = open_graph(patches_graph(), engine="onnxruntime")
    expected = graph.run(patches())["embedding"]
    np.testing.assert_array_equal(graph.run(np.asfortranarray(patches()))["embedding"], expected)
    np.testing.assert_array_equal(graph.run(patches().astype(np.float64).astype(np.float32))["embedding"], expected)


def test_a_file_is_opened_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "a graph.onnx"
    file.write_bytes(patches_graph())
    for named in (file, str(file)):
        assert open_graph(named, engine="onnxruntime").input.name == "patches"
    with pytest.raises(InputError, match=r"gone\.onnx cannot be read: No such file"):
        open_graph(tmp_path / "gone.onnx")


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_graph_is_refused(engine: EngineChoice) -> None:
    with pytest.raises(InputError, match=r"ONNX graph"):
        open_graph(b"this is no graph", engine=engine)


def test_a_graph_with_two_inputs_is_refused() -> None:
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2]) for name in ("x", "y", "z")]
    content = model([helper.make_node("Add", ["x", "y"], ["z"])], ports[:2], ports[2:], [])
    with pytest.raises(InputError, match=r"exactly one input.*has 2: x \(any, 2\), y \(any, 2\)"):
        open_graph(content, engine="onnxruntime")


def test_a_graph_that_takes_whole_numbers_is_refused() -> None:
    ports = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", 2]) for name in ("x", "y")]
    content = model([helper.make_node("Identity", ["x"], ["y"])], ports[:1], ports[1:], [])
    with pytest.raises(InputError, match=r"has to be float32, but it is tensor\(int64\)"):
        open_graph(content, engine="onnxruntime")


def test_the_environment_overrides_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "tensorrt")
    with pytest.raises(UnknownNameError, match=r"no engine called 'tensorrt'; known: auto, onnxruntime, openvino"):
        open_graph(patches_graph(), engine="onnxruntime")
    monkeypatch.setenv(ENGINE_VARIABLE, "onnxruntime")
    assert open_graph(patches_graph(), engine="openvino").engine == "onnxruntime"


def test_without_openvino_auto_is_onnx_runtime_and_asking_for_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "openvino_installed", lambda: False)
    assert open_graph(patches_graph()).engine == "onnxruntime"
    with pytest.raises(InputError, match=r"pip install openvino"):
        open_graph(patches_graph(), engine="openvino")


def test_a_port_says_its_shape() -> None:
    assert str(Port("mel", (None, 128, 96))) == "mel (any, 128, 96)"
