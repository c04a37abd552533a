"""Files of DJ software, real-shaped and broken ones."""

import datetime as dt
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.catalog.keys import parse_key
from earmark.errors import EarmarkError, InputError, MetadataError
from earmark.interop.collection import DEEPEST
from earmark.interop.reading import read_collection

FIXTURES = Path(__file__).parent / "fixtures"
ZOE = "D:/Music/Z/Zoë Ångström - Être & Avoir #3+1 100%.flac"
VIOLA = "D:/Music/FSOE/Aly & Fila - Viola (Extended Mix).mp3"
NIGHT = "D:/Music/JP/夜に 😀.m4a"
MAC_VIOLA = "/Users/zoë/Music/FSOE/Aly & Fila - Viola (Extended Mix).mp3"


class TestRekordbox:
    def test_tracks(self) -> None:
        found = read_collection(FIXTURES / "rekordbox_windows.xml")
        assert found.source == "rekordbox"
        by_location = {track.location: track for track in found.tracks}
        assert list(by_location)[:3] == [VIOLA, ZOE, NIGHT]
        viola = by_location[VIOLA]
        assert (viola.values.title, viola.values.mix) == ("Viola", "Extended Mix")
        assert viola.values.artists is not None
        assert viola.values.artists.performers == ("Aly & Fila",)
        assert (viola.values.bpm, viola.values.key, viola.seconds) == (138.0, parse_key("1A"), 402)
        assert (viola.values.label, viola.values.release, viola.values.genre) == ("FSOE", "Viola EP", "Trance")
        assert (viola.values.released, viola.values.released_precision) == (dt.date(2018, 1, 1), "year")
        assert (viola.play_count, viola.added) == (7, dt.date(2019, 4, 2))
        assert by_location[ZOE].values.title == 'Être & Avoir <3 "Live"'
        assert by_location[ZOE].values.released is None
        assert by_location[NIGHT].values.title == "AC/DC vs. 😀 / 夜に駆ける"

    def test_what_cannot_be_read_is_told_and_costs_itself_only(self) -> None:
        found = read_collection(FIXTURES / "rekordbox_windows.xml")
        [odd] = [track for track in found.tracks if track.values.title == "No numbers"]
        assert (odd.values.bpm, odd.values.key, odd.seconds, odd.play_count, odd.added) == (
            None,
            None,
            None,
            None,
            None,
        )
        told = " ".join(odd.values.problems)
        assert all(text in told for text in ("'fast' is not a tempo", "'H#' is no key", "'soon'", "'MMXX'"))
        assert any("(Lost) has no location" in problem for problem in found.problems)
        assert any("'Friday & Saturday': 1 entries name no track" in problem for problem in found.problems)

    def test_playlists_in_their_folders_and_in_play_order(self) -> None:
        found = read_collection(FIXTURES / "rekordbox_windows.xml")
        told = {(one.folder, one.name): one for one in found.playlists}
        assert list(told) == [
            ((), "Friday & Saturday"),
            (("Sets", "2024"), "Festival"),
            (("Sets",), "Empty"),
            ((), "HISTORY 2024-06-01"),
        ]
        assert told[(), "Friday & Saturday"].entries == (NIGHT, VIOLA, NIGHT)
        assert told[("Sets", "2024"), "Festival"].entries == (ZOE, "D:/Music/only here.mp3")
        assert [one.kind for one in found.playlists] == ["playlist", "playlist", "playlist", "history"]


