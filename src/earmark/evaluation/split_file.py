"""A split: which songs are for training, validation and test, kept in a JSON file with its seed.

The file carries a format version and is written whole or not at all. `Split.check` holds a split against the
songs as they are now and refuses one that leaks, by name.
"""

import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from earmark.errors import FormatVersionError, SplitError, UnknownNameError
from earmark.evaluation.groups import (
    Apart,
    Song,
    SplitMode,
    apart_keys,
    checked_mode,
    distinct_songs,
    group_ids,
    listed,
)

FORMAT_VERSION = 1

PartName: TypeAlias = Literal["train", "validation", "test"]
PART_NAMES: tuple[PartName, ...] = ("train", "validation", "test")

DISJOINT: dict[SplitMode, str] = {
    "song": "song-disjoint",
    "release": "release-disjoint",
    "artist": "artist-disjoint",
    "by-label": "label-by-label disjoint",
}
"""What a split of each mode is called."""

_APART_WORDS: dict[SplitMode, str] = {
    "song": "song",
    "release": "release",
    "artist": "artist",
    "by-label": "artist or release",
}


class PartCounts(NamedTuple):
    """How many songs of a label are in each part."""

    train: int
    validation: int
    test: int


class Fold(NamedTuple):
    """Which of several folds a split is: ``number`` of ``k``, in the ``repeat``-th dealing (all from 0)."""

    number: int
    k: int
    repeat: int


