import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_collection import made_measures, made_track

from earmark.audio.estimates import KeyEstimate, Measures, Section
from earmark.catalog.keys import parse_key
from earmark.catalog.track import Track
from earmark.errors import InputError, UnknownNameError
from earmark.similarity.finding.decks import Decks, decks_of, shared_artists
from earmark.similarity.finding.mixing import (
    DEFAULT_WEIGHTS,
    TERMS,
    MixRules,
    Transitions,
    parse_weights,
    transitions,
)
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.vectors.filters import columns_of

SCALE = SoundScale(np.linspace(-1, 1, 2001).astype(np.float32))
ALIKE, APART = [1.0, 0.0], [0.0, 1.0]


def deck(
    track: Track | None = None, measures: Measures | None = None, unit: list[float] | None = None, **values: object
) -> Decks:
    one = track or made_track("x", **values)  # type: ignore[arg-type]  # a test's own keywords
    known = {} if measures is None else {one.audio_id: measures}
    return decks_of([one], np.array([unit or ALIKE], dtype=np.float32), known)


def judged(before: Decks, after: Decks, **rules: object) -> Transitions:
    return transitions(before, after, MixRules(**rules), SCALE)  # type: ignore[arg-type]  # as above


def term(name: str, before: Decks, after: Decks, **rules: object) -> float:
    return float(judged(before, after, **rules).terms[name][0, 0])  # type: ignore[index]  # as above


A = deck(made_track("a"))


@pytest.mark.parametrize(
    ("bpm", "value", "speed", "times"),
    [
        (128.0, 1.0, 1.0, 1.0),
        (124.0, 1 - 100 * (128 / 124 - 1) / 6, 128 / 124, 1.0),
        (64.0, 0.85, 1.0, 2.0),
        (256.0, 0.85, 1.0, 0.5),
        (120.0, 0.0, 128 / 120, 1.0),
    ],
)
def test_tempo_counts_in_half_and_double_time(bpm: float, value: float, speed: float, times: float) -> None:
    found = judged(A, deck(bpm=bpm))
    assert found.terms["tempo"][0, 0] == pytest.approx(value, abs=1e-5)
    assert found.speeds[0, 0] == pytest.approx(speed)
    assert found.times[0, 0] == times
    assert found.off_tempo[0, 0] == (abs(speed - 1) > 0.06)


def test_the_edge_of_the_pitch_range_is_allowed() -> None:
    assert not judged(deck(bpm=126.0), deck(bpm=120.0), pitch_range=5.0).off_tempo[0, 0]
    assert judged(deck(bpm=126.1), deck(bpm=120.0), pitch_range=5.0).off_tempo[0, 0]


def test_keys_follow_the_rules_that_are_chosen() -> None:
    boost = deck(key="10A")
    assert judged(A, boost).off_key[0, 0]
    found = judged(A, boost, keys=("same", "energy-boost"))
    assert not found.off_key[0, 0]
    assert found.terms["key"][0, 0] == pytest.approx(0.7)
    assert judged(A, deck(key="9A"), keys=("same", "energy-boost")).off_key[0, 0]


def test_without_key_lock_the_key_after_the_shift_counts() -> None:
    # From 120 to 127 BPM is +5.8 %, a semitone up: 1A then sounds as 8A.
    before, after = deck(bpm=127.1, key="8A"), deck(bpm=120.0, key="1A")
    assert judged(before, after).off_key[0, 0]
    found = judged(before, after, key_lock=False)
    assert not found.off_key[0, 0]
    assert found.terms["key"][0, 0] == pytest.approx(1.0, abs=0.01)
    assert judged(before, deck(bpm=120.0, key="8A"), key_lock=False).off_key[0, 0]
    # At 3 % it is half a semitone out of tune.
    assert term("key", deck(bpm=123.5), deck(bpm=120.0), key_lock=False) == pytest.approx(0.5, abs=0.01)


def test_an_unknown_key_counts_neither_way_unless_rules_are_strict() -> None:
    unknown = deck(key=None)
    found = judged(A, unknown)
    assert np.isnan(found.terms["key"][0, 0])
    assert found.allowed[0, 0]
    assert judged(A, unknown, strict_key=True).off_key[0, 0]
    assert judged(unknown, A, strict_key=True).off_key[0, 0]
    assert not judged(A, deck(key="9A"), strict_key=True).off_key[0, 0]


@pytest.mark.parametrize(("confidence", "clashes"), [(0.9, True), (0.2, False)])
def test_an_estimated_key_breaks_rules_only_where_it_is_sure(confidence: float, clashes: bool) -> None:
    track = made_track("b", key="3B", sources={"key": "analysis"})
    measured = Measures(None, KeyEstimate(parse_key("3B"), confidence), -9.0, (-9.0,), 1.0, (Section(0, 1, 0.9),))
    found = judged(A, deck(track, measured))
    assert bool(found.off_key[0, 0]) is clashes
    assert found.terms["key"][0, 0] == pytest.approx(0.0 if clashes else 0.25)
    assert judged(A, deck(track, measured), strict_key=True).off_key[0, 0]


