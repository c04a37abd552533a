"""What a model is before it has learnt anything: its kind, its inputs and how it is trained.

A `ModelSpec` is a frozen value; `ModelSpec.with_slice_seconds` and `ModelSpec.with_training` return changed
copies. It is written to a bundle's card and read back, so that training, evaluation and prediction share one set of
settings. An unknown key in its JSON is an error, never ignored.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeVar

from earmark.audio.settings import FeatureSettings
from earmark.errors import InputError, UnknownNameError

ModelKind = Literal["crnn", "mfcc", "metadata"]
"""What a model reads: slices of log-mel, a song's mean MFCCs, or its tags."""

Precision = Literal["float32", "bfloat16"]
"""Arithmetic of the training step; ``bfloat16`` is autocast and falls back where the processor lacks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a network is trained, by Adam on the cross-entropy of slices.

    Attributes:
        learning_rate: Adam's step size in the first epoch.
        learning_rate_decay: Factor on the learning rate after each epoch, in (0, 1].
        batch_size: Slices in a step.
        max_epochs: Epochs at most.
        patience: Epochs without a better validation loss after which training stops.
        balanced: Whether each slice's loss is weighted by the inverse frequency of its label.
        precision: Arithmetic of the training step.
        slices_per_song: Slices drawn from each song in an epoch, at random places, or ``None`` for every slice
            of the non-overlapping grid, as published.
    """

    learning_rate: float = 1e-3
    learning_rate_decay: float = 1.0
    batch_size: int = 16
    max_epochs: int = 200
    patience: int = 10
    balanced: bool = False
    precision: Precision = "float32"
    slices_per_song: int | None = None

    def __post_init__(self) -> None:
        whole = {name: getattr(self, name) for name in ("batch_size", "max_epochs", "patience")}
        if self.slices_per_song is not None:
            whole["slices_per_song"] = self.slices_per_song
        for name, value in whole.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"{name} must be a whole number of at least 1, got {value!r}")
        if not 0 < self.learning_rate < float("inf"):
            raise InputError(f"learning_rate must be above 0, got {self.learning_rate}")
        if not 0 < self.learning_rate_decay <= 1:
            raise InputError(f"learning_rate_decay must be above 0 and at most 1, got {self.learning_rate_decay}")
        if self.precision not in ("float32", "bfloat16"):
            raise UnknownNameError("precision", str(self.precision), ("float32", "bfloat16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionSettings:
    """How a multinomial logistic regression is fitted: L2, its strength chosen by validation accuracy.

    Attributes:
        inverse_penalties: Values of C that are tried; the first of those with the best accuracy wins.
        balanced: Whether songs are weighted by the inverse frequency of their label.
    """

    inverse_penalties: tuple[float, ...]
    balanced: bool = False

    def __post_init__(self) -> None:
        if not self.inverse_penalties or any(not 0 < c < float("inf") for c in self.inverse_penalties):
            raise InputError(f"inverse_penalties must be one or more numbers above 0, got {self.inverse_penalties}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model that can be trained, by name.

    Attributes:
        name: Name in the registry.
        kind: What the model reads.
        summary: One line for the listing.
        source: Where the settings come from: a paper, the reference study, or this project.
        features: Log-mel settings that the model reads, or ``None`` where it reads no sound.
        slice_seconds: Nominal slice length in seconds, or ``None`` where a song is one input.
        standardise: Whether input columns, but for indicators, are scaled to mean 0 and deviation 1 over the training
            songs.
        impute: Whether a missing BPM or key is filled in and marked (``metadata`` only); else it is refused.
        training: How the model is trained.
    """

    name: str
    kind: ModelKind
    summary: str
    source: str
    features: FeatureSettings | None = None
    slice_seconds: float | None = None
    standardise: bool = False
    impute: bool = False
    training: TrainingSettings | RegressionSettings

    def __post_init__(self) -> None:
        if (self.kind == "metadata") != (self.features is None):
            raise InputError(f"a {self.kind} model {'has no' if self.kind == 'metadata' else 'needs'} feature settings")
        if (self.kind == "crnn") != (self.slice_seconds is not None):
            raise InputError("slice_seconds belongs to crnn models, and each of them needs it")
        if (self.kind == "metadata") != isinstance(self.training, RegressionSettings):
            raise InputError("metadata models take RegressionSettings, the others TrainingSettings")
        if self.standardise and self.kind == "crnn":
            raise InputError("a crnn model normalises its own inputs: standardise belongs to mfcc and metadata")
        if self.impute and self.kind != "metadata":
            raise InputError("impute belongs to metadata models")

    @property
    def slice_frames(self) -> int | None:
        """Frames of one slice, or ``None`` where a song is one input."""
        if self.features is None or self.slice_seconds is None:
            return None
        return self.features.frames_for(self.slice_seconds)

    def with_slice_seconds(self, seconds: float) -> "ModelSpec":
        """This spec with slices of another nominal length in seconds.

        Raises:
            InputError: The model has no slices, or the length is not above 0.
        """
        if self.kind != "crnn":
            raise InputError(f"model {self.name} reads a song as one input, so it has no slice length to set")
        if not 0 < seconds < float("inf"):
            raise InputError(f"a slice length must be above 0 seconds, got {seconds}")
        return replace(self, slice_seconds=float(seconds))

    def with_training(self, **changes: Any) -> "ModelSpec":
        """This spec with fields of its training settings replaced, such as ``max_epochs=20``.

        Raises:
            UnknownNameError: This kind of model has no such setting.
            InputError: A value is out of range.
        """
        known = tuple(field.name for field in fields(self.training))
        for name in changes:
            if name not in known:
                raise UnknownNameError(f"training setting of model {self.name}", name, known)
        return replace(self, training=replace(self.training, **changes))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a bundle's card."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["features"] = None if self.features is None else self.features.to_json()
        plain["training"] = asdict(self.training)
        if isinstance(self.training, RegressionSettings):
            plain["training"]["inverse_penalties"] = list(self.training.inverse_penalties)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ModelSpec":
        """The spec that `to_json` wrote.

        Raises:
            InputError: A key is unknown or missing.
        """
        values = _checked(cls, plain)
        features, training = values["features"], values["training"]
        if values["kind"] == "metadata":
            settings = _checked(RegressionSettings, training)
            settings["inverse_penalties"] = tuple(settings["inverse_penalties"])
            values["training"] = RegressionSettings(**settings)
        else:
            values["training"] = TrainingSettings(**_checked(TrainingSettings, training))
        values["features"] = None if features is None else FeatureSettings.from_json(features)
        return cls(**values)


_Settings = TypeVar("_Settings", ModelSpec, TrainingSettings, RegressionSettings)


def _checked(kind: type[_Settings], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as a dict when its keys are exactly the dataclass's fields."""
    expected, found = {field.name for field in fields(kind)}, set(plain)
    if expected != found:
        raise InputError(
            f"a stored {kind.__name__} should have the keys {sorted(expected)}; "
            f"missing: {sorted(expected - found)}, unknown: {sorted(found - expected)}"
        )
    return dict(plain)
