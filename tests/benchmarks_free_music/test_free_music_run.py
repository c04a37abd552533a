"""What the benchmark asks for: backbones that are missing, slow models once, and a command that tells it all."""

from pathlib import Path

import pytest
from benchmarks.free_music import run
from made_promises import make_promising

from earmark.errors import InputError
from earmark.models.registry import MODELS


def test_the_models_compared_by_default_are_in_the_registry() -> None:
    assert set(run.MODELS) <= set(MODELS)
    assert set(run.SLOW) <= set(run.MODELS)


def test_missing_backbones_are_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf: dict[str, None] = {}
    asked: list[str] = []

    def get(name: str) -> None:
        asked.append(name)
        shelf.update(dict.fromkeys(("musicnn", "musicnn-random")))

    monkeypatch.setattr(run, "backbones", lambda: shelf)
    monkeypatch.setattr(run, "get", get)
    run._get_backbones(["earmark", "mfcc"])
    assert asked == [], "nobody needs one"
    run._get_backbones(["ensemble", "probe-random"])
    assert asked == ["musicnn"], "the control comes with it"
    run._get_backbones(["probe"])
    assert asked == ["musicnn"]


def test_a_backbone_that_cannot_be_built_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def get(name: str) -> None:
        raise InputError("no network")

    monkeypatch.setattr(run, "backbones", dict)
    monkeypatch.setattr(run, "get", get)
    run._get_backbones(["probe"])
    assert "musicnn could not be built: no network" in " ".join(capsys.readouterr().err.split())


def test_the_command_tells_what_decides_the_results() -> None:
    options = run._parser().parse_args(["--models", "earmark,crnn", "--repeats", "2", "--slow", "crnn"])
    told = run._command(options)
    assert "--models earmark,crnn" in told
    assert "--repeats 2 --slow crnn --seed 0" in told


def test_no_repeat_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    assert run.main(["--repeats", "0", "--dir", str(tmp_path / "nowhere")]) == 2
    assert not (tmp_path / "nowhere").exists()


def test_the_text_tells_parts_confidence_and_time() -> None:
    from benchmarks.free_music.report import Finished, _study

    comparison = make_promising()
    text = "\n".join(_study(Finished("made", "Made up", comparison), "run.py"))
    [kept] = comparison.promises
    assert f"| ensemble | after | {kept.after.ece:.3f} |" in text
    assert f"| ensemble | 90% | {kept.sets.coverage:.1%} |" in text
    assert "| ensemble | probe | +33.3 |" in text
    assert "| ensemble | only earmark |" in text
    assert "Not known of crnn 1 s, crnn 3 s, mfcc" in text
    assert "![Reliability](free-music/made-reliability.png)" in text
    assert "dealt 2 times, song-disjoint" in text
