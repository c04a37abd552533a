"""What an import leaves in the library, and that doing it again leaves nothing more."""

import shutil
from pathlib import Path

import pytest
from dj_library import ROOT, dj_library, tagged
from library_sounds import scan_serially, write_sound

from earmark.catalog.keys import parse_key
from earmark.errors import InputError
from earmark.interop.importing import import_collection
from earmark.library.cataloguing import recatalogue
from earmark.library.library import Library

FIXTURES = Path(__file__).parent / "fixtures"
WINDOWS = FIXTURES / "rekordbox_windows.xml"
VIOLA, ZOE, NIGHT = (f"{number:032x}" for number in (1, 2, 3))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return dj_library(
        tmp_path / "library",
        [
            tagged(1, "FSOE/Aly & Fila - Viola (Extended Mix).mp3", 402.4, title="Viola (Extended Mix)", bpm="140"),
            tagged(2, "new/Zoë Ångström - Être & Avoir #3+1 100%.flac", 371.2),
            tagged(3, "JP/夜に 😀.m4a", 261.4, title="Night", artists="YOASOBI", key="Am", label="Own"),
            tagged(4, "E/CD1/01.mp3", 30.0),
            tagged(5, "F/CD1/01.mp3", 30.5),
        ],
    )


def versions(library: Library) -> dict[str, int]:
    tables = (library.playlists_table, library.imported_table, library.tracks_table)
    return {one.name: library.storage.database.open_table(one.name).version for one in tables}


def test_tracks_are_matched_and_the_rest_is_listed(library: Library) -> None:
    done = import_collection(library, WINDOWS)
    assert (done.source, done.locations) == ("rekordbox", 7)
    assert dict(done.matched) == {"moved folder": 2, "file name and length": 1}
    assert done.unmatched == ("D:/Music/odd/No numbers.wav", "tidal:tracks:12345", "D:/Music/only here.mp3")
    [several] = done.ambiguous
    assert several.location == "D:/Music/CD1/01.mp3"
    assert several.paths == (f"{ROOT}/E/CD1/01.mp3", f"{ROOT}/F/CD1/01.mp3")
    assert not done.is_complete
    assert any("'fast' is not a tempo" in problem for _, problem in done.problems)


def test_values_fill_what_tags_lack_and_their_source_is_kept(library: Library) -> None:
    done = import_collection(library, WINDOWS)
    tracks = {track.audio_id: track for track in library.tracks()}
    assert done.filled == 3
    assert (tracks[VIOLA].bpm, tracks[VIOLA].sources["bpm"]) == (140.0, "tag")
    assert (tracks[VIOLA].key, tracks[VIOLA].sources["key"]) == (parse_key("1A"), "rekordbox")
    assert tracks[ZOE].title == 'Être & Avoir <3 "Live"'
    assert tracks[ZOE].artists.performers == ("Zoë Ångström",)
    assert (tracks[ZOE].bpm, tracks[ZOE].sources["title"]) == (125.5, "rekordbox")
    assert (tracks[NIGHT].key, tracks[NIGHT].bpm) == (parse_key("Am"), 130.0)
    # Where labels come from was settled by the scan.
    assert (tracks[NIGHT].label, tracks[VIOLA].label) == ("Own", None)
    assert tracks[VIOLA].seconds == 402.4


def test_playlists_keep_their_order_and_what_the_library_lacks(library: Library) -> None:
    done = import_collection(library, WINDOWS)
    assert (done.playlists, done.new_playlists) == (3, 3)
    by_name = {one.full_name: one for one in library.playlists()}
    assert set(by_name) == {"Friday & Saturday", "Sets/2024/Festival", "HISTORY 2024-06-01"}
    assert by_name["Friday & Saturday"].audio_ids == (NIGHT, VIOLA, NIGHT)
    festival = by_name["Sets/2024/Festival"]
    assert (festival.audio_ids, festival.missing, festival.kind) == ((ZOE,), ("D:/Music/only here.mp3",), "playlist")
    assert (by_name["HISTORY 2024-06-01"].audio_ids, by_name["HISTORY 2024-06-01"].kind) == ((ZOE, VIOLA), "history")
    told = library.imported()[VIOLA]
    assert [(one.values.source, one.play_count) for one in told] == [("rekordbox", 7)]


