"""Who is on a track, seen by the whole catalogue: the keys by which tracks are known to share an artist.

`earmark.evaluation.groups` joins tracks into groups by these keys, so that no artist is on both sides of a split.
"""

from collections.abc import Sequence

from earmark.catalog.names import normalise
from earmark.catalog.track import Track


def artist_keys(tracks: Sequence[Track]) -> list[frozenset[str]]:
    """Every track's artist keys, with artists found inside longer names.

    A remixer's name can trail the name of the remix (``"Arkham Knights Dark Path Remix"``), and a credit can lack its
    separator (``"Roger Shah Susie Ledge"``). Only the whole catalogue tells: where a name begins with that of
    another performer in it, that performer's key is added. A performer of one word (``"Sunny"``) is found in
    remixers' names only, and in none that is a performer's itself (``"Sunny Lax"``).

    Args:
        tracks: The whole catalogue.

    Returns:
        For each track its `Track.artist_keys`, and the keys found in them.
    """
    performers = {normalise(name) for track in tracks for name in (*track.artists.performers, *track.artists.presented)}
    found = []
    for track in tracks:
        keys = set(track.artist_keys)
        remixers = {normalise(name) for name in track.artists.remixers}
        for key in track.artist_keys:
            keys |= _names_inside(key, performers, one_word=key in remixers and key not in performers)
        found.append(frozenset(keys))
    return found


def _names_inside(key: str, performers: set[str], *, one_word: bool) -> set[str]:
    """Performers' keys that a key begins with, other than itself."""
    words = key.split()
    fewest = 1 if one_word else 2
    return {start for n in range(fewest, len(words)) if (start := " ".join(words[:n])) in performers}
