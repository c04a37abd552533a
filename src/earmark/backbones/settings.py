"""What decides a backbone's numbers: one frozen value, its stable key, and its JSON.

A stored embedding is addressed by the audio id of its track and by `BackboneSettings.key`, as a log-mel array is by
`earmark.audio.settings.FeatureSettings.key`. Name, licence and source are told, but decide no number, so they are no
part of the key.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from earmark.audio.frontends import FrontEnd, MusicnnMel, front_end_from_json, front_end_to_json
from earmark.errors import InputError

EMBEDDING_ALGORITHM_VERSION: Final = 1
"""Raised whenever the same settings would give other numbers, so that old arrays are not mixed with new ones."""

Layout = Literal["rows,bands", "bands,rows", "1,rows,bands", "1,bands,rows", "rows", "1,rows"]
"""The axes of a graph's input behind the batch: a patch's rows in time, its bands, and where an axis of 1 stands.
The last two are for waveforms, whose rows are samples and hold one value."""

LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BackboneFile:
    """A graph's file: its plain name, and the SHA-256 of its content as 64 hexadecimal digits."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if "/" in self.name or "\\" in self.name or self.name.startswith(".") or not self.name.endswith(".onnx"):
            raise InputError(f"a backbone's file is called by a plain name such as model.onnx, not {self.name!r}")
        if not _SHA256.fullmatch(self.sha256):
            raise InputError(f"the SHA-256 of {self.name} has to be 64 hexadecimal digits, but {self.sha256!r} came")


