import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from safetensors.numpy import load, save
from tiny_library import make_track

from earmark.errors import FormatVersionError, InputError
from earmark.evaluation.splits import PartName
from earmark.models.references import (
    References,
    load_references,
    make_references,
    read_references,
    references_bytes,
    save_references,
)

TRACKS = [
    make_track(0, "Amber", "Ann", release=None),
    make_track(1, "Amber", "Ann & Bob", key=None),
    make_track(2, "Basalt", "Cid", bpm=None),
    make_track(3, "Basalt", "Dee feat. Ann"),
    make_track(4, "Cobalt", "Eve"),
    make_track(5, "Cobalt", "Arkham Knights"),
]
PARTS: list[PartName] = ["train", "train", "validation", "test", "train", "train"]
# A large common part, as networks have it, and behind it one direction for each label.
OWN = np.asarray([[2, 0, 0], [1.9, 0.1, 0], [0, 2, 0], [1.8, 0.3, 0], [0, 0, 2], [0.1, 0, 1.9]])
EMBEDDINGS = (50 + OWN).astype(np.float32)


@pytest.fixture
def references() -> References:
    return make_references(TRACKS, PARTS, EMBEDDINGS)


def names(references: References, embedding: NDArray[np.float64], **options: object) -> list[str]:
    return [one.song.audio_id[-1] for one in references.nearest(embedding, **options)]  # type: ignore[arg-type]


def test_rows_are_what_the_tracks_say(references: References) -> None:
    song = references.songs[3]
    assert (song.label, song.part, song.name) == ("Basalt", "test", "Dee feat. Ann - Song 3")
    assert song.artist_keys == {"dee", "ann"}
    assert references.songs[2].bpm is None
    assert references.embeddings.dtype == np.float16
    assert [one.audio_id[-1] for one in references.of_label("Amber")] == ["0", "1"]
    without = references.of_label("Amber", without_ids=frozenset({TRACKS[0].audio_id}))
    assert [one.audio_id[-1] for one in without] == ["1"]


def test_the_common_part_is_taken_off(references: References) -> None:
    raw = EMBEDDINGS / np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)
    assert (raw @ raw.T).min() > 0.99, "raw cosines say nothing"
    centred = references.similarities(EMBEDDINGS[0])
    assert centred[0] == pytest.approx(1, abs=1e-3)
    assert centred[4] < 0


def test_nearest_by_other_artists(references: References) -> None:
    query = EMBEDDINGS[0]
    assert names(references, query, k=3, at_most_per_artist=9) == ["0", "1", "3"]
    itself = frozenset({TRACKS[0].audio_id})
    assert names(references, query, k=2, without_ids=itself, at_most_per_artist=9) == ["1", "3"]
    by_ann = references.keys_of(make_track(9, None, "ANN"))
    assert by_ann == {"ann"}
    assert names(references, query, k=9, without_artists=by_ann) == ["2", "5", "4"]


def test_one_song_of_an_artist_unless_more_are_asked_for(references: References) -> None:
    assert names(references, EMBEDDINGS[0], k=9) == ["0", "2", "5", "4"], "1 and 3 are Ann's too"
    assert names(references, EMBEDDINGS[0], k=9, at_most_per_artist=2) == ["0", "1", "2", "5", "4"]


def test_artists_are_found_inside_longer_names(references: References) -> None:
    remix = make_track(8, None, "Zed", title="Song (Arkham Knights Dark Path Remix)")
    remix = replace(remix, artists=replace(remix.artists, remixers=("Arkham Knights Dark Path",)))
    assert "arkham knights" in references.keys_of(remix)
    assert references.keys_of(make_track(8, None, "Arkham")) == {"arkham"}
    assert references.keys_of(make_track(8, None, "")) == frozenset()


