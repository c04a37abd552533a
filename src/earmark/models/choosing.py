"""Chooses which tracks of a library a model learns from and is judged on, and by which kind of split.

Where the caller leaves something open, the honest choice that works is taken, and said: the split is artist-disjoint
where artists are known, and labels that cannot be in training, validation and test at once are left out.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from earmark.catalog.select import Selection, select
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Song, SplitMode, group_ids
from earmark.models.from_library import songs_to_split

MOSTLY = 0.8
"""Artists (or releases) count as known where at least this share of the tracks has them."""

PARTS = 3
"""Training, validation and test: a label needs a group of songs for each."""

_GROUPS: dict[SplitMode, str] = {
    "song": "songs",
    "release": "releases",
    "artist": "artists",
    "by-label": "songs, releases or artists",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The tracks to work with.

    Attributes:
        tracks: Tracks with labels, at least two of these.
        mode: What the parts of a split must not share.
        notes: What was decided or left out, in sentences.
    """

    tracks: tuple[Track, ...]
    mode: SplitMode
    notes: tuple[str, ...]


def choose_tracks(tracks: Sequence[Track], selection: Selection, mode: SplitMode | None = None) -> Chosen:
    """Choose tracks for training.

    Args:
        tracks: All tracks of the library.
        selection: Which are wanted. Where it names labels, all of them are kept, and a split that cannot hold them
            is refused later; where it names none, labels with too few groups of songs are left out here.
        mode: What the parts must not share; where None, artists if these are known, else releases, else songs.

    Raises:
        InputError: There are not two labels with songs enough.
        UnknownNameError: A label or genre that was named does not exist.
    """
    result = select(tracks, selection)
    labelled = [track for track in result.tracks if track.label is not None]
    counts = dict(result.left_out)
    notes = [f"{count} tracks left out: {reason}" for reason, count in counts.items()]
    if unlabelled := len(result.tracks) - len(labelled):
        notes.append(f"{unlabelled} tracks left out: no label")
    if mode is None:
        mode = _known_mode(labelled)
        notes.append(f"split: {mode}-disjoint" + ("" if mode == "artist" else ", since too few artists are known"))
    if not selection.labels:
        labelled, dropped = _with_groups_enough(labelled, mode)
        notes += dropped
    if len({track.label for track in labelled}) < 2:
        raise InputError(
            f"expected at least two labels with songs by {PARTS} separate {_GROUPS[mode]} or more, but there are not; "
            f"{_told(notes)}scan more music, check `earmark labels`, or use a less strict --split (release, song)"
        )
    return Chosen(tuple(labelled), mode, tuple(notes))


def _told(notes: Sequence[str]) -> str:
    return f"({'; '.join(notes)}) " if notes else ""


def _known_mode(tracks: Sequence[Track]) -> SplitMode:
    if sum(bool(track.artist_keys) for track in tracks) >= MOSTLY * len(tracks):
        return "artist"
    if sum(track.release is not None for track in tracks) >= MOSTLY * len(tracks):
        return "release"
    return "song"


def _with_groups_enough(tracks: list[Track], mode: SplitMode) -> tuple[list[Track], list[str]]:
    """Leave out labels with fewer than three groups, again and again, since groups tie labels together."""
    notes: list[str] = []
    while tracks:
        songs: list[Song] = songs_to_split(tracks)
        groups_of: defaultdict[str, set[int]] = defaultdict(set)
        for song, group in zip(songs, group_ids(songs, mode), strict=True):
            groups_of[song.label].add(int(group))
        poor = {label for label, groups in groups_of.items() if len(groups) < PARTS}
        if not poor:
            break
        notes += [f"label {label} left out: fewer than {PARTS} separate {_GROUPS[mode]}" for label in sorted(poor)]
        tracks = [track for track in tracks if track.label not in poor]
    return tracks, notes
