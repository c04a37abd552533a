import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from tiny_run import tiny_run
from typer.testing import CliRunner, Result

from earmark.cli.report import choose_bundles, report
from earmark.errors import InputError, MissingExtraError, UnknownNameError
from earmark.library.library import Library
from earmark.models.bundle import load_card
from earmark.models.shelf import bundle_path

pytestmark = pytest.mark.usefixtures("small_forests")

app = typer.Typer()
app.command()(report)


def run(*arguments: str | Path) -> Result:
    asked = [*map(str, arguments), "--jobs", "1", "--perplexity", "5", "-L", tiny_run().library.address]
    return CliRunner().invoke(app, asked)


def test_the_whole_run_goes_into_one_file(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "run.html"
    done = run("--out", target, "--seed", "3")
    assert done.exception is None
    assert f"Wrote {target} (" in done.stderr.replace("\n", "")
    html = target.read_text()
    assert all(f"Model {name}" in html for name in ("crnn", "mfcc", "metadata"))
    assert "http" not in html.split("<script>", maxsplit=1)[0].replace("http-equiv", "")
    assert done.stderr.count("Drawing") == 1


def test_models_are_named_and_pictures_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def write_images(figures: Mapping[str, object], folder: Path, *, formats: Sequence[str]) -> list[Path]:
        asked.update(figures=set(figures), folder=folder, formats=tuple(formats))
        return [folder / "one.png"]

    monkeypatch.setattr("earmark.report.images.write_images", write_images)
    target, folder = tmp_path / "run.html", tmp_path / "pictures"
    done = run("metadata", "--bundle", bundle_path(tiny_run().library, "mfcc"), "--out", target, "--images", folder,
               "--format", "svg,png", "--bpm-bands", "125")  # fmt: skip
    assert done.exception is None
    assert "Model crnn" not in target.read_text()
    assert (asked["folder"], asked["formats"]) == (folder, ("svg", "png"))
    assert {"scores", "mfcc-map-songs-by-bpm", "metadata-loss"} <= asked["figures"]
    assert "up to 125 BPM" in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (("nobody",), UnknownNameError, "no model bundle called 'nobody'; known: "),
        (("--bpm-bands", "fast"), InputError, "such as 130,136"),
        (("--format", "jpeg"), UnknownNameError, "png, svg"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    arguments: tuple[str, ...], error: type, told: str, tmp_path: Path
) -> None:
    done = run(*arguments, "--out", tmp_path / "run.html")
    assert isinstance(done.exception, error)
    assert told in str(done.exception)
    assert not (tmp_path / "run.html").exists()


def test_without_scikit_learn_it_says_so_before_anything_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "sklearn" else object())
    done = run("--out", tmp_path / "run.html")
    assert isinstance(done.exception, MissingExtraError)
    assert "the baselines of a report needs the optional part 'train'" in str(done.exception)
    assert "Listening" not in done.stderr


def test_bundles_that_do_not_belong_together_are_refused_by_their_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tiny_run().library
    copy = tmp_path / "mfcc"
    shutil.copytree(bundle_path(library, "mfcc"), copy)
    monkeypatch.setattr("earmark.models.bundle.load_bundle", lambda *_: pytest.fail("no bundle has to be opened"))
    with pytest.raises(InputError, match="rename one of the folders called mfcc"):
        choose_bundles(library, ["mfcc"], [copy])
    card = copy / "card.json"
    written = json.loads(card.read_text())
    card.write_text(json.dumps(written | {"split": written["split"] | {"digest": "another"}}))
    with pytest.raises(InputError, match=r"crnn and mfcc were trained with other splits.*--split-file"):
        choose_bundles(library, ["crnn"], [copy])


def test_without_names_only_models_of_the_newest_ones_split_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tiny_run().library
    chosen = {bundle.path.name for bundle in choose_bundles(library, [], [])}
    assert chosen == {"crnn", "mfcc", "metadata"}

    def other_split(path: Path) -> Any:
        card = load_card(path)
        if path.name == "crnn":
            object.__setattr__(card, "split", {**card.split, "digest": "another"})
            object.__setattr__(card, "created", "2001-01-01")
        return card

    monkeypatch.setattr("earmark.models.bundle.load_card", other_split)
    monkeypatch.setattr("earmark.models.shelf.load_card", other_split)
    assert {bundle.path.name for bundle in choose_bundles(library, [], [])} == {"mfcc", "metadata"}
    assert "other splits: crnn" in capsys.readouterr().err
    assert [one.path.name for one in choose_bundles(library, ["mfcc", "mfcc"], [])] == ["mfcc"], "each once"
    with pytest.raises(InputError, match="earmark train"):
        choose_bundles(Library.create(tmp_path / "empty"), [], [])