def test_they_come_back_as_they_were_saved(references: References, tmp_path: Path) -> None:
    save_references(references, tmp_path / "references.safetensors")
    again = load_references(tmp_path / "references.safetensors")
    assert again.songs == references.songs
    np.testing.assert_array_equal(again.embeddings, references.embeddings)
    assert again.nearest(EMBEDDINGS[2]) == references.nearest(EMBEDDINGS[2])
    assert references.nearest(EMBEDDINGS[2], k=1)[0].to_json()["key"] == "8A"


def changed(content: bytes, **changes: object) -> bytes:
    """A file with another header."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["earmark.references"])
    return save(load(content), metadata={"earmark.references": json.dumps(header | changes)})


def test_another_version_says_both_numbers(references: References) -> None:
    with pytest.raises(FormatVersionError, match=r"version 7.*version 1"):
        read_references(changed(references_bytes(references), format_version=7), name="x")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"nothing at all" * 9,
        lambda content: content[:-9],
        lambda content: changed(content, songs=[]),
        lambda content: changed(content, more=1),
        lambda content: changed(content, songs=[{"name": "x"}] * 6),
        lambda content: changed(content, songs=3),
        lambda content: save({"embeddings": np.zeros((6, 3), dtype=np.float16)}),
        lambda content: save({"other": np.zeros(3, dtype=np.float16)}, metadata={"earmark.references": "{}"}),
    ],
)
def test_damaged_files_are_refused(references: References, damage: object, tmp_path: Path) -> None:
    content = damage(references_bytes(references))  # type: ignore[operator]
    with pytest.raises(InputError, match="damaged"):
        read_references(content, name="x")


@pytest.mark.parametrize(
    ("field", "value"),
    [("part", "trial"), ("bpm", "fast"), ("seconds", -1), ("name", 5), ("key", "H#"), ("release", 3), ("bpm", True)],
)
def test_a_row_is_checked_field_by_field(references: References, field: str, value: object) -> None:
    rows = [song.to_json() for song in references.songs]
    rows[1][field] = value
    with pytest.raises(InputError, match="damaged"):
        read_references(changed(references_bytes(references), songs=rows), name="x")


def test_what_cannot_be_used_is_refused(references: References, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of references"):
        load_references(tmp_path / "none")
    with pytest.raises(InputError, match="has no label"):
        make_references([make_track(1, None, "Ann")], ["train"], np.ones((1, 2)))
    with pytest.raises(InputError, match="go together"):
        make_references(TRACKS, PARTS, EMBEDDINGS[:2])
    with pytest.raises(InputError, match="finite"):
        make_references(TRACKS, PARTS, EMBEDDINGS * 1e6)
    with pytest.raises(InputError, match="embedding of 3 numbers"):
        references.nearest(np.zeros(4))
    with pytest.raises(InputError, match="at least 1"):
        references.nearest(EMBEDDINGS[0], k=0)
    with pytest.raises(InputError, match="at least one"):
        References((), np.zeros((0, 3), dtype=np.float16))


def test_a_catalogue_of_one_song_has_no_direction() -> None:
    alone = make_references(TRACKS[:1], PARTS[:1], EMBEDDINGS[:1])
    assert [one.similarity for one in alone.nearest(EMBEDDINGS[4])] == [0.0]


@given(
    values=arrays(np.float16, (6, 4), elements=st.floats(-100, 100, width=16)),
    k=st.integers(1, 9),
    of=st.integers(0, 5),
)
def test_neighbours_are_ordered_and_within_bounds(values: NDArray[np.float16], k: int, of: int) -> None:
    references = make_references(TRACKS, PARTS, values)
    keys = references.keys_of(TRACKS[of])
    found = references.nearest(values[of], k=k, without_artists=keys, at_most_per_artist=6)
    likeness = [one.similarity for one in found]
    assert likeness == sorted(likeness, reverse=True)
    assert all(-1 <= one <= 1 for one in likeness)
    assert not any(one.song.artist_keys & keys for one in found)
    others = sum(not (set(track.artist_keys) & keys) for track in TRACKS)
    assert len(found) == min(k, others)
