"""A made-up collection that has something to see in every picture, and a name that is written like markup."""

import datetime as dt
from collections.abc import Sequence

from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.catalog.track import Track

EVIL = "</script><img src=x onerror=alert(1)>"
LABELS = ("Amber", "Basalt", "Cobalt", EVIL)


def make_collection(labels: Sequence[str] = LABELS, *, per_label: int = 14) -> list[Track]:
    """Tracks of labels that differ in tempo, keys and length; each has an artist that the next label has too."""
    tracks = []
    for place, label in enumerate(labels):
        for n in range(per_label):
            number = 1000 * place + n
            artist = f"Act {(place + (n == 0)) % len(labels)}.{n // 2}"
            tracks.append(
                make_track(
                    number,
                    label,
                    artist,
                    title=EVIL if number == 2 else f"Song {number}",
                    bpm=None if n == 3 else 122.0 + 6 * (place % 4) + n % 5,
                    key=None if n == 4 else Key((7 * n + place) % 12, "major" if n % (place + 2) == 0 else "minor"),
                    seconds=300.0 + 20 * (n % 7) + 15 * place if number != 5 else 7200.0,
                    released=dt.date(2018, 1 + n % 12, 1 + place % 28),
                    genre="Trance",
                )
            )
    tracks.append(make_track(900_001, labels[1], "Act 0.1", title="Song 3", bpm=65.0))
    tracks.append(make_track(900_002, None, "Nobody"))
    return tracks
