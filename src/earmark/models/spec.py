"""What a model is before it has learnt anything: its kind, its inputs and how it is trained.

A `ModelSpec` is a frozen value; `ModelSpec.with_slice_seconds` and `ModelSpec.with_training` return changed
copies. It is written to a bundle's card and read back, so that training, evaluation and prediction share one set of
settings. An unknown key in its JSON is an error, never ignored.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from earmark.audio.settings import FeatureSettings
from earmark.backbones.settings import BackboneSettings
from earmark.errors import InputError, UnknownNameError
from earmark.library.rows import StoredFeature

ModelKind = Literal["crnn", "mfcc", "metadata", "earmark", "probe", "ensemble"]
"""What a model is: a network on slices of log-mel (the published ``crnn``, or Earmark's own), on a song's mean MFCCs, a
regression on its tags, a regression on a backbone's embeddings, or several of those fused."""

SLICED: tuple[ModelKind, ...] = ("crnn", "earmark")
"""Kinds that cut a song's log-mel into slices."""

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
    """How a multinomial logistic regression is fitted: L2, its strength chosen on songs that were held out.

    Attributes:
        inverse_penalties: Values of C that are tried.
        balanced: Whether songs are weighted by the inverse frequency of their label.
        parts: Parts that training and validation songs together are dealt into; each is once held out, the value of C
            that makes the held-out songs most likely wins, and the last fit is on all of them. None for the published
            way: the value with the best accuracy on the validation songs wins, the first among equals.
    """

    inverse_penalties: tuple[float, ...]
    balanced: bool = False
    parts: int | None = None

    def __post_init__(self) -> None:
        _check_penalties(self.inverse_penalties)
        if self.parts is not None and self.parts < 2:
            raise InputError(f"parts must be at least 2, got {self.parts}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionarySettings:
    """How Earmark's own network is made; `earmark.models.dictionary` says what each layer is.

    Attributes:
        scales: For each dictionary, how many frames are averaged into one.
        frames: Averaged frames of a patch.
        rhythm: Whether there is a block of rhythm as well.
        components: Principal components of the patches of each scale.
        atoms: Atoms of each dictionary.
        hop: Frames from one patch to the next; a whole averaged frame at least.
        ridge: Added to each component's variance before whitening, as a share of the largest.
        silent: Share of patches below an atom's threshold, in [0, 1).
        patches: Patches that each dictionary is learnt from, about.
        rounds: Rounds of spherical k-means.
        slices_per_song: Slices of a song that statistics and classifier are learnt from, at most.
        embedding_size: Size of each block's share of the embedding.
        shrinkage: Strength of the pull of the blocks' weights towards their mean, in pseudo-songs.
        inverse_penalties: Values of C of the classifier that are tried; the one that makes held-out songs most likely
            wins.
        parts: Parts that the songs are dealt into; each is once held out of the classifier's training.
        balanced: Whether songs are weighted by the inverse frequency of their label.
    """

    scales: tuple[int, ...] = (1, 4)
    frames: int = 8
    rhythm: bool = True
    components: int = 120
    atoms: int = 512
    hop: int = 4
    ridge: float = 0.01
    silent: float = 0.8
    patches: int = 20_000
    rounds: int = 8
    slices_per_song: int = 32
    embedding_size: int = 128
    shrinkage: float = 5.0
    inverse_penalties: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3)
    parts: int = 5
    balanced: bool = True

    def __post_init__(self) -> None:
        if not self.scales or min(self.scales) < 1:
            raise InputError(f"scales must be one or more numbers of frames of at least 1, got {self.scales}")
        for name, least in (*((one, 1) for one in _COUNTS), ("parts", 2)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}")
        if not 0 <= self.silent < 1 or not 0 < self.ridge < float("inf"):
            raise InputError("silent must be in [0, 1) and ridge a number above 0")
        if not 0 <= self.shrinkage < float("inf"):
            raise InputError(f"shrinkage must be a number of at least 0, got {self.shrinkage}")
        _check_penalties(self.inverse_penalties)

    @property
    def blocks(self) -> int:
        """How many blocks stand side by side."""
        return len(self.scales) + self.rhythm


_COUNTS = ("frames", "components", "atoms", "hop", "patches", "rounds", "slices_per_song", "embedding_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionSettings:
    """How an ensemble's parts are stacked on predictions of songs that they had not learnt.

    Attributes:
        parts_of_songs: Parts that the songs are dealt into for the out-of-fold predictions of regressions.
        shrinkage: Strength of the pull of all weights towards the mean of the parts, in pseudo-songs.
    """

    parts_of_songs: int = 4
    shrinkage: float = 20.0

    def __post_init__(self) -> None:
        if self.parts_of_songs < 2 or not 0 <= self.shrinkage < float("inf"):
            raise InputError("parts_of_songs must be at least 2 and shrinkage a number of at least 0")


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
        backbone: The backbone that a probe reads, by name until `earmark.models.ready.ready` has looked it up.
        training: How the model is trained.
        parts: The models that an ensemble fuses.
    """

    name: str
    kind: ModelKind
    summary: str
    source: str
    features: FeatureSettings | None = None
    slice_seconds: float | None = None
    standardise: bool = False
    impute: bool = False
    backbone: str | BackboneSettings | None = None
    training: TrainingSettings | DictionarySettings | RegressionSettings | FusionSettings
    parts: "tuple[ModelSpec, ...]" = ()

    def __post_init__(self) -> None:
        for name, given, kinds in (
            ("features", self.features, (*SLICED, "mfcc")),
            ("slice_seconds", self.slice_seconds, SLICED),
            ("backbone", self.backbone, ("probe",)),
            ("parts", self.parts or None, ("ensemble",)),
        ):
            if (self.kind in kinds) != (given is not None):
                raise InputError(f"{name} belongs to models of the kinds {', '.join(kinds)}, and each of them needs it")
        if not isinstance(self.training, _SETTINGS[self.kind]):
            raise InputError(f"a {self.kind} model takes {_SETTINGS[self.kind].__name__}")
        if self.standardise and self.kind in (*SLICED, "ensemble"):
            raise InputError(f"a {self.kind} model normalises its own inputs, so it takes no standardise")
        if self.impute and self.kind != "metadata":
            raise InputError("impute belongs to metadata models")
        if len({part.name for part in self.parts}) != len(self.parts) or any(p.kind == "ensemble" for p in self.parts):
            raise InputError("an ensemble's parts are single models with names of their own")

    @property
    def stored(self) -> tuple[StoredFeature, ...]:
        """Everything that must be stored of a track for this model to read it.

        Raises:
            InputError: A backbone is known by name only (see `earmark.models.ready.ready`).
        """
        if self.backbone is not None:
            return (self.backbone_settings,)
        own: tuple[StoredFeature, ...] = () if self.features is None else (self.features,)
        return tuple(dict.fromkeys((*own, *(one for part in self.parts for one in part.stored))))

    @property
    def reads_tags(self) -> bool:
        """Whether the model, or a part of it, reads tempo and key."""
        return any(one.kind == "metadata" for one in (self, *self.parts))

    @property
    def heard_slice_seconds(self) -> float | None:
        """Length of the slices whose verdicts are told: the model's own, or those of the part that cuts slices."""
        lengths = (self.slice_seconds, *(part.slice_seconds for part in self.parts))
        return next((length for length in lengths if length is not None), None)

    @property
    def backbone_settings(self) -> BackboneSettings:
        """The backbone that a probe reads.

        Raises:
            InputError: It is known by name only, or the model reads none.
        """
        if not isinstance(self.backbone, BackboneSettings):
            raise InputError(f"the backbone of model {self.name} is not looked up yet")
        return self.backbone

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
        if self.kind not in SLICED:
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
        plain["backbone"] = self.backbone.to_json() if isinstance(self.backbone, BackboneSettings) else self.backbone
        plain["parts"] = [part.to_json() for part in self.parts]
        plain["training"] = asdict(self.training)
        plain["training"] = {name: _listed(value) for name, value in plain["training"].items()}
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ModelSpec":
        """The spec that `to_json` wrote.

        Raises:
            InputError: A key is unknown or missing.
        """
        values = _checked(cls, plain)
        features, backbone = values["features"], values["backbone"]
        kind = _SETTINGS.get(values["kind"])
        if kind is None:
            raise UnknownNameError("kind of model", str(values["kind"]), tuple(_SETTINGS))
        settings = _checked(kind, values["training"])
        values["training"] = kind(**{name: _tupled(value) for name, value in settings.items()})
        values["features"] = None if features is None else FeatureSettings.from_json(features)
        values["backbone"] = BackboneSettings.from_json(backbone) if isinstance(backbone, Mapping) else backbone
        values["parts"] = tuple(cls.from_json(part) for part in values["parts"])
        return cls(**values)


_SETTINGS: dict[ModelKind, type[Any]] = {
    "crnn": TrainingSettings,
    "mfcc": TrainingSettings,
    "earmark": DictionarySettings,
    "metadata": RegressionSettings,
    "probe": RegressionSettings,
    "ensemble": FusionSettings,
}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_penalties(values: tuple[float, ...]) -> None:
    if not values or any(not 0 < c < float("inf") for c in values):
        raise InputError(f"inverse_penalties must be one or more numbers above 0, got {values}")


def _checked(kind: type[Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as a dict when its keys are exactly the dataclass's fields."""
    expected, found = {field.name for field in fields(kind)}, set(plain)
    if expected != found:
        raise InputError(
            f"a stored {kind.__name__} should have the keys {sorted(expected)}; "
            f"missing: {sorted(expected - found)}, unknown: {sorted(found - expected)}"
        )
    return dict(plain)
