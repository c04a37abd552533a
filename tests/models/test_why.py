import json
from dataclasses import replace

import numpy as np
import pytest
from made_song import made_song
from tiny_library import make_track

from earmark.errors import InputError
from earmark.evaluation.confidence import SureVerdict
from earmark.models.references import References, make_references
from earmark.models.song import SongPrediction
from earmark.models.why import Explanation, explain

LABELS = ("Amber", "Basalt", "Cobalt")
TRACK = make_track(99, None, "Nobody", seconds=90.0)


def song(*levels: tuple[int, list[float]]) -> SongPrediction:
    """Slices of 3 s with given probabilities, so many of each."""
    rows = np.concatenate([np.tile(np.log(shares), (count, 1)) for count, shares in levels])
    return made_song(rows, embedding=np.asarray([2.0, 0.0, 0.0]))


SONG = song((10, [0.3, 0.4, 0.3]), (10, [0.98, 0.01, 0.01]), (10, [0.3, 0.4, 0.3]))


@pytest.fixture
def references() -> References:
    tracks = [make_track(n, label, f"Act {n}") for n, label in enumerate(LABELS)]
    tracks.append(make_track(3, "Cobalt", "Nobody"))
    return make_references(tracks, ["train"] * 4, np.vstack([np.eye(3), [1.9, 0, 0]]))


def test_the_verdict_and_its_margin() -> None:
    told = explain(SONG, LABELS, track=TRACK, slice_seconds=3.0)
    assert (told.label, told.second) == ("Amber", "Basalt")
    np.testing.assert_allclose(told.probabilities, SONG.mean.probabilities, rtol=1e-6)
    assert told.margin == pytest.approx((20 * np.log(0.75) + 10 * np.log(98)) / 30, abs=1e-5)
    assert told.sound == pytest.approx(told.margin)
    assert sum(one.evidence for one in told.sections) == pytest.approx(told.margin)
    assert told.probability_margin == pytest.approx(told.probabilities[0] - told.probabilities[1])
    assert told.ranked() == [0, 1, 2]


def test_sections_for_and_against() -> None:
    told = explain(SONG, LABELS, track=TRACK, slice_seconds=3.0)
    assert [(one.start_seconds, one.end_seconds) for one in told.loudest()] == [(30, 60)]
    assert [one.start_seconds for one in told.opposing()] == [0, 60]
    assert told.change is not None
    assert told.labels[told.change.label] == "Basalt"
    assert told.change.share == pytest.approx(1 / 3)


def test_temperature_scales_the_sound_and_an_excerpt_moves_it() -> None:
    plain = explain(SONG, LABELS, track=TRACK, slice_seconds=3.0)
    cooled = explain(
        SONG,
        LABELS,
        track=replace(TRACK, seconds=150.0),
        slice_seconds=3.0,
        offset_seconds=30.0,
        log_probs=np.log(SONG.mean.probabilities) / 2,
        weight=0.5,
    )
    assert cooled.margin == pytest.approx(plain.margin / 2)
    assert cooled.sound == pytest.approx(cooled.margin)
    assert cooled.sections[0].start_seconds == 30


def test_parts_become_log_odds_of_the_two_labels(references: References) -> None:
    sound, tags = np.log(SONG.mean.probabilities), np.log([0.3, 0.2, 0.5])
    told = explain(
        SONG,
        LABELS,
        track=TRACK,
        log_probs=0.9 * sound + tags,
        weight=0.9,
        parts={"sound": 0.9 * sound, "metadata": tags},
        references=references,
    )
    assert (told.label, told.second) == ("Amber", "Cobalt")
    assert sum(told.parts.values()) == pytest.approx(told.margin)
    assert told.parts["metadata"] == pytest.approx(np.log(0.3 / 0.5))
    assert told.sound == pytest.approx(told.parts["sound"])
    assert told.habits is not None
    assert told.habits.metadata_log_odds == told.parts["metadata"]


def test_neighbours_are_by_other_artists_and_not_itself(references: References) -> None:
    told = explain(SONG, LABELS, track=TRACK, references=references)
    assert told.neighbours is not None
    assert [one.song.label for one in told.neighbours] == ["Amber", "Basalt", "Cobalt"], "Nobody's own song is left out"
    own = explain(SONG, LABELS, track=make_track(0, "Amber", "Somebody"), references=references)
    assert own.neighbours is not None
    assert own.neighbours[0].song.name == "Nobody - Song 3"
    assert "Act 0 - Song 0" not in [one.song.name for one in own.neighbours]
    unnamed = explain(SONG, LABELS, track=make_track(98, None, ""), references=references)
    assert any("names no artist" in note for note in unnamed.notes)


