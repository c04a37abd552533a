"""What is compared: trained models and the baselines that no model may be shown without, all under the same folds."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from earmark.errors import InputError
from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec

Baseline = Literal["majority", "artist look-up", "metadata only", "shortcut only"]
"""The largest label; a look-up of the artists' names; a forest on BPM, key and length; a forest on codec, bit rate,
sample rate, channels, loudness, stereo width and bandwidth."""

BASELINES: tuple[Baseline, ...] = get_args(Baseline)

BASELINES_VERSION = 1
"""Goes up when a baseline says something else of the same songs, so that its old folds are not taken for new ones."""

DEFAULT_MODELS = ("crnn", "mfcc", "metadata")


@dataclass(frozen=True, slots=True)
class Contestant:
    """One line of the comparison.

    Attributes:
        name: What the tables call it.
        baseline: Which baseline it is, or None for a model.
        spec: The model, or None for a baseline.
    """

    name: str
    baseline: Baseline | None = None
    spec: ModelSpec | None = None

    @property
    def key(self) -> str:
        """A name for files, the same for all contestants that say the same of a fold, whatever they are called."""
        spec = None if self.spec is None else self.spec.to_json()
        version = None if self.baseline is None else BASELINES_VERSION
        told = json.dumps([self.baseline, spec, *([] if version is None else [version])], sort_keys=True)
        name = self.baseline or (self.spec.name if self.spec else self.name)
        return f"{name.replace(' ', '-')}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


def make_contestants(
    models: Sequence[str] = DEFAULT_MODELS,
    *,
    baselines: Sequence[Baseline] = BASELINES,
    slice_seconds: Sequence[float] = (),
    max_epochs: int | None = None,
) -> tuple[Contestant, ...]:
    """Make contestants from the names of models; each that cuts slices once for each slice length.

    Args:
        models: Names of `earmark.models.registry.MODELS`.
        baselines: Which baselines stand beside them.
        slice_seconds: Slice lengths in seconds of models that cut slices; each model's own where empty.
        max_epochs: Epochs at most for networks; each model's own where None.

    Returns:
        The models in the order given, then the baselines.

    Raises:
        UnknownNameError: There is no such model.
        InputError: A name or length comes twice, a length is not above 0, lengths were given and no model cuts slices,
            or epochs were limited and no model has any.
    """
    specs = [_limited(model_spec(name), max_epochs) for name in models]
    for what, values in (("model", models), ("slice length", slice_seconds)):
        if len(set(values)) != len(values):
            raise InputError(f"expected each {what} once, got {', '.join(map(str, values))}")
    if slice_seconds and not any(spec.kind == "crnn" for spec in specs):
        raise InputError(f"slice lengths belong to models that cut slices, and none of {', '.join(models)} does")
    if max_epochs is not None and all(spec.kind == "metadata" for spec in specs):
        raise InputError(f"epochs belong to networks, and none of {', '.join(models)} is one; drop --max-epochs")
    contestants: list[Contestant] = []
    for spec in specs:
        if spec.kind == "crnn" and slice_seconds:
            contestants += [
                Contestant(f"{spec.name} {seconds:g} s", spec=spec.with_slice_seconds(seconds))
                for seconds in slice_seconds
            ]
        else:
            contestants.append(Contestant(spec.name, spec=spec))
    refuse_doubles(contestants)
    return (*contestants, *(Contestant(name, baseline=name) for name in baselines))


def _limited(spec: ModelSpec, max_epochs: int | None) -> ModelSpec:
    return spec if max_epochs is None or spec.kind == "metadata" else spec.with_training(max_epochs=max_epochs)


def refuse_doubles(contestants: Sequence[Contestant]) -> None:
    """Refuse two contestants of one name, of which one would hide the other.

    Raises:
        InputError: A name comes twice.
    """
    names = [one.name for one in contestants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"expected contestants with names of their own, got {', '.join(twice)} more than once")
