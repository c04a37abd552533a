from dataclasses import replace

import numpy as np
import pytest
from tiny_run import TinyRun, tiny_run

from earmark.errors import InputError
from earmark.evaluation.baselines import artist_lookup
from earmark.evaluation.comparison import paired_permutation
from earmark.evaluation.differences import holm
from earmark.evaluation.groups import Apart, group_ids, held_apart
from earmark.models.inspection import Inspection
from earmark.report.run_facts import Run, gather_run, mistakes

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return tiny_run()


@pytest.fixture(scope="module")
def run(tiny: TinyRun) -> Run:
    return gather_run(tiny.library, tiny.inspections)


def with_verdicts(inspection: Inspection, probabilities: list[list[float]]) -> Inspection:
    """The same model, had it said other things of the test songs."""
    songs = list(inspection.songs)
    for at, row in enumerate(probabilities):
        said = replace(songs[at].prediction.mean, label=int(np.argmax(row)), probabilities=np.array(row))
        songs[at] = replace(songs[at], prediction=replace(songs[at].prediction, mean=said))
    return replace(inspection, songs=tuple(songs))


def test_models_come_best_first_and_baselines_after_them(run: Run) -> None:
    accuracies = [row.accuracy for row in run.rows[:3]]
    assert accuracies == sorted(accuracies, reverse=True)
    assert {row.name for row in run.rows[:3]} == {"crnn", "mfcc", "metadata"}
    assert run.best is run.inspections[0]
    assert run.baseline_names == ("metadata only", "shortcut only", "artist look-up", "majority")
    assert tuple(row.name for row in run.rows[3:]) == run.baseline_names


def test_baselines_were_fitted_to_the_training_songs_and_judged_on_the_test_songs(run: Run) -> None:
    groups = run.best.groups
    looked_up = artist_lookup(
        [groups[one] for one in run.split.train], [groups[track.audio_id] for track in run.tested], labels=run.labels
    )
    [found] = [one for one in run.baselines if one.name == "artist look-up"]
    np.testing.assert_array_equal(found.result.estimate, looked_up.estimate)
    shortcut = next(row for row in run.rows if row.name == "shortcut only")
    assert shortcut.accuracy == 1.0, "each label has a codec of its own"


def test_the_best_model_is_tested_against_every_other(run: Run) -> None:
    assert [one.second for one in run.differences] == [row.name for row in run.rows[1:]]
    assert {one.first for one in run.differences} == {run.best.name}
    groups = group_ids([run.best.groups[track.audio_id] for track in run.tested], "artist")
    majority = next(one for one in run.differences if one.second == "majority")
    right = run.estimate(run.best) == run.truth
    said = next(one.result.estimate for one in run.baselines if one.name == "majority") == run.truth
    assert majority.p == paired_permutation(right, said, rng=np.random.default_rng(0), groups=groups)
    assert majority.mean == pytest.approx(right.mean() - said.mean())
    assert [one.p_corrected for one in run.differences] == holm([one.p for one in run.differences])


def by_label(inspection: Inspection) -> Inspection:
    """The same model, had each label one star who has all of its test songs and none of the others."""
    tested = set(inspection.split.test)
    songs = {
        one: replace(song, artist_keys=frozenset({f"{song.label} star"})) if one in tested else song
        for one, song in inspection.groups.items()
    }
    apart: dict[str, Apart] = dict.fromkeys(inspection.split.labels, "artist")
    return replace(inspection, split=replace(inspection.split, mode="by-label", apart=apart), groups=songs)


def test_what_hangs_together_is_decided_on_all_songs_of_the_split(tiny: TinyRun) -> None:
    inspection = by_label(tiny.named("mfcc"))
    found = gather_run(tiny.library, [inspection])
    tested = [inspection.groups[track.audio_id] for track in found.tested]
    assert "artist" not in held_apart(tested).values(), "the test songs alone would be held apart by less"
    assert found.n_groups == 3
    assert {one.n_groups for one in found.differences} == {3}
    assert min(one.p for one in found.differences) >= 0.25, "three groups have eight patterns, two of them extreme"
    assert all(map(found.too_few, found.differences))
    assert len(found.groups) == 30


def test_scores_are_as_sure_as_whole_groups_allow(tiny: TinyRun, run: Run) -> None:
    found = gather_run(tiny.library, [by_label(tiny.named("mfcc"))])
    assert {row.accuracy_interval.method for row in found.rows} == {"grouped-wilson"}
    assert {row.macro_f1_interval.method for row in found.rows} == {"group-bootstrap"}
    assert run.grouped(run.tested) is None, "each song has an artist of its own"
    assert run.n_groups == len(run.tested)
    assert {row.accuracy_interval.method for row in run.rows} == {"wilson"}


def test_a_regression_and_a_forest_on_metadata_are_told_apart_by_their_notes(run: Run) -> None:
    notes = {row.name: row.note for row in run.rows}
    assert notes["metadata"].startswith("logistic regression")
    assert notes["metadata only"].startswith("random forest: ")
    assert notes["shortcut only"].startswith("random forest: ")


def test_a_difference_that_was_found_had_groups_enough(run: Run) -> None:
    found = replace(run.differences[0], mean=0.5, p_corrected=0.01)
    assert not run.too_few(found)
    assert run.too_few(replace(run.differences[0], second=run.best.name)), "nothing differs from itself"


def test_songs_that_one_model_could_not_hear_are_in_no_pair(tiny: TinyRun, run: Run) -> None:
    mfcc = tiny.named("mfcc")
    deaf = replace(mfcc, songs=mfcc.songs[1:])
    found = gather_run(tiny.library, [tiny.named("metadata"), deaf])
    assert len(found.tested) == len(run.tested) - 1
    assert mfcc.songs[0].track not in found.tested
    none = replace(mfcc, songs=tuple(song for song in mfcc.songs if song.part != "test"))
    with pytest.raises(InputError, match="no test song could be heard by all"):
        gather_run(tiny.library, [tiny.named("metadata"), none])


def test_what_does_not_belong_together_is_refused(tiny: TinyRun) -> None:
    with pytest.raises(InputError, match="earmark train"):
        gather_run(tiny.library, [])
    mfcc = tiny.named("mfcc")
    with pytest.raises(InputError, match="rename one of the folders called mfcc"):
        gather_run(tiny.library, [mfcc, mfcc])
    other = replace(mfcc, split=replace(mfcc.split, test=mfcc.split.test[1:]))
    with pytest.raises(InputError, match=r"other splits.*--split-file"):
        gather_run(tiny.library, [tiny.named("crnn"), other])


def test_mistakes_are_listed_by_how_sure_the_model_was(tiny: TinyRun) -> None:
    mfcc = tiny.named("mfcc")
    truths = [song.truth for song in mfcc.part("test")]
    right = [list(np.eye(3)[truth]) for truth in truths]
    rows = [list(row) for row in right]
    first, second = (truths[0] + 1) % 3, (truths[0] + 2) % 3
    rows[0][truths[0]], rows[0][first], rows[0][second] = 0.1, 0.6, 0.3
    rows[1] = [0.0, 0.0, 0.0]
    rows[1][truths[1]], rows[1][(truths[1] + 1) % 3] = 0.1, 0.9
    found = mistakes(with_verdicts(mfcc, rows))
    assert [one.probability for one in found] == [0.9, 0.6]
    surest, other = found
    labels = mfcc.bundle.labels
    assert (surest.rank, surest.truth_probability, surest.second) == (2, 0.1, labels[truths[1]])
    assert (other.rank, other.called, other.second) == (3, labels[first], labels[second])
    assert mistakes(with_verdicts(mfcc, right)) == []
