from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.groups import artist_keys
from earmark.catalog.survey_overlaps import SharedArtists, find_duplicates, shared_artists
from earmark.catalog.track import Track

LABELS = ("Amber", "Basalt", "Cobalt")


def shared(tracks: list[Track]) -> SharedArtists:
    return shared_artists(tracks, artist_keys(tracks), LABELS)


def test_artists_on_several_labels_are_found_under_their_usual_spelling() -> None:
    found = shared(
        [
            make_track(1, "Amber", "Zoë"),
            make_track(2, "Basalt", "Zoë & Ben"),
            make_track(3, "Basalt", "ZOE"),
            make_track(4, "Cobalt", "Ben"),
            make_track(5, "Amber", "Only"),
            make_track(6, None, "Only"),
        ]
    )
    assert [(one.name, dict(one.tracks)) for one in found.artists] == [
        ("Zoë", {"Basalt": 2, "Amber": 1}),
        ("Ben", {"Basalt": 1, "Cobalt": 1}),
    ]
    assert found.matrix == ((2, 1, 0), (1, 2, 1), (0, 1, 1))


def test_repeats_are_counted_within_a_label_only() -> None:
    found = shared(
        [
            make_track(1, "Amber", "Ann & Ben"),
            make_track(2, "Amber", "Ann"),
            make_track(3, "Amber", "Cid"),
            make_track(4, "Basalt", "Cid"),
            make_track(5, "Basalt", ""),
        ]
    )
    assert (found.repeated, found.credited) == (2, 4)


def test_nothing_shared() -> None:
    found = shared([make_track(1, "Amber", "Ann"), make_track(2, "Basalt", "Ben")])
    assert found.artists == ()
    assert found.matrix[0][1] == 0


def test_the_same_song_twice_is_found_whatever_its_spelling() -> None:
    (found,) = find_duplicates(
        [
            make_track(1, "Basalt", "Ann & Ben", title="Dawn", mix="Extended Mix", seconds=300.0),
            make_track(2, "Amber", "ben, ANN", title="DAWN", mix="extended mix", seconds=420.0),
            make_track(3, "Amber", "Ann & Ben", title="Dawn", mix="Radio Edit"),
            make_track(4, "Amber", "Ann", title="Dawn", mix="Extended Mix", seconds=100.0),
        ]
    )
    assert found.kind == "same song"
    assert found.labels == ("Amber", "Basalt")
    assert found.lengths == (420.0, 300.0)
    assert found.across_labels


def test_the_same_title_and_length_under_other_names_is_found() -> None:
    def track(number: int, artist: str, seconds: float) -> Track:
        return make_track(number, "Amber", artist, title="Dawn", seconds=seconds)

    (found,) = find_duplicates([track(1, "Ann", 300.0), track(2, "Ann Bee", 300.4), track(3, "Cid", 301.0)])
    assert (found.kind, found.lengths, found.across_labels) == ("same title and length", (300.0, 300.4), False)


def test_tracks_without_title_or_length_are_no_duplicates() -> None:
    tracks = [make_track(n, "Amber", "Ann", title=None) for n in range(3)]
    tracks += [make_track(n, "Amber", f"Act {n}", title="Dawn", seconds=0.0) for n in range(3, 6)]
    assert find_duplicates(tracks) == ()


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.lists(st.sampled_from("ABCDE"), max_size=3)), max_size=20))
def test_the_matrix_is_symmetric_and_no_more_than_its_diagonal(rows: list[tuple[str, list[str]]]) -> None:
    tracks = [make_track(n, label, " & ".join(f"Act {one}" for one in acts)) for n, (label, acts) in enumerate(rows)]
    found = shared(tracks)
    for one in range(3):
        for other in range(3):
            assert found.matrix[one][other] == found.matrix[other][one] <= found.matrix[one][one]
    assert found.repeated <= found.credited <= len(tracks)
    assert all(len(artist.tracks) > 1 for artist in found.artists)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("XY"), st.floats(1, 5)), max_size=12))
def test_each_group_of_duplicates_has_two_tracks_or_more(rows: list[tuple[str, str, float]]) -> None:
    tracks = [
        make_track(n, "Amber", f"Act {act}", title=title, seconds=seconds)
        for n, (act, title, seconds) in enumerate(rows)
    ]
    everything = find_duplicates(tracks)
    paths = [path for one in everything for path in one.paths]
    assert len(paths) == len(set(paths)), "no track is in two groups"
    for found in everything:
        assert len(found.tracks) == len(set(found.paths)) > 1
        if found.kind == "same title and length":
            assert len({name.partition(" - ")[0] for name in found.tracks}) > 1


def test_a_song_that_is_alike_in_two_ways_is_counted_once() -> None:
    def track(number: int, artist: str, seconds: float = 300.0) -> Track:
        return make_track(number, "Amber", artist, title="Dawn", seconds=seconds)

    (found,) = find_duplicates([track(1, "Ann"), track(2, "Ann"), track(3, "Ben")])
    assert (found.kind, len(found.tracks)) == ("same title and length", 3)
    (joined,) = find_duplicates([track(1, "Ann", 200.0), track(2, "Ann"), track(3, "Ben"), track(4, "Ben", 400.0)])
    assert len(joined.tracks) == 4, "the two of one length join the two pairs"
    two = find_duplicates([track(1, "Ann", 200.0), track(2, "Ann", 250.0), track(3, "Ben"), track(4, "Ben", 400.0)])
    assert [one.kind for one in two] == ["same song", "same song"]
