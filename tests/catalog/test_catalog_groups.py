"""Who is on a track: which tracks are known to share an artist, by a plain search from track to track."""

from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.credits import parse_credits
from earmark.catalog.groups import artist_keys
from earmark.catalog.track import Track


def searched(keys: list[frozenset[str]]) -> list[int]:
    """Groups by visiting neighbours."""
    groups: dict[int, int] = {}
    for start in range(len(keys)):
        if start in groups:
            continue
        number, waiting = len(set(groups.values())), [start]
        while waiting:
            track = waiting.pop()
            groups[track] = number
            waiting += [other for other in range(len(keys)) if other not in groups and keys[track] & keys[other]]
    return [groups[track] for track in range(len(keys))]


def track(artists: str, title: str) -> Track:
    return Track(audio_id=title, path=title, seconds=1.0, artists=parse_credits(artists, title))


def test_remixers_guests_and_aliases_link() -> None:
    tracks = [
        track("Markus Schulz Presents Dakota", "Searching (Daxson Extended Remix)"),
        track("Daxson", "Bexley Square (Extended Mix)"),
        track("DAKOTA", "Another (Original Mix)"),
        track("Moogwai", "Viola (Extended Mix)"),
        track("", "Nobody (Extended Mix)"),
        track("", "Nobody Too (Extended Mix)"),
    ]
    keys = artist_keys(tracks)
    assert searched(keys) == [0, 0, 0, 1, 2, 3]


def test_artists_are_found_inside_longer_names() -> None:
    tracks = [
        track("Arkham Knights", "Renaissance (Extended Mix)"),
        track("Solid Stone Feat Jennifer Rene", "Pushing Up (Arkham Knights Dark Path Remix)"),
        track("Roger Shah", "Castaway (Extended Mix)"),
        track("Roger Shah Susie Ledge", "A Different Part Of Me (Suncatcher Remix)"),
        track("Genix", "Como (Extended Mix)"),
        track("Andrew Bayer", "Love You More (Andrew Bayer & Genix In My Next Life Mix)"),
    ]
    assert searched(artist_keys(tracks)) == [0, 0, 1, 1, 2, 2]


def test_short_names_are_not_found_in_others() -> None:
    tracks = [
        track("Sunny", "One (Extended Mix)"),
        track("Sunny Lax", "Two (Extended Mix)"),
        track("Bo", "Three (Sunny Lax Remix)"),
        track("Sunny Days", "Four (Extended Mix)"),
    ]
    assert searched(artist_keys(tracks)) == [0, 1, 1, 2]


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6))
def test_no_key_is_lost(texts: list[tuple[str, str]]) -> None:
    tracks = [track(artists, title) for artists, title in texts]
    assert all(one.artist_keys <= keys for one, keys in zip(tracks, artist_keys(tracks), strict=True))