class TestTraktor:
    def test_tracks(self) -> None:
        found = read_collection(FIXTURES / "traktor_mac.nml")
        assert found.source == "traktor"
        viola, night, windows, odd = found.tracks
        assert (viola.location, night.location) == (MAC_VIOLA, '/Volumes/USB "A"/JP & Co/夜に 😀.m4a')
        assert (windows.location, odd.location) == ("C:/Music/deep/w.mp3", "/Users/zoë/Music/odd.mp3")
        assert (viola.values.bpm, viola.values.key, viola.seconds) == (138.0, parse_key("1A"), 402.468567)
        assert (viola.values.released, viola.values.released_precision) == (dt.date(2018, 3, 5), "day")
        assert (night.values.released, night.values.released_precision) == (dt.date(2019, 1, 1), "year")
        assert (night.values.key, windows.values.key) == (parse_key("G"), parse_key("Fm"))
        assert (viola.play_count, viola.added) == (12, dt.date(2023, 9, 1))
        assert (windows.values.bpm, windows.seconds) == (None, 200)

    def test_what_cannot_be_read_is_told(self) -> None:
        found = read_collection(FIXTURES / "traktor_mac.nml")
        odd = found.tracks[3]
        assert (odd.values.key, odd.values.bpm, odd.seconds, odd.play_count, odd.added) == (None,) * 5
        told = " ".join(odd.values.problems)
        assert all(text in told for text in ("MUSICAL_KEY 24", "'nan'", "'-7'", "2020-02-31"))
        assert any("(No place) has no location" in problem for problem in found.problems)
        assert "'All trance' is a smartlist, not a list, and was not read" in found.problems

    def test_playlists(self) -> None:
        warm, may = read_collection(FIXTURES / "traktor_mac.nml").playlists
        assert (warm.name, warm.folder, warm.kind) == ("Warm & Up", (), "playlist")
        assert warm.entries == ('/Volumes/USB "A"/JP & Co/夜に 😀.m4a', MAC_VIOLA, "C:/Music/deep/w.mp3")
        assert (may.name, may.folder) == ("May", ("Gigs",))

    def test_a_history_takes_the_name_of_its_file(self) -> None:
        [history] = read_collection(FIXTURES / "history_2024y05m10d_23h02m11s.nml").playlists
        assert (history.name, history.kind) == ("history_2024y05m10d_23h02m11s", "history")
        assert history.entries == ("C:/Music/deep/w.mp3", MAC_VIOLA)


class TestM3u:
    def test_a_utf_8_playlist(self) -> None:
        found = read_collection(FIXTURES / "friday.m3u8")
        [playlist] = found.playlists
        assert (found.source, playlist.name, playlist.kind) == ("m3u", "Friday – 夜 😀", "playlist")
        assert playlist.entries == (
            str(FIXTURES / "FSOE" / "Aly & Fila - Viola (Extended Mix).mp3"),
            "http://example.org/stream",
            "D:/Music/Z/Zoë.flac",
            str(FIXTURES.parent / "other" / "%41 #1 + ½.mp3"),
            "/Users/me/A & B.mp3",
        )
        viola, stream, zoe, unnamed, _ = found.tracks
        assert (viola.values.title, viola.values.mix, viola.seconds) == ("Viola", "Extended Mix", 402)
        assert viola.values.artists is not None
        assert (stream.values.title, stream.seconds) == ("Some Radio", None)
        assert (zoe.values.title, zoe.seconds) == ("Être & Avoir", 371)
        assert unnamed.values.is_empty

    def test_an_old_one_is_latin_1_and_says_so(self) -> None:
        found = read_collection(FIXTURES / "latin.m3u")
        assert found.playlists[0].entries == (str(FIXTURES / "Musique" / "Été.mp3"),)
        assert found.tracks[0].values.title == "Été"
        assert "read as Latin-1" in found.problems[0]

    def test_the_kind_is_told_by_content(self, tmp_path: Path) -> None:
        (tmp_path / "list.txt").write_text("#EXTM3U\n/a/b.mp3\n")
        assert read_collection(tmp_path / "list.txt").source == "m3u"
        (tmp_path / "plain.m3u").write_text("/a/b.mp3\n")
        assert read_collection(tmp_path / "plain.m3u").playlists[0].entries == ("/a/b.mp3",)
        (tmp_path / "wide.m3u8").write_bytes("/a/é.mp3\r\n".encode("utf-16"))
        assert read_collection(tmp_path / "wide.m3u8").playlists[0].entries == ("/a/é.mp3",)
        (tmp_path / "xml.m3u").write_bytes((FIXTURES / "traktor_mac.nml").read_bytes())
        assert read_collection(tmp_path / "xml.m3u").source == "traktor"

    def test_only_line_feeds_end_a_line(self, tmp_path: Path) -> None:
        (tmp_path / "odd.m3u8").write_bytes("/a/x\u2028y\x0b\x85.mp3\n/a/ blank .mp3\n".encode())
        assert read_collection(tmp_path / "odd.m3u8").playlists[0].entries == (
            "/a/x\u2028y\x0b\x85.mp3",
            "/a/ blank .mp3",
        )


