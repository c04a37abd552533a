"""What each format's file holds, and which files are never replaced."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from dj_library import plain_track

from earmark.catalog.credits import parse_credits
from earmark.catalog.from_csv import read_csv
from earmark.catalog.keys import Key, parse_key
from earmark.errors import InputError, UnknownNameError
from earmark.interop.exporting import EXPORTERS, ExportFormat, ExportOptions, export_format, write_export
from earmark.interop.items import ExportItem
from earmark.interop.locations import parse_path_map
from earmark.interop.to_rekordbox import rekordbox_key
from earmark.interop.to_traktor import traktor_key

FIXTURES = Path(__file__).parent / "fixtures"
SET = ExportOptions(name="Friday & <Night>")
NASTY = plain_track(
    '/mnt/music/Zoë & Co/100% #1 + Don\'t; "=é" 夜😀.mp3',
    number=2,
    title='Être & <Avoir> "3"',
    mix="Ann's Remix",
    artist_credit="Zoë & Ann",
    artists=parse_credits("Zoë & Ann", "x (Ann's Remix)"),
    label="A/B",
    release="EP & 1",
    genre="Trance",
    bpm=127.996,
    key=parse_key("12A"),
    seconds=371.6,
)
ITEMS = [
    ExportItem(track=plain_track("/mnt/music/a.mp3"), note="Same key, 2 BPM faster"),
    ExportItem(track=NASTY, start_seconds=300.04, play_bpm=138.0, lufs=-8.25, score=0.91, facts={"energy": 0.7}),
    ExportItem(track=plain_track("/mnt/music/a.mp3")),
]


def exported(tmp_path: Path, name: str, **options: object) -> Path:
    path = tmp_path / name
    write_export(path, ITEMS, ExportOptions(name=SET.name, **options))  # type: ignore[arg-type]
    return path


class TestRekordbox:
    def test_the_published_format(self, tmp_path: Path) -> None:
        path = exported(tmp_path, "set.xml", path_maps=(parse_path_map("/mnt/music=D:/Music"),))
        text = path.read_text("utf-8")
        assert text.splitlines()[0] == '<?xml version="1.0" encoding="UTF-8"?>'
        root = ET.fromstring(text)
        assert (root.tag, root.attrib) == ("DJ_PLAYLISTS", {"Version": "1.0.0"})
        assert [child.tag for child in root] == ["PRODUCT", "COLLECTION", "PLAYLISTS"]
        [collection] = root.iter("COLLECTION")
        tracks = list(collection)
        assert collection.get("Entries") == "2"
        assert [track.get("TrackID") for track in tracks] == ["1", "2"]
        assert tracks[1].attrib == {
            "TrackID": "2",
            "Name": 'Être & <Avoir> "3" (Ann\'s Remix)',
            "Artist": "Zoë & Ann",
            "Album": "EP & 1",
            "Genre": "Trance",
            "Kind": "MP3 File",
            "TotalTime": "372",
            "AverageBpm": "128.00",
            "Remixer": "Ann",
            "Tonality": "Dbm",
            "Label": "A/B",
            "Mix": "Ann's Remix",
            "Location": "file://localhost/D:/Music/Zo%C3%AB%20%26%20Co/"
            "100%25%20%231%20%2B%20Don%27t%3B%20%22%3D%C3%A9%22%20%E5%A4%9C%F0%9F%98%80.mp3",
        }
        assert (tracks[0].get("Comments"), tracks[0].get("Tonality")) == ("Same key, 2 BPM faster", "Abm")
        [top] = root.findall("PLAYLISTS/NODE")
        assert top.attrib == {"Type": "0", "Name": "ROOT", "Count": "1"}
        [playlist] = top
        assert playlist.attrib == {"Name": "Friday & <Night>", "Type": "1", "KeyType": "0", "Entries": "3"}
        assert [entry.attrib for entry in playlist] == [{"Key": "1"}, {"Key": "2"}, {"Key": "1"}]

    def test_pyrekordbox_reads_it_back(self, tmp_path: Path) -> None:
        from pyrekordbox.rbxml import RekordboxXml

        xml = RekordboxXml(exported(tmp_path, "set.xml"))
        assert xml.num_tracks == 2
        assert xml.get_track(TrackID=2)["AverageBpm"] == 128.0
        assert "/" + xml.get_track(TrackID=2)["Location"] == NASTY.path
        assert xml.get_playlist("Friday & <Night>").get_tracks() == [1, 2, 1]

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/Users/me/a.mp3", "file://localhost/Users/me/a.mp3"),
            ("C:\\Music\\a b.mp3", "file://localhost/C:/Music/a%20b.mp3"),
            ("\\\\nas\\music\\a.mp3", "file://localhost//nas/music/a.mp3"),
        ],
    )
    def test_locations(self, tmp_path: Path, path: str, location: str) -> None:
        write_export(tmp_path / "a.xml", [ExportItem(track=plain_track(path))], SET)
        [track] = ET.parse(tmp_path / "a.xml").getroot().iterfind("COLLECTION/TRACK")
        assert track.get("Location") == location

    def test_keys_are_spelt_as_rekordbox_spells_them(self) -> None:
        spelt = [rekordbox_key(Key(tonic, "minor")) for tonic in range(12)]
        assert spelt == ["Cm", "Dbm", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "Abm", "Am", "Bbm", "Bm"]
        spelt = [rekordbox_key(Key(tonic, "major")) for tonic in range(12)]
        assert spelt == ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]

    def test_unknown_values_are_left_out(self, tmp_path: Path) -> None:
        bare = plain_track("/m/01 - Bare.flac", title=None, bpm=None, key=None)
        write_export(tmp_path / "a.xml", [ExportItem(track=bare)], SET)
        track = ET.parse(tmp_path / "a.xml").getroot().find("COLLECTION/TRACK")
        assert track is not None
        assert set(track.attrib) == {"TrackID", "Name", "Kind", "TotalTime", "Location"}
        assert track.get("Name") == "01 - Bare"


class TestTraktor:
    def test_the_shape_of_traktors_own(self, tmp_path: Path) -> None:
        path = exported(tmp_path, "set.nml", path_maps=(parse_path_map("/mnt/music=D:/Music"),))
        lines = path.read_text("utf-8").splitlines()
        assert lines[0] == '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>'
        root = ET.parse(path).getroot()
        assert (root.tag, root.attrib) == ("NML", {"VERSION": "19"})
        assert [one.tag for one in root] == ["HEAD", "MUSICFOLDERS", "COLLECTION", "SETS", "PLAYLISTS", "INDEXING"]
        entries = root.findall("COLLECTION/ENTRY")
        assert (root.find("COLLECTION").get("ENTRIES"), len(entries)) == ("2", 2)  # type: ignore[union-attr]
        parts = {one.tag: one.attrib for one in entries[1]}
        assert parts["LOCATION"] == {
            "DIR": "/:Music/:Zoë & Co/:",
            "FILE": '100% #1 + Don\'t; "=é" 夜😀.mp3',
            "VOLUME": "D:",
            "VOLUMEID": "D:",
        }
        assert parts["TEMPO"] == {"BPM": "127.996000", "BPM_QUALITY": "100.000000"}
        assert parts["MUSICAL_KEY"] == {"VALUE": "13"}
        assert (parts["INFO"]["KEY"], parts["INFO"]["PLAYTIME"], parts["INFO"]["LABEL"]) == ("5m", "372", "A/B")
        [node] = root.findall("PLAYLISTS/NODE/SUBNODES/NODE")
        assert node.get("NAME") == "Friday & <Night>"
        playlist = node.find("PLAYLIST")
        assert playlist is not None
        assert (playlist.get("ENTRIES"), playlist.get("TYPE"), len(playlist.get("UUID", ""))) == ("3", "LIST", 32)
        keys = [key.get("KEY") for key in playlist.iterfind("ENTRY/PRIMARYKEY")]
        assert keys == ["D:/:Music/:a.mp3", "D:/:Music/:Zoë & Co/:" + parts["LOCATION"]["FILE"], "D:/:Music/:a.mp3"]

    def test_keys_are_numbered_major_first(self) -> None:
        assert [traktor_key(parse_key(key)) for key in ("C", "B", "Cm", "Abm", "Bm")] == [0, 11, 12, 20, 23]

    def test_what_it_cannot_hold_is_left_out_and_told(self, tmp_path: Path) -> None:
        items = [ExportItem(track=plain_track(path)) for path in ("/m/a.mp3", "//nas/b.mp3", "/m/\x01.mp3")]
        done = write_export(tmp_path / "a.nml", items, SET)
        assert (done.tracks, [path for path, _ in done.left_out]) == (1, ["//nas/b.mp3", "/m/\x01.mp3"])
        assert "--path-map" in done.left_out[0][1]


class TestM3u8:
    def test_absolute_paths(self, tmp_path: Path) -> None:
        path = exported(tmp_path, "set.m3u8")
        assert path.read_bytes().startswith(b"#EXTM3U\n")
        assert path.read_text("utf-8").splitlines()[2:] == [
            "#PLAYLIST:Friday & <Night>",
            "# Same key, 2 BPM faster",
            "#EXTINF:402,Viola",
            "/mnt/music/a.mp3",
            '#EXTINF:372,Zoë & Ann - Être & <Avoir> "3" (Ann\'s Remix)',
            NASTY.path,
            "#EXTINF:402,Viola",
            "/mnt/music/a.mp3",
        ]

    def test_paths_of_windows_have_backslashes(self, tmp_path: Path) -> None:
        path = exported(tmp_path, "set.m3u8", path_maps=(parse_path_map("/mnt/music=D:/Music"),))
        assert "\nD:\\Music\\a.mp3\n" in path.read_text("utf-8")

    def test_relative_paths(self, tmp_path: Path) -> None:
        names = ("sets/#1.mp3", "sets/ b.mp3", "c.mp3")
        items = [ExportItem(track=plain_track(str(tmp_path / name))) for name in names]
        write_export(tmp_path / "sets" / "x.m3u8", items, ExportOptions(name="x", relative=True))
        lines = (tmp_path / "sets" / "x.m3u8").read_text().splitlines()
        assert [line for line in lines if not line.startswith("#")] == ["./#1.mp3", "./ b.mp3", "../c.mp3"]

    def test_a_path_with_a_line_break_is_left_out(self, tmp_path: Path) -> None:
        items = [ExportItem(track=plain_track(path)) for path in ("/m/a.mp3", "/m/a\nb.mp3", "/m/\udcff.mp3")]
        done = write_export(tmp_path / "a.m3u8", items, SET)
        told = [why.partition(",")[0] for _, why in done.left_out]
        assert told == ["its path has a line break", "its path is no UTF-8"]

    def test_only_playlists_have_relative_paths(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="only an M3U8 can hold relative paths"):
            exported(tmp_path, "set.xml", relative=True)


class TestTables:
    def test_csv(self, tmp_path: Path) -> None:
        path = exported(tmp_path, "set.csv")
        first, second, _ = csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))
        assert (first["position"], first["reason"], first["key"]) == ("1", "Same key, 2 BPM faster", "1A")
        assert (second["file"], second["start"], second["energy"]) == (NASTY.path, "300.0", "0.7")
        assert second["lufs"] == "-8.2"
        assert (second["play_bpm"], second["score"], second["open_key"]) == ("138.0", "0.91", "5m")

    def test_our_own_importer_reads_the_csv(self, tmp_path: Path) -> None:
        catalogue = read_csv(exported(tmp_path, "set.csv"))
        values = catalogue.match(Path(NASTY.path))
        assert (values.title, values.mix) == ('Être & <Avoir> "3"', "Ann's Remix")
        assert (values.bpm, values.key) == (127.996, NASTY.key)
        assert (values.label, values.release, values.seconds) == ("A/B", "EP & 1", 371.6)

    def test_formulas_are_defused(self, tmp_path: Path) -> None:
        evil = plain_track("/m/a.mp3", title='=HYPERLINK("http://x")', label="+1", artist_credit="@a", release="-1")
        write_export(tmp_path / "a.csv", [ExportItem(track=evil, facts={"=f": "=1"})], SET)
        cells = next(csv.reader(io.StringIO((tmp_path / "a.csv").read_text().splitlines()[1])))
        assert not any(cell.startswith(("=", "+", "@", "-")) for cell in cells)
        assert (tmp_path / "a.csv").read_text().splitlines()[0].endswith(",'=f")

    def test_json(self, tmp_path: Path) -> None:
        told = json.loads(exported(tmp_path, "set.json").read_text("utf-8"))
        assert (told["format"], told["version"], told["name"]) == ("earmark-export", 1, "Friday & <Night>")
        assert [row["position"] for row in told["tracks"]] == [1, 2, 3]
        assert told["tracks"][1]["facts"] == {"energy": 0.7}
        assert (told["tracks"][1]["bpm"], told["tracks"][1]["lufs"]) == (127.996, -8.2)


class TestWhatIsThereAlready:
    @pytest.mark.parametrize("kind", EXPORTERS)
    def test_an_export_of_ours_is_replaced(self, tmp_path: Path, kind: ExportFormat) -> None:
        path = tmp_path / f"a{EXPORTERS[kind].suffixes[0]}"
        write_export(path, ITEMS * 60, SET)
        long = path.stat().st_size
        write_export(path, ITEMS, SET)
        assert path.stat().st_size < long
        assert path.stat().st_mode & 0o777 == 0o644
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("name", ["rekordbox_windows.xml", "traktor_mac.nml"])
    def test_collections_of_other_programs_survive(self, tmp_path: Path, name: str) -> None:
        before = (FIXTURES / name).read_bytes()
        path = tmp_path / name
        path.write_bytes(before)
        for overwrite in (False, True):
            with pytest.raises(InputError, match="a collection of other DJ software, which is never replaced"):
                write_export(path, ITEMS, ExportOptions(name="x", overwrite=overwrite))
        assert path.read_bytes() == before

    def test_other_files_are_kept_unless_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "a.m3u8"
        path.write_text("#EXTM3U\n/my/own.mp3\n")
        with pytest.raises(InputError, match="is no export of Earmark's; name another file, or add --overwrite"):
            write_export(path, ITEMS, SET)
        assert path.read_text() == "#EXTM3U\n/my/own.mp3\n"
        write_export(path, ITEMS, ExportOptions(name="x", overwrite=True))
        assert "/my/own.mp3" not in path.read_text()

    def test_what_is_no_text_is_never_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "master.json"
        path.write_bytes(b"SQLite format 3\0" + bytes(8000))
        with pytest.raises(InputError, match="is no text file, so it is never replaced"):
            write_export(path, ITEMS, ExportOptions(name="x", overwrite=True))

    def test_a_device_is_no_file(self) -> None:
        with pytest.raises(InputError, match="/dev/null is no file that can be written whole"):
            write_export(Path("/dev/null"), ITEMS, ExportOptions(name="x", format="csv"))

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.xml").mkdir()
        with pytest.raises(InputError, match="is a folder; name a file, such as"):
            write_export(tmp_path / "a.xml", ITEMS, SET)


class TestWhatIsAskedFor:
    def test_formats_are_told_by_ending(self) -> None:
        asked = ["a.M3U8", "a.m3u", "a.xml", "a.nml", "a.csv", "a.json"]
        told = [export_format(Path(name)) for name in asked]
        assert told == ["m3u8", "m3u8", "rekordbox", "traktor", "csv", "json"]
        assert export_format(Path("a.txt"), "csv") == "csv"
        with pytest.raises(InputError, match=r"a\.txt does not say its format; end its name in one of \.m3u8 \(m3u8\)"):
            export_format(Path("a.txt"))
        with pytest.raises(UnknownNameError, match="no export format called 'serato'; known: m3u8, rekordbox, traktor"):
            export_format(Path("a.txt"), "serato")

    def test_nothing_is_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="there is no track to export"):
            write_export(tmp_path / "a.xml", [], SET)
        with pytest.raises(InputError, match="no track can be written as traktor"):
            write_export(tmp_path / "a.nml", [ExportItem(track=plain_track("a.mp3"))], SET)
        assert list(tmp_path.iterdir()) == []

    def test_a_map_that_fits_no_path_is_a_mistake_and_one_that_fits_some_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no track lies in /music; the first is /mnt/music/a\.mp3"):
            exported(tmp_path, "a.m3u8", path_maps=(parse_path_map("/music=D:/"),))
        maps = (parse_path_map("/mnt/music/Zoë & Co=D:/Z"),)
        done = write_export(tmp_path / "a.m3u8", ITEMS, ExportOptions(name="x", path_maps=maps))
        assert (done.tracks, done.unmapped) == (3, 2)
