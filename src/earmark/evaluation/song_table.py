"""Songs in a fixed order with their labels and groups as indices, and the split that parts of them make.

Says in names why songs cannot be split, and which facts about a split deserve a warning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.errors import SplitError
from earmark.evaluation.groups import (
    Apart,
    Song,
    SplitMode,
    checked_mode,
    distinct_songs,
    group_ids,
    held_apart,
    linking_names,
    listed,
    release_key,
)
from earmark.evaluation.split_file import PART_NAMES, Fold, PartCounts, Split

TRAIN, VALIDATION, TEST = range(3)

GROUP_WORDS: dict[SplitMode, str] = {
    "song": "song",
    "release": "release",
    "artist": "artist group",
    "by-label": "group",
}
REMEDIES: dict[SplitMode, str] = {
    "song": "add songs of it, or leave the label out",
    "release": "use --split song, add other releases of it, or leave the label out",
    "artist": "use --split release, add songs by other artists, or leave the label out",
    "by-label": "add songs of it, or leave the label out",
}
LARGE_GROUP = 0.3
"""A group with more than this share of all songs is told of: the part it is in is mostly that group."""
FAR_SHARE = 0.1
"""A label whose test share is further than this (and than one song) from what was asked is told of."""


@dataclass(frozen=True, slots=True, eq=False)
class SongTable:
    """Songs ordered by id, with indices beside them.

    Attributes:
        mode: What groups them.
        songs: The songs, ``n`` of them.
        labels: Their labels' names, sorted, ``L`` of them.
        label_of: int64 ``(n,)`` in ``[0, L)``.
        group_of: int64 ``(n,)``; songs of one group must stay in one part.
        apart: For ``by-label``, what holds each label apart; empty for the other modes.
    """

    mode: SplitMode
    songs: tuple[Song, ...]
    labels: tuple[str, ...]
    label_of: NDArray[np.int64]
    group_of: NDArray[np.int64]
    apart: Mapping[str, Apart] = field(default_factory=dict)

    @staticmethod
    def of(songs: Sequence[Song], mode: str) -> "SongTable":
        """Order and index songs.

        Raises:
            SplitError: There are none, an id came twice, or a label has only one group.
            UnknownNameError: There is no such mode.
        """
        checked = checked_mode(mode)
        ordered = distinct_songs(songs)
        if not ordered:
            raise SplitError("expected songs to split, got none; scan music with labels first")
        labels = tuple(sorted({song.label for song in ordered}))
        index = {label: position for position, label in enumerate(labels)}
        label_of = np.array([index[song.label] for song in ordered], dtype=np.int64)
        apart = held_apart(ordered) if checked == "by-label" else {}
        groups = group_ids(ordered, checked, apart=apart or None)
        table = SongTable(checked, tuple(ordered), labels, label_of, groups, apart)
        table._require_two_groups()
        return table

    def groups_per_label(self) -> NDArray[np.int64]:
        """How many groups hold songs of each label, int64 ``(L,)``."""
        pairs = np.unique(np.stack([self.label_of, self.group_of]), axis=1)
        return np.bincount(pairs[0], minlength=len(self.labels)).astype(np.int64)

    def _require_two_groups(self) -> None:
        lone = np.flatnonzero(self.groups_per_label() < 2).tolist()
        if not lone:
            return
        told = "; ".join(self._lone_label(label) for label in lone[:5])
        more = f"; and {len(lone) - 5} more labels" if len(lone) > 5 else ""
        raise SplitError(f"cannot have every label in training and in test: {told}{more}; {REMEDIES[self.mode]}")

    def _lone_label(self, label: int) -> str:
        members = [song for song, own in zip(self.songs, self.label_of, strict=True) if own == label]
        name, word = repr(self.labels[label]), GROUP_WORDS[self.mode]
        if len(members) == 1:
            return f"label {name} has only one song, {members[0].shown!r}"
        if self.mode != "release":
            group = self.group_of[int(np.flatnonzero(self.label_of == label)[0])]
            linked = self._members(int(group))
            names = linking_names(linked)
            return (
                f"label {name} has only one {word}: all its {len(members)} songs hang together through shared artists; "
                f"those on most of the group's {len(linked)} songs: {names}"
            )
        return f"label {name} has only one {word}, {members[0].release!r} ({len(members)} songs)"

    def _members(self, group: int) -> list[Song]:
        return [self.songs[at] for at in np.flatnonzero(self.group_of == group)]

    def counts(self, parts: NDArray[np.int64]) -> tuple[PartCounts, ...]:
        """Each label's songs per part, given each song's part ``(n,)`` as TRAIN, VALIDATION or TEST."""
        table = np.bincount(self.label_of * 3 + parts, minlength=3 * len(self.labels)).reshape(-1, 3)
        return tuple(PartCounts(*row) for row in table.tolist())

    def split(
        self,
        parts: NDArray[np.int64],
        *,
        seed: int,
        test_fraction: float,
        validation_fraction: float,
        fold: Fold | None = None,
    ) -> Split:
        """Make the split in which each song has its part.

        Args:
            parts: int64 ``(n,)``: TRAIN, VALIDATION or TEST for each song.
            seed: What the split was made with.
            test_fraction: What was asked for.
            validation_fraction: What was asked for.
            fold: Which fold it is, if it is one.

        Raises:
            SplitError: A label has no song in training, or (unless this is a fold) none in test.
        """
        counts = self.counts(parts)
        for part, count_at in (("training", TRAIN), ("test", TEST)):
            missing = [label for label, count in zip(self.labels, counts, strict=True) if not count[count_at]]
            if missing and (fold is None or count_at == TRAIN):
                raise SplitError(
                    f"found no way to have every label in training and in test with each "
                    f"{GROUP_WORDS[self.mode]} whole: {listed(missing)} would have no song in {part}; "
                    f"{REMEDIES[self.mode]}"
                )
        ids = [tuple(self.songs[at].id for at in np.flatnonzero(parts == part)) for part in range(len(PART_NAMES))]
        return Split(
            mode=self.mode,
            seed=int(seed),
            test_fraction=test_fraction,
            validation_fraction=validation_fraction,
            train=ids[TRAIN],
            validation=ids[VALIDATION],
            test=ids[TEST],
            labels=self.labels,
            counts=counts,
            notes=tuple(self._notes(parts, counts, test_fraction)),
            fold=fold,
            apart=self.apart,
        )

    def _notes(self, parts: NDArray[np.int64], counts: Sequence[PartCounts], test_fraction: float) -> list[str]:
        groups = self.groups_per_label()
        training = self._groups_in_training(parts)
        notes = []
        for at, (label, count) in enumerate(zip(self.labels, counts, strict=True)):
            where = f"label {label!r}: {training[at]} of {groups[at]} {GROUP_WORDS[self.mode]}s in training"
            absent = [name for name, songs in zip(PART_NAMES, count, strict=True) if not songs]
            if absent:
                notes.append(f"{where}; no {' and no '.join(absent)} song")
            elif abs(count.test - test_fraction * sum(count)) > max(1.0, FAR_SHARE * sum(count)):
                notes.append(
                    f"{where}; {count.test} of its {sum(count)} songs in test, {test_fraction:.0%} was asked for"
                )
        return notes + self._group_notes(parts)

    def _groups_in_training(self, parts: NDArray[np.int64]) -> NDArray[np.int64]:
        held = parts == TRAIN
        pairs = np.unique(np.stack([self.label_of[held], self.group_of[held]]), axis=1)
        return np.bincount(pairs[0], minlength=len(self.labels)).astype(np.int64)

    def _stands_alone(self, song: Song) -> bool:
        """Whether the song lacks what would group it with others."""
        kind = self.apart[song.label] if self.mode == "by-label" else self.mode
        if kind == "artist":
            return not song.artist_keys
        return kind == "release" and release_key(song) is None

    def standing_notes(self) -> list[str]:
        """What deserves a warning about these songs, however they are dealt."""
        notes = self._told_by_label()
        nameless = sum(self._stands_alone(song) for song in self.songs)
        if nameless:
            what = "artist or release" if self.mode == "by-label" else self.mode
            notes.append(f"{nameless} of {len(self.songs)} songs have no {what} given; each counts as its own group")
        return notes

    def _told_by_label(self) -> list[str]:
        labels_of: dict[str, list[str]] = {}
        for label, by in self.apart.items():
            labels_of.setdefault(by, []).append(label)
        return [f"held apart by {by}: {', '.join(labels)}" for by, labels in sorted(labels_of.items())]

    def _group_notes(self, parts: NDArray[np.int64]) -> list[str]:
        notes = self.standing_notes()
        sizes = np.bincount(self.group_of)
        largest = int(sizes.argmax())
        if sizes[largest] > max(2.0, LARGE_GROUP * len(self.songs)):
            members = self._members(largest)
            names = repr(members[0].release) if self.mode == "release" else linking_names(members)
            part = PART_NAMES[int(parts[self.group_of == largest][0])]
            notes.append(
                f"one {GROUP_WORDS[self.mode]} holds {len(members)} of {len(self.songs)} songs, all in {part}: {names}"
            )
        return notes
