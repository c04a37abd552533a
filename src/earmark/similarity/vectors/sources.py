"""What makes a library's vectors: one of its bundles, a backbone, or plain MFCCs where there is neither.

A source has a key, and vectors are kept under it: those of two sources are never compared. The key changes with
whatever decides the numbers, so that a bundle that was trained again asks for new vectors.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earmark.audio.settings import PRESETS
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import backbones, find_backbone
from earmark.errors import InputError
from earmark.library.library import Library
from earmark.models.bundle import CARD_FILE, load_card
from earmark.models.ensemble import embedding_size
from earmark.models.shelf import bundle_paths, find_bundle
from earmark.models.spec import ModelSpec
from earmark.similarity.vectors.pooling import POOLING_VERSION

SourceKind = Literal["bundle", "backbone", "mfcc"]
"""What a source is."""

N_MFCC = 40
"""Coefficients of a ``mfcc`` source, without the one that is the level; their means and deviations are the vector."""

CONTROL = "random"
"""A backbone whose name ends so is a control for experiments, and never chosen by itself."""

_PUBLISHED_SIZES = {"crnn": 32, "mfcc": 256}
"""Width of the last layer before the classification, of the kinds whose specs do not tell it."""


@dataclass(frozen=True, slots=True)
class VectorSource:
    """What makes vectors.

    Attributes:
        kind: What it is.
        name: How it is shown: the bundle's folder, the backbone's name, or ``mfcc``.
        key: Twelve hexadecimal digits that change with whatever decides the numbers.
        size: Numbers in a vector.
        folder: The bundle's folder; None for the other kinds.
        backbone: The backbone; None for the other kinds.
        note: What a user should know of a choice that was made for them; empty where there is nothing to say.
    """

    kind: SourceKind
    name: str
    key: str
    size: int
    folder: Path | None = None
    backbone: BackboneSettings | None = None
    note: str = ""

    @property
    def shown(self) -> str:
        """The source in words."""
        return "MFCCs" if self.kind == "mfcc" else f"the {self.kind} {self.name}"

    @property
    def command(self) -> str:
        """The command that makes its vectors."""
        if self.kind == "mfcc":
            return "earmark embed --mfcc"
        return f"earmark embed --{self.kind} {self.name if self.folder is None else self.folder}"


def find_source(
    library: Library, *, bundle: Path | None = None, backbone: str | None = None, mfcc: bool = False
) -> VectorSource:
    """Say what makes a library's vectors.

    Where nothing is asked for: the newest bundle that hears sound; else a backbone of the shelf, first the one of which
    the library holds most embeddings; else MFCCs.

    Args:
        library: The library.
        bundle: A bundle's folder, or its name in the library.
        backbone: A backbone's name.
        mfcc: Whether MFCCs are asked for.

    Raises:
        UnknownNameError: There is no such bundle or backbone.
        InputError: More than one is asked for, or the bundle hears no sound.
    """
    if sum((bundle is not None, backbone is not None, mfcc)) > 1:
        raise InputError("vectors come from one source: name a bundle, or a backbone, or ask for MFCCs")
    if bundle is not None:
        return bundle_source(find_bundle(bundle, library))
    if backbone is not None:
        return backbone_source(find_backbone(backbone))
    return mfcc_source() if mfcc else _default_source(library)


def bundle_source(folder: Path) -> VectorSource:
    """The source that a bundle is.

    Args:
        folder: The bundle's folder.

    Raises:
        InputError: There is no bundle, or it hears no sound.
    """
    size = vector_size(load_card(folder).spec)
    if not size:
        raise InputError(f"the bundle {folder.name} hears no sound, only tags; name one that does with --bundle")
    digest = hashlib.blake2b(digest_size=16)
    # A card holds the hashes of the files beside it, so that the cards stand for the whole bundle.
    for card in sorted(folder.rglob(CARD_FILE)):
        digest.update(card.relative_to(folder).as_posix().encode() + b"\0" + card.read_bytes())
    return VectorSource("bundle", folder.name, _key("bundle", digest.hexdigest()), size, folder=folder)


def backbone_source(settings: BackboneSettings) -> VectorSource:
    """The source that a backbone is.

    Args:
        settings: A backbone of the shelf.
    """
    key = _key("backbone", settings.key)
    return VectorSource("backbone", settings.name, key, settings.embedding_size, backbone=settings)


def mfcc_source() -> VectorSource:
    """The source that needs no network: means and deviations of MFCCs."""
    return VectorSource("mfcc", "mfcc", _key("mfcc", PRESETS["paper"].key, str(N_MFCC)), 2 * N_MFCC)


def vector_size(spec: ModelSpec) -> int:
    """Numbers in a vector of a model; 0 where it hears no sound.

    Args:
        spec: The model.
    """
    if spec.parts:
        return sum(vector_size(part) for part in spec.parts)
    if spec.kind == "metadata":
        return 0
    return _PUBLISHED_SIZES[spec.kind] if spec.kind in _PUBLISHED_SIZES else embedding_size(spec)


def _default_source(library: Library) -> VectorSource:
    for folder in bundle_paths(library):
        if vector_size(load_card(folder).spec):
            return bundle_source(folder)
    shelf = [one for one in backbones().values() if not one.name.endswith(CONTROL)]
    if shelf:
        held = Counter(settings for _, settings in library.feature_records(shelf))
        best = max(shelf, key=lambda one: held[one.key])
        return _noted(backbone_source(best), f"There is no trained bundle yet; the backbone {best.name} is used.")
    told = "There is neither a trained bundle nor a backbone; plain MFCCs are used, which tell little but timbre."
    return _noted(mfcc_source(), told)


def _noted(source: VectorSource, note: str) -> VectorSource:
    return VectorSource(source.kind, source.name, source.key, source.size, source.folder, source.backbone, note)


def _key(*parts: str) -> str:
    told = "\0".join((*parts, f"pooling {POOLING_VERSION}"))
    return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()
