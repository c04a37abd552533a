from pathlib import Path

import pytest
import soundfile
from beats import beat
from cli_runs import Run, write_track


def test_the_summary_counts_honestly(collection: Path, run: Run, tmp_path: Path) -> None:
    library = tmp_path / "library"
    first = run("scan", collection / "labels", library=library)
    assert first.code == 3
    assert "25 audio files: 24 analysed" in first.err
    assert "1 failed" in first.err
    assert "come from: tag" in first.err
    assert "broken.mp3" in first.out
    again = run("scan", library=library)
    assert again.code == 3, "the broken file is still broken"
    assert "0 analysed, 24 unchanged, 1 failed" in again.err


def test_a_folder_without_music_is_told_and_a_library_without_tracks(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    ran = run("scan", tmp_path / "notes", library=tmp_path / "library")
    assert (ran.code, ran.out) == (0, "")
    assert "There is no audio file in these folders." in ran.err
    assert "come from" not in ran.err
    listed = run("tracks", library=tmp_path / "library")
    assert (listed.code, listed.out) == (0, "")
    assert "fill it with `earmark scan FOLDER`" in listed.err


def test_scan_as_json(collection: Path, run: Run, tmp_path: Path) -> None:
    ran = run("scan", collection / "labels", "--json", "--label-from", "folder", library=tmp_path / "library")
    assert ran.code == 3
    assert ran.err == ""
    told = ran.json
    assert (told["found"], told["analysed"], told["unchanged"]) == (25, 24, 0)
    assert told["failures"][0]["reasons"].keys() == {"soundfile", "pyav"}
    assert set(told["catalogued"]["label_from"].values()) == {"folder"}


def test_failures_are_listed_with_each_decoders_reason(scanned: Path, run: Run) -> None:
    listed = run("failures", library=scanned)
    assert listed.code == 0
    assert "soundfile:" in listed.out
    assert "pyav:" in listed.out
    [failure] = run("failures", "--json", library=scanned).json
    assert Path(failure["path"]).name == "broken.mp3"
    assert failure["kind"] == "error"


def test_labels_from_a_csv(run: Run, tmp_path: Path) -> None:
    write_track(tmp_path / "music" / "a.mp3", 200, 1, seconds=1)
    write_track(tmp_path / "music" / "b.mp3", 300, 2, seconds=1)
    csv = tmp_path / "shop.csv"
    csv.write_text("File,Title,Artists,Label,BPM,Key,Mood\na.mp3,Aaa,X & Y,One,132,8A,dark\nb.mp3,Bbb,Z,Two,128,Am,\n")
    ran = run("scan", tmp_path / "music", "--csv", csv, library=tmp_path / "library")
    assert ran.code == 0, ran.err
    assert "'Mood' is not known" in ran.err
    tracks = run("tracks", "--json", library=tmp_path / "library").json
    assert [(t["label"], t["title"], t["bpm"], t["key"]) for t in tracks] == [
        ("One", "Aaa", 132.0, "8A"),
        ("Two", "Bbb", 128.0, "8A"),
    ]
    assert tracks[0]["sources"]["label"] == "csv"


def test_a_range_of_tempi_is_kept_for_later_scans(run: Run, tmp_path: Path) -> None:
    sound = tmp_path / "music" / "untold.flac"
    sound.parent.mkdir()
    soundfile.write(sound, beat(128, 12.0), 22_050)
    library = tmp_path / "library"
    assert run("scan", sound.parent, "--bpm-range", "60-100", library=library).code == 0
    [track] = run("tracks", "--json", library=library).json
    assert track["bpm"] == pytest.approx(64, rel=2e-3)
    assert (track["sources"]["bpm"], track["measures"]["tempo"]["bpm"]) == ("analysis", pytest.approx(64, rel=2e-3))
    assert "curve" not in track["measures"]
    assert "0 analysed, 1 unchanged" in run("scan", library=library).err
    listed = run("tracks", library=library)
    assert "~64" in listed.out
    assert "estimated from the sound" in listed.err


@pytest.mark.parametrize(
    ("asked", "told"), [("120", "LOW-HIGH, such as 70-200"), ("200-70", "from a slower to a faster one")]
)
def test_a_range_that_is_none_is_told(asked: str, told: str, run: Run, tmp_path: Path) -> None:
    ran = run("scan", tmp_path, "--bpm-range", asked, library=tmp_path / "library")
    assert (ran.code, told in ran.err) == (2, True)


def test_bad_requests_say_what_to_do(run: Run, tmp_path: Path) -> None:
    nowhere = run("scan", tmp_path / "nowhere", library=tmp_path / "library")
    assert (nowhere.code, "there is nothing at" in nowhere.err) == (2, True)
    nothing = run("scan", library=tmp_path / "empty")
    assert (nothing.code, "earmark scan FOLDER" in nothing.err) == (2, True)
    no_csv = run("scan", tmp_path, "--label-from", "csv", library=tmp_path / "third")
    assert (no_csv.code, "--csv FILE" in no_csv.err) == (2, True)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("precious")
    taken = run("scan", tmp_path, library=foreign)
    assert (taken.code, "holds other files" in taken.err) == (2, True)
    assert (foreign / "thesis.txt").read_text() == "precious"
