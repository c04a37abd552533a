import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from earmark.errors import FormatVersionError, InputError
from earmark.models.bundle import coefficients, load_bundle, load_card
from earmark.models.card import BUNDLE_VERSION
from earmark.models.inputs import METADATA_COLUMNS, MISSING_COLUMNS, OneSong, song_inputs
from earmark.models.linear import LinearClassifier
from earmark.models.networks import TorchClassifier, build_network
from earmark.models.registry import MODELS
from earmark.models.saving import Told, load_torch, save_bundle
from earmark.models.song import predict_song
from earmark.models.spec import ModelSpec

LABELS = ("A", "B")
COUNTS = {part: dict.fromkeys(LABELS, 1) for part in ("train", "validation")}
CRNN = MODELS["crnn"].with_slice_seconds(1)


def saved(path: Path, spec: ModelSpec) -> Path:
    torch.manual_seed(0)
    model = build_network(spec, 2).eval()
    if isinstance(model, LinearClassifier):
        n = model.head.in_features
        model.set_coefficients(np.stack([np.arange(n), -np.arange(n)]) / 1000.0, np.zeros(2))
    told = Told(songs=COUNTS, slices=COUNTS, training={"seed": 0})
    save_bundle(path, model=model, spec=spec, labels=LABELS, told=told)
    return path


@pytest.fixture(scope="module")
def crnn_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("bundles") / "crnn", CRNN)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return saved(tmp_path / "bundle", MODELS["mfcc"])


CHILD = """
import sys
for name in ("torch", "pytorch_lightning", "sklearn", "onnx"):
    sys.modules[name] = None
import json
from pathlib import Path
from safetensors.numpy import load_file
from earmark.models.bundle import load_bundle
from earmark.models.inputs import OneSong
bundle = load_bundle(Path(sys.argv[1]), threads=1)
[settings] = bundle.spec.stored
prediction = bundle.predict_song(OneSong({settings.key: load_file(sys.argv[2])["log_mel"]}))
print(json.dumps({"slices": prediction.slice_log_probs.tolist(), "embedding": prediction.embedding.tolist(),
                  "vote": prediction.vote.label, "mean": prediction.mean.label, "labels": bundle.labels}))
"""


def test_prediction_without_torch_equals_torch(
    crnn_bundle: Path, one_song: Callable[..., OneSong], tmp_path: Path
) -> None:
    song = one_song(frames=150)
    save_file({"log_mel": song.features(0, *CRNN.stored)}, tmp_path / "song.safetensors")
    command = [sys.executable, "-W", "error", "-c", CHILD, str(crnn_bundle), str(tmp_path / "song.safetensors")]
    child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    theirs = json.loads(child.stdout)

    ours = predict_song(TorchClassifier(load_torch(crnn_bundle)), song_inputs(CRNN, song, 0))
    assert ours.slice_log_probs.shape == (4, 2)
    np.testing.assert_allclose(theirs["slices"], ours.slice_log_probs, atol=1e-4)
    np.testing.assert_allclose(theirs["embedding"], ours.embedding, atol=1e-4)
    assert (theirs["vote"], theirs["mean"]) == (ours.vote.label, ours.mean.label)
    assert theirs["labels"] == list(LABELS)


def test_a_folder_without_a_bundle_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model bundle at .*nowhere: expected a folder with card.json"):
        load_bundle(tmp_path / "nowhere")


def test_another_format_version_names_both(bundle: Path) -> None:
    card = json.loads((bundle / "card.json").read_text("utf-8"))
    card["format_version"] = 99
    (bundle / "card.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(FormatVersionError, match=f"format version 99, but this Earmark reads version {BUNDLE_VERSION}"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", "{}", '{"format_version": 2}', '{"format_version": 2, "x": 2}']
)
def test_a_damaged_card_is_told_from_a_missing_one(bundle: Path, content: str) -> None:
    (bundle / "card.json").write_text(content, "utf-8")
    with pytest.raises(InputError, match="the card of model bundle"):
        load_card(bundle)


def test_a_changed_graph_is_refused(bundle: Path) -> None:
    graph = bytearray((bundle / "model.onnx").read_bytes())
    graph[len(graph) // 2] ^= 1
    (bundle / "model.onnx").write_bytes(bytes(graph))
    with pytest.raises(InputError, match=r"damaged: model.onnx is not the file its card describes"):
        load_bundle(bundle)
    assert load_torch(bundle) is not None


def test_truncated_and_missing_weights_are_refused(bundle: Path) -> None:
    weights = bundle / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"damaged: weights.safetensors"):
        load_torch(bundle)
    weights.unlink()
    with pytest.raises(InputError, match=r"incomplete: weights.safetensors is missing"):
        load_torch(bundle)


def test_a_missing_graph_is_told(bundle: Path) -> None:
    (bundle / "model.onnx").unlink()
    with pytest.raises(InputError, match=r"incomplete: model.onnx is missing"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["metadata", "metadata-study"])
def test_coefficients_come_by_label_largest_first(tmp_path: Path, name: str) -> None:
    listed = coefficients(load_bundle(saved(tmp_path / "b", MODELS[name])))
    names = METADATA_COLUMNS + (MISSING_COLUMNS if name == "metadata" else ())
    assert list(listed) == list(LABELS)
    assert [column for column, _ in listed["A"]] == list(reversed(names))
    assert [column for column, _ in listed["B"]] == list(names)
    assert listed["A"][0][1] == pytest.approx((len(names) - 1) / 1000)


def test_other_models_have_no_coefficients(bundle: Path) -> None:
    with pytest.raises(InputError, match=r"only metadata models have coefficients.*this is mfcc"):
        coefficients(load_bundle(bundle))
