import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_backbones import shelf_with
from tiny_library import make_track, store_embeddings, tiny_library, tiny_tracks

from earmark.errors import InputError
from earmark.evaluation.splits import Split
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.playlists import PlaylistEntry, StoredPlaylist
from earmark.models.bundle import CARD_FILE, bundle_split, load_bundle
from earmark.models.registry import model_spec
from earmark.similarity.judging.evaluate import SearchTest, evaluate_search
from earmark.similarity.judging.judged import SearchJudgement
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.opening import Collection, open_collection
from earmark.similarity.vectors.sources import VectorSource, backbone_source, bundle_source, mfcc_source
from earmark.training.train import TrainRequest, train

SMALL = SearchTest(cutoffs=(1, 5))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Three labels of eight tracks, with a model that was trained on some of them."""
    made = tiny_library(tmp_path_factory.mktemp("search") / "library", tiny_tracks())
    spec = model_spec("mfcc").with_training(max_epochs=2)
    train(made, TrainRequest(spec=spec, mode="artist", test_fraction=0.3, name="small"), executor=SerialExecutor())
    return made


@pytest.fixture(scope="module")
def source(library: Library) -> VectorSource:
    """The bundle, by which all tracks are embedded."""
    found = bundle_source(library.local_folder("bundles") / "small")
    embed_library(library, found, executor=SerialExecutor())
    return found


@pytest.fixture(scope="module")
def collection(library: Library, source: VectorSource) -> Collection:
    return open_collection(library, source)


@pytest.fixture(scope="module")
def judgement(collection: Collection) -> SearchJudgement:
    return evaluate_search(collection, SMALL)


@pytest.fixture
def played(library: Library, collection: Collection) -> Iterator[list[str]]:
    """A history of all tracks, which goes when the test is over."""
    ids = sorted(collection.columns.audio_ids.tolist())
    entries = tuple(PlaylistEntry(f"/{one}.mp3", one) for one in ids)
    history = StoredPlaylist("h1", "Friday", (), "rekordbox", "history", (*entries, PlaylistEntry("/lost.mp3", None)))
    library.playlists_table.merge([history.to_row()])
    yield ids
    library.playlists_table.delete(["h1"])


def test_songs_that_the_model_learnt_from_are_not_asked_about(
    judgement: SearchJudgement, collection: Collection
) -> None:
    assert collection.source.folder is not None
    card = json.loads((collection.source.folder / CARD_FILE).read_text("utf-8"))
    n_test = len(card["split"]["test"])
    assert {line.n_questions for line in judgement.lines} == {n_test}
    assert not judgement.learnt
    assert f"the test songs of small ({n_test} of {n_test}" in judgement.asked
    everything = evaluate_search(collection, SearchTest(part="all", cutoffs=(1,)))
    assert {line.n_questions for line in everything.lines} == {24}
    assert everything.learnt


def test_all_rankers_stand_side_by_side(judgement: SearchJudgement) -> None:
    assert {line.task for line in judgement.lines} == {"label", "label by other artists"}
    assert [line.measure for line in judgement.lines if line.task == "label"] == [
        "MAP", "R-prec", "P@1", "recall@1", "P@5", "recall@5", "nDCG@5",
    ]  # fmt: skip
    for line in judgement.lines:
        assert list(line.means) == ["small", "small, undamped", "random", "BPM and key", "MFCC mean"]
        assert {one.second for one in line.differences} == {"random", "BPM and key", "MFCC mean"}
    # The tempo tells the label of these tracks, and chance tells nothing.
    first = judgement.lines[0]
    assert first.means["BPM and key"] == 1 > first.means["random"]
    assert judgement.hubs.keys() == {"small", "small, undamped", "BPM and key", "MFCC mean"}


def test_the_same_test_gives_the_same_numbers(judgement: SearchJudgement, collection: Collection) -> None:
    assert evaluate_search(collection, SMALL).to_json() == judgement.to_json()


def test_backbones_that_are_stored_take_part(library: Library, collection: Collection, tmp_path: Path) -> None:
    with shelf_with(tmp_path, "small") as backbone:
        store_embeddings(library, library.tracks(), backbone)
        found = evaluate_search(collection, SMALL)
        assert "small, plain" in found.lines[0].means
        own = backbone_source(backbone)
        embed_library(library, own, executor=SerialExecutor())
        alone = evaluate_search(open_collection(library, own), SMALL)
    # A backbone learnt from none of the tracks, so that all of them are asked about.
    assert alone.asked == "all tracks"
    assert {line.n_questions for line in alone.lines} == {24}
    assert alone.lines[0].means["small"] > 0.9


def test_what_was_played_next_is_asked_where_it_is_known(collection: Collection, played: list[str]) -> None:
    told: list[tuple[int, int, str]] = []
    found = evaluate_search(collection, SearchTest(part="all", cutoffs=(5,)), progress=lambda *at: told.append(at))
    lines = [line for line in found.lines if line.task == "played next"]
    assert [line.measure for line in lines] == ["MRR", "nDCG@5", "hit@5"]
    assert lines[0].ours == "next"
    assert lines[0].n_questions == len(played) - 1
    assert "small" in lines[0].means
    assert told[-1] == (24 + 24 + len(played) - 1, 24 + 24 + len(played) - 1, "played next")


def test_of_many_songs_some_are_drawn(collection: Collection) -> None:
    few = SearchTest(part="all", most_queries=6, cutoffs=(1,))
    found = evaluate_search(collection, few)
    assert found.lines[0].n_questions == 6
    assert found.asked == "6 of all tracks, drawn by chance"
    assert found.lines == evaluate_search(collection, few).lines


def test_rivals_that_cannot_take_part_are_told(tmp_path: Path) -> None:
    tracks = [make_track(at, "Amber", f"Act {at}", bpm=None, key=None) for at in range(3)]
    made = tiny_library(tmp_path / "library", tracks)
    embed_library(made, mfcc_source(), executor=SerialExecutor())
    found = evaluate_search(open_collection(made, mfcc_source()), SMALL)
    assert list(found.lines[0].means) == ["mfcc", "mfcc, undamped", "random", "MFCC mean"]
    assert any("this rival is left out" in told for told in found.notes)


def test_a_bundle_without_test_songs_is_refused(collection: Collection, tmp_path: Path) -> None:
    assert collection.source.folder is not None
    folder = shutil.copytree(collection.source.folder, tmp_path / "learnt-all")
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    card["split"]["test"] = []
    (folder / CARD_FILE).write_text(json.dumps(card), "utf-8")
    other = Collection(collection.library, bundle_source(folder), collection.index, ())
    with pytest.raises(InputError, match=r"no test song of the bundle learnt-all.*--split all"):
        evaluate_search(other)


@pytest.mark.parametrize("wrong", [{"cutoffs": ()}, {"cutoffs": (0,)}, {"most_queries": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="at least 1 and the seed at least 0"):
        SearchTest(**wrong)  # type: ignore[arg-type]  # wrong values of the right kinds


def test_a_card_says_what_was_learnt(collection: Collection) -> None:
    assert collection.source.folder is not None
    bundle = load_bundle(collection.source.folder, threads=1)
    split: Split = bundle_split(bundle)
    # A network that chose its epoch by the validation songs did not learn them.
    assert bundle.card.learnt_ids == frozenset(split.train)
