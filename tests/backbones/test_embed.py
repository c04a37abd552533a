from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_backbones import SMALL_MEL, put_small, small_graph, small_settings, sound
from made_graphs import matrix, mean_graph

from earmark.audio.frontends import Waveform
from earmark.backbones import embed as embedding
from earmark.backbones.embed import embed, embed_with, laid_out, patches_of, run_patches
from earmark.backbones.settings import LAYOUTS
from earmark.errors import EarmarkError, InputError, UnknownNameError
from earmark.inference.open import open_graph


def test_rows_are_what_the_graph_makes_of_each_patch() -> None:
    backbone = put_small()
    audio = sound(2.0)
    rows = SMALL_MEL.rows(audio.samples)
    expected = [rows[start : start + 10].mean(axis=0) @ matrix(12, 6) for start in backbone.patch_starts(len(rows))]
    found = embed(audio, backbone)
    assert found.dtype == np.float16
    assert found.shape == (len(backbone.start_seconds(2.0)), 6)
    np.testing.assert_allclose(found, np.stack(expected), rtol=2e-3, atol=2e-3)


def test_several_files_stand_side_by_side() -> None:
    audio, backbone = sound(1.0), small_settings(embedding_size=11)
    graphs = tuple(open_graph(small_graph(size), engine="onnxruntime") for size in (6, 5))
    both = embed_with(graphs, audio, backbone)
    assert both.shape[1] == 11
    np.testing.assert_array_equal(both[:, :6], embed_with(graphs[:1], audio, backbone))


def test_other_rates_are_resampled() -> None:
    backbone = put_small()
    at_8, at_16 = sound(1.0), sound(1.0, rate=16_000)
    assert embed(at_16, backbone).shape == embed(at_8, backbone).shape


def test_a_short_track_is_repeated_to_one_patch() -> None:
    backbone = small_settings()
    rows = SMALL_MEL.rows(sound(0.05).samples)
    assert 1 < len(rows) < 10
    patch = patches_of(sound(0.05), backbone)
    assert patch.shape == (1, 10, 12)
    np.testing.assert_array_equal(patch[0, : len(rows)], rows)
    np.testing.assert_array_equal(patch[0, len(rows) :], np.tile(rows, (10, 1))[: 10 - len(rows)])


@pytest.mark.parametrize("seconds", [1 / 8000, 0.01, 3.0])
def test_silence_gives_finite_numbers(seconds: float) -> None:
    backbone = put_small()
    assert np.isfinite(embed(sound(seconds, level=0.0), backbone)).all()


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_a_fixed_batch_is_filled_up_and_cut_off(count: int) -> None:
    content = mean_graph((4, 10, 12), mean_over=(1,), bands=12, outputs=[("embedding", 6)])
    patches = np.random.default_rng(0).normal(size=(count, 10, 12)).astype(np.float32)
    found = run_patches(open_graph(content, engine="onnxruntime"), patches, small_settings(batch=4))
    np.testing.assert_allclose(found, patches.mean(axis=1) @ matrix(12, 6), atol=1e-5)


def test_batches_do_not_change_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = open_graph(small_graph(), engine="onnxruntime")
    patches = np.random.default_rng(0).normal(size=(9, 10, 12)).astype(np.float32)
    expected = run_patches(graph, patches, small_settings())
    monkeypatch.setattr(embedding, "_BATCH_VALUES", 2 * 120)
    np.testing.assert_allclose(run_patches(graph, patches, small_settings()), expected, atol=1e-6)


def test_an_output_over_time_is_averaged() -> None:
    content = mean_graph(("batch", 10, 12), mean_over=(1,), bands=12, outputs=[("embedding", 6)], time=True)
    graph = open_graph(content, engine="onnxruntime")
    patches = np.random.default_rng(0).normal(size=(3, 10, 12)).astype(np.float32)
    assert graph.run(patches)["embedding"].shape == (3, 2, 6)
    found = run_patches(graph, patches, small_settings())
    np.testing.assert_allclose(found, patches.mean(axis=1) @ matrix(12, 6), atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_puts_the_axes_where_it_says(layout: Any) -> None:
    patches = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)
    changed: dict[str, Any] = {"layout": layout}
    if "bands" not in layout:
        patches, changed["front_end"] = patches[:, :, :1], Waveform()
    laid = laid_out(patches, small_settings(**changed))
    sizes = {"1": 1, "rows": 5, "bands": 3}
    assert laid.shape == (2, *(sizes[axis] for axis in layout.split(",")))
    squeezed = laid[:, 0] if layout.startswith("1") else laid
    for row, band in ((0, 0), (4, patches.shape[2] - 1)):
        at = (1, band, row) if "bands,rows" in layout else (1, row, band)
        assert squeezed[at[: squeezed.ndim]] == patches[1, row, band]


def test_numbers_that_are_not_finite_are_refused() -> None:
    huge = mean_graph(("batch", 10, 12), mean_over=(1,), bands=12, outputs=[("embedding", 6)])
    graph = open_graph(huge, engine="onnxruntime")

    class Broken:
        engine, input, outputs = graph.engine, graph.input, graph.outputs

        def run(self, inputs: Any) -> dict[str, Any]:
            return {"embedding": np.full((len(inputs), 6), np.nan, dtype=np.float32)}

    with pytest.raises(EarmarkError, match="the backbone small gave numbers that are not finite"):
        embed_with((Broken(),), sound(1.0), small_settings())


def test_numbers_beyond_float16_become_its_largest() -> None:
    graph = open_graph(small_graph(), engine="onnxruntime")

    class Loud:
        engine, input, outputs = graph.engine, graph.input, graph.outputs

        def run(self, inputs: Any) -> dict[str, Any]:
            return {"embedding": np.full((len(inputs), 6), -1e9, dtype=np.float32)}

    assert embed_with((Loud(),), sound(1.0), small_settings()).min() == -65_504


def test_an_output_that_the_graph_has_not_is_told() -> None:
    graph = open_graph(small_graph(), engine="onnxruntime")
    with pytest.raises(UnknownNameError, match="no output of the graph called 'other'; known: embedding"):
        embed_with((graph,), sound(1.0), small_settings(output_name="other"))


def test_an_output_of_another_rank_is_told() -> None:
    graph = open_graph(small_graph(), engine="onnxruntime")

    class Flat:
        engine, input, outputs = graph.engine, graph.input, graph.outputs

        def run(self, inputs: Any) -> dict[str, Any]:
            return {"embedding": np.zeros(len(inputs), dtype=np.float32)}

    with pytest.raises(InputError, match=r"should give \(batch, size\) or \(batch, time, size\), but gave"):
        embed_with((Flat(),), sound(1.0), small_settings())


def test_graphs_are_opened_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    def counted(content: bytes, *, threads: int) -> Any:
        opened.append(threads)
        return open_graph(content, threads=threads)

    monkeypatch.setattr(embedding, "open_graph", counted)
    backbone = put_small(source="a backbone that no other test has opened")
    for _ in range(3):
        embed(sound(0.5), backbone)
    assert opened == [0]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30_000), st.sampled_from([8000, 11_025, 22_050, 44_100]), st.none() | st.integers(1, 5))
def test_there_is_a_row_for_each_start_whatever_the_length(length: int, rate: int, most: int | None) -> None:
    backbone = small_settings(max_patches=most)
    audio = sound(length / rate, rate=rate)
    assert len(patches_of(audio, backbone)) == len(backbone.start_seconds(len(audio.samples) / rate))
