"""``earmark import``, ``earmark playlists`` and ``earmark export``."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from cli_runs import Run, run_apart
from dj_library import ROOT, dj_library, tagged

XML = (
    '<?xml version="1.0" encoding="UTF-8"?><DJ_PLAYLISTS Version="1.0.0"><PRODUCT Name="rekordbox"/><COLLECTION>{}'
    "</COLLECTION><PLAYLISTS>"
    '<NODE Type="0" Name="ROOT"><NODE Type="0" Name="Sets"><NODE Type="1" KeyType="0" Name="Friday [b]">{}'
    "</NODE></NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>"
)
NAMES = ("A/one & 1.mp3", "B/two.mp3", "C/three.mp3")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    files = [
        tagged(number, name, 100.0 * number, title=f"Song {number}", artists="Ann", label="Low [red]Street")
        for number, name in enumerate(NAMES, start=1)
    ]
    dj_library(tmp_path / "library", files)
    return tmp_path / "library"


@pytest.fixture
def xml(tmp_path: Path) -> Path:
    tracks = "".join(
        f'<TRACK TrackID="{n}" Name="Song {n}" TotalTime="{n}00" AverageBpm="12{n}.00" Tonality="Am" '
        f'Location="file://localhost/D:/M/{quote(name)}"/>'
        for n, name in enumerate((*NAMES[:2], "X/missing.mp3"), start=1)
    )
    path = tmp_path / "rekordbox.xml"
    path.write_text(XML.format(tracks, '<TRACK Key="2"/><TRACK Key="3"/><TRACK Key="1"/>'))
    return path


def test_import_then_list_then_export(run: Run, library: Path, xml: Path, tmp_path: Path) -> None:
    done = run("import", xml, library=library)
    assert done.code == 3, done.err
    assert "is a rekordbox XML" in done.err
    assert "Not in the library: D:/M/X/missing.mp3" in done.err
    assert "matched by moved folder" in done.out
    again = run_apart("import", xml, "--json", library=library)
    [told] = again.json
    assert (told["new_playlists"], told["told"], told["filled"], told["matched"]) == (0, 0, 0, {"moved folder": 2})
    listed = run("playlists", library=library)
    assert "Sets/Friday [b]" in listed.out
    shown = run("playlists", "friday [b]", library=library)
    assert shown.out.index("Ann - Song 2") < shown.out.index("D:/M/X/missing.mp3") < shown.out.index("Ann - Song 1")
    assert "Low [red]Street" in shown.out
    told = run("playlists", "Sets/Friday [b]", "--json", library=library).json
    assert [entry["track"] and entry["track"]["bpm"] for entry in told["entries"]] == [122.0, None, 121.0]
    out = tmp_path / "friday.m3u8"
    wrote = run("export", "friday [b]", "--out", out, "--path-map", f"{ROOT}=/Volumes/USB", library=library)
    assert wrote.code == 3
    assert "Left out: D:/M/X/missing.mp3 is not in the library." in wrote.err
    lines = [line for line in out.read_text().splitlines() if not line.startswith("#")]
    assert lines == ["/Volumes/USB/B/two.mp3", "/Volumes/USB/A/one & 1.mp3"]
    assert "#PLAYLIST:Friday [b]" in out.read_text()


def test_two_playlists_of_one_name_are_told_apart_by_id(run: Run, library: Path, tmp_path: Path) -> None:
    assert run("playlists", library=library).out == ""
    for number, folder in enumerate(("x", "y")):
        path = tmp_path / folder / "set.m3u8"
        path.parent.mkdir()
        path.write_text(f"#EXTM3U\n{ROOT}/{NAMES[number]}\n")
        run("import", path, library=library)
        listed = run("playlists", library=library)
        ids = [one["playlist_id"] for one in run("playlists", "--json", library=library).json]
        assert [one in listed.err for one in ids] == [number == 1] * (number + 1)
    shown = [run("playlists", one, library=library).out for one in ids]
    assert sorted("Song 2" in one for one in shown) == [False, True]


def test_a_folder_that_is_not_to_be_written_is_told(run: Run, library: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    wrote = run("export", "--labels", "Low [red]Street", "--out", tmp_path / "file/a.m3u8", library=library)
    assert wrote.code == 2
    assert f"cannot write {tmp_path / 'file/a.m3u8'} (" in wrote.err
    assert "partial" not in wrote.err


def test_export_by_label_and_by_audio_id(run: Run, library: Path, tmp_path: Path) -> None:
    wrote = run("export", "--labels", "low [red]street", "--out", tmp_path / "a.xml", library=library)
    assert (wrote.code, wrote.out) == (0, "")
    assert f"Wrote 3 tracks to {tmp_path / 'a.xml'} (rekordbox)." in wrote.err
    ids = [f"{number:032x}" for number in (3, 1)]
    assert run("export", *ids, "--format", "csv", "--out", tmp_path / "a.txt", library=library).code == 0
    rows = (tmp_path / "a.txt").read_text().splitlines()
    assert [row.split(",")[2] for row in rows] == ["title", "Song 3", "Song 1"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "Sunday", "--out", "x.m3u8"], "there is no playlist or audio id called 'Sunday'"),
        (["export", "--out", "x.m3u8"], "say what to export: a playlist's name"),
        (["export", "--labels", "Low [red]Street"], "an export needs a file; add --out FILE"),
        (["export", "--labels", "Low [red]Street", "--out", "x.txt"], "does not say its format"),
        (["export", "--labels", "Low [red]Street", "--out", "x.xml", "--path-map", "D"], "a path map is FROM=TO"),
        (["export", "--since", "2030", "--out", "x.xml"], "no track is left to export"),
        (["playlists", "Sunday"], "there is no playlist called 'Sunday'; known: none yet"),
        (["import", "none.xml"], "there is no file none.xml"),
    ],
)
def test_what_cannot_be_done_is_told(run: Run, library: Path, arguments: list[str], told: str) -> None:
    ran = run(*arguments, library=library)
    assert ran.code == 2
    assert told in ran.err


def test_an_entity_bomb_is_told(run: Run, library: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xml"
    bomb.write_text('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><DJ_PLAYLISTS>&b;</DJ_PLAYLISTS>')
    ran = run("import", bomb, library=library)
    assert ran.code == 2
    assert "which can be an attack" in ran.err


def test_rekordboxs_own_file_survives(run: Run, library: Path, xml: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.xml"
    shutil.copy(xml, kept)
    ran = run("export", f"{1:032x}", "--out", kept, "--overwrite", library=library)
    assert ran.code == 2
    assert "a collection of other DJ software, which is never replaced" in ran.err
    assert kept.read_bytes() == xml.read_bytes()


def test_one_bad_file_of_several_costs_itself_only(run: Run, library: Path, xml: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.nml").write_text("<NML>")
    ran = run("import", tmp_path / "cut.nml", xml, library=library)
    assert ran.code == 3
    assert f"Not imported: {tmp_path / 'cut.nml'} is no whole XML" in ran.err
    assert "Sets/Friday [b]" in run("playlists", library=library).out
    told = run("import", xml, tmp_path / "cut.nml", "--dry-run", "--json", library=library).json
    assert [set(one) >= {"error"} for one in told] == [False, True]