def test_what_is_not_known_is_left_out_and_told() -> None:
    told = explain(SONG, LABELS, track=TRACK)
    assert (told.neighbours, told.habits, told.sure) == (None, None, None)
    assert [note.split(",")[0] for note in told.notes] == [
        "This bundle is not calibrated",
        "This bundle carries no references",
    ]
    at_once = explain(song((1, [0.6, 0.3, 0.1])), LABELS, track=TRACK)
    assert "at once" in at_once.notes[0]
    assert (len(at_once.sections), at_once.change, at_once.sections[0].end_seconds) == (1, None, 90)


def sure(labels: tuple[int, ...], *, none: bool | None = None, note: str = "") -> SureVerdict:
    ranking = ((0, 0.7), (1, 0.2), (2, 0.1))
    return SureVerdict(ranking=ranking, label_set=labels, coverage=0.9, is_none=none, note=note)


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (None, "It sounds most like Amber (68%)."),
        (sure((0,)), "in 90% of cases the right label is in a set like this one, which holds no other."),
        (sure((0, 1)), "which holds Amber and Basalt."),
        (sure((0, 1, 2)), "no label can be ruled out at 90%."),
        (sure((0,), none=False), "It sounds most like Amber"),
        (sure((0,), none=True), "like none of the labels that the model knows; the nearest is Amber (68%)."),
    ],
)
def test_the_verdict_in_a_sentence(verdict: SureVerdict | None, sentence: str) -> None:
    assert sentence in explain(SONG, LABELS, track=TRACK, sure=verdict).sentence()


def test_too_few_songs_for_a_set_are_told() -> None:
    told = explain(SONG, LABELS, track=TRACK, sure=sure((0, 1, 2), note="5 songs are too few."))
    assert told.notes[0] == "5 songs are too few."


def whole(references: References) -> Explanation:
    return explain(SONG, LABELS, track=TRACK, slice_seconds=3.0, references=references, sure=sure((0, 1), none=False))


def test_json_holds_everything_and_no_numbers_that_json_lacks(references: References) -> None:
    plain = whole(references).to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain.keys() == {
        "label", "runner_up", "margin", "probabilities", "evidence", "sections", "loudest", "parts", "neighbours",
        "habits", "change", "set", "notes",
    }  # fmt: skip
    assert plain["set"] == {"coverage": 0.9, "labels": ["Amber", "Basalt"], "is_none": False, "note": "", "outside": ""}
    assert len(plain["evidence"]["log_odds"]) == len(SONG.slice_log_probs)
    assert sum(plain["evidence"]["log_odds"]) == pytest.approx(plain["margin"]["log_odds"], abs=1e-3)
    assert plain["sections"][plain["loudest"][0]]["start_seconds"] == 30
    bare = explain(SONG, LABELS, track=TRACK).to_json()
    assert (bare["neighbours"], bare["habits"], bare["set"]) == (None, None, None)


def test_what_does_not_fit_is_refused(references: References) -> None:
    with pytest.raises(InputError, match="of 2 labels"):
        explain(SONG, LABELS[:2], track=TRACK)
    with pytest.raises(InputError, match="from the verdict, got shape"):
        explain(SONG, LABELS, track=TRACK, log_probs=np.zeros(2))
    with pytest.raises(InputError, match="from metadata"):
        explain(SONG, LABELS, track=TRACK, parts={"metadata": np.zeros(4)})
    with pytest.raises(InputError, match="embedding of 3 numbers"):
        explain(made_song(np.zeros((2, 3)), embedding=np.zeros(5)), LABELS, track=TRACK, references=references)


def test_a_song_that_cannot_be_compared_still_has_habits(references: References) -> None:
    heard = made_song(np.log([[0.5, 0.3, 0.2]]), embedding=np.zeros(5))
    told = explain(heard, LABELS, track=TRACK, references=references, comparable=False)
    assert told.neighbours is None
    assert told.habits is not None
    assert any("no nearest songs" in note for note in told.notes)
