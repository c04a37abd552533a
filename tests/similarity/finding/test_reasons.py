import numpy as np
import pytest
from made_collection import made_measures, made_track

from earmark.audio.estimates import KeyEstimate, Measures
from earmark.catalog.keys import parse_key
from earmark.catalog.track import Track
from earmark.similarity.finding.decks import Decks, decks_of
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.reasons import Transition, alike_words, sound_words, transition_of
from earmark.similarity.finding.scale import SoundScale

SCALE = SoundScale(np.linspace(-1, 1, 2001).astype(np.float32))


def deck(track: Track, measures: Measures | None = None) -> Decks:
    known = {} if measures is None else {track.audio_id: measures}
    return decks_of([track], np.array([[1.0, 0.0]], dtype=np.float32), known)


def told(before: Decks, after: Decks, rules: MixRules | None = None) -> Transition:
    return transition_of(before, after, rules or MixRules(), SCALE)


def test_a_transition_tells_all_its_terms_in_words() -> None:
    before = deck(made_track("a", bpm=128.0, key="8A"), made_measures(-10, outro=-14))
    after = deck(made_track("b", bpm=64.0, key="9A", artist="Artist of a"), made_measures(-8, intro=-11))
    found = told(before, after)
    assert found.words == (
        "sounds nearer than 99.9 % of pairs; 8A to 9A: a fifth away; 128 to 64 BPM in double time (same tempo); "
        "intro 3 LU louder than the outro; more energy (+6 of 100); same artist"
    )
    assert found.broken == ()
    assert sum(reason.weight for reason in found.reasons) == pytest.approx(1)
    expected = sum(reason.weight * (0 if reason.value is None else reason.value) for reason in found.reasons)
    assert found.score == pytest.approx(expected, abs=1e-5)
    assert found.to_json()["reasons"][1] == {
        "term": "key",
        "value": 0.85,
        "weight": 0.1818,
        "text": "8A to 9A: a fifth away",
    }


def test_what_is_not_known_is_said_or_left_out() -> None:
    found = told(deck(made_track("a")), deck(made_track("b", bpm=None, key=None)))
    assert found.words == "sounds nearer than 99.9 % of pairs; key not known; tempo not known"
    assert found.speed is None
    assert [reason.term for reason in found.reasons if reason.value is None] == ["key", "tempo", "level", "energy"]


def test_a_broken_rule_is_told() -> None:
    found = told(deck(made_track("a", bpm=128.0)), deck(made_track("b", key="3B", bpm=110.0)))
    assert found.broken == (
        "key: 8A to 3B: clash",
        "tempo: 128 to 110 BPM (+16.4 %), beyond the pitch range of 6 %",
    )


def test_the_key_after_the_shift_is_told_with_its_cents() -> None:
    rules = MixRules(key_lock=False)
    found = told(deck(made_track("a", bpm=125.0, key="8A")), deck(made_track("b", bpm=120.0, key="1A")), rules)
    assert "8A to 8A: same key, 1A shifted by +1 semitone -29 cents" in found.words
    slight = told(deck(made_track("a", bpm=121.0, key="8A")), deck(made_track("b", bpm=120.0, key="8A")), rules)
    assert "same key, 8A shifted by +14 cents" in slight.words


def test_an_estimated_key_without_confidence_is_marked() -> None:
    measured = made_measures(-9)
    track = made_track("b", key="9A", sources={"key": "analysis"})
    assert "not sure of it" not in told(deck(made_track("a")), deck(track, measured)).words
    unsure = Measures(None, KeyEstimate(parse_key("9A"), 0.1), -9.0, measured.curve, 1.0, measured.sections)
    assert "8A to 9A: a fifth away, not sure of it" in told(deck(made_track("a")), deck(track, unsure)).words


def test_neighbours_say_what_they_share() -> None:
    before = deck(made_track("a", key="8A", bpm=128.0, release="Dawn"), made_measures(-10))
    words = alike_words(
        before, deck(made_track("b", key="8B", bpm=127.0, release="Dawn"), made_measures(-10)), same_label="One"
    )
    assert words == ["relative key (8B)", "128 to 127 BPM (+0.8 %)", "same energy", "also on One", "same release"]
    assert alike_words(before, deck(made_track("c", key="3B", bpm=90.0)), same_label=None) == []
    assert alike_words(deck(made_track("d", key=None, bpm=None)), before, same_label=None) == []


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "sounds nearer than any other pairs do"),
        (0.9996, "sounds nearer than 99.9 % of pairs"),
        (0.9934, "sounds nearer than 99.3 % of pairs"),
        (0.87, "sounds nearer than 87 % of pairs"),
        (0.2, "sounds far from it (80 % of pairs are nearer)"),
    ],
)
def test_likeness_in_words(share: float, words: str) -> None:
    assert sound_words(share) == words
