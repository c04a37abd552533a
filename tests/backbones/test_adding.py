"""Networks of the shapes of real ones are brought; the real weights were not at hand."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_backbones import SMALL_MEL, small_graph, small_settings
from made_graphs import Axis, mean_graph, patches_graph

from earmark.backbones.adding import add, made_sound, read_spec
from earmark.backbones.embed import embed
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import backbones, find_backbone
from earmark.backbones.specs import SPECS, spec
from earmark.errors import InputError, UnknownNameError

SMALL = {"front_end": {"kind": "musicnn-mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 128, "bands": 12}}
SMALL_SPEC: dict[str, Any] = {**SMALL, "patch_rows": 10, "patch_hop": 5}

# Input axes, those averaged over, bands left, outputs: as the authors' ONNX files have them.
REAL: dict[str, tuple[Sequence[Axis], Sequence[int], int, Sequence[tuple[str, int]]]] = {
    "essentia-discogs-label": ((64, 128, 96), (1,), 96, [("embeddings", 512)]),
    "essentia-discogs-effnet": (("n", 128, 96), (1,), 96, [("activations", 400), ("embeddings", 1280)]),
    "clap-music": (("n", 1, 1001, 64), (1, 2), 64, [("audio_embeds", 512)]),
    "efficientat-mn10": (("n", 1, 128, "frames"), (1, 3), 128, [("features", 960)]),
    "mert": (("n", "samples"), (1,), 1, [("hidden", 768)]),
    "muq": (("n", "samples"), (1,), 1, [("hidden", 1024)]),
}


def written(tmp_path: Path, content: bytes, name: str = "made.onnx") -> Path:
    file = tmp_path / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("name", SPECS)
def test_a_ready_spec_fits_a_network_of_the_real_ones_shapes(name: str, tmp_path: Path) -> None:
    axes, mean_over, bands, outputs = REAL[name]
    over_time = name in {"mert", "muq"}
    content = mean_graph(
        axes, mean_over=mean_over, bands=bands, outputs=outputs, input_name="melspectrogram", time=over_time
    )
    settings = add(written(tmp_path, content), spec=spec(name))
    assert find_backbone(name) == settings
    assert settings.embedding_size == outputs[-1][1]
    assert settings.output_name == outputs[-1][0]
    assert settings.input_name == "melspectrogram"
    assert settings.batch == (64 if name == "essentia-discogs-label" else None)
    embedded = embed(made_sound(settings.front_end, 23.0), settings)
    assert embedded.shape == (len(settings.start_seconds(23.0)), settings.embedding_size)
    assert len(embedded) > 1
    assert np.isfinite(embedded).all()


def test_real_shapes_are_listed_for_every_spec() -> None:
    assert REAL.keys() == SPECS.keys()


@pytest.mark.parametrize("name", SPECS)
def test_a_ready_spec_is_json_that_reads_back(name: str) -> None:
    told = spec(name)
    assert json.loads(json.dumps(told)) == told
    complete = {**told, "files": [{"name": "a.onnx", "sha256": "0" * 64}], "embedding_size": 8}
    assert BackboneSettings.from_json(complete).licence == told["licence"]


def test_a_spec_says_only_what_the_graph_does_not(tmp_path: Path) -> None:
    settings = add(written(tmp_path, small_graph(), "My-Net.onnx"), spec=SMALL_SPEC)
    assert settings.name == "my-net"
    assert settings.front_end == SMALL_MEL
    assert (settings.input_name, settings.output_name, settings.embedding_size) == ("patches", "embedding", 6)
    renamed = add(written(tmp_path, small_graph()), spec={**SMALL_SPEC, "name": "mine"})
    assert renamed.name == "mine"
    assert add(written(tmp_path, small_graph()), spec={**SMALL_SPEC, "name": "mine"}, name="ours").name == "ours"
    assert list(backbones()) == ["mine", "my-net", "ours"]


def test_what_the_shelf_tells_of_one_adds_it_again(tmp_path: Path) -> None:
    settings = add(written(tmp_path, small_graph()), spec=SMALL_SPEC)
    assert add(written(tmp_path, small_graph()), spec=settings.to_json()) == settings
    with pytest.raises(InputError, match="the file is not the one that the spec names"):
        add(written(tmp_path, small_graph(7)), spec=settings.to_json())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patch_rows": 12}, r"makes inputs of shape \(1, 12, 12\) .*the graph takes patches \(any, 10, 12\)"),
        ({"layout": "1,rows,bands"}, r"makes inputs of shape \(1, 1, 10, 12\)"),
        ({"embedding_size": 7}, r"expects an output of \(batch, 7\).*but the graph gives embedding \(any, 6\)"),
        ({"input_name": "mel"}, "no input of the graph called 'mel'; known: patches"),
        ({"output_name": "mel"}, "no output of the graph called 'mel'; known: embedding"),
        ({"bands": 12}, r"unknown names \['bands'\]"),
        ({"front_end": {"kind": "cqt"}}, "no front-end called 'cqt'"),
        ({"patch_hop": 0}, "patch_hop must be a whole number"),
    ],
)
def test_a_spec_that_does_not_fit_says_what_was_expected(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        add(written(tmp_path, small_graph()), spec={**SMALL_SPEC, **changed})
    assert backbones() == {}


def test_a_spec_that_lacks_something_says_what(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lack patch_rows, patch_hop"):
        add(written(tmp_path, small_graph()), spec={})


def test_a_fixed_batch_that_the_spec_has_otherwise_is_told(tmp_path: Path) -> None:
    content = mean_graph((4, 10, 12), mean_over=(1,), bands=12, outputs=[("embedding", 6)])
    assert add(written(tmp_path, content), spec=SMALL_SPEC).batch == 4
    with pytest.raises(InputError, match=r"makes inputs of shape \(8, 10, 12\).*takes patches \(4, 10, 12\)"):
        add(written(tmp_path, content), spec={**SMALL_SPEC, "batch": 8})


def test_of_several_outputs_the_spec_has_to_name_one(tmp_path: Path) -> None:
    content = patches_graph(10, 12, outputs=[("tags", 5), ("features", 6)])
    with pytest.raises(InputError, match=r"several outputs \(tags \(any, 5\), features \(any, 6\)\).*output_name"):
        add(written(tmp_path, content), spec=SMALL_SPEC)
    assert add(written(tmp_path, content), spec={**SMALL_SPEC, "output_name": "tags"}).embedding_size == 5


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the ONNX graph cannot be loaded"):
        add(written(tmp_path, b"no graph"), spec=SMALL_SPEC)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        add(tmp_path / "gone.onnx", spec=SMALL_SPEC)


def test_a_spec_is_a_file_or_a_ready_name(tmp_path: Path) -> None:
    assert read_spec("mert") == spec("mert")
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(SMALL_SPEC))
    assert read_spec(str(file)) == SMALL_SPEC
    file.write_text("[]")
    with pytest.raises(InputError, match="has to hold a mapping, but holds list"):
        read_spec(str(file))
    file.write_text("{")
    with pytest.raises(InputError, match=r"cannot be read .*a ready spec is one of essentia-discogs-label"):
        read_spec(str(file))
    with pytest.raises(InputError, match="cannot be read"):
        read_spec(str(tmp_path / "gone.json"))
    with pytest.raises(UnknownNameError, match="no spec of a backbone called 'vggish'; known: essentia"):
        read_spec("vggish")


def test_small_settings_are_those_of_the_small_spec(tmp_path: Path) -> None:
    settings = add(written(tmp_path, small_graph(), "small.onnx"), spec=SMALL_SPEC)
    assert settings.key == small_settings(small_graph()).key


def test_the_documentation_shows_each_ready_spec_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "concepts" / "backbones.md").read_text("utf-8")
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert shown == [spec(name) for name in SPECS]
