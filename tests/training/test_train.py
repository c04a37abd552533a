import json
from pathlib import Path

import numpy as np
import pytest
from tiny_library import LABELS, make_track, tiny_library, tiny_tracks

from earmark.catalog.select import Selection
from earmark.errors import InputError, LibraryError, SplitError
from earmark.evaluation.splits import make_split
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.evaluate import evaluate, paired_tests
from earmark.models.from_library import songs_to_split
from earmark.models.registry import model_spec
from earmark.models.shelf import bundle_path, bundle_paths, find_bundle
from earmark.training.songs import Progress
from earmark.training.train import TrainedModel, TrainingReports, TrainRequest, train

pytestmark = pytest.mark.usefixtures("small_forests")

SMALL = model_spec("crnn").with_slice_seconds(1).with_training(max_epochs=3, slices_per_song=2, precision="float32")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return tiny_library(tmp_path / "library", tiny_tracks())


def trained(library: Library, **request: object) -> TrainedModel:
    return train(library, TrainRequest(**request), executor=SerialExecutor())  # type: ignore[arg-type]


def weights(model: TrainedModel) -> bytes:
    return (model.bundle.path / "weights.safetensors").read_bytes()


def test_the_card_tells_the_whole_story(library: Library) -> None:
    model = trained(library, spec=model_spec("metadata"), seed=3)
    card = json.loads((model.bundle.path / "card.json").read_text())
    assert card["labels"] == list(LABELS)
    assert card["split"]["digest"] == model.split.digest
    assert {part: sum(card["songs"][part].values()) for part in ("train", "validation", "test")} == {
        part: len(ids) for part, ids in model.split.parts().items()
    }
    assert card["scores"]["test"]["mean"]["row"]["n_songs"] == len(model.split.test)
    assert [row["name"] for row in card["scores"]["baselines"]] == [
        "majority",
        "artist look-up",
        "metadata only",
        "shortcut only",
    ]
    assert card["training"]["seed"] == 3
    assert card["training"]["notes"] == ["split: artist-disjoint"]
    assert model.test.rows["mean"].accuracy == 1.0, "the tempo tells these labels"


def test_evaluation_sees_what_training_told(library: Library) -> None:
    models = [trained(library, spec=SMALL), trained(library, spec=model_spec("metadata"))]
    evaluations = [evaluate(library, load_bundle(model.bundle.path)) for model in models]
    for model, evaluation in zip(models, evaluations, strict=True):
        assert evaluation.judgement.estimate.tolist() == model.test.estimate.tolist()
        assert evaluation.baselines == model.baselines, "the light ones made again, the others from the card"
    [test] = paired_tests(evaluations)
    assert {test.first, test.second} == {"crnn", "metadata"}
    assert 0 < test.p <= 1
    assert test.n_songs == len(models[0].split.test)
    other = trained(library, spec=model_spec("metadata"), seed=8, name="other")
    assert paired_tests([evaluations[0], evaluate(library, other.bundle)]) == [], "other songs, no comparison"


def test_songs_that_are_gone_are_counted(library: Library) -> None:
    model = trained(library, spec=model_spec("metadata"))
    library.tracks_table.delete(model.split.test[:1])
    evaluation = evaluate(library, model.bundle)
    assert evaluation.missing == 1
    assert [row.name for row in evaluation.baselines] == ["majority", "artist look-up"]
    assert {row.n_songs for row in evaluation.baselines} == {len(evaluation.tracks)}
    library.tracks_table.delete(model.split.test)
    with pytest.raises(InputError, match="none of the test songs"):
        evaluate(library, model.bundle)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(library: Library) -> None:
    first = weights(trained(library, spec=SMALL, seed=1))
    assert weights(trained(library, spec=SMALL, seed=1)) == first
    assert weights(trained(library, spec=SMALL, seed=2)) != first


def test_an_interrupted_training_keeps_the_best_and_goes_on(library: Library) -> None:
    whole = weights(trained(library, spec=SMALL, name="whole"))

    def press_ctrl_c(progress: Progress) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    reports = TrainingReports(epochs=press_ctrl_c)
    broken = train(library, TrainRequest(spec=SMALL), executor=SerialExecutor(), reports=reports)
    assert broken.fit.stopped == "interrupted"
    assert len(broken.fit.curves) == 2
    assert list(library.local_folder("runs").iterdir()), "what goes on later is kept"
    again = trained(library, spec=SMALL)
    assert again.fit.stopped == "max_epochs"
    assert len(again.fit.curves) == 3
    assert weights(again) == whole
    assert not list(library.local_folder("runs").iterdir())


def test_a_ready_split_is_used_and_a_leaking_one_refused(library: Library) -> None:
    songs = songs_to_split(library.tracks())
    split = make_split(songs, mode="song", seed=5, test_fraction=0.3)
    model = trained(library, spec=model_spec("metadata"), split=split)
    assert model.split is split
    shared = [make_track(700 + n, "Amber", "Basalt Act 0 & Amber Act 1") for n in range(3)]
    moved = tiny_library(Path(library.address), [*tiny_tracks(), *shared])
    artist_split = make_split(songs_to_split(moved.tracks()), mode="artist", seed=5)
    retagged = [make_track(int(one.audio_id, 16), one.label, "Everybody") for one in moved.tracks()]
    leaking = tiny_library(Path(library.address), retagged)
    with pytest.raises(SplitError, match="everybody"):
        trained(leaking, spec=model_spec("metadata"), split=artist_split)


def test_tracks_whose_features_cannot_be_made_are_left_out_and_told(library: Library) -> None:
    lost = library.tracks()[0]
    library.features_table.delete([f"{lost.audio_id}-{SMALL.features.key}"] if SMALL.features else [])
    model = trained(library, spec=SMALL)
    assert any(lost.display in note and "gone" in note for note in model.notes)
    assert lost.audio_id not in model.split.part_of()


def test_labels_can_be_chosen(library: Library) -> None:
    model = trained(library, spec=model_spec("metadata"), selection=Selection(labels=("amber", "COBALT")))
    assert model.bundle.labels == ("Amber", "Cobalt")


def test_bundles_stand_on_a_shelf(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="earmark train"):
        find_bundle(None, library)
    model = trained(library, spec=model_spec("metadata"), name="mine")
    assert bundle_paths(library) == [bundle_path(library, "mine")] == [model.bundle.path]
    assert find_bundle(None, library) == find_bundle(Path("mine"), library) == find_bundle(model.bundle.path, None)
    with pytest.raises(InputError, match="no model bundle called 'yours'; known: mine"):
        find_bundle(Path("yours"), library)
    for name in ("../escape", "", ".hidden", "a/b"):
        with pytest.raises(InputError, match="plain folder name"):
            bundle_path(library, name)


def test_test_songs_are_never_trained_on(library: Library) -> None:
    model = trained(library, spec=model_spec("metadata"))
    everything = [song_id for ids in model.split.parts().values() for song_id in ids]
    assert len(everything) == len(set(everything)) == 24
    assert np.isfinite(model.test.rows["mean"].accuracy)


def test_no_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="earmark scan"):
        Library.open(tmp_path / "nothing")