LAUGHS = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">' + "".join(
    f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10)
)
BOMBS = {
    "billion laughs": LAUGHS + "]><DJ_PLAYLISTS>&lol9;</DJ_PLAYLISTS>",
    "quadratic": f'<!DOCTYPE b [<!ENTITY a "{"a" * 50_000}">]><DJ_PLAYLISTS>{"&a;" * 50_000}</DJ_PLAYLISTS>',
    "external entity": '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><NML><A B="1">&x;</A></NML>',
    "parameter entity": '<!DOCTYPE f [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><NML/>',
    "document type": '<!DOCTYPE NML SYSTEM "nml.dtd"><NML VERSION="19"><COLLECTION/></NML>',
    "UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE f [<!ENTITY x "y">]><NML>&x;</NML>',
}


class TestBadFiles:
    @pytest.mark.parametrize("name", BOMBS)
    def test_attacks_are_refused_before_they_do_anything(self, tmp_path: Path, name: str) -> None:
        content = BOMBS[name].encode("utf-16" if name == "UTF-16" else "utf-8")
        (tmp_path / "a.xml").write_bytes(content)
        with pytest.raises(InputError, match=r"declares a document type or entities, .* so it is not read"):
            read_collection(tmp_path / "a.xml")

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"<DJ_PLAYLISTS><COLLECTION>", "no whole XML"),
            (b"<NML \xff\xfe></NML>", "no whole XML"),
            (b'<?xml version="1.0" encoding="klingon"?><NML/>', "no whole XML"),
            (b"<GRID><a/></GRID>", "XML of another kind: its root is 'GRID'"),
            (b'<TEMPO Inizio="1"/>', "XML of another kind: its root is 'TEMPO'"),
            (b"<html><body/></html>", "XML of another kind: its root is 'html', neither DJ_PLAYLISTS nor NML"),
            (b"SQLite format 3\0" + bytes(100), "no file of DJ software"),
            (b"\x89PNG\r\n\x1a\n\0\0", "no file of DJ software"),
            (b"a,b,c\n1,2,3\n", "no file of DJ software that Earmark reads; expected rekordbox XML"),
            (b"", "is empty"),
            (b"\n \n", "is empty"),
            (b"#EXTM3U\n# nothing\n", "holds no track"),
            (b'<DJ_PLAYLISTS Version="1.0.0"><COLLECTION Entries="0"/><PLAYLISTS/></DJ_PLAYLISTS>', "holds no track"),
            (b"<NML/>", "holds no track"),
        ],
    )
    def test_what_is_wrong_is_told(self, tmp_path: Path, content: bytes, told: str) -> None:
        (tmp_path / "a.xml").write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_collection(tmp_path / "a.xml")
        assert told in str(caught.value)

    def test_no_file_a_folder_and_a_huge_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="there is no file"):
            read_collection(tmp_path / "none.xml")
        with pytest.raises(InputError, match="is a folder; name a file"):
            read_collection(tmp_path)
        (tmp_path / "a.nml").write_bytes(b"<NML/>" + b" " * 2**21)
        with pytest.raises(InputError, match="has 2 MiB, more than the 1 MiB that are read"):
            read_collection(tmp_path / "a.nml", most_bytes=2**20)

    @pytest.mark.parametrize("program", ["rekordbox", "traktor"])
    def test_folders_nested_beyond_any_stack(self, tmp_path: Path, program: str) -> None:
        deep = 20_000
        if program == "rekordbox":
            begin, end = '<NODE Type="0" Name="f">', "</NODE>"
            leaf = '<NODE Type="1" KeyType="1" Name="p"><TRACK Key="file://localhost/a.mp3"/></NODE>'
            text = f"<DJ_PLAYLISTS><PLAYLISTS>{begin * deep}{leaf}{end * deep}</PLAYLISTS></DJ_PLAYLISTS>"
        else:
            begin, end = '<NODE TYPE="FOLDER" NAME="f"><SUBNODES>', "</SUBNODES></NODE>"
            key = '<PLAYLIST><ENTRY><PRIMARYKEY KEY="C:/:a.mp3"/></ENTRY></PLAYLIST>'
            leaf = f'<NODE TYPE="PLAYLIST" NAME="p">{key}</NODE>'
            text = f"<NML><PLAYLISTS>{begin * deep}{leaf}{end * deep}</PLAYLISTS></NML>"
        (tmp_path / "deep.xml").write_text(text)
        [playlist] = read_collection(tmp_path / "deep.xml").playlists
        assert (playlist.name, len(playlist.folder), len(playlist.entries)) == ("p", DEEPEST, 1)

    @settings(max_examples=30)
    @given(st.binary(max_size=300), st.sampled_from([b"", b"<NML>", b"<DJ_PLAYLISTS>", b"#EXTM3U\n", b"\xff\xfe<\0"]))
    def test_no_bytes_end_in_anything_but_an_error_of_ours(self, content: bytes, begin: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "any.m3u"
            path.write_bytes(begin + content)
            try:
                found = read_collection(path)
            except EarmarkError:
                return
            assert found.tracks or found.playlists


TAGS = (
    "COLLECTION", "TRACK", "PLAYLISTS", "NODE", "ENTRY", "LOCATION", "INFO", "TEMPO", "MUSICAL_KEY", "ALBUM",
    "SUBNODES", "PLAYLIST", "PRIMARYKEY", "POSITION_MARK", "GRID",
)  # fmt: skip
ATTRIBUTES = (
    "Type", "TYPE", "Name", "NAME", "KeyType", "Key", "KEY", "TrackID", "Location", "VOLUME", "DIR", "FILE", "VALUE",
    "BPM", "AverageBpm", "TotalTime", "PLAYTIME", "Year", "RELEASE_DATE", "Tonality", "Inizio", "PlayCount",
    "DateAdded", "Mix",
)  # fmt: skip
VALUES = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "1e999",
        "nan",
        "²",
        "2024/0/0",
        "FOLDER",
        "PLAYLIST",
        "/:",
        "C:",
        "file://localhost/",
        "/:a/:",
    ]
) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
ELEMENTS: st.SearchStrategy[str] = st.recursive(
    st.just(""),
    lambda inner: st.builds(
        lambda tag, attributes, below: (
            f"<{tag} {' '.join(f'{name}={quoteattr(text)}' for name, text in attributes.items())}>{below}</{tag}>"
        ),
        st.sampled_from(TAGS),
        st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES, max_size=5),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["DJ_PLAYLISTS", "NML"]), st.lists(ELEMENTS, max_size=4))
def test_no_elements_end_in_anything_but_an_error_of_ours(root: str, inner: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.xml"
        text = "".join(inner)
        path.write_text(f"<{root}><COLLECTION>{text}</COLLECTION><PLAYLISTS>{text}</PLAYLISTS></{root}>", "utf-8")
        try:
            found = read_collection(path)
        except EarmarkError:
            return
        assert found.tracks or found.playlists


def test_damaged_files_are_metadata_errors(tmp_path: Path) -> None:
    (tmp_path / "a.nml").write_text("<NML><COLLECTION></NML>")
    with pytest.raises(MetadataError, match="it may have been cut off: export the collection again"):
        read_collection(tmp_path / "a.nml")
