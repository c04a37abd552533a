"""What a contestant said of the test songs of one fold, and how it is kept: a JSON file for each."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import FormatVersionError, LibraryError
from earmark.models.files import write_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """What a contestant said of the ``n`` test songs of one split.

    Attributes:
        contestant: Its name.
        split: Digest of the split.
        song_ids: The test songs.
        probabilities: float64 ``(n, L)``, rows summing to 1; by the slices' mean for a model that cuts slices.
        votes: Label indices by the slices' vote, int64 ``(n,)``; None where a song is one input.
        slice_calls: How many slices of each song were called each label, int64 ``(n, L)``; None likewise.
        seconds: What training and judging took.
        curves: A record for each epoch (or penalty) of a model's training; None where a number was not finite.
    """

    contestant: str
    split: str
    song_ids: tuple[str, ...]
    probabilities: NDArray[np.float64]
    votes: NDArray[np.int64] | None
    slice_calls: NDArray[np.int64] | None
    seconds: float
    curves: tuple[Mapping[str, float | None], ...] = ()

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
            if values["format_version"] != FORMAT_VERSION:
                remedy = "delete it; the same comparison makes it again"
                raise FormatVersionError(what, found=values["format_version"], expected=FORMAT_VERSION, remedy=remedy)
            n_songs = len(values["song_ids"])
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
            )
        except (KeyError, TypeError, ValueError) as error:
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
        path = self._path(key)
        try:
            values = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LibraryError(f"{path} is damaged ({error}); delete it to run it again") from error
        return FoldResult.from_json(values, what=f"fold {path}")

    def save(self, key: str, result: FoldResult) -> None:
        """Keep a result."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self._path(key), result.to_json())

    def run_dir(self, key: str) -> Path:
        """Where a training keeps its checkpoints until its fold is finished."""
        return self.folder / "running" / key

    def _path(self, key: str) -> Path:
        # The version is in the name: folds of another one are not found, and made again.
        return self.folder / f"{key}.v{FORMAT_VERSION}.json"
