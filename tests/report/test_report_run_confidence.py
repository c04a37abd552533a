"""What a run's report tells of confidence and of an ensemble's parts."""

from dataclasses import replace

import pytest
from tiny_run import TinyRun, tiny_run

from earmark.evaluation.splits import Split
from earmark.executors import SerialExecutor
from earmark.models.bundle import load_bundle
from earmark.models.inspection import Inspection, inspect_bundle
from earmark.models.registry import model_spec
from earmark.report.page import Block, FigureBlock, NoteBlock, TableBlock, TextBlock
from earmark.report.run_confidence import confidence_blocks, held_back_figure
from earmark.report.run_facts import Run, gather_run
from earmark.report.run_page import run_page
from earmark.report.run_parts import part_blocks
from earmark.training.train import TrainRequest, train

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def ensemble() -> tuple[TinyRun, Inspection]:
    made = tiny_run()
    spec = model_spec("ensemble")
    own = spec.parts[0].with_training(
        scales=(4,), atoms=16, components=8, patches=500, rounds=1, embedding_size=8, parts=2, inverse_penalties=(0.1,)
    )
    small = replace(spec, parts=(own, *spec.parts[1:]))
    split: Split = made.inspections[0].split
    trained = train(made.library, TrainRequest(spec=small, split=split, name="ensemble"), executor=SerialExecutor())
    return made, inspect_bundle(made.library, load_bundle(trained.bundle.path, threads=1))


@pytest.fixture(scope="module")
def run(ensemble: tuple[TinyRun, Inspection]) -> Run:
    return gather_run(ensemble[0].library, [ensemble[1]])


def titles(blocks: list[Block]) -> list[str]:
    named = (
        (block.title if isinstance(block, FigureBlock) else block.caption)
        for block in blocks
        if isinstance(block, FigureBlock | TableBlock)
    )
    return list(named)


def test_confidence_is_told_on_test_songs(ensemble: tuple[TinyRun, Inspection], run: Run) -> None:
    blocks = confidence_blocks(run, ensemble[1], seed=0)
    assert titles(blocks)[:2] == ["Confidence, and what came of it", "Sizes of label sets"]
    assert isinstance(blocks[0], TextBlock)
    confidence = ensemble[1].bundle.confidence
    assert confidence is not None
    n = len(ensemble[1].part("test"))
    assert f"a temperature of {confidence.temperature:.2f}, chosen on {confidence.songs} out-of-fold songs" in (
        blocks[0].text
    )
    assert f"on the {n} test songs" in blocks[0].text
    assert "hold the right one in 90% of cases" in blocks[0].text


def without_confidence(inspection: Inspection) -> Inspection:
    bundle = inspection.bundle
    return replace(inspection, bundle=replace(bundle, card=replace(bundle.card, confidence=None)))


def test_a_bundle_that_does_not_say_how_sure_it_is_is_told_so(ensemble: tuple[TinyRun, Inspection], run: Run) -> None:
    [note] = confidence_blocks(run, without_confidence(ensemble[1]), seed=0)
    assert isinstance(note, NoteBlock)
    assert "does not say how sure it is" in note.text


def test_parts_are_told_with_their_weights(ensemble: tuple[TinyRun, Inspection]) -> None:
    blocks = part_blocks(ensemble[1])
    assert titles(blocks) == ["Parts of the ensemble", "Which part hears which label"]
    assert isinstance(blocks[0], TableBlock)
    assert [row[0] for row in blocks[0].rows] == ["earmark", "metadata"], "the probe's backbone is not installed"
    assert all(float(str(row[1])) >= 0 for row in blocks[0].rows)
    assert part_blocks(ensemble[0].named("mfcc")) == []


def test_an_ensemble_has_every_section_of_a_report(ensemble: tuple[TinyRun, Inspection]) -> None:
    page = run_page(ensemble[0].library, [ensemble[1]])
    [section] = [one for one in page.sections if one.title == "Model ensemble"]
    told = titles(list(section.blocks))
    assert {"Three readings of the same test songs", "Parts of the ensemble", "Confusions of songs"} <= set(told)
    assert {"Map of songs", "Map of slices"} <= set(told)
    readings = next(one for one in section.blocks if isinstance(one, TableBlock) and one.caption.startswith("Three"))
    assert readings.rows[0][0] == "songs, by all parts fused"
    [sound] = [one for one in page.sections if one.title == "What the models hear"]
    assert "One track" in titles(list(sound.blocks)), "the part that cuts slices hears"
    assert any("no learning curves of its own" in one.text for one in section.blocks if isinstance(one, NoteBlock))
    assert "Model ensemble" in page.to_html()


def test_held_back_labels_stand_by_how_well_they_are_told(ensemble: tuple[TinyRun, Inspection]) -> None:
    confidence = ensemble[1].bundle.confidence
    assert confidence is not None
    open_set = confidence.open_set
    assert open_set is not None
    marks = held_back_figure(open_set).data[-1]
    assert list(marks.x) == sorted((one.auroc for one in open_set.labels), reverse=True)
    assert set(marks.y) == {one.label for one in open_set.labels}
