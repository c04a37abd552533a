import json

import numpy as np
import pytest
from tiny_library import LABELS, tiny_tracks

from earmark.evaluation.baselines import majority
from earmark.evaluation.comparison import comparison_row
from earmark.evaluation.groups import Song
from earmark.library.rows import StoredFeature
from earmark.models.from_library import songs_to_split
from earmark.models.inputs import FloatArray, SongMetadata
from earmark.models.judging import NamedBaseline, baseline_rows, judge, stored_row
from earmark.models.registry import model_spec
from earmark.models.song import SingleModel, SliceOutputs

CRNN = model_spec("crnn")


class Songs:
    """Songs whose log-mel is their number everywhere; song n has n + 1 slices of 94 frames."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def features(self, index: int, settings: StoredFeature) -> "np.ndarray[tuple[int, int], np.dtype[np.float16]]":
        return np.full((94 * (index + 1), 128), index, dtype=np.float16)

    def metadata(self, index: int) -> SongMetadata:
        return SongMetadata(bpm=130.0, key=None, seconds=3.0 * (index + 1))


class SaysByNumber:
    """Gives each slice the label that its song's number says, but for the first slice of a stack."""

    def __init__(self, answers: list[int]) -> None:
        self._answers = answers

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        labels = np.asarray([self._answers[int(one[0, 0])] for one in inputs])
        labels[0] = (labels[0] + 1) % 3 if len(labels) > 1 else labels[0]
        probabilities = np.full((len(inputs), 3), 0.1, dtype=np.float32)
        probabilities[np.arange(len(inputs)), labels] = 0.8
        return SliceOutputs(np.log(probabilities), np.zeros((len(inputs), 2), dtype=np.float32))


def test_three_readings_of_the_same_slices() -> None:
    truth = np.asarray([0, 1, 2, 0])
    answers = [0, 1, 2, 1]  # the last song is wrong
    judged = judge(
        CRNN,
        SingleModel(CRNN, SaysByNumber(answers)),
        Songs(4),
        truth,
        LABELS,
        rng=np.random.default_rng(0),
        seconds=5.0,
    )
    assert judged.rows.keys() == {"mean", "vote", "slice"}
    # Song 1 has two slices that disagree: mean and vote both take the first of equals, label 1 by sum or index.
    assert judged.rows["mean"].n_songs == judged.rows["vote"].n_songs == 4
    assert judged.rows["slice"].n_songs == 1 + 2 + 3 + 4
    assert judged.rows["slice"].accuracy == pytest.approx((1 + 1 + 2 + 0) / 10)
    assert judged.estimate.tolist()[0] == 0
    assert judged.estimate.tolist()[3] == 1
    assert judged.rows["mean"].seconds == 5.0
    low, high = judged.rows["mean"].accuracy_interval.low, judged.rows["mean"].accuracy_interval.high
    assert low < judged.rows["mean"].accuracy < high
    assert judged.to_json()["mean"]["confusion"] == judged.scores["mean"].confusion.tolist()


def test_a_model_without_slices_has_one_reading() -> None:
    class Single:
        def classify(self, inputs: FloatArray) -> SliceOutputs:
            assert inputs.shape[0] == 1
            return SliceOutputs(np.log(np.asarray([[0.2, 0.5, 0.3]], dtype=np.float32)), inputs)

    model = SingleModel(model_spec("metadata"), Single())
    judged = judge(model.spec, model, Songs(3), np.asarray([0, 1, 2]), LABELS, rng=np.random.default_rng(0))
    assert list(judged.rows) == ["mean"]
    assert judged.rows["mean"].accuracy == pytest.approx(1 / 3)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    truth = np.asarray([0, 1])
    judge(
        CRNN,
        SingleModel(CRNN, SaysByNumber([0, 1])),
        Songs(2),
        truth,
        LABELS,
        rng=np.random.default_rng(0),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


def test_baselines_know_artists_only_where_training_has_them() -> None:
    songs: list[Song] = songs_to_split(tiny_tracks(4))
    train, test = [s for s in songs if not s.name.endswith("3")], [s for s in songs if s.name.endswith("3")]
    largest, look_up = baseline_rows(train, test, LABELS, rng=np.random.default_rng(0))
    assert (largest.name, look_up.name) == ("majority", "artist look-up")
    assert largest.accuracy == pytest.approx(1 / 3)
    assert look_up.note == "knows 0 of them"
    known = baseline_rows(songs, test, LABELS, rng=np.random.default_rng(0))[1]
    assert known.accuracy == 1.0
    assert known.note == f"knows {len(test)} of them"


def test_further_baselines_stand_below_on_the_same_songs() -> None:
    songs = songs_to_split(tiny_tracks(4))
    basalt = NamedBaseline("always Basalt", majority([1], len(songs), n_labels=3), "a guess")
    rows = baseline_rows(songs, songs, LABELS, rng=np.random.default_rng(0), further=[basalt])
    assert [row.name for row in rows] == ["majority", "artist look-up", "always Basalt"]
    assert rows[2].accuracy == pytest.approx(1 / 3)
    assert (rows[2].note, rows[2].n_songs) == ("a guess", 12)
    alone = baseline_rows(songs, songs, LABELS, rng=np.random.default_rng(0))
    assert rows[:2] == alone, "those that are always there do not hang on the others"


@pytest.mark.parametrize("truth", [[0, 1, 1], []])
def test_a_row_comes_back_from_the_card(truth: list[int]) -> None:
    row = comparison_row("a model", truth, truth, n_labels=2, rng=np.random.default_rng(0), seconds=3.0, note="told")
    assert repr(stored_row(json.loads(json.dumps(row.to_json())))) == repr(row)
