"""Looks again whether a split holds what it promises, against the songs as they are tagged now.

`earmark.evaluation.splits.Split.check` refuses a split that leaks. A report has to tell of a leak instead of ending at
it, and to say how much training and test have in common even where the mode allows it: on a song-disjoint split most
test songs may share an artist with training, and then a high score says little about sound.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from earmark.errors import SplitError
from earmark.evaluation.groups import Song, release_key
from earmark.evaluation.splits import Split


@dataclass(frozen=True, slots=True)
class LeakageCheck:
    """What the test songs have in common with the songs that the model was fitted and chosen on.

    Attributes:
        problem: What `Split.check` refuses, in its words, or None where the split holds what its mode promises.
        n_songs: Songs of the split that could be checked.
        n_test: Test songs among them.
        shared_artist: Test songs with a credited artist who is also on a training or validation song.
        shared_release: Test songs from a release that also has a training or validation song.
        in_two_parts: Recordings, by audio id, that stand in more than one part.
        unknown_artist: Test songs without any credited artist, of which sharing cannot be told.
    """

    problem: str | None
    n_songs: int
    n_test: int
    shared_artist: int
    shared_release: int
    in_two_parts: int
    unknown_artist: int


def check_leakage(split: Split, songs: Sequence[Song]) -> LeakageCheck:
    """Hold a split against the songs as they are now.

    Args:
        split: The split.
        songs: The songs that are known, by whatever artists and releases their tags name now; those that the split
            does not name are left aside, and songs that it names and that are not here are not checked.
    """
    here = {song.id: song for song in songs}
    present = songs_present(split, here)
    parts = {name: [here[one] for one in ids] for name, ids in present.parts().items()}
    seen, test = [*parts["train"], *parts["validation"]], parts["test"]
    all_ids = [song_id for ids in split.parts().values() for song_id in set(ids)]
    return LeakageCheck(
        problem=_problem(present, songs),
        n_songs=len(seen) + len(test),
        n_test=len(test),
        shared_artist=_sharing(test, seen, lambda song: song.artist_keys),
        shared_release=_sharing(test, seen, lambda song: filter(None, [release_key(song)])),
        in_two_parts=len(all_ids) - len(set(all_ids)),
        unknown_artist=sum(not song.artist_keys for song in test),
    )


def songs_present(split: Split, here: Mapping[str, Song]) -> Split:
    """The split without the songs that are not here any more: they cannot leak, and are counted elsewhere."""
    parts = {str(part): tuple(one for one in ids if one in here) for part, ids in split.parts().items()}
    return replace(split, train=parts["train"], validation=parts["validation"], test=parts["test"])


def _problem(split: Split, songs: Sequence[Song]) -> str | None:
    try:
        split.check(songs)
    except SplitError as error:
        return str(error)
    return None


def _sharing(test: Sequence[Song], seen: Sequence[Song], keys: Callable[[Song], Iterable[object]]) -> int:
    known = {key for song in seen for key in keys(song)}
    return sum(any(key in known for key in keys(song)) for song in test)
