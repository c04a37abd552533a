"""What is compared: trained models and the baselines that no model may be shown without, all under the same folds."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from earmark.errors import InputError, UnknownNameError
from earmark.models.ready import ready
from earmark.models.registry import model_spec
from earmark.models.spec import ModelKind, ModelSpec, TrainingSettings

Baseline = Literal["majority", "artist look-up", "metadata only", "shortcut only"]
"""The largest label; a look-up of the artists' names; a forest on BPM, key and length; a forest on codec, bit rate,
sample rate, channels, loudness, stereo width and bandwidth."""

BASELINES: tuple[Baseline, ...] = get_args(Baseline)

BASELINES_VERSION = 1
"""Goes up when a baseline says something else of the same songs, so that its old folds are not taken for new ones."""

OWN_MODELS_VERSION = 1
"""Goes up when the training of a kind in `OWN_KINDS` makes something else of the same songs and settings."""

OWN_KINDS: tuple[ModelKind, ...] = ("earmark", "probe", "metadata", "ensemble")
"""Kinds whose training may still change. The published networks' is settled, and hours of it lie in kept folds."""

DEFAULT_MODELS = ("earmark", "crnn", "mfcc", "metadata")


@dataclass(frozen=True, slots=True)
class Contestant:
    """One line of the comparison.

    Attributes:
        name: What the tables call it.
        baseline: Which baseline it is, or None for a model.
        spec: The model, or None for a baseline.
        repeats: How many dealings of the songs it takes part in, from the first one on; all where None.
    """

    name: str
    baseline: Baseline | None = None
    spec: ModelSpec | None = None
    repeats: int | None = None

    @property
    def key(self) -> str:
        """A name for files, the same for all contestants that say the same of a fold, whatever they are called."""
        spec = None if self.spec is None else _told(self.spec.to_json())
        versions = [BASELINES_VERSION] if self.baseline is not None else []
        if self.spec is not None and self.spec.kind in OWN_KINDS:
            versions = [OWN_MODELS_VERSION]
        told = json.dumps([self.baseline, spec, *versions], sort_keys=True)
        name = self.baseline or (self.spec.name if self.spec else self.name)
        return f"{name.replace(' ', '-')}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


def _told(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec's plain values without those that it does not use: what came later must not rename what was before."""
    told = {name: value for name, value in spec.items() if name not in _LATER or value}
    return told | ({"parts": [_told(part) for part in told["parts"]]} if "parts" in told else {})


_LATER = ("backbone", "parts")


def make_contestants(
    models: Sequence[str] = DEFAULT_MODELS,
    *,
    baselines: Sequence[Baseline] = BASELINES,
    slice_seconds: Sequence[float] = (),
    max_epochs: int | None = None,
    slow: Sequence[str] = (),
) -> tuple[Contestant, ...]:
    """Make contestants from the names of models; each that cuts slices once for each slice length.

    Args:
        models: Names of `earmark.models.registry.MODELS`.
        baselines: Which baselines stand beside them.
        slice_seconds: Slice lengths in seconds of models that cut slices; each model's own where empty.
        max_epochs: Epochs at most for networks; each model's own where None.
        slow: Those of the models that take part in the first dealing of the songs only.

    Returns:
        The models in the order given, then the baselines.

    Raises:
        UnknownNameError: There is no such model, or a slow one is not among the models.
        InputError: A name or length comes twice, a length is not above 0, lengths were given and no model cuts slices,
            or epochs were limited and no model has any.
    """
    specs = [_limited(model_spec(name), max_epochs) for name in models]
    for what, values in (("model", models), ("slice length", slice_seconds)):
        if len(set(values)) != len(values):
            raise InputError(f"expected each {what} once, got {', '.join(map(str, values))}")
    if slice_seconds and not any(spec.kind == "crnn" for spec in specs):
        raise InputError(f"slice lengths belong to models that cut slices, and none of {', '.join(models)} does")
    if max_epochs is not None and not any(isinstance(spec.training, TrainingSettings) for spec in specs):
        raise InputError(f"epochs belong to networks, and none of {', '.join(models)} is one; drop --max-epochs")
    for name in slow:
        if name not in models:
            raise UnknownNameError("slow model among those compared", name, models)
    contestants: list[Contestant] = []
    for spec in specs:
        repeats = 1 if spec.name in slow else None
        if spec.kind == "crnn" and slice_seconds:
            contestants += [
                Contestant(f"{spec.name} {seconds:g} s", spec=spec.with_slice_seconds(seconds), repeats=repeats)
                for seconds in slice_seconds
            ]
        else:
            contestants.append(Contestant(spec.name, spec=spec, repeats=repeats))
    refuse_doubles(contestants)
    return (*contestants, *(Contestant(name, baseline=name) for name in baselines))


def _limited(spec: ModelSpec, max_epochs: int | None) -> ModelSpec:
    if max_epochs is None or not isinstance(spec.training, TrainingSettings):
        return spec
    return spec.with_training(max_epochs=max_epochs)


@dataclass(frozen=True, slots=True)
class ReadyContestants:
    """Contestants whose backbones were looked up.

    Attributes:
        contestants: Those that can take part.
        not_run: Why the others cannot, by name.
        notes: What some go on without.
    """

    contestants: tuple[Contestant, ...]
    not_run: dict[str, str]
    notes: tuple[str, ...]


def ready_contestants(contestants: Sequence[Contestant]) -> ReadyContestants:
    """Look up the backbones of contestants; an ensemble goes on without a part whose backbone is missing.

    Args:
        contestants: Models and baselines.
    """
    kept: list[Contestant] = []
    not_run: dict[str, str] = {}
    notes: list[str] = []
    for one in contestants:
        try:
            spec, told = (None, ()) if one.spec is None else ready(one.spec)
        except InputError as error:
            not_run[one.name] = str(error)
            continue
        kept.append(replace(one, spec=spec))
        notes += told
    return ReadyContestants(tuple(kept), not_run, tuple(notes))


def refuse_doubles(contestants: Sequence[Contestant]) -> None:
    """Refuse two contestants of one name, of which one would hide the other.

    Raises:
        InputError: A name comes twice.
    """
    names = [one.name for one in contestants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"expected contestants with names of their own, got {', '.join(twice)} more than once")
