import pytest
from made_atlas import by_track, made_atlas, made_collection
from survey_tracks import EVIL
from tiny_library import make_track

from earmark.errors import InputError, UnknownNameError
from earmark.similarity.labels.atlas import Atlas, make_atlas
from earmark.similarity.labels.bridges import advise, find_labels


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas(move=0.0)


def test_what_lies_between_is_first(atlas: Atlas) -> None:
    found = advise(atlas.choice, atlas.distances, ["Amber", "COBALT"])
    assert found.loved == ("Amber", "Cobalt")
    assert [one.label for one in found.suggestions] == ["Basalt", EVIL]
    first = found.suggestions[0]
    assert first.distance == pytest.approx(max(first.distances))
    assert first.distance < found.between
    assert first.interval[0] <= first.distance <= first.interval[1]
    assert first.first > 0.95
    assert sum(one.first for one in found.suggestions) == pytest.approx(1)


def test_near_to_one_alone_is_not_enough(atlas: Atlas) -> None:
    # Cobalt is nearer to Basalt than Amber is to both, but far from the last label.
    found = advise(atlas.choice, atlas.distances, ["Amber", EVIL])
    assert found.suggestions[0].label == "Cobalt"


def test_bridges_are_of_other_artists_and_name_what_they_are_near_to(atlas: Atlas) -> None:
    first = advise(atlas.choice, atlas.distances, ["Amber", "Cobalt"]).suggestions[0]
    assert len(first.bridges) == 3
    artists = [bridge.track.artist_credit for bridge in first.bridges]
    assert len(set(artists)) == 3
    for bridge in first.bridges:
        assert bridge.track.label == "Basalt"
        assert [one.label for one in bridge.nearest] == ["Amber", "Cobalt"]
        assert all(-1 <= likeness <= 1 for likeness in bridge.likeness)


def test_an_artist_of_a_loved_label_is_no_bridge() -> None:
    tracks, units = made_collection()
    # The whole of Basalt but one artist is also on Amber.
    basalt = [track for track in tracks if track.label == "Basalt"]
    known = [
        make_track(800_000 + at, "Amber", track.artist_credit or "", title=f"Also {at}")
        for at, track in enumerate(basalt)
        if track.artist_credit != "Act 1.5"
    ]
    vectors = by_track([*tracks, *known], [*units, *units[: len(known)]])  # type: ignore[arg-type]
    made = make_atlas([*tracks, *known], vectors, source="test", love=["Amber"], resamples=20)
    assert made.advice is not None
    [basalt_told] = [one for one in made.advice.suggestions if one.label == "Basalt"]
    assert {bridge.track.artist_credit for bridge in basalt_told.bridges} == {"Act 1.5"}


def test_unknown_and_left_out_labels_are_told_apart(atlas: Atlas) -> None:
    with pytest.raises(UnknownNameError, match="no label on the atlas called 'Granite'"):
        advise(atlas.choice, atlas.distances, ["Granite"])
    with pytest.raises(InputError, match="Lonely is not on the atlas: 1 track; 5 are needed"):
        advise(atlas.choice, atlas.distances, ["lonely"])
    with pytest.raises(InputError, match="loved already"):
        advise(atlas.choice, atlas.distances, atlas.labels)
    assert find_labels(atlas.choice, ["amber", "Amber"]) == [atlas.labels.index("Amber")]
