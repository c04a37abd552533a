"""Model bundles: what `predict`, `similar` and `serve` load, with no torch and nothing pickled.

A bundle is a folder. A single model's holds ``card.json`` (`earmark.models.card.BundleCard`), ``model.onnx`` (run here)
and ``weights.safetensors`` (for torch, see `earmark.models.saving.load_torch`); a probe's also the graphs of its
backbone, so that it can be copied anywhere. An ensemble's holds a card, and a bundle of each part under ``parts``.
Either may hold ``references.safetensors``, what it remembers of its catalogue, and ``added.safetensors``, labels that
were added to it when it was ready (`earmark.models.added`). The card holds the SHA-256 of each file beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.splits import Split, split_from_json
from earmark.models.added import AddedLabel, ExtendedModel, read_added
from earmark.models.card import BundleCard, read_card
from earmark.models.ensemble import METADATA_PART, FusedModel
from earmark.models.explaining import Knowledge
from earmark.models.files import sha256_of
from earmark.models.fusion import Fusion
from earmark.models.inputs import SongSource, input_columns, input_shape
from earmark.models.onnx_classifier import OnnxClassifier
from earmark.models.references import References, read_references
from earmark.models.song import SingleModel, SliceClassifier, SongModel, SongPrediction
from earmark.models.spec import ModelSpec

CARD_FILE = "card.json"
GRAPH_FILE: Literal["model.onnx"] = "model.onnx"
WEIGHTS_FILE: Literal["weights.safetensors"] = "weights.safetensors"
REFERENCES_FILE = "references.safetensors"
ADDED_FILE = "added.safetensors"
PARTS_FOLDER = "parts"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded model bundle.

    Attributes:
        path: Its folder.
        card: Everything about the model but its weights.
        single: The model, run by ONNX Runtime; None for an ensemble.
        parts: The bundles of an ensemble's parts by name; empty for a single model.
        references: What it remembers of its catalogue; None where it carries none.
        added: Labels that were added to the ready model, in order; the last ones of `labels`.
    """

    path: Path
    card: BundleCard
    single: SliceClassifier | None
    parts: "Mapping[str, Bundle]" = field(default_factory=dict)
    references: References | None = None
    added: tuple[AddedLabel, ...] = ()

    @property
    def classifier(self) -> SliceClassifier:
        """The model that hears slices, run by ONNX Runtime; of labels that were added later it knows nothing.

        Raises:
            InputError: It is an ensemble, which has one in each part.
        """
        if self.single is None:
            raise InputError(f"{self.spec.name} is an ensemble: its parts have classifiers of their own")
        return self.single

    @property
    def model(self) -> SongModel:
        """The model as songs are asked of it, with the labels that were added to it."""
        fusion = None if self.card.fusion is None else Fusion.from_json(self.card.fusion)
        model: SongModel
        if self.single is not None:
            model = SingleModel(self.spec, self.single)
        else:
            parts = {name: part.model for name, part in self.parts.items()}
            model = FusedModel(self.spec, parts, fusion or Fusion.from_json({}))
        for label in self.added:
            model = ExtendedModel(model, label, self.spec, fusion)
        return model

    @property
    def confidence(self) -> Confidence | None:
        """How sure it is; None where it was trained without songs held out."""
        return None if self.card.confidence is None else Confidence.from_json(self.card.confidence)

    @property
    def knowledge(self) -> Knowledge:
        """What explanations read of it."""
        fusion = None if self.card.fusion is None else Fusion.from_json(self.card.fusion)
        return Knowledge(self.labels, self.spec, self.confidence, self.references, fusion)

    @property
    def backbone_folders(self) -> dict[str, Path]:
        """By the key of a backbone's settings, the folder in which its graphs lie."""
        own = {} if self.spec.backbone is None else {self.spec.backbone_settings.key: self.path}
        return own | {key: folder for part in self.parts.values() for key, folder in part.backbone_folders.items()}

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
        return self.model.predict(source, index)


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
    references = None
    if REFERENCES_FILE in card.files:
        references = read_references(read_verified(path, card, REFERENCES_FILE), name=str(path))
    added = _added(path, card)
    if card.spec.parts:
        parts = {part.name: load_bundle(path / PARTS_FOLDER / part.name, threads=threads) for part in card.spec.parts}
        return Bundle(path, card, None, parts, references, added)
    graph = read_verified(path, card, GRAPH_FILE)
    if card.spec.backbone is not None:
        for file in card.spec.backbone_settings.files:
            read_verified(path, card, file.name)  # opened later, by the processes that hear files
    single = OnnxClassifier(graph, input_shape=input_shape(card.spec), threads=threads)
    return Bundle(path, card, single, references=references, added=added)


def _added(path: Path, card: BundleCard) -> tuple[AddedLabel, ...]:
    added = read_added(read_verified(path, card, ADDED_FILE), name=str(path)) if ADDED_FILE in card.files else ()
    if card.labels != (*card.network_labels, *(one.name for one in added)):
        raise InputError(f"model bundle {path} is damaged: its added labels are not those of its card; copy it again")
    return added


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


def read_verified(path: Path, card: BundleCard, name: str) -> bytes:
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
    if METADATA_PART in bundle.parts:
        return coefficients(bundle.parts[METADATA_PART])
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
