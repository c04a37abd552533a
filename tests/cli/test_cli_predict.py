import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_runs import Run
from made_song import made_song
from rich.console import Console, RenderableType
from tiny_library import make_track

from earmark.cli.verdicts import (
    LETTERS,
    failed_table,
    set_words,
    strip_labels,
    time_line,
    verdict_panel,
    verdicts_table,
)
from earmark.evaluation.confidence import SureVerdict
from earmark.models.predict import FailedFile, FilePrediction
from earmark.models.references import make_references
from earmark.models.why import Explanation, explain

LABELS = tuple(f"Label {letter}" for letter in "STUVWXYZ")
TRACK = make_track(99, None, "Nobody", seconds=90.0, title="Song [bold]")
CATALOGUE = [make_track(n, LABELS[n % 8], f"Act {n}", bpm=None if n == 7 else 120 + n) for n in range(16)]
REFERENCES = make_references(CATALOGUE, ["train"] * 16, np.random.default_rng(0).normal(size=(16, 4)))


def verdict(
    *levels: tuple[int, int], rich: bool = True, is_none: bool | None = False
) -> tuple[FilePrediction, Explanation]:
    """A file whose slices of 3 s lean to given labels, so many of each."""
    rows = np.full((sum(count for _, count in levels), 8), 0.02)
    rows[np.arange(len(rows)), np.repeat([label for label, _ in levels], [count for _, count in levels])] = 0.86
    song = made_song(np.log(rows), embedding=np.ones(4))
    log_probs = np.log(song.mean.probabilities)
    order = np.argsort(-log_probs, kind="stable")
    ranking = tuple((int(place), float(np.exp(log_probs[place]))) for place in order)
    sure = SureVerdict(ranking, (ranking[0][0], ranking[1][0]), 0.9, is_none, "")
    told = explain(
        song,
        LABELS,
        track=TRACK,
        slice_seconds=3.0,
        parts={"own network": 0.8 * log_probs, "metadata": 0.2 * log_probs} if rich else None,
        references=REFERENCES if rich else None,
        sure=sure if rich else None,
    )
    return FilePrediction(track=TRACK, labels=LABELS, song=song, in_training=False), told


def shown(what: RenderableType) -> str:
    text = io.StringIO()
    Console(file=text, width=110, color_system=None).print(what)
    return text.getvalue()


def test_the_panel_tells_everything_in_few_lines() -> None:
    text = shown(verdict_panel(*verdict((3, 14), (1, 10), (3, 6))))
    lines = text.splitlines()
    assert "Nobody - Song [bold]" in lines[0], "text of tags is never markup"
    ranked = next(line for line in lines if line.strip().startswith("A "))
    assert "Label V" in ranked
    assert "●" in ranked
    strip = next(line for line in lines if set(line.strip()) <= set(LETTERS) and len(line.strip()) > 20)
    assert strip.startswith("A" * 30)
    assert "B" * 20 in strip
    for words in (
        "Margin", "Loudest for", "Loudest against", "To turn it", "Parts", "own network +", "Nearest", "Act ", "Habits",
        "130 BPM", "set at 90 %", "slices voting",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("Act ") == 3
    assert len(lines) < 30


def test_what_is_not_known_is_left_out() -> None:
    text = shown(verdict_panel(*verdict((0, 20), rich=False)))
    for words in ("Parts", "Nearest", "Habits", "set at", "●"):
        assert words not in text
    at_once = shown(verdict_panel(*verdict((0, 1), rich=False)))
    for words in ("Loudest", "To turn it", "slices voting"):
        assert words not in at_once
    assert "Margin" in at_once


def test_labels_that_do_not_matter_are_dots_in_the_strip() -> None:
    counts = [(label, 9 - label) for label in range(8)]
    _, told = verdict(*counts)
    letters = shown(verdict_panel(*verdict(*counts)))
    assert "·" in letters
    leading = strip_labels(told, width=44)
    assert leading == [label for label, count in counts for _ in range(count)], "44 slices in 44 blocks"


def test_parts_of_a_track_that_were_not_heard_are_blank() -> None:
    _, told = verdict((0, 2), (1, 2))
    gap = replace(told.evidence, starts_seconds=np.asarray([0.0, 3, 20, 23]), ends_seconds=np.asarray([3.0, 6, 23, 26]))
    leading = strip_labels(replace(told, evidence=gap), width=26)
    assert leading[:6] == [0] * 6
    assert set(leading[6:20]) == {None}
    assert leading[20:] == [1] * 6


def test_times_below_the_strip() -> None:
    assert time_line(360.0, width=36) == "0:00        2:00        4:00"
    assert len(time_line(10.0, width=72)) <= 72


def test_many_files_have_a_line_each() -> None:
    rows = [verdict((0, 9)), verdict((1, 5), (2, 5), is_none=True), verdict((2, 9))]
    rows[2] = (replace(rows[2][0], in_training=True), rows[2][1])
    text = shown(verdicts_table(rows))
    assert "set at 90 %" in text
    assert "like none of them" in text
    assert "was in training" in text
    bare = shown(verdicts_table([verdict((0, 9), rich=False)]))
    assert "set at" not in bare


def test_a_set_of_all_labels_is_any_label() -> None:
    _, told = verdict((0, 9))
    assert told.sure is not None
    assert set_words(replace(told, sure=replace(told.sure, label_set=tuple(range(8))))) == "any label"
    assert set_words(told).startswith("Label S, ")
    assert set_words(replace(told, sure=None)) == ""


def test_failures_say_who_said_what() -> None:
    text = shown(failed_table([FailedFile("/music/x.mp3", {"soundfile": "no header", "pyav": "no stream"})]))
    assert "soundfile: no header; pyav: no stream" in text


def test_predict_writes_a_page_and_whole_json(trained: Path, collection: Path, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "demo.html"
    ran = run("predict", collection / "demo", "-b", "crnn", "--out", page, library=trained)
    assert ran.code == 0, ran.err
    assert "Margin" in ran.out
    assert "It sounds most like" in ran.out
    assert "Wrote" in ran.err
    assert "Evidence along the track" in page.read_text(encoding="utf-8")
    [one] = run("predict", collection / "demo", "-b", "crnn", "--json", library=trained).json["predictions"]
    why = one["explanation"]
    assert why["label"] == max(why["probabilities"], key=why["probabilities"].get)
    assert sum(why["evidence"]["log_odds"]) == pytest.approx(why["evidence"]["sound"], abs=1e-3)
    assert len(why["evidence"]["log_odds"]) == len(one["slices"]["starts_seconds"])


def test_options_that_make_no_sense_are_refused(trained: Path, collection: Path, run: Run, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(trained / "bundles" / "metadata", bare)
    card = json.loads((bare / "card.json").read_text("utf-8")) | {"confidence": None}
    (bare / "card.json").write_text(json.dumps(card), "utf-8")
    uncalibrated = run("predict", collection / "demo", "-b", bare, "--coverage", "0.8")
    assert (uncalibrated.code, "not calibrated" in uncalibrated.err) == (2, True)
    for options, words in ((("--coverage", "1.5"), "coverage"), (("--format", "svg"), "--images FOLDER")):
        ran = run("predict", collection / "demo", "-b", "metadata", *options, library=trained)
        assert ran.code == 2
        assert words in ran.err
