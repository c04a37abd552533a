"""Predictions of files, kept in a folder, so that a triage that was interrupted goes on where it was.

A prediction is found again by the file's path, size and time of change, and by the bundle that made it: none of these
needs the sound to be decoded. Each lies in a safetensors file of a few kilobytes, with the track as JSON in its header;
the slices' embeddings are not kept. A file that cannot be read counts as not there: it costs hearing the track again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import MetadataError
from earmark.library.discovery import FoundFile
from earmark.models.bundle import CARD_FILE, Bundle
from earmark.models.files import write_file
from earmark.models.predict import FilePrediction
from earmark.models.song import SongPrediction, Verdict

SHELF_VERSION = 1
"""Part of every file's name, so that predictions in an older form are made anew."""

_HEADER = "earmark.heard"
_PART = "part "


def bundle_digest(bundle: Bundle) -> str:
    """Hexadecimal digest of everything that a bundle predicts with: its card and those of its parts.

    A card holds the hashes of the files beside it.
    """
    digest = hashlib.sha256()
    for card in sorted(bundle.path.rglob(CARD_FILE)):
        digest.update(card.relative_to(bundle.path).as_posix().encode() + b"\0" + card.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class HeardShelf:
    """A folder of predictions by one bundle.

    Attributes:
        folder: The folder; it is made when something is put there.
        digest: The bundle's digest.
    """

    folder: Path
    digest: str

    def find(self, file: FoundFile, labels: tuple[str, ...]) -> FilePrediction | None:
        """The prediction of a file that was heard before; None where there is none that can be read.

        Args:
            file: The file as it is now.
            labels: The bundle's labels.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            content = self._path(file).read_bytes()
            length = int.from_bytes(content[:8], "little")
            told = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
            return _prediction(told, load(content), labels)
        except (OSError, SafetensorError, MetadataError, ValueError, KeyError, TypeError):
            return None

    def put(self, file: FoundFile, prediction: FilePrediction) -> None:
        """Keep a file's prediction.

        Args:
            file: The file as it was found.
            prediction: What was said of it.
        """
        from safetensors.numpy import save

        song = prediction.song
        tensors = {
            "slice_log_probs": song.slice_log_probs,
            "slice_starts_seconds": song.slice_starts_seconds,
            "vote": song.vote.probabilities,
            "mean": song.mean.probabilities,
            "embedding": song.embedding,
            **{f"{_PART}{name}": values for name, values in song.parts.items()},
        }
        told = {
            "track": prediction.track.to_json(),
            "in_training": prediction.in_training,
            "padded": song.padded,
            "vote": song.vote.label,
            "mean": song.mean.label,
        }
        plain = {name: np.ascontiguousarray(values) for name, values in tensors.items()}
        write_file(self._path(file), bytes(save(plain, metadata={_HEADER: json.dumps(told, ensure_ascii=False)})))

    def clear(self) -> None:
        """Forget everything, also what other bundles said."""
        for path in self.folder.glob("*.safetensors"):
            path.unlink(missing_ok=True)

    def _path(self, file: FoundFile) -> Path:
        told = f"{SHELF_VERSION}\0{self.digest}\0{file.path}\0{file.size}\0{file.mtime_ns}"
        return self.folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.safetensors"


def _prediction(
    told: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]], labels: tuple[str, ...]
) -> FilePrediction:
    song = SongPrediction(
        slice_log_probs=tensors["slice_log_probs"],
        slice_starts_seconds=tensors["slice_starts_seconds"],
        vote=Verdict(int(told["vote"]), tensors["vote"]),
        mean=Verdict(int(told["mean"]), tensors["mean"]),
        embedding=tensors["embedding"],
        slice_embeddings=np.zeros((0, len(tensors["embedding"])), np.float32),
        padded=bool(told["padded"]),
        parts={name.removeprefix(_PART): values for name, values in tensors.items() if name.startswith(_PART)},
    )
    return FilePrediction(Track.from_json(told["track"]), labels, song, bool(told["in_training"]))
