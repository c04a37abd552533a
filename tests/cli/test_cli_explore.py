"""The command runs in this process: it needs no worker, and starting one for each case would take most of the time."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from survey_tracks import make_collection
from tiny_library import make_track
from typer.testing import CliRunner

from earmark.cli.explore import explore
from earmark.cli.pages import picture_formats
from earmark.errors import InputError, LibraryError, MissingExtraError, UnknownNameError
from earmark.library.library import Library
from earmark.library.rows import track_to_row

app = typer.Typer()
app.command()(explore)

CSV = "Song_name,Artists,Label,BPM,Key,Length,Shelf\nDawn,Ann,Amber,138,8A,300,7\nDusk,Ben,Basalt,fast,1A,300,8\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    address = tmp_path_factory.mktemp("explored") / "library"
    tracks = [*make_collection(), make_track(900_003, "Amber", "Ann", genre="House")]
    Library.create(address).tracks_table.merge(track_to_row(track) for track in tracks)
    return address


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "releases.csv"
    path.write_text(CSV)
    return path


def run(*args: object, **environment: str) -> Any:
    """What the command did; an error of ours is raised, as `earmark.cli.main` would get it."""
    result = CliRunner().invoke(app, list(map(str, args)), env={"EARMARK_LIBRARY": None, **environment})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_library_becomes_a_page(library: Path, tmp_path: Path) -> None:
    result = run("-L", library, "--out", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "All 59 tracks of the library." in text
    assert str(library) not in text
    assert result.stdout == ""
    assert "needs no network" in result.stderr


def test_json_holds_nothing_but_json_and_writes_no_page(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = json.loads(run("-L", library, "--json").stdout)
    assert (data["tracks"], data["unlabelled"]) == (59, 1)
    assert {one["label"] for one in data["labels"]} >= {"Amber", "Basalt", "Cobalt"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "tracks"),
    [
        (["--labels", "amber,Basalt"], 30),
        (["--genre", "House"], 1),
        (["--since", "2018-12"], 4),
        (["--until", "2018-01-31"], 8),
    ],
)
def test_each_selection_chooses(library: Path, options: list[str], tracks: int) -> None:
    result = run("-L", library, "--json", *options)
    assert json.loads(result.stdout)["tracks"] == tracks
    assert f"{tracks} of 59 tracks" in result.stderr


def test_a_csv_needs_no_library(csv: Path, tmp_path: Path) -> None:
    result = run("--csv", csv, "-o", tmp_path / "page.html", EARMARK_LIBRARY="/nowhere")
    assert "2 tracks of releases.csv" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "these columns of releases.csv are not read: Shelf" in result.stderr
    assert "fast" in result.stderr


def test_pictures_are_written_beside_the_page(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], Path, tuple[str, ...]]] = []

    def write(figures: dict[str, object], folder: Path, *, formats: tuple[str, ...]) -> list[Path]:
        asked.append((list(figures), folder, formats))
        return [folder / "one.png"]

    monkeypatch.setattr("earmark.report.images.write_images", write)
    pictures = tmp_path / "pictures"
    result = run("--csv", csv, "-o", tmp_path / "page.html", "--images", pictures, "--format", "png,svg")
    ((names, folder, formats),) = asked
    assert names[0] == "tracks-per-label"
    assert (folder, formats) == (pictures, ("png", "svg"))
    assert "Wrote 1 pictures" in result.stderr


def test_what_cannot_be_done_says_what_to_do(library: Path, csv: Path, tmp_path: Path) -> None:
    Library.create(tmp_path / "empty")
    with pytest.raises(InputError, match="has no tracks yet; fill it with `earmark scan FOLDER`"):
        run("-L", tmp_path / "empty")
    with pytest.raises(LibraryError, match="there is no library"):
        run("-L", tmp_path / "nowhere")
    with pytest.raises(InputError, match="drop --library or --csv"):
        run("-L", library, "--csv", csv)
    with pytest.raises(InputError, match="drop it, or --out"):
        run("-L", library, "--json", "--images", tmp_path)
    with pytest.raises(InputError, match="name their folder with --images"):
        run("-L", library, "--format", "svg")
    with pytest.raises(UnknownNameError, match="no label called 'Zircon'"):
        run("-L", library, "--labels", "Zircon")
    with pytest.raises(
        InputError, match="none of 59 tracks is chosen; 3 left out: no release date; 56 left out: released earlier"
    ):
        run("-L", library, "--since", "2030")
    csv.write_text(CSV.splitlines()[0])
    with pytest.raises(InputError, match="no rows"):
        run("--csv", csv)


def test_formats_are_checked_before_anything_is_read() -> None:
    assert picture_formats("svg, png,svg") == ("svg", "png")
    with pytest.raises(UnknownNameError, match="no format of pictures called 'gif'; known: png, svg"):
        run("-L", "/nowhere", "--format", "gif")
    with pytest.raises(InputError, match="png, svg or both"):
        picture_formats(" , ")


def test_without_plotly_it_says_which_part_is_missing(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("earmark.report.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'earmark\[report\]'"):
        run("--csv", csv)
