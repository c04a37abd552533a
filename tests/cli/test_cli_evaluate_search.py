import shutil
from pathlib import Path

import pytest
from cli_runs import ARTISTS, LABELS, Run, run_apart


@pytest.fixture(scope="module")
def embedded(scanned: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with vectors that need no model."""
    library = tmp_path_factory.mktemp("embedded") / "library"
    shutil.copytree(scanned, library)
    ran = run("embed", "--mfcc", library=library)
    assert ran.code == 0, ran.err
    return library


def test_rankers_side_by_side_for_people(embedded: Path, run: Run) -> None:
    ran = run("evaluate-search", "--mfcc", "--k", "5,1", library=embedded)
    assert ran.code == 0, ran.err
    n_tracks = ARTISTS * len(LABELS)
    assert f"label: {n_tracks} questions (* best of a line; 95 %: of mfcc)" in ran.out
    assert f"label by other artists: {n_tracks} questions" in ran.out
    for name in ("mfcc, undamped", "random", "BPM and key", "MFCC mean", "MAP", "P@1", "recall@5"):
        assert name in ran.out, ran.out
    assert "how often tracks come up" in ran.out
    assert "Ours (mfcc) is first on " in ran.out
    assert f"Queries: all tracks. Candidates: all other of {n_tracks} tracks." in ran.err


def test_the_same_for_machines(embedded: Path) -> None:
    ran = run_apart("evaluate-search", "--mfcc", "--k", "1", "--most-queries", "5", "--json", library=embedded)
    told = ran.json
    assert told["queries"] == "5 of all tracks, drawn by chance"
    assert {line["questions"] for line in told["lines"]} == {5}
    best = told["lines"][0]["rankers"]["mfcc"]
    assert best["interval"]["low"] <= best["mean"] <= best["interval"]["high"]
    assert told["verdict"][0].startswith("Ours (mfcc) is first on ")
    assert ran.err == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mfcc", "--k", "0"], "ranks are whole numbers of at least 1, separated by commas, such as 1,5,10, not '0'"),
        (["--mfcc", "--k", "ten"], "not 'ten'"),
        (["--bundle", "nothing"], "there is no model bundle called 'nothing'"),
    ],
)
def test_what_cannot_be_asked_is_said(embedded: Path, run: Run, arguments: list[str], told: str) -> None:
    ran = run("evaluate-search", *arguments, library=embedded)
    assert (ran.code, ran.out) == (2, "")
    assert told in " ".join(ran.err.split())


def test_without_vectors_it_says_what_to_run(scanned: Path, run: Run) -> None:
    ran = run("evaluate-search", "--mfcc", library=scanned)
    assert ran.code == 2
    assert "earmark embed" in ran.err
