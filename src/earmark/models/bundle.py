"""Model bundles: what `predict`, `similar` and `serve` load, with no torch and nothing pickled.

A bundle is a folder of three files: ``card.json`` (`earmark.models.card.BundleCard`), ``model.onnx`` (run here) and
``weights.safetensors`` (for torch, see `earmark.models.saving.load_torch`). The card holds the other two's SHA-256.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from earmark.errors import InputError
from earmark.evaluation.splits import Split, split_from_json
from earmark.models.card import BundleCard, read_card
from earmark.models.files import sha256_of
from earmark.models.inputs import SongSource, input_columns, input_shape, song_inputs
from earmark.models.onnx_classifier import OnnxClassifier
from earmark.models.song import SongPrediction, predict_song
from earmark.models.spec import ModelSpec

CARD_FILE = "card.json"
GRAPH_FILE: Literal["model.onnx"] = "model.onnx"
WEIGHTS_FILE: Literal["weights.safetensors"] = "weights.safetensors"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded model bundle.

    Attributes:
        path: Its folder.
        card: Everything about the model but its weights.
        classifier: The model, run by ONNX Runtime.
    """

    path: Path
    card: BundleCard
    classifier: OnnxClassifier

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the outputs."""
        return self.card.labels

    @property
    def spec(self) -> ModelSpec:
        """The model with its feature settings."""
        return self.card.spec

    def predict_song(self, source: SongSource, index: int = 0) -> SongPrediction:
        """What the model says of one song.

        Args:
            source: Songs, such as `earmark.models.inputs.OneSong` for a single file.
            index: Which of them.

        Raises:
            InputError: The song's features do not fit the model's settings.
            MetadataError: The model needs BPM and key, and the song has none.
        """
        return predict_song(self.classifier, song_inputs(self.spec, source, index))


def load_bundle(path: Path, *, threads: int = 0) -> Bundle:
    """Open a bundle for prediction.

    Args:
        path: The bundle's folder.
        threads: Threads of one operator; 0 for all cores.

    Raises:
        InputError: There is no bundle, a file is missing, or its content is not what the card says.
        FormatVersionError: It was written by another format version.
    """
    card = load_card(path)
    graph = read_verified(path, card, GRAPH_FILE)
    return Bundle(path, card, OnnxClassifier(graph, input_shape=input_shape(card.spec), threads=threads))


def load_card(path: Path) -> BundleCard:
    """The card of a bundle, without its weights.

    Raises:
        InputError: There is no bundle, or its card is damaged.
        FormatVersionError: It was written by another format version.
    """
    card = path / CARD_FILE
    if not card.is_file():
        raise InputError(f"there is no model bundle at {path}: expected a folder with {CARD_FILE} in it")
    return read_card(card.read_bytes(), name=str(path))


def read_verified(path: Path, card: BundleCard, name: Literal["model.onnx", "weights.safetensors"]) -> bytes:
    """The bytes of one of a bundle's files, when they are those that were saved.

    Raises:
        InputError: The file is missing, or its hash is not the card's.
    """
    file = path / name
    if not file.is_file():
        raise InputError(f"model bundle {path} is incomplete: {name} is missing; copy or train it again")
    content = file.read_bytes()
    if sha256_of(content) != card.files.get(name):
        raise InputError(
            f"model bundle {path} is damaged: {name} is not the file its card describes; copy or train it again"
        )
    return content


def coefficients(bundle: Bundle) -> dict[str, list[tuple[str, float]]]:
    """What a ``metadata`` model goes by: each label's coefficients, largest first.

    They belong to standardised columns where the model standardises (a coefficient is then the change of the label's
    log-odds for one deviation of the column, or for an indicator being set), else to the raw columns, as the reference
    study lists them.

    Returns:
        By label, pairs of column name and coefficient.

    Raises:
        InputError: The bundle holds another kind of model.
    """
    if bundle.spec.kind != "metadata":
        raise InputError(f"only metadata models have coefficients to list; this is {bundle.spec.name}")
    weight = _weights(bundle)["head.weight"]
    names = input_columns(bundle.spec)
    ranked = {}
    for label, row in zip(bundle.labels, weight, strict=True):
        order = np.argsort(-row, kind="stable")
        ranked[label] = [(names[column], float(row[column])) for column in order]
    return ranked


def _weights(bundle: Bundle) -> dict[str, Any]:
    from safetensors.numpy import load

    weights: dict[str, Any] = load(read_verified(bundle.path, bundle.card, WEIGHTS_FILE))
    return weights


def bundle_split(bundle: Bundle) -> Split:
    """The split that a bundle was trained with.

    Raises:
        InputError: The bundle carries none.
        SplitError: It is damaged.
        FormatVersionError: It is of another format version.
    """
    values = {name: value for name, value in bundle.card.split.items() if name != "digest"}
    if not values:
        raise InputError(f"bundle {bundle.path} carries no split, so its test songs are not known; train it again")
    return split_from_json(values, what=f"split of bundle {bundle.path}")
