"""Bundles made from trained networks, and networks back from bundles; the part of bundles that needs torch."""

import datetime
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from earmark.errors import InputError
from earmark.models.bundle import CARD_FILE, GRAPH_FILE, WEIGHTS_FILE, Bundle, load_bundle, load_card, read_verified
from earmark.models.card import BundleCard
from earmark.models.files import json_bytes, new_folder, sha256_of
from earmark.models.networks import build_network
from earmark.models.onnx_export import check_parity, export_onnx
from earmark.models.spec import ModelSpec

_PACKAGES = ("earmark", "torch", "pytorch-lightning", "scikit-learn", "onnx", "onnxruntime", "numpy")


def save_bundle(
    path: Path,
    *,
    model: nn.Module,
    spec: ModelSpec,
    labels: Sequence[str],
    songs: Mapping[str, Mapping[str, int]],
    slices: Mapping[str, Mapping[str, int]],
    training: Mapping[str, Any],
    split: Mapping[str, Any] | None = None,
    scores: Mapping[str, Any] | None = None,
) -> Bundle:
    """Write a bundle, whole or not at all, and open it.

    Args:
        path: The bundle's folder; an older bundle there is replaced.
        model: The trained network, on the CPU.
        spec: What it is.
        labels: Names of the labels, in the order of the outputs.
        songs: Songs of each label, by part.
        slices: Inputs of each label, by part.
        training: How training went, plain values.
        split: The split that training kept to, plain values.
        scores: Scores with intervals, plain values.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: The ONNX graph differs from the network; nothing was written.
    """
    if path.exists() and not (path / CARD_FILE).is_file() and not _is_empty_folder(path):
        raise InputError(f"{path} exists and is no model bundle, so it is not replaced; name another folder")
    graph = export_onnx(model, spec)
    parity = check_parity(model, graph, spec)
    files = {GRAPH_FILE: graph, WEIGHTS_FILE: _weights(model)}
    card = BundleCard(
        spec=spec,
        labels=tuple(labels),
        songs=songs,
        slices=slices,
        split=split or {},
        scores=scores or {},
        training=training,
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        files={name: sha256_of(content) for name, content in files.items()},
        parity=parity,
    )
    with new_folder(path) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / CARD_FILE).write_bytes(json_bytes(card.to_json()))
    return load_bundle(path)


def load_torch(path: Path) -> nn.Module:
    """The network of a bundle, in evaluation mode on the CPU.

    Raises:
        InputError: There is no bundle, or it is damaged.
        FormatVersionError: It was written by another format version.
    """
    card = load_card(path)
    # Building draws fresh weights, which are thrown away: the caller's random state is none of their business.
    with torch.random.fork_rng(devices=[]):
        network = build_network(card.spec, len(card.labels))
    network.load_state_dict(load_tensors(read_verified(path, card, WEIGHTS_FILE)))
    return network.eval()


def _weights(model: nn.Module) -> bytes:
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    return bytes(save_tensors(tensors))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None
