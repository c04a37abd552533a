"""Registered models made small enough for a test."""

from dataclasses import replace

from earmark.models.spec import ModelSpec, TrainingSettings


def small(spec: ModelSpec) -> ModelSpec:
    """A ready model with slices of 1 s, and two epochs or few atoms; so are an ensemble's parts."""
    if spec.kind == "earmark":
        few = {"components": 12, "atoms": 16, "embedding_size": 10, "patches": 600, "rounds": 3, "frames": 4}
        return spec.with_slice_seconds(1.0).with_training(scales=(1, 2), **few)
    if isinstance(spec.training, TrainingSettings):
        spec = spec.with_training(max_epochs=2, batch_size=6)
    if spec.kind == "crnn":
        return spec.with_slice_seconds(1.0)
    return replace(spec, parts=tuple(small(part) for part in spec.parts))
