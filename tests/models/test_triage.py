from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from made_triage import CATALOGUE, LABELS, made_prediction, made_row, made_triage
from tiny_library import make_track

from earmark.errors import UnknownNameError
from earmark.executors import SerialExecutor
from earmark.library.discovery import find_audio
from earmark.models.bundle import Bundle
from earmark.models.heard_shelf import HeardShelf, bundle_digest
from earmark.models.networks import build_network
from earmark.models.references import make_references
from earmark.models.registry import MODELS
from earmark.models.saving import Told, save_bundle
from earmark.models.triage import label_place, ranked, triage


def test_a_label_is_named_in_any_case() -> None:
    assert label_place(LABELS, "basalt") == 1
    with pytest.raises(UnknownNameError, match=r"label of this bundle.*Amber"):
        label_place(LABELS, "Granite")


def test_a_demo_is_judged_for_the_label_that_was_asked() -> None:
    row = made_row(-0.5)
    told = row.explanation
    assert row.probability == pytest.approx(told.probabilities[1])
    assert row.label_rank == told.ranked().index(1) + 1
    assert row.other != "Basalt"
    assert row.margin == pytest.approx(np.log(row.probability / told.probabilities[LABELS.index(row.other)]))
    assert row.in_set == (1 in (told.sure.label_set if told.sure else ()))
    assert row.nearest is not None
    # The second half speaks for the label, the first does not.
    assert row.loudest is not None
    assert row.loudest.start_seconds >= 50


def test_what_is_not_known_is_left_open() -> None:
    row = made_row(1.0, rich=False)
    assert row.in_set is None
    assert row.is_none is None
    assert row.nearest is None


def test_ranks_fall_and_ties_share_them() -> None:
    first, second = made_row(2.0), made_row(0.0, seed=1)
    twin = replace(made_row(2.0), track=make_track(1, None, "Aaa"))
    rows = ranked([second, first, twin])
    assert [row.rank for row in rows] == [1, 1, 3]
    assert [row.tied for row in rows] == [True, True, False]
    assert rows[0].track.display.startswith("Aaa")
    assert ranked([]) == ()


def test_rows_of_a_triage_are_in_order() -> None:
    rows = made_triage().rows
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert rows[0].probability > rows[-1].probability
    assert rows[0].tied


def test_notes_tell_what_a_reader_must_know() -> None:
    notes = " ".join(made_row(1.0, is_none=True, in_training=True, duplicate_of=("/in/a.mp3",)).notes)
    assert "this very recording" in notes
    assert "/in/a.mp3" in notes
    assert "none of the labels" in notes


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(0)
    spec = MODELS["mfcc"]
    network = build_network(spec, 3).eval()
    parts = {part: dict.fromkeys(LABELS, 4) for part in ("train", "validation")}
    head = network.get_submodule("head")
    assert isinstance(head, torch.nn.Linear)
    embeddings = np.random.default_rng(0).normal(size=(12, head.in_features))
    references = make_references(CATALOGUE, ["train"] * 12, embeddings)
    told = Told(songs=parts, slices=parts, training={"seed": 0}, references=references)
    path = tmp_path_factory.mktemp("triage") / "bundle"
    return save_bundle(path, model=network, spec=spec, labels=LABELS, told=told)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        sound = 0.1 * rng.standard_normal(16_000 * 4).astype(np.float32)
        soundfile.write(folder / f"{number}.flac", sound, 16_000)
    (folder / "copy.flac").write_bytes((folder / "1.flac").read_bytes())
    (folder / "bad.mp3").write_bytes(b"no music" * 100)
    return folder


def test_a_folder_is_heard_once(bundle: Bundle, inbox: Path, tmp_path: Path) -> None:
    shelf = HeardShelf(tmp_path / "heard", bundle_digest(bundle))
    told: list[tuple[int, int]] = []
    files = find_audio([inbox]).files
    first = triage(bundle, files, "basalt", shelf=shelf, executor=SerialExecutor(), progress=lambda *n: told.append(n))
    assert told == [(n, 5) for n in range(6)]
    assert len(first.rows) == 4
    assert [Path(one.path).name for one in first.failures] == ["bad.mp3"]
    assert first.remembered == 0
    assert not first.calibrated
    assert any("not calibrated" in text for text in first.notes)
    [copy] = [row for row in first.rows if row.duplicate_of]
    assert {Path(copy.track.path).name, Path(copy.duplicate_of[0]).name} == {"1.flac", "copy.flac"}

    again = triage(bundle, files, "Basalt", shelf=shelf)
    assert again.remembered == 4
    assert [row.track for row in again.rows] == [row.track for row in first.rows]
    np.testing.assert_allclose([r.probability for r in again.rows], [r.probability for r in first.rows])
    # The same shelf serves another label.
    other = triage(bundle, files, "Amber", shelf=shelf)
    assert other.remembered == 4
    assert other.label == "Amber"


class Interrupts:
    """An executor that is interrupted after two files."""

    def run(self, function, items):  # type: ignore[no-untyped-def]  # as the protocol
        for number, outcome in enumerate(SerialExecutor().run(function, items)):
            if number == 2:
                raise KeyboardInterrupt
            yield outcome


def test_an_interrupted_triage_goes_on(bundle: Bundle, inbox: Path, tmp_path: Path) -> None:
    shelf = HeardShelf(tmp_path / "heard", bundle_digest(bundle))
    files = find_audio([inbox]).files
    with pytest.raises(KeyboardInterrupt):
        triage(bundle, files, "Amber", shelf=shelf, executor=Interrupts())
    assert triage(bundle, files, "Amber", shelf=shelf).remembered == 2


def test_what_cannot_be_opened_is_a_failure() -> None:
    made = made_triage().with_unreadable({"/a/locked": "permission denied"})
    assert [one.path for one in made.failures] == ["/a/locked", "/in/bad.mp3"]


def test_made_predictions_differ() -> None:
    assert made_prediction(2.0).label == "Basalt" != made_prediction(-4.0).label
