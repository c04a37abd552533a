"""Makes a model ready for use: backbones that are known by name are looked up on the shelf."""

from dataclasses import replace

from earmark.backbones.shelf import backbones, find_backbone
from earmark.errors import InputError
from earmark.models.spec import ModelSpec


def ready(spec: ModelSpec) -> tuple[ModelSpec, tuple[str, ...]]:
    """The spec with its backbones looked up.

    An ensemble goes on without a part whose backbone is not on the shelf.

    Args:
        spec: Any model.

    Returns:
        The spec, and a note on each part that was left out.

    Raises:
        UnknownNameError: A probe's backbone is not on the shelf; the message says how to get it.
        InputError: No part of an ensemble is left.
    """
    if isinstance(spec.backbone, str):
        return replace(spec, backbone=find_backbone(spec.backbone)), ()
    if not spec.parts:
        return spec, ()
    there = set(backbones())
    missing = [part for part in spec.parts if isinstance(part.backbone, str) and part.backbone not in there]
    kept = tuple(ready(part)[0] for part in spec.parts if part not in missing)
    if not kept:
        raise InputError(f"no part of {spec.name} can be trained: get a backbone with `earmark backbones get musicnn`")
    notes = tuple(
        f"{part.name} left out of {spec.name}: the backbone {part.backbone} is not installed "
        f"(`earmark backbones get {part.backbone}`)"
        for part in missing
    )
    return replace(spec, parts=kept), notes
