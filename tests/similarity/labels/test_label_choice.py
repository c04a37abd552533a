from collections import Counter

import numpy as np
import pytest
from made_atlas import SIZE
from numpy.typing import NDArray
from tiny_library import make_track

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Apart
from earmark.similarity.labels import label_choice as module
from earmark.similarity.labels.label_choice import Choice, choose, comparison_keys


def vectors(tracks: object) -> NDArray[np.float32]:
    rows = np.array([[float(int(track.audio_id, 16)), *[1.0] * (SIZE - 1)] for track in tracks])  # type: ignore[attr-defined]
    return np.asarray(rows, dtype=np.float32)


def label(name: str, artists: list[str], *, start: int = 0, **values: object) -> list[Track]:
    return [make_track(start + number, name, artist, **values) for number, artist in enumerate(artists)]


def chosen(tracks: list[Track], *, apart: Apart = "artist", min_tracks: int = 5) -> Choice:
    return choose(tracks, vectors, apart=apart, min_tracks=min_tracks, rng=np.random.default_rng(0))


GOOD = [*label("Amber", [f"a{n}" for n in range(6)]), *label("Basalt", [f"b{n}" for n in range(6)], start=100)]


def test_tracks_and_vectors_stay_together() -> None:
    found = chosen([make_track(900, None, "x"), *GOOD[::-1]])
    assert found.placed.labels == ("Amber", "Basalt")
    assert [int(track.audio_id, 16) for track in found.tracks] == found.placed.units[:, 0].astype(int).tolist()
    assert [track.label for track in found.tracks] == ["Amber"] * 6 + ["Basalt"] * 6
    assert [len(own) for own in found.by_label] == [6, 6]
    assert (found.unlabelled, found.nameless, found.left_out) == (1, 0, ())


def test_labels_with_little_are_left_out_with_why() -> None:
    few = label("Few", ["f1", "f2", "f3", "f4"], start=200)
    solo = label("Solo", ["s"] * 7, start=300)
    found = chosen([*GOOD, *few, *solo])
    told = {one.label: (one.tracks, one.why) for one in found.left_out}
    assert told["Few"] == (4, "4 tracks; 5 are needed")
    assert told["Solo"] == (7, "only 1 lead artist; 3 are needed to tell what they share")
    assert chosen([*GOOD, *few], min_tracks=4).left_out == ()
    assert chosen([*GOOD, *solo], apart="song").placed.labels == ("Amber", "Basalt", "Solo")


def test_where_nobody_is_credited_the_release_stands_in() -> None:
    plain = [make_track(number, "Cobalt", "", release=f"EP {number // 2}") for number in range(400, 408)]
    found = chosen([*GOOD, *plain])
    assert found.nameless == 8
    own = found.placed.rows_of(2)
    assert len(set(found.placed.keys[own])) == 4
    assert comparison_keys(plain, "artist") == comparison_keys(plain, "release")
    loose = [make_track(1, "A", "", release=None), make_track(2, "A", "", release=None)]
    assert comparison_keys(loose, "release")[0].isdisjoint(comparison_keys(loose, "release")[1])
    assert comparison_keys([], "artist") == []


def test_names_inside_longer_ones_are_one_artist() -> None:
    tracks = [make_track(1, "A", "Roger Shah"), make_track(2, "B", "Roger Shah Susie Ledge")]
    keys = comparison_keys(tracks, "artist")
    assert keys[0] & keys[1]


def test_one_release_name_at_two_labels_is_two_releases() -> None:
    tracks = [make_track(1, "A", "x", release="EP"), make_track(2, "B", "y", release="EP")]
    keys = comparison_keys(tracks, "release")
    assert keys[0].isdisjoint(keys[1])


@pytest.mark.parametrize(
    ("tracks", "told"),
    [
        (GOOD[:6], "of 6 tracks with a vector, only Amber has them; scan more"),
        (GOOD[:4], r"none has them \(Amber: 4 tracks; 5 are needed\)"),
        ([], "of 0 tracks with a vector, none has them"),
    ],
)
def test_one_label_is_no_atlas(tracks: list[Track], told: str) -> None:
    with pytest.raises(InputError, match=told):
        chosen(tracks)


def test_too_small_a_minimum_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 tracks"):
        chosen(GOOD, min_tracks=1)


def test_large_labels_are_sampled_and_small_ones_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TRACKS", 40)
    big = [*label("Big", ["big"] * 100, start=1000), *label("Big", ["x", "y"], start=2000)]
    found = chosen([*GOOD, *big])
    sizes = Counter(track.label for track in found.tracks)
    assert sizes == {"Amber": 6, "Basalt": 6, "Big": 28}
    # It stays a label of several artists, though one of them has nearly all of its tracks.
    assert len(set(found.placed.lead_of[found.placed.rows_of(2)].tolist())) == 3
    assert len(found.by_label[2]) == 102


def test_the_smallest_of_very_many_labels_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LABELS", 2)
    small = label("Aardvark", [f"c{n}" for n in range(5)], start=500)
    found = chosen([*small, *GOOD])
    assert found.placed.labels == ("Amber", "Basalt")
    assert "not among the 2 labels" in found.left_out[0].why
