"""What is exported and read again is the same tracks in the same order, whatever their names."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from dj_library import ROOT, dj_library, plain_track, tagged
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.catalog.keys import Key
from earmark.catalog.texts import read_texts
from earmark.interop.collection import DjCollection
from earmark.interop.exporting import EXPORTERS, ExportFormat, ExportOptions, write_export
from earmark.interop.importing import import_collection
from earmark.interop.items import ExportItem
from earmark.interop.locations import parse_path_map, path_parts
from earmark.interop.reading import read_collection
from earmark.library.playlists import find_playlist

NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=30),
    st.sampled_from([
        "Zoë", "Zoe\u0308", "A & B", "<3", '"quoted"', "don't", "#1", "100%", "%41", "1+1=2; 3", "夜に駆ける",
        "😀👩\u200d🎤", "x" * 200, "a:b", "a=b", "~-_.", " ", "file:", "..a", "&amp;",
    ]),
).filter(lambda name: name not in {".", ".."})  # fmt: skip
ROOTS = st.sampled_from(["D:/", "c:/Users/Zoë/", "/Users/me/Music/", "/home/me/", "/Volumes/USB/"])
TITLES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TRACKS = st.builds(
    lambda root, names, title, bpm, key, seconds: plain_track(
        root + "/".join(names) + ".mp3", title=title or None, bpm=bpm, key=key, seconds=seconds
    ),
    ROOTS,
    st.lists(NAMES, min_size=1, max_size=4),
    TITLES,
    st.none() | st.floats(20, 400),
    st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(["minor", "major"])),
    st.floats(1, 10_000),
)
DECIMALS = {"rekordbox": 2, "traktor": 3}


def there_and_back(kind: ExportFormat, items: list[ExportItem]) -> DjCollection:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"set{EXPORTERS[kind].suffixes[0]}"
        done = write_export(path, items, ExportOptions(name="A & <B> 😀"))
        assert not done.left_out
        return read_collection(path)


@pytest.mark.parametrize("kind", ["m3u8", "rekordbox", "traktor"])
@settings(max_examples=20, deadline=None)
@given(tracks=st.lists(TRACKS, min_size=1, max_size=4), order=st.lists(st.integers(0, 3), max_size=6))
def test_any_names(kind: ExportFormat, tracks: list, order: list[int]) -> None:  # type: ignore[type-arg]
    items = [ExportItem(track=track) for track in (*tracks, *(tracks[n % len(tracks)] for n in order))]
    found = there_and_back(kind, items)
    [playlist] = found.playlists
    assert playlist.name == "A & <B> 😀"
    if kind == "traktor":  # its names are composed
        assert [path_parts(one) for one in playlist.entries] == [path_parts(one.track.path) for one in items]
    else:
        assert list(playlist.entries) == [one.track.path for one in items]
    assert {track.location for track in found.tracks} == set(playlist.entries)
    for written, read in zip([playlist.entries[n] for n in range(len(tracks))], tracks, strict=True):
        [first] = [track for track in found.tracks if track.location == written]
        # Two tracks of one path are one track, the first.
        track = next(one for one in tracks if path_parts(one.path) == path_parts(read.path))
        told = first.values
        assert not [problem for problem in told.problems if "characters was cut" not in problem]
        assert told.seconds == pytest.approx(track.seconds, abs=0.5) or round(track.seconds) == 0
        title = read_texts("rekordbox", {"title": [track.title or ""]}).title
        if title is not None and kind != "m3u8":  # there a dash divides artist and title
            assert told.title == title
        if kind in DECIMALS:
            assert told.key == track.key
            assert told.bpm == (
                None if track.bpm is None else pytest.approx(track.bpm, abs=0.6 * 0.1 ** DECIMALS[kind])
            )


@pytest.mark.parametrize("there", ["D:/Music", "/Users/dj/Music", "/Volumes/USB 1/Ü & Co"])
@pytest.mark.parametrize("kind", ["m3u8", "rekordbox", "traktor"])
def test_a_set_for_another_computer_comes_back_to_the_same_tracks(
    tmp_path: Path, kind: ExportFormat, there: str
) -> None:
    names = ["Zoe\u0308/E\u0301t\u00e9 & <3 #1 100% +.mp3", '夜/😀; "don\'t".flac', "A/CD1/01.wav", "B/CD1/01.wav"]
    library = dj_library(
        tmp_path / "library", [tagged(number, name, 100.0 + 50 * number) for number, name in enumerate(names)]
    )
    tracks = sorted(library.tracks(), key=lambda track: track.audio_id)
    order = [2, 0, 3, 1, 0]
    path = tmp_path / f"set{EXPORTERS[kind].suffixes[0]}"
    options = ExportOptions(name="Set / 1", path_maps=(parse_path_map(f"{ROOT}={there}"),))
    assert write_export(path, [ExportItem(track=tracks[n]) for n in order], options).unmapped == 0
    done = import_collection(library, path)
    assert done.is_complete, done
    stored = find_playlist(library.playlists(), "Set / 1")
    assert stored.audio_ids == tuple(tracks[n].audio_id for n in order)


def test_an_export_of_what_was_imported_is_the_same_file(tmp_path: Path) -> None:
    library = dj_library(tmp_path / "library", [tagged(n, f"a/{n}.mp3", 60.0 * n, bpm="128") for n in range(1, 5)])
    items = [ExportItem(track=track) for track in library.tracks()]
    for source, ending in {"m3u": "m3u8", "rekordbox": "xml", "traktor": "nml"}.items():
        first, second = (tmp_path / f"{name}.{ending}" for name in ("one", "two"))
        write_export(first, items, ExportOptions(name="Set"))
        import_collection(library, first)
        [stored] = [one for one in library.playlists() if one.source == source]
        tracks = {track.audio_id: track for track in library.tracks()}
        again = [ExportItem(track=tracks[key]) for key in stored.audio_ids]
        write_export(second, again, ExportOptions(name=stored.name))
        assert second.read_bytes() == first.read_bytes()


def test_our_own_export_tells_nothing_new_of_a_track(tmp_path: Path) -> None:
    """Else an estimate of ours would come back as rekordbox's word and stand above the next estimate."""
    library = dj_library(tmp_path / "library", [tagged(1, "a/1.mp3", 60.0)])
    [track] = library.tracks()
    for ending in ("xml", "nml"):
        path = tmp_path / f"set.{ending}"
        write_export(path, [ExportItem(track=replace(track, bpm=128.0))], ExportOptions(name="Set"))
        done = import_collection(library, path)
        assert (done.new_playlists, done.told, done.filled) == (1, 0, 0)
        assert any("an export of Earmark's own" in problem for _, problem in done.problems)
    assert library.imported() == {}
