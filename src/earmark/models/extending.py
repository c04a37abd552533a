"""A ready bundle with one label more, written as a bundle of its own; nothing here needs torch."""

import datetime
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence
from earmark.models.added import AddedLabel, added_bytes
from earmark.models.bundle import ADDED_FILE, CARD_FILE, REFERENCES_FILE, Bundle, load_bundle
from earmark.models.card import BundleCard
from earmark.models.files import json_bytes, new_folder, sha256_of
from earmark.models.references import References, references_bytes


def write_extended(
    bundle: Bundle,
    path: Path,
    *,
    added: AddedLabel,
    references: References,
    confidence: Confidence | None,
    record: Mapping[str, Any],
) -> Bundle:
    """Write a bundle with one label more, whole or not at all, and open it.

    Args:
        bundle: The bundle as it is.
        path: Folder of the new one; the bundle's own replaces it.
        added: The label.
        references: The catalogue with the label's songs.
        confidence: How sure the model with the label is; None where that is not known.
        record: What is told of the label, plain values: ``songs`` and ``slices`` that it was learnt from, and more.

    Raises:
        InputError: Something else stands at the path.
    """
    if path.exists() and path.resolve() != bundle.path.resolve():
        raise InputError(f"{path} is there already; give the new bundle another name with --name, or remove that one")
    files = {ADDED_FILE: added_bytes((*bundle.added, added)), REFERENCES_FILE: references_bytes(references)}
    card = _card(bundle.card, added.name, files, confidence, record)
    with new_folder(path) as folder:
        shutil.copytree(bundle.path, folder, dirs_exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / CARD_FILE).write_bytes(json_bytes(card.to_json()))
    return load_bundle(path)


def _card(
    card: BundleCard, name: str, files: Mapping[str, bytes], confidence: Confidence | None, record: Mapping[str, Any]
) -> BundleCard:
    return replace(
        card,
        labels=(*card.labels, name),
        songs=_counted(card.songs, name, int(record["songs"])),
        slices=_counted(card.slices, name, int(record["slices"])),
        training={**card.training, "added": [*card.training.get("added", ()), {"name": name, **record}]},
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        files={**card.files, **{file: sha256_of(content) for file, content in files.items()}},
        confidence=None if confidence is None else confidence.to_json(),
    )


def _counted(counts: Mapping[str, Mapping[str, int]], name: str, learnt: int) -> dict[str, dict[str, int]]:
    """Counts by part and label, with the new label's: it has songs to learn from and no others."""
    return {part: {**of, name: learnt if part == "train" else 0} for part, of in counts.items()}
