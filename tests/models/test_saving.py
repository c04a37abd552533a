from pathlib import Path

import pytest
import torch
from torch import nn

from earmark.errors import EarmarkError, InputError
from earmark.models import saving
from earmark.models.bundle import load_card
from earmark.models.networks import build_network
from earmark.models.onnx_export import export_onnx
from earmark.models.registry import MODELS
from earmark.models.saving import Told, load_torch, save_bundle

LABELS = ("A", "B")
SPEC = MODELS["mfcc"]


def save(path: Path, model: nn.Module, *, seed: int = 0) -> None:
    counts = {"train": dict.fromkeys(LABELS, 3), "validation": dict.fromkeys(LABELS, 1)}
    told = Told(songs=counts, slices=counts, training={"seed": seed})
    save_bundle(path, model=model, spec=SPEC, labels=LABELS, told=told)


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return build_network(SPEC, 2).eval()


def test_a_bundle_is_three_files_and_gives_the_weights_back(tmp_path: Path, model: nn.Module) -> None:
    save(tmp_path / "b", model)
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["card.json", "model.onnx", "weights.safetensors"]
    loaded = load_torch(tmp_path / "b")
    assert not loaded.training
    assert all(
        torch.equal(a, b) for a, b in zip(model.state_dict().values(), loaded.state_dict().values(), strict=True)
    )
    card = load_card(tmp_path / "b")
    assert card.created.endswith("+00:00")
    assert card.songs["train"] == {"A": 3, "B": 3}
    assert (card.split, card.scores) == ({}, {})
    assert (card.confidence, card.fusion) == (None, None)


def test_loading_leaves_the_random_state_alone(tmp_path: Path, model: nn.Module) -> None:
    save(tmp_path / "b", model)
    before = torch.random.get_rng_state()
    load_torch(tmp_path / "b")
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_bundle_replaces_an_older_one(tmp_path: Path, model: nn.Module) -> None:
    save(tmp_path / "b", model, seed=1)
    save(tmp_path / "b", model, seed=2)
    assert load_card(tmp_path / "b").training == {"seed": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_what_is_no_bundle_is_never_replaced(tmp_path: Path, model: nn.Module) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.mp3").write_bytes(b"x")
    with pytest.raises(InputError, match=r"is no model bundle, so it is not replaced"):
        save(tmp_path / "music", model)
    with pytest.raises(InputError, match=r"is no model bundle"):
        save(tmp_path / "music" / "song.mp3", model)
    assert (tmp_path / "music" / "song.mp3").read_bytes() == b"x"
    (tmp_path / "empty").mkdir()
    save(tmp_path / "empty", model)


def test_a_graph_that_differs_is_not_saved(tmp_path: Path, model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    other = export_onnx(build_network(SPEC, 2).eval(), SPEC)
    monkeypatch.setattr(saving, "export_onnx", lambda network, spec: other)
    with pytest.raises(EarmarkError, match="not saved"):
        save(tmp_path / "b", model)
    assert list(tmp_path.iterdir()) == []