def test_level_steps_from_the_outro_to_the_intro() -> None:
    loud_end = deck(measures=made_measures(-12, outro=-9))
    assert term("level", loud_end, deck(measures=made_measures(-12, intro=-9))) == pytest.approx(1.0)
    assert term("level", loud_end, deck(measures=made_measures(-9, intro=-15))) == pytest.approx(0.5)
    assert term("level", loud_end, deck(measures=made_measures(-9, intro=-40))) == 0.0
    assert np.isnan(term("level", loud_end, deck()))


def test_energy_is_that_of_whole_tracks() -> None:
    assert term("energy", deck(measures=made_measures(-10)), deck(measures=made_measures(-10, intro=-30))) == 1.0
    assert term("energy", deck(measures=made_measures(-10)), deck(measures=made_measures(-30))) == 0.0


def test_sound_is_told_on_the_collections_scale() -> None:
    assert term("sound", A, deck(unit=ALIKE)) == 1.0
    assert term("sound", A, deck(unit=APART)) == pytest.approx(0.0, abs=1e-3)


def test_the_same_artist_or_release_is_no_variety() -> None:
    first = deck(made_track("a", release="Dawn EP"))
    assert term("variety", first, deck(made_track("b", release="Dusk EP"))) == 1.0
    assert term("variety", first, deck(made_track("b", release="dawn ep"))) == 0.5
    assert term("variety", first, deck(made_track("b", artist="Artist of a"))) == 0.0
    assert term("variety", deck(), deck(made_track("b"))) == 1.0


def test_unknown_terms_count_one_half() -> None:
    found = judged(A, deck(key="9A"))
    expected = 2 * 1.0 + 0.85 + 1.0 + 0.5 * 0.5 + 0.5 * 0.5 + 0.5 * 1.0
    assert found.scores[0, 0] == pytest.approx(expected / 5.5, abs=1e-5)


def test_weights_move_the_score_to_their_term() -> None:
    only_key = {name: float(name == "key") for name in TERMS}
    assert judged(A, deck(key="9A", bpm=90.0), weights=only_key).scores[0, 0] == pytest.approx(0.85)


def test_many_pairs_are_judged_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    tracks, measures = [], {}
    for number in range(12):
        bpm = None if number == 3 else float(rng.uniform(60, 180))
        track = made_track(
            f"t{number}", bpm=bpm, key=None if number == 5 else f"{1 + number}A", artist=f"A{number % 4}"
        )
        tracks.append(track)
        if number != 7:
            measures[track.audio_id] = made_measures(float(rng.uniform(-20, -6)), intro=float(rng.uniform(-30, -6)))
    units = rng.normal(size=(12, 4)).astype(np.float32)
    decks = decks_of(tracks, units, measures)
    for rules in (MixRules(), MixRules(key_lock=False, strict_key=True)):
        together = transitions(decks, decks, rules, SCALE)
        for i in range(12):
            for j in range(12):
                alone = transitions(decks.take([i]), decks.take([j]), rules, SCALE)
                assert together.scores[i, j] == pytest.approx(alone.scores[0, 0], abs=1e-6)
                assert together.allowed[i, j] == alone.allowed[0, 0]


@settings(max_examples=50)
@given(
    st.floats(40, 220), st.floats(40, 220), st.sampled_from(["1A", "7B", "12A"]), st.floats(-60, 0), st.floats(-60, 0)
)
def test_values_and_scores_stay_within_0_and_1(one: float, two: float, key: str, lufs: float, other: float) -> None:
    before = deck(bpm=one, measures=made_measures(lufs))
    after = deck(bpm=two, key=key, measures=made_measures(other))
    found = judged(before, after, key_lock=False)
    for values in (*found.terms.values(), found.scores):
        assert 0 <= values[0, 0] <= 1
    assert found.allowed[0, 0] == (abs(found.speeds[0, 0] - 1) <= 0.06 + 1e-6 and not found.off_key[0, 0])


def test_columns_of_the_collection_are_taken_where_there_are_some() -> None:
    tracks = [made_track("a"), made_track("new"), made_track("b", bpm=130.0, key="2B", release="Dawn")]
    columns = columns_of([tracks[2], tracks[0]])
    units = np.eye(3, dtype=np.float32)
    with_columns, without = decks_of(tracks, units, {}, columns=columns), decks_of(tracks, units, {})
    assert with_columns.artists == without.artists
    for name in ("bpm", "keys", "releases", "seconds"):
        np.testing.assert_array_equal(getattr(with_columns, name), getattr(without, name))


def test_shared_artists_are_found() -> None:
    sets = [frozenset({"a", "b"}), frozenset({"c"}), frozenset[str](), frozenset({"b", "c"})]
    expected = [[bool(one & other) for other in sets] for one in sets]
    assert shared_artists(sets, sets).tolist() == expected


def test_weights_are_read() -> None:
    assert parse_weights(None) == DEFAULT_WEIGHTS
    assert parse_weights("sound=3, Key=0") == {**DEFAULT_WEIGHTS, "sound": 3.0, "key": 0.0}
    with pytest.raises(UnknownNameError, match="'mood'; known: sound, key, tempo"):
        parse_weights("mood=1")
    with pytest.raises(InputError, match="sound=2, not 'sound'"):
        parse_weights("sound")


def test_rules_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="at most 50 percent, not 60"):
        MixRules(pitch_range=60)
    with pytest.raises(InputError, match="not all 0"):
        MixRules(weights=dict.fromkeys(TERMS, 0.0))
    with pytest.raises(InputError, match="at least 0"):
        MixRules(weights={"sound": -1.0})
