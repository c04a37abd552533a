import numpy as np
import pytest
from made_atlas import by_track, made_atlas, made_collection, made_measures
from survey_tracks import EVIL
from tiny_library import make_track

from earmark.audio.estimates import Measures
from earmark.errors import InputError, UnknownNameError
from earmark.similarity.labels.atlas import Atlas, make_atlas
from earmark.similarity.labels.label_pairs import Difference, compare_labels

AMBER, BASALT = 1, 2
"""Places in the atlas, whose first label begins with a sign."""


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas(move=0.0)


def differences(
    atlas: Atlas, one: str, other: str, measures: dict[str, Measures] | None = None
) -> dict[str, Difference]:
    return {told.quantity: told for told in compare_labels(atlas, one, other, measures=measures).differences}


def test_it_says_what_the_atlas_says(atlas: Atlas) -> None:
    pair = compare_labels(atlas, "amber", "COBALT")
    assert (pair.one, pair.other) == ("Amber", "Cobalt")
    [near] = [near for near in atlas.nearest(AMBER) if near.label == "Cobalt"]
    assert (pair.distance, pair.interval, pair.weak) == (near.distance, near.interval, near.weak)
    assert (pair.place, pair.of) == (2, 3)
    back = compare_labels(atlas, "Cobalt", "Amber")
    assert back.distance == pytest.approx(pair.distance)


def test_what_differs_by_far_is_told_and_what_is_alike_is_not(atlas: Atlas) -> None:
    # Tempos are 122 + 6 for each place in the row of labels, give or take 2; years and keys are the same everywhere.
    told = differences(atlas, "Amber", "Cobalt")
    assert told["bpm"].is_told
    assert told["bpm"].one == pytest.approx(123, abs=1)
    assert told["bpm"].other - told["bpm"].one == pytest.approx(12, abs=1)
    low, high = told["bpm"].interval or (0, 0)
    assert low <= 12 <= high
    assert not told["year"].is_told
    assert not told["minor"].is_told


def test_turned_round_a_difference_changes_its_sign(atlas: Atlas) -> None:
    there, back = differences(atlas, "Amber", "Cobalt")["spread"], differences(atlas, "Cobalt", "Amber")["spread"]
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))


def test_levels_are_compared_where_they_were_measured(atlas: Atlas) -> None:
    assert not {"lufs", "energy"} & differences(atlas, "Amber", "Basalt").keys()
    loud = {track.audio_id: made_measures(-6.0) for track in atlas.choice.by_label[AMBER]}
    quiet = {track.audio_id: made_measures(-14.0) for track in atlas.choice.by_label[BASALT]}
    told = differences(atlas, "Amber", "Basalt", loud | quiet)["lufs"]
    assert (told.one, told.other, told.interval, told.is_told) == (-6.0, -14.0, (-8.0, -8.0), True)


def test_of_few_artists_no_difference_is_told(atlas: Atlas) -> None:
    leads = atlas.choice.placed.lead_of
    two = set(np.unique(leads[atlas.choice.placed.rows_of(AMBER)])[:2].tolist())
    first = [track for track, lead in zip(atlas.choice.tracks, leads.tolist(), strict=True) if lead in two]
    known = {track.audio_id: made_measures(-6.0) for track in (*first, *atlas.choice.by_label[BASALT])}
    told = differences(atlas, "Amber", "Basalt", known)["lufs"]
    assert told.interval is None
    assert not told.is_told


def test_pairs_are_the_most_alike_by_different_artists(atlas: Atlas) -> None:
    pair = compare_labels(atlas, "Amber", "Basalt")
    assert len(pair.pairs) == 5
    likeness = [one.likeness for one in pair.pairs]
    assert likeness == sorted(likeness, reverse=True)
    placed = atlas.choice.placed
    best = float((placed.units[placed.rows_of(AMBER)] @ placed.units[placed.rows_of(BASALT)].T).max())
    assert likeness[0] == pytest.approx(best, abs=1e-6)
    artists = [track.artist_credit for one in pair.pairs for track in (one.one, one.other)]
    assert len(set(artists)) == len(artists)
    assert {one.one.label for one in pair.pairs} == {"Amber"}
    assert {one.other.label for one in pair.pairs} == {"Basalt"}


def test_who_is_on_both_is_named_and_pairs_with_nobody_of_themselves() -> None:
    tracks, units = made_collection()
    both = [make_track(700_000 + at, "Cobalt", "Act 0.3", title=f"Guest {at}") for at in range(3)]
    # The guest's tracks sound just like their own on the first label: the nearest pair, were it allowed.
    rows = np.array([row for track, row in zip(tracks, units, strict=True) if track.artist_credit == "Act 0.3"])
    vectors = by_track([*tracks, *both], np.concatenate([units, rows]))
    made = make_atlas([*tracks, *both], vectors, source="test", resamples=20)
    pair = compare_labels(made, "Amber", "Cobalt")
    assert pair.shared == ("Act 0.3",)
    assert all(one.one.artist_keys.isdisjoint(one.other.artist_keys) for one in pair.pairs)


def test_names_have_to_be_of_two_labels_of_the_atlas(atlas: Atlas) -> None:
    with pytest.raises(InputError, match="twice"):
        compare_labels(atlas, "Amber", "AMBER")
    with pytest.raises(UnknownNameError, match="Nobody"):
        compare_labels(atlas, "Amber", "Nobody")
    with pytest.raises(InputError, match="Lonely is not on the atlas"):
        compare_labels(atlas, "Lonely", EVIL)
