import json
from dataclasses import replace

import numpy as np
import pytest
from made_collection import made_collection, made_measures, made_prints, made_track, query_of

from earmark.catalog.keys import parse_key
from earmark.catalog.track import Track
from earmark.similarity.finding import suggestions
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.picking import Caps
from earmark.similarity.finding.suggestions import NextRequest, candidates, suggest_next
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection

TRACKS = [
    made_track("now", key="8A", bpm=128.0),
    made_track("same", key="8A", bpm=128.0),
    made_track("fifth", key="9A", bpm=130.0),
    made_track("clash", key="2B", bpm=128.0),
    made_track("fast", key="8A", bpm=150.0),
    made_track("half", key="8B", bpm=64.0),
    made_track("keyless", key=None, bpm=127.0),
    made_track("tempoless", key="8A", bpm=None),
    made_track("boost", key="10A", bpm=128.0),
]
MEASURES = {track.audio_id: made_measures(-10) for track in TRACKS}


def collected(tracks: list[Track] = TRACKS) -> Collection:
    rng = np.random.default_rng(0)
    return made_collection(tracks, 1 + 0.2 * rng.normal(size=(len(tracks), 6)), MEASURES)


def titles(request: NextRequest, collection: Collection | None = None) -> list[str | None]:
    one = collection or collected()
    result = suggest_next(one, query_of(one, one.all_tracks()[0]), made_prints(one), request)
    return [found.track.title for found in result.suggestions]


def test_only_what_keeps_the_rules_is_suggested() -> None:
    assert set(titles(NextRequest())) == {"same", "fifth", "half", "keyless", "tempoless"}
    assert set(titles(NextRequest(rules=MixRules(keys=("energy-boost",), strict_key=True)))) == {"boost"}
    assert set(titles(NextRequest(rules=MixRules(pitch_range=1.0)))) == {"same", "half", "keyless", "tempoless"}
    assert "keyless" not in titles(NextRequest(rules=MixRules(strict_key=True)))


def test_they_are_ranked_by_their_score_and_say_why() -> None:
    one = collected()
    result = suggest_next(one, query_of(one, TRACKS[0]), made_prints(one), NextRequest())
    scores = [found.transition.score for found in result.suggestions]
    assert scores == sorted(scores, reverse=True)
    for found in result.suggestions:
        assert len(found.transition.reasons) == 6
        assert found.transition.broken == ()
    by_title = {found.track.title: found for found in result.suggestions}
    assert by_title["half"].play_bpm == pytest.approx(64.0)
    assert by_title["fifth"].play_bpm == pytest.approx(128.0)
    assert by_title["tempoless"].play_bpm is None
    json.dumps(result.to_json())


def test_weights_change_the_order() -> None:
    only_key = NextRequest(rules=MixRules(weights={"key": 1.0}))
    assert titles(only_key)[0] in ("same", "tempoless")
    assert titles(only_key)[-1] == "keyless"


def test_nothing_to_follow_says_how_many_fail_what() -> None:
    one = collected(TRACKS[:1] + TRACKS[3:5])
    result = suggest_next(one, query_of(one, TRACKS[0]), made_prints(one), NextRequest())
    assert result.suggestions == ()
    [told] = result.notes
    assert told.startswith("No track may follow; of 2 others, 1 is in a key that the rules (same, adjacent, relative)")
    assert "1 is beyond the pitch range of 6 % (--pitch-range)" in told


def test_a_track_of_which_little_is_known_says_so() -> None:
    one = collected([TRACKS[6], *TRACKS[:2]])
    result = suggest_next(one, query_of(one, TRACKS[6]), made_prints(one), NextRequest())
    assert "The key of the track is not known and counts neither way." in result.notes
    strict = NextRequest(rules=MixRules(strict_key=True))
    refused = suggest_next(one, query_of(one, TRACKS[6]), made_prints(one), strict)
    assert refused.suggestions == ()
    assert not any("neither way" in note for note in refused.notes)
    assert "not known for sure (--strict-key)" in refused.notes[-1]
    bare = collected([replace(TRACKS[6], bpm=None), *TRACKS[:2]])
    told = suggest_next(bare, query_of(bare, bare.all_tracks()[0]), made_prints(bare), NextRequest()).notes
    assert "The key and the BPM of the track are not known and count neither way." in told


def test_a_single_track_has_no_other_after_it() -> None:
    one = collected(TRACKS[:1])
    result = suggest_next(one, query_of(one, TRACKS[0]), made_prints(one), NextRequest())
    assert (result.suggestions, result.notes) == ((), ("No other track is in the library.",))


def test_filters_that_nothing_passes_are_told() -> None:
    one = collected()
    request = NextRequest(filters=Filters(bpm=(10.0, 20.0)))
    result = suggest_next(one, query_of(one, TRACKS[0]), made_prints(one), request)
    assert result.notes == ("No other track passes the filters.",)


def test_versions_of_the_track_itself_are_no_suggestion() -> None:
    one = collected()
    prints = made_prints(one, [(TRACKS[0].audio_id, TRACKS[1].audio_id)])
    result = suggest_next(one, query_of(one, TRACKS[0]), prints, NextRequest())
    assert "same" not in [found.track.title for found in result.suggestions]
    assert [version.track.title for version in result.own_versions] == ["same"]


def test_a_large_collection_is_asked_for_what_may_follow_first(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = titles(NextRequest(caps=Caps(count=50)))
    monkeypatch.setattr(suggestions, "ALL_BELOW", 3)
    monkeypatch.setattr(suggestions, "NEAREST", 3)
    one = collected()
    found = candidates(one, query_of(one, TRACKS[0]), NextRequest())
    assert {"half", "same"} <= {track.title for track in one.tracks(found)}
    narrow = NextRequest(filters=Filters(bpm=(126.0, 129.0), keys=frozenset({parse_key("8A")})))
    assert [track.title for track in one.tracks(candidates(one, query_of(one, TRACKS[0]), narrow))] == ["same"]
    assert set(titles(NextRequest(caps=Caps(count=50)))) <= set(whole)


def test_likes_pull_the_sound_and_unlikes_push_it() -> None:
    # Tracks on a quarter of a circle that differ in nothing but their sound.
    tracks = [made_track(f"t{place}") for place in range(10)]
    angles = np.linspace(0, np.pi / 2, len(tracks))
    one = made_collection(tracks, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    asked, far, near = (query_of(one, tracks[place]) for place in (0, 9, 1))
    caps = Caps(count=4, per_artist=0, per_release=0)

    def found(likes: tuple[Query, ...] = (), unlikes: tuple[Query, ...] = ()) -> list[str | None]:
        request = NextRequest(caps=caps, likes=likes, unlikes=unlikes)
        result = suggest_next(one, asked, made_prints(one), request)
        return [suggestion.track.title for suggestion in result.suggestions]

    assert found() == ["t1", "t2", "t3", "t4"]
    assert found(likes=(far,)) != found()
    assert "t1" not in found(likes=(far,))
    assert "t1" not in found(unlikes=(near,))
    # What is liked may follow; what is not never does.
    assert "t1" in found(likes=(near,))
    result = suggest_next(one, asked, made_prints(one), NextRequest(caps=caps, likes=(far,), unlikes=(near, far)))
    assert any("towards 1 liked track and away from 2 disliked tracks" in note for note in result.notes)
