"""What a contestant said of the test songs of one fold, and how it is kept: a JSON file for each."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.evaluation.confidence import Confidence
from earmark.models.files import write_json

FORMAT_VERSION = 2

READABLE_VERSIONS = (2, 1)
"""Version 1 knew nothing of confidence and variants."""


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """What a contestant said of the ``n`` test songs of one split.

    Attributes:
        contestant: Its name.
        split: Digest of the split.
        song_ids: The test songs.
        probabilities: float64 ``(n, L)``, rows summing to 1, as the model says them, not calibrated; by the slices'
            mean for a model that cuts slices.
        votes: Label indices by the slices' vote, int64 ``(n,)``; None where a song is one input, and of an ensemble.
        slice_calls: How many slices of each song were called each label, int64 ``(n, L)``; None likewise.
        seconds: What training and judging took.
        curves: A record for each epoch (or penalty) of a model's training; None where a number was not finite.
        confidence: How far the fold's model can be believed, learnt from songs that were held out of its training;
            None for a baseline, and where the fold was kept by a version that did not ask.
        variants: What an ensemble of fewer parts would say, float64 ``(n, L)`` by ``"without PART"`` or
            ``"only PART"``; empty for others.
    """

    contestant: str
    split: str
    song_ids: tuple[str, ...]
    probabilities: NDArray[np.float64]
    votes: NDArray[np.int64] | None
    slice_calls: NDArray[np.int64] | None
    seconds: float
    curves: tuple[Mapping[str, float | None], ...] = ()
    confidence: Confidence | None = None
    variants: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def estimate(self) -> NDArray[np.int64]:
        """Label index of each song, int64 ``(n,)``."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "format_version": FORMAT_VERSION,
            "contestant": self.contestant,
            "split": self.split,
            "song_ids": list(self.song_ids),
            "probabilities": self.probabilities.tolist(),
            "votes": None if self.votes is None else self.votes.tolist(),
            "slice_calls": None if self.slice_calls is None else self.slice_calls.tolist(),
            "seconds": self.seconds,
            "curves": [_finite(record) for record in self.curves],
            "confidence": None if self.confidence is None else self.confidence.to_json(),
            "variants": {name: values.tolist() for name, values in self.variants.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], *, what: str) -> "FoldResult":
        """Read what `to_json` made.

        Args:
            values: The plain values.
            what: What an error calls it.

        Raises:
            FormatVersionError: It has another format version.
            LibraryError: The values are no result.
        """
        try:
            if values["format_version"] not in READABLE_VERSIONS:
                remedy = "delete it; the same comparison makes it again"
                raise FormatVersionError(what, found=values["format_version"], expected=FORMAT_VERSION, remedy=remedy)
            n_songs = len(values["song_ids"])
            confidence = values.get("confidence")
            return cls(
                contestant=str(values["contestant"]),
                split=str(values["split"]),
                song_ids=tuple(values["song_ids"]),
                probabilities=np.asarray(values["probabilities"], dtype=np.float64).reshape(n_songs, -1),
                votes=None if values["votes"] is None else np.asarray(values["votes"], dtype=np.int64),
                slice_calls=None
                if values["slice_calls"] is None
                else np.asarray(values["slice_calls"], dtype=np.int64).reshape(n_songs, -1),
                seconds=float(values["seconds"]),
                curves=tuple(values["curves"]),
                confidence=None if confidence is None else Confidence.from_json(confidence),
                variants={
                    name: np.asarray(rows, dtype=np.float64).reshape(n_songs, -1)
                    for name, rows in values.get("variants", {}).items()
                },
            )
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise LibraryError(
                f"{what} is damaged ({type(error).__name__}: {error}); delete it to run it again"
            ) from error


def _finite(record: Mapping[str, float | None]) -> dict[str, float | None]:
    """A loss that overflowed is None: JSON has no word for it."""
    return {name: value if value is not None and math.isfinite(value) else None for name, value in record.items()}


@dataclass(frozen=True, slots=True)
class FoldStore:
    """A folder of finished folds, by which a comparison goes on after a kill and shares folds with others.

    Attributes:
        folder: Where the files are; made when the first one is written.
    """

    folder: Path

    def load(self, key: str) -> FoldResult | None:
        """The result under a key, or None where it is not finished.

        Raises:
            FormatVersionError: It has another format version.
            LibraryError: It is damaged.
        """
        for version in READABLE_VERSIONS:
            path = self._path(key, version)
            try:
                values = json.loads(path.read_text("utf-8"))
            except FileNotFoundError:
                continue
            except ValueError as error:
                raise LibraryError(f"{path} is damaged ({error}); delete it to run it again") from error
            return FoldResult.from_json(values, what=f"fold {path}")
        return None

    def save(self, key: str, result: FoldResult) -> None:
        """Keep a result."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self._path(key), result.to_json())

    def run_dir(self, key: str) -> Path:
        """Where a training keeps its checkpoints until its fold is finished."""
        # The version is in the name: what another one began is not gone on with.
        return self.folder / "running" / f"{key}.v{FORMAT_VERSION}"

    def _path(self, key: str, version: int = FORMAT_VERSION) -> Path:
        # The version is in the name: folds of one that cannot be read are not found, and made again.
        return self.folder / f"{key}.v{version}.json"
