"""Bundles made from trained networks, and networks back from bundles; the part of bundles that needs torch."""

import datetime
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from earmark.backbones.shelf import read_graphs
from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence
from earmark.models.bundle import (
    CARD_FILE,
    GRAPH_FILE,
    PARTS_FOLDER,
    REFERENCES_FILE,
    WEIGHTS_FILE,
    Bundle,
    load_bundle,
    load_card,
    read_verified,
)
from earmark.models.card import BundleCard
from earmark.models.files import json_bytes, new_folder, sha256_of
from earmark.models.fusion import Fusion
from earmark.models.networks import build_network
from earmark.models.onnx_export import check_parity, export_onnx
from earmark.models.references import References, references_bytes
from earmark.models.spec import ModelSpec

_PACKAGES = ("earmark", "torch", "pytorch-lightning", "scikit-learn", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a bundle's card says beside the model itself, in plain values.

    Attributes:
        songs: Songs of each label, by part.
        slices: Inputs of each label, by part.
        training: How training went.
        split: The split that training kept to.
        scores: Scores with intervals.
        confidence: How sure the model is, or None.
        references: What it remembers of its catalogue, or None.
    """

    songs: Mapping[str, Mapping[str, int]]
    slices: Mapping[str, Mapping[str, int]]
    training: Mapping[str, Any]
    split: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    confidence: Confidence | None = None
    references: References | None = None


SavedPart = tuple[nn.Module, Told]
"""A part of an ensemble: its trained network on the CPU, and what its card says."""


def save_bundle(path: Path, *, model: nn.Module, spec: ModelSpec, labels: Sequence[str], told: Told) -> Bundle:
    """Write a bundle, whole or not at all, and open it.

    Args:
        path: The bundle's folder; an older bundle there is replaced.
        model: The trained network, on the CPU.
        spec: What it is.
        labels: Names of the labels, in the order of the outputs.
        told: What the card says.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: The ONNX graph differs from the network; nothing was written.
    """
    _check_free(path)
    card, files = _single(spec, labels, model, told)
    with new_folder(path) as folder:
        _write(folder, card, files)
    return load_bundle(path)


def save_ensemble(
    path: Path,
    *,
    spec: ModelSpec,
    labels: Sequence[str],
    parts: Mapping[str, SavedPart],
    fusion: Fusion,
    told: Told,
) -> Bundle:
    """Write an ensemble's bundle, whole or not at all, and open it.

    Args:
        path: The bundle's folder; an older bundle there is replaced.
        spec: The ensemble.
        labels: Names of the labels, in the order of the outputs.
        parts: By name the trained network of each part, with what is told of it.
        fusion: How they are weighted.
        told: What the card says.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: A part's ONNX graph differs from its network; nothing was written.
    """
    _check_free(path)
    files = _reference_files(told)
    made = {part.name: _single(part, labels, *parts[part.name]) for part in spec.parts}
    parity = max(card.parity for card, _ in made.values())
    card = _card(spec, labels, told, files, parity=parity, fusion=fusion.to_json())
    with new_folder(path) as folder:
        for name, (part_card, part_files) in made.items():
            _write(folder / PARTS_FOLDER / name, part_card, part_files)
        _write(folder, card, files)
    return load_bundle(path)


def load_torch(path: Path) -> nn.Module:
    """The network of a bundle, in evaluation mode on the CPU; of labels that were added later it knows nothing.

    Raises:
        InputError: There is no bundle, or it is damaged.
        FormatVersionError: It was written by another format version.
    """
    card = load_card(path)
    # Building draws fresh weights, which are thrown away: the caller's random state is none of their business.
    with torch.random.fork_rng(devices=[]):
        network = build_network(card.spec, len(card.network_labels))
    network.load_state_dict(load_tensors(read_verified(path, card, WEIGHTS_FILE)))
    return network.eval()


def _check_free(path: Path) -> None:
    if path.exists() and not (path / CARD_FILE).is_file() and not _is_empty_folder(path):
        raise InputError(f"{path} exists and is no model bundle, so it is not replaced; name another folder")


def _single(
    spec: ModelSpec, labels: Sequence[str], model: nn.Module, told: Told
) -> tuple[BundleCard, dict[str, bytes]]:
    """The card of a single model, and its files."""
    graph = export_onnx(model, spec)
    parity = check_parity(model, graph, spec)
    files = {GRAPH_FILE: graph, WEIGHTS_FILE: _weights(model), **_reference_files(told)}
    if spec.backbone is not None:
        settings = spec.backbone_settings
        files |= {file.name: content for file, content in zip(settings.files, read_graphs(settings), strict=True)}
    return _card(spec, labels, told, files, parity=parity), files


def _reference_files(told: Told) -> dict[str, bytes]:
    return {} if told.references is None else {REFERENCES_FILE: references_bytes(told.references)}


def _card(
    spec: ModelSpec,
    labels: Sequence[str],
    told: Told,
    files: Mapping[str, bytes],
    *,
    parity: float,
    fusion: Mapping[str, Any] | None = None,
) -> BundleCard:
    return BundleCard(
        spec=spec,
        labels=tuple(labels),
        songs=told.songs,
        slices=told.slices,
        split=told.split,
        scores=told.scores,
        training=told.training,
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        files={name: sha256_of(content) for name, content in files.items()},
        parity=parity,
        confidence=None if told.confidence is None else told.confidence.to_json(),
        fusion=fusion,
    )


def _write(folder: Path, card: BundleCard, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / CARD_FILE).write_bytes(json_bytes(card.to_json()))


def _weights(model: nn.Module) -> bytes:
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    return bytes(save_tensors(tensors))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None