@dataclass(frozen=True, slots=True)
class Split:
    """Which songs are for training, validation and test.

    Attributes:
        mode: What the parts do not share.
        seed: The seed it was made with.
        test_fraction: The share of songs that was asked for as test.
        validation_fraction: The share of the rest that was asked for as validation.
        train: Ids, sorted.
        validation: Ids, sorted.
        test: Ids, sorted.
        labels: The labels' names, sorted; their order is the order of label indices.
        counts: For each label the songs it has in each part.
        notes: Facts worth a warning, such as a label without validation songs.
        fold: Which fold it is, or None for a split on its own.
        apart: For ``by-label``, what holds each label's songs apart; empty for the other modes.
    """

    mode: SplitMode
    seed: int
    test_fraction: float
    validation_fraction: float
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    labels: tuple[str, ...]
    counts: tuple[PartCounts, ...]
    notes: tuple[str, ...] = ()
    fold: Fold | None = None
    apart: Mapping[str, Apart] = field(default_factory=dict, hash=False)

    def parts(self) -> dict[PartName, tuple[str, ...]]:
        """The ids of each part by its name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def part_of(self) -> dict[str, PartName]:
        """The part of each song id."""
        return {song_id: part for part, ids in self.parts().items() for song_id in ids}

    def group_ids(self, songs: Sequence[Song]) -> NDArray[np.int64]:
        """Which of these songs the split keeps together, int64 ``(n,)``, numbered from 0.

        Args:
            songs: All songs of the split that are still there; of some of them alone, a chain of shared artists may
                not be seen.
        """
        return group_ids(songs, self.mode, apart=self.apart or None)

    @property
    def digest(self) -> str:
        """16 hex digits that tell this split from others, from a SHA-256 over its mode and parts."""
        told = json.dumps([self.mode, *self.parts().values()])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The split as plain values, with its format version."""
        values = asdict(self)
        values["counts"] = {label: count._asdict() for label, count in zip(self.labels, self.counts, strict=True)}
        values["fold"] = self.fold._asdict() if self.fold else None
        return {"format_version": FORMAT_VERSION, **values}

    def save(self, path: Path | str) -> None:
        """Write the split to a local JSON file, whole or not at all."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        try:
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(self.to_json(), file, indent=1, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @staticmethod
    def load(path: Path | str) -> "Split":
        """Read a split from a JSON file.

        Raises:
            SplitError: The file is missing or is no split.
            FormatVersionError: It has another format version.
        """
        source = Path(path)
        try:
            values = json.loads(source.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SplitError(f"cannot read a split from {source}: {error}") from error
        return split_from_json(values, what=f"split {source}")

    def check(self, songs: Sequence[Song]) -> None:
        """Hold the split against the songs as they are now; songs that it does not name are left aside.

        Args:
            songs: Every song that the split names, and perhaps others that came later.

        Raises:
            SplitError: A song is in two parts, or is not among ``songs``; or has a label that the split does
                not know; or parts share a release or artist that the mode keeps apart. The message has the
                names.
        """
        by_id = {song.id: song for song in distinct_songs(songs)}
        placed = [(song_id, part) for part, ids in self.parts().items() for song_id in ids]
        times = Counter(song_id for song_id, _ in placed)
        twice = [by_id[i].shown if i in by_id else i for i, count in times.items() if count > 1]
        if twice:
            raise SplitError(f"the split leaks: {_told(twice, 'song')} in it more than once: {listed(twice)}")
        unknown = [song_id for song_id in times if song_id not in by_id]
        if unknown:
            raise SplitError(
                f"the split names {len(unknown)} songs that are not here: {listed(unknown)}; "
                "scan the music it was made from, or make a new split"
            )
        self._check_labels([by_id[song_id] for song_id in times])
        self._check_apart([(by_id[song_id], part) for song_id, part in placed])

    def _check_labels(self, songs: Sequence[Song]) -> None:
        strange = sorted({song.label for song in songs} - set(self.labels))
        if strange:
            raise SplitError(
                f"the split was made for labels {listed(self.labels)}, but its songs are now also of "
                f"{listed(strange)}; make a new split"
            )

    def _check_apart(self, placed: Sequence[tuple[Song, PartName]]) -> None:
        where: dict[str, set[PartName]] = {}
        apart = apart_keys([song for song, _ in placed], self.mode, apart=self.apart or None)
        for (_, part), keys in zip(placed, apart, strict=True):
            for key in keys:
                where.setdefault(key, set()).add(part)
        shared = [
            f"{key} ({', '.join(part for part in PART_NAMES if part in parts)})"
            for key, parts in sorted(where.items())
            if len(parts) > 1
        ]
        if shared:
            told = _told(shared, _APART_WORDS[self.mode])
            raise SplitError(
                f"the split leaks: it is {DISJOINT[self.mode]}, but {told} in more than one part: "
                f"{listed(shared)}; make a new split from the songs as they are now"
            )


def _told(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what} is" if len(names) == 1 else f"{len(names)} {what}s are"


def split_from_json(values: Mapping[str, Any], *, what: str = "split") -> Split:
    """Build a split from what `Split.to_json` gave.

    Args:
        values: The plain values.
        what: What a message calls it, such as ``"split /music/split.json"``.

    Raises:
        SplitError: The values are no split.
        FormatVersionError: They have another format version.
    """
    if not isinstance(values, Mapping) or "format_version" not in values:
        raise SplitError(f"{what} is no split: expected a JSON object with a format_version")
    if values["format_version"] != FORMAT_VERSION:
        raise FormatVersionError(
            what,
            found=values["format_version"],
            expected=FORMAT_VERSION,
            remedy="make the split again with this Earmark, or use the Earmark that wrote it",
        )
    try:
        labels = tuple(values["labels"])
        return Split(
            mode=checked_mode(values["mode"]),
            seed=int(values["seed"]),
            test_fraction=float(values["test_fraction"]),
            validation_fraction=float(values["validation_fraction"]),
            train=tuple(values["train"]),
            validation=tuple(values["validation"]),
            test=tuple(values["test"]),
            labels=labels,
            counts=tuple(PartCounts(**values["counts"][label]) for label in labels),
            notes=tuple(values["notes"]),
            fold=Fold(**values["fold"]) if values["fold"] else None,
            apart=dict(values.get("apart", {})),  # splits that were made before there was by-label have none
        )
    except (KeyError, TypeError, ValueError, UnknownNameError) as error:
        raise SplitError(f"{what} is damaged ({type(error).__name__}: {error}); make it again") from error
