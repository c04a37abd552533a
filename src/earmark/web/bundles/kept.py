"""What is kept of going through a bundle's test songs: one JSON file for a bundle, made by a job, read by the server.

It belongs to the very bundle that it was made of: the hash of the bundle's card stands in it, and a file of another
card, or of another format, is as none.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.library.library import Library
from earmark.models.bundle import CARD_FILE
from earmark.models.files import sha256_of, write_json
from earmark.models.shelf import bundle_path

FOLDER, REPORTS = "judged", "reports"
VERSION = 1


@dataclass(frozen=True, slots=True)
class KeptJudgement:
    """What a bundle said of its test songs, and what follows from it, as plain values.

    Attributes:
        labels: Names of the labels, in the order of the indices.
        songs: The test songs: ``audio_id``, ``display``, ``truth`` and ``said`` (label indices), ``group`` and
            calibrated ``probabilities`` in the labels' order.
        told: Fields of `earmark.web.bundles.values.Judged`.
        spreads: Interval of recall and precision of each label, ``{"recall": ..., "precision": ...}``.
    """

    labels: list[str]
    songs: list[dict[str, Any]]
    told: dict[str, Any]
    spreads: list[dict[str, Any]]


def card_digest(library: Library, name: str) -> str:
    """The hash of a bundle's card, which changes whenever the bundle is trained again.

    Args:
        library: The library.
        name: The bundle's name, which is there.
    """
    return sha256_of((bundle_path(library, name) / CARD_FILE).read_bytes())


def keep(library: Library, name: str, judgement: KeptJudgement, *, digest: str) -> None:
    """Keep what came of going through a bundle's test songs.

    Args:
        library: The library.
        name: The bundle.
        judgement: What came of it.
        digest: `card_digest` of the bundle as it was opened.
    """
    content = {
        "format_version": VERSION,
        "card": digest,
        "labels": judgement.labels,
        "songs": judgement.songs,
        "told": judgement.told,
        "spreads": judgement.spreads,
    }
    write_json(_path(library, name), content)


def kept(library: Library, name: str) -> KeptJudgement | None:
    """Return what was kept of a bundle as it is now, None where there is nothing.

    Args:
        library: The library.
        name: The bundle's name, which is there.
    """
    path = _path(library, name)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format_version"] != VERSION or content["card"] != card_digest(library, name):
            return None
        return KeptJudgement(content["labels"], content["songs"], content["told"], content["spreads"])
    except (ValueError, KeyError, TypeError):  # damaged; it is made again when it is asked for
        return None


def report_path(library: Library, name: str) -> Path:
    """Where the full report of a bundle is kept; named after its card, so that an old one is not taken for it.

    Args:
        library: The library.
        name: The bundle's name, which is there.
    """
    return library.local_folder(REPORTS) / f"{name}-{card_digest(library, name)[:12]}.html"


def forget(library: Library, name: str) -> None:
    """Delete what is kept of a bundle that goes.

    Args:
        library: The library.
        name: The bundle's name, which is still there.
    """
    report_path(library, name).unlink(missing_ok=True)
    _path(library, name).unlink(missing_ok=True)


def _path(library: Library, name: str) -> Path:
    return library.local_folder(FOLDER) / f"{name}.json"
