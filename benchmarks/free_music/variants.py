"""Variants of Earmark's own network: single changes of its settings, which `choose.py` judges beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Variant:
    """The own network with something changed.

    Attributes:
        told: What is changed.
        training: Fields of `earmark.models.spec.DictionarySettings` that differ.
        slice_seconds: Length of a slice; the model's own where None.
    """

    told: str
    training: Mapping[str, Any] = field(default_factory=dict)
    slice_seconds: float | None = None

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        spec = model_spec("earmark").with_training(**self.training)
        return spec if self.slice_seconds is None else spec.with_slice_seconds(self.slice_seconds)


UNCHANGED = "earmark"

# The most telling first: whoever stops the command has these.
VARIANTS: dict[str, Variant] = {
    UNCHANGED: Variant("as it is"),
    "no-rhythm": Variant("without the block of rhythm", {"rhythm": False}),
    "scales-1": Variant("one dictionary, on single frames", {"scales": (1,)}),
    "scales-1-2-8": Variant("three dictionaries: 1, 2 and 8 frames averaged", {"scales": (1, 2, 8)}),
    "scales-1-4-16": Variant("three dictionaries: 1, 4 and 16 frames averaged", {"scales": (1, 4, 16)}),
    "slice-12": Variant("slices of 12 s", slice_seconds=12.0),
    "slice-3": Variant("slices of 3 s", slice_seconds=3.0),
    "atoms-256": Variant("256 atoms", {"atoms": 256}),
    "atoms-1024": Variant("1,024 atoms", {"atoms": 1024}),
    "embedding-64": Variant("64 dimensions of each block", {"embedding_size": 64}),
    "embedding-256": Variant("256 dimensions of each block", {"embedding_size": 256}),
    "silent-50": Variant("half of the patches pass an atom's threshold", {"silent": 0.5}),
    "silent-95": Variant("one patch in twenty passes it", {"silent": 0.95}),
    "components-40": Variant("40 principal components", {"components": 40}),
    "components-300": Variant("300 principal components", {"components": 300}),
    "hop-2": Variant("a patch every 2 frames", {"hop": 2}),
    "slice-20": Variant("slices of 20 s", slice_seconds=20.0),
    "slices-8": Variant("8 slices of a song", {"slices_per_song": 8}),
    "frames-16": Variant("patches of 16 frames", {"frames": 16}),
    "shrinkage-0": Variant("weights of blocks not held together", {"shrinkage": 0.0}),
    "shrinkage-50": Variant("weights of blocks held near their mean", {"shrinkage": 50.0}),
    "unbalanced": Variant("labels weigh by their songs", {"balanced": False}),
}