@dataclass(frozen=True, slots=True)
class BackboneSettings:
    """A backbone, and everything that decides its numbers.

    Attributes:
        name: What it is called on the shelf.
        files: The graphs; their outputs are put side by side.
        front_end: What turns samples into rows.
        patch_rows: Rows in one patch: frames, or samples of a waveform.
        patch_hop: Rows from one patch's start to the next.
        embedding_size: Values in a stored row, those of all files together.
        max_patches: At most so many patches of a track, spread evenly over it; None for all.
        layout: The axes of the graph's input behind the batch.
        input_name: The graph's input.
        output_name: The output that is kept, of shape (batch, size), or (batch, time, size) to be averaged over time.
        batch: Patches that the graph takes at once where it takes no other number; None for any number.
        weights: Names the weights where the files were built from them here, so that a file that another version of
            torch wrote a little differently has the same key; None for files that came as they are.
        licence: The weights' licence.
        source: Where the weights come from.

    Raises:
        InputError: A value is of the wrong type or out of range.
    """

    name: str
    files: tuple[BackboneFile, ...]
    patch_rows: int
    patch_hop: int
    embedding_size: int
    front_end: FrontEnd = field(default_factory=MusicnnMel)
    max_patches: int | None = None
    layout: Layout = "rows,bands"
    input_name: str = "patches"
    output_name: str = "embedding"
    batch: int | None = None
    weights: str | None = None
    licence: str = "unknown"
    source: str = "unknown"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InputError(
                f"a backbone's name is of small letters, digits, dots and hyphens, such as my-effnet, not {self.name!r}"
            )
        if not self.files:
            raise InputError(f"the backbone {self.name} has no files; name at least one")
        for name in ("patch_rows", "patch_hop", "embedding_size", "max_patches", "batch"):
            _check_count(name, getattr(self, name), optional=name in {"max_patches", "batch"})
        for name in ("input_name", "output_name", "licence", "source"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise InputError(f"backbone setting {name} must be a text, but {getattr(self, name)!r} came")
        if self.weights is not None and not isinstance(self.weights, str):
            raise InputError(f"backbone setting weights must be a text or null, but {self.weights!r} came")
        self._check_layout()

    def _check_layout(self) -> None:
        if self.layout not in LAYOUTS:
            listed = ", ".join(f'"{layout}"' for layout in LAYOUTS)
            raise InputError(f"backbone setting layout must be one of {listed}, but {self.layout!r} came")
        if "bands" not in self.layout and self.front_end.bands != 1:
            raise InputError(
                f"the layout {self.layout!r} has no bands, but the front-end has {self.front_end.bands} of them"
            )

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that change with whatever decides the numbers."""
        told = self.to_json()
        content = {name: value for name, value in told.items() if name not in {"name", "licence", "source", "files"}}
        # Files that were built here stand for their weights; the graph's bytes depend on the version of torch.
        content["content"] = self.weights if self.weights is not None else [file.sha256 for file in self.files]
        content["version"], content["what"] = EMBEDDING_ALGORITHM_VERSION, "backbone"
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.blake2b(canonical.encode(), digest_size=6).hexdigest()

    def patch_starts(self, n_rows: int) -> npt.NDArray[np.int64]:
        """Return the row at which each patch of a track starts.

        Args:
            n_rows: Rows of the whole track, at least 1.

        Returns:
            Shape ``(patches,)``, int64, ascending from 0 or more; one patch, at 0, where the track is shorter than it.
        """
        possible = np.arange(0, max(n_rows - self.patch_rows, 0) + 1, self.patch_hop, dtype=np.int64)
        if self.max_patches is None or len(possible) <= self.max_patches:
            return possible
        # From the middle of each of as many equal parts, so that neither intro nor ending is sought out.
        parts = (np.arange(self.max_patches) + 0.5) * (len(possible) / self.max_patches)
        return possible[parts.astype(np.int64)]

    def start_seconds(self, seconds: float) -> npt.NDArray[np.float64]:
        """Return the second at which each stored row of a track starts.

        Args:
            seconds: The track's length.

        Returns:
            Shape ``(patches,)``, float64.
        """
        starts = self.patch_starts(self.front_end.n_rows(self.n_samples(seconds)))
        return starts.astype(np.float64) * (self.front_end.hop_length / self.front_end.sample_rate)

    @property
    def patch_seconds(self) -> float:
        """Length of a patch in seconds."""
        return self.patch_rows * self.front_end.hop_length / self.front_end.sample_rate

    def n_samples(self, seconds: float) -> int:
        """Return how many samples a track of this length has at the front-end's rate, at least one."""
        return max(1, math.floor(seconds * self.front_end.sample_rate + 0.5))

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values that `from_json` reads back to an equal object."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        files = [{"name": file.name, "sha256": file.sha256} for file in self.files]
        return plain | {"files": files, "front_end": front_end_to_json(self.front_end)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "BackboneSettings":
        """Rebuild settings from `to_json`'s mapping; absent names that have defaults take them.

        Raises:
            InputError: A name is unknown or missing, or a value is of the wrong type or out of range.
        """
        check_names(data, cls)
        try:
            files = tuple(BackboneFile(name=file["name"], sha256=file["sha256"]) for file in data["files"])
        except (TypeError, KeyError) as error:
            raise InputError('files of a backbone are a list of {"name": ..., "sha256": ...}') from error
        front_end = data.get("front_end", {"kind": "musicnn-mel"})
        if not isinstance(front_end, Mapping):
            raise InputError(f'front_end of a backbone is a mapping with a "kind", but {front_end!r} came')
        return cls(**{**data, "files": files, "front_end": front_end_from_json(front_end)})


def check_names(data: Mapping[str, Any], cls: type[BackboneSettings], *, absent: tuple[str, ...] = ()) -> None:
    """Check that a mapping names a backbone's settings and nothing else.

    Args:
        data: The mapping.
        cls: The settings.
        absent: Names that may be missing although they have no default.

    Raises:
        InputError: A name is unknown or missing.
    """
    known = [one.name for one in fields(cls)]
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise InputError(f"a backbone's settings hold unknown names {unknown}; known: {', '.join(known)}")
    needed = ("name", "files", "patch_rows", "patch_hop", "embedding_size")
    missing = [name for name in needed if name not in data and name not in absent]
    if missing:
        raise InputError(f"a backbone's settings lack {', '.join(missing)}")


def _check_count(name: str, value: object, *, optional: bool) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"backbone setting {name} must be a whole number of at least 1, but {value!r} came")
