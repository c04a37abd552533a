from pathlib import Path

import pytest
from cli_runs import LABELS, Run, run_apart


def test_labels(scanned: Path, run: Run) -> None:
    listed = run("labels", library=scanned)
    assert all(label in listed.out for label in LABELS)
    told = run("labels", "--json", library=scanned).json
    assert {(one["label"], one["tracks"], one["releases"], one["artists"]) for one in told} == {
        (label, 8, 8, 8) for label in LABELS
    }


def test_tracks_are_selected_and_shown_as_liked(scanned: Path, run: Run) -> None:
    chosen = ["--labels", "low street", "--genre", "trance", "--since", "2018-03", "--until", "2018-04"]
    ran = run("tracks", *chosen, "--keys", "plain", library=scanned)
    assert ran.code == 0, ran.err
    assert ran.out.count("A minor") == 2
    assert "2 of 24 tracks" in ran.err
    assert "released later" in ran.err
    told = run("tracks", *chosen, "--json", library=scanned).json
    assert sorted(track["released"] for track in told) == ["2018-03-15", "2018-04-15"]
    sources = run("tracks", *chosen, "--sources", library=scanned)
    assert "label: tag" in sources.out


@pytest.mark.parametrize(("columns", "width"), [("72", 72), ("100", 100), ("wide", 119)])
def test_tables_are_as_wide_as_the_environment_says(scanned: Path, run: Run, columns: str, width: int) -> None:
    listed = run("tracks", library=scanned, COLUMNS=columns)
    assert max(map(len, listed.out.splitlines())) == width


def test_unknown_names_and_dates_are_told(scanned: Path, run: Run) -> None:
    label = run("tracks", "--labels", "Anjuna", library=scanned)
    assert label.code == 2
    assert "High Road, Low Street, Mid Avenue" in label.err
    date = run("tracks", "--since", "last year", library=scanned)
    assert date.code == 2
    assert "2018-03-05" in date.err


def test_no_library_is_told(run: Run, tmp_path: Path) -> None:
    ran = run("tracks", library=tmp_path)
    assert ran.code == 2
    assert "earmark scan FOLDER" in ran.err


def test_models_lists_published_and_own(run: Run) -> None:
    told = {spec["name"]: spec for spec in run_apart("models", "--json").json}
    assert {"crnn", "mfcc", "metadata", "crnn-paper", "crnn-study", "mfcc-study", "metadata-study"} <= told.keys()
    assert told["crnn-study"]["features"]["sample_rate"] == 44_100
    listed = run("models").out
    assert all(name in listed for name in told)