def test_importing_again_writes_nothing(library: Library) -> None:
    import_collection(library, WINDOWS)
    before = versions(library)
    again = import_collection(library, WINDOWS)
    assert (again.new_playlists, again.told, again.filled) == (0, 0, 0)
    assert versions(library) == before


def test_a_dry_run_writes_nothing_and_tells_the_same(library: Library) -> None:
    tried = import_collection(library, WINDOWS, dry_run=True)
    assert library.playlists() == []
    assert library.imported() == {}
    done = import_collection(library, WINDOWS)
    assert (tried.matched, tried.unmatched, tried.new_playlists, tried.told) == (
        done.matched,
        done.unmatched,
        done.new_playlists,
        done.told,
    )
    assert (tried.filled, tried.dry_run) == (0, True)


def test_a_newer_export_replaces_what_changed(library: Library, tmp_path: Path) -> None:
    import_collection(library, WINDOWS)
    newer = tmp_path / "other name.xml"
    text = WINDOWS.read_text("utf-8").replace('AverageBpm="125.50"', 'AverageBpm="126.00"')
    newer.write_text(text.replace('<TRACK Key="999"/>', '<TRACK Key="23771054"/>'), "utf-8")
    done = import_collection(library, newer)
    assert (done.new_playlists, done.told, done.filled) == (1, 1, 1)
    assert len(library.playlists()) == 3
    assert {track.audio_id: track.bpm for track in library.tracks()}[ZOE] == 126.0


def test_two_programs_are_both_kept(library: Library) -> None:
    import_collection(library, FIXTURES / "traktor_mac.nml")
    import_collection(library, WINDOWS)
    assert [one.values.source for one in library.imported()[VIOLA]] == ["rekordbox", "traktor"]
    viola = {track.audio_id: track for track in library.tracks()}[VIOLA]
    assert (viola.sources["key"], viola.released_precision) == ("rekordbox", "year")


def test_a_history_gives_play_order_only(library: Library) -> None:
    done = import_collection(library, FIXTURES / "history_2024y05m10d_23h02m11s.nml")
    assert (done.new_playlists, done.told, library.imported()) == (1, 0, {})
    assert [one.audio_ids for one in library.playlists()] == [(VIOLA,)]


def test_m3u_gives_play_order_only(library: Library, tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "friday.m3u8", tmp_path)
    (tmp_path / "again").mkdir()
    shutil.copy(FIXTURES / "friday.m3u8", tmp_path / "again")
    done = import_collection(library, tmp_path / "friday.m3u8")
    assert dict(done.matched) == {"moved folder": 1}
    assert (done.told, library.imported()) == (0, {})
    import_collection(library, tmp_path / "again" / "friday.m3u8")
    assert [one.audio_ids for one in library.playlists()] == [(VIOLA,), (VIOLA,)]


def test_an_empty_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no tracks to match; run `earmark scan FOLDER` first"):
        import_collection(Library.create(tmp_path / "library"), WINDOWS)


def test_a_scan_afterwards_gives_the_same_tracks(tmp_path: Path) -> None:
    music = tmp_path / "music"
    write_sound(music / "Alpha" / "one.flac", 1, title="One", artist="Ann", label="Alpha Records")
    write_sound(music / "Alpha" / "8A - 128 - Eve - Four.wav", 2)
    library = Library.create(tmp_path / "library")
    scan_serially(library, music)
    xml = tmp_path / "rekordbox.xml"
    xml.write_text(
        "<DJ_PLAYLISTS><COLLECTION>"
        f'<TRACK TrackID="1" Name="Uno" Genre="House" AverageBpm="123.00" Location="file://localhost{music}/Alpha/one.flac"/>'
        f'<TRACK TrackID="2" AverageBpm="124.00" Location="file://localhost{music}/Alpha/8A%20-%20128%20-%20Eve%20-%20Four.wav"/>'
        "</COLLECTION></DJ_PLAYLISTS>"
    )
    assert import_collection(library, xml).filled == 2
    tracks = library.tracks()
    one, four = sorted(tracks, key=lambda track: track.bpm or 0)
    assert (one.title, one.genre, one.bpm, one.sources["bpm"]) == ("One", "House", 123.0, "rekordbox")
    assert (four.bpm, four.sources["bpm"], four.sources["key"]) == (124.0, "rekordbox", "file-name")
    done = scan_serially(library, music)
    assert done.catalogued.changed == 0
    assert library.tracks() == tracks
    assert recatalogue(library, [track.audio_id for track in tracks]) == 0
