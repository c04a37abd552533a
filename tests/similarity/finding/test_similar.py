import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_collection import made_collection, made_measures, made_prints, made_track, query_of

from earmark.similarity.finding.hubs import damped
from earmark.similarity.finding.liking import LIKE_WEIGHT, UNLIKE_WEIGHT, rocchio
from earmark.similarity.finding.picking import Caps
from earmark.similarity.finding.similar import SimilarRequest, find_similar
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection
from earmark.similarity.vectors.search import ExactSearch

ANY = Caps(count=5, per_artist=0, per_release=0)


def fan(n: int = 12) -> Collection:
    """Tracks on a fan of directions: each is nearest to the ones beside it."""
    tracks = [made_track(f"t{i}", key=f"{1 + i % 12}A", bpm=120.0 + i, label=f"Label {i % 3}") for i in range(n)]
    angles = np.linspace(0, np.pi / 2, n)
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return made_collection(tracks, units, {track.audio_id: made_measures(-12 + i) for i, track in enumerate(tracks)})


def found(
    collection: Collection, row: int, request: SimilarRequest, **twins: list[tuple[str, str]]
) -> list[str | None]:
    query = query_of(collection, collection.all_tracks()[row])
    result = find_similar(collection, query, made_prints(collection, twins.get("twins", [])), request)
    return [one.track.title for one in result.neighbours]


def test_the_nearest_come_first_and_never_the_track_itself() -> None:
    assert found(fan(), 0, SimilarRequest(caps=ANY)) == ["t1", "t2", "t3", "t4", "t5"]


def test_every_neighbour_says_why() -> None:
    collection = fan()
    query = query_of(collection, collection.all_tracks()[3])
    result = find_similar(collection, query, made_prints(collection), SimilarRequest(caps=ANY))
    first = result.neighbours[0]
    assert first.reasons[0].startswith("sounds nearer than")
    assert first.cosine == pytest.approx(np.cos(np.pi / 22), abs=1e-5)
    words = {one.track.title: one.reasons for one in result.neighbours}
    assert words["t4"][1:] == ("a fifth away (5A)", "123 to 124 BPM (-0.8 %)", "same energy")
    assert "also on Label 0" in {reason for one in result.neighbours for reason in one.reasons}
    assert result.engine == "exact"
    json.dumps(result.to_json())


def test_likes_pull_and_unlikes_push() -> None:
    collection = fan()
    tracks = collection.all_tracks()
    far, near = query_of(collection, tracks[11]), query_of(collection, tracks[5])
    plain = found(collection, 6, SimilarRequest(caps=ANY))
    pulled = found(collection, 6, SimilarRequest(caps=ANY, likes=(far,)))
    pushed = found(collection, 6, SimilarRequest(caps=ANY, unlikes=(near,)))

    def mean(titles: list[str | None]) -> float:
        return float(np.mean([int((title or "t0")[1:]) for title in titles]))

    assert mean(pulled) > mean(plain) + 0.5
    assert mean(pushed) > mean(plain) + 0.5
    assert "t11" not in pulled
    assert "t5" not in pushed


def test_filters_hold() -> None:
    request = SimilarRequest(caps=ANY, filters=Filters(labels=frozenset({"label 1"})))
    assert found(fan(), 0, request) == ["t1", "t4", "t7", "t10"]


def test_too_few_is_told_with_the_reason() -> None:
    collection = fan()
    query = query_of(collection, collection.all_tracks()[0])
    request = SimilarRequest(caps=ANY, filters=Filters(labels=frozenset({"label 1"})))
    result = find_similar(collection, query, made_prints(collection), request)
    assert "Only 4 tracks were found; looser filters find more." in result.notes
    everything = find_similar(collection, query, made_prints(collection), SimilarRequest(caps=Caps(count=50)))
    assert everything.notes == ("Only 11 tracks were found.",)


def test_versions_are_folded_and_own_ones_named() -> None:
    collection = fan()
    ids = [track.audio_id for track in collection.all_tracks()]
    prints = made_prints(collection, [(ids[0], ids[1]), (ids[2], ids[4])])
    result = find_similar(
        collection, query_of(collection, collection.all_tracks()[0]), prints, SimilarRequest(caps=ANY)
    )
    assert [one.track.title for one in result.own_versions] == ["t1"]
    assert [one.track.title for one in result.neighbours] == ["t2", "t3", "t5", "t6", "t7"]
    assert [one.words for one in result.neighbours[0].versions] == ["copy (6:00)"]


def test_hubs_give_way() -> None:
    collection = fan()
    crowds = np.zeros(12, dtype=np.float32)
    crowds[1] = 1.0
    hubs = ExactSearch(collection.columns, collection.search.units, crowds)  # type: ignore[attr-defined]  # it is exact
    collection.search = hubs
    assert found(collection, 0, SimilarRequest(caps=ANY, damping=0.0))[0] == "t1"
    assert found(collection, 0, SimilarRequest(caps=ANY, damping=0.5)) == ["t2", "t3", "t4", "t5", "t6"]


def test_more_are_fetched_where_caps_pass_over_many() -> None:
    n = 400
    tracks = [made_track(f"t{i}", artist="Flood" if i < 390 else f"Rare {i}") for i in range(n)]
    angles = np.linspace(0, np.pi / 2, n)
    collection = made_collection(tracks, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    prints = made_prints(collection)
    result = find_similar(collection, query_of(collection, tracks[0]), prints, SimilarRequest(caps=Caps(count=5)))
    assert [one.track.title for one in result.neighbours] == ["t1", "t2", "t390", "t391", "t392"]


UNITS = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=5))


@given(UNITS, UNITS, UNITS)
def test_rocchio_is_a_unit_vector_that_goes_the_right_way(
    query: np.ndarray, like: np.ndarray, unlike: np.ndarray
) -> None:
    one, good, bad = (np.asarray(v / np.linalg.norm(v), dtype=np.float32) for v in (query, like, unlike))
    moved = rocchio(one, [good], [bad])
    assert np.linalg.norm(moved) == pytest.approx(1, abs=1e-5)
    expected = one + LIKE_WEIGHT * good - UNLIKE_WEIGHT * bad
    np.testing.assert_allclose(moved, expected / np.linalg.norm(expected), atol=1e-5)
    assert rocchio(one, [good], []) @ good >= one @ good - 1e-6
    assert rocchio(one, [], [bad]) @ bad <= one @ bad + 1e-6
    np.testing.assert_array_equal(rocchio(one, [], []), rocchio(one, [], []))


def test_damping_takes_off_what_is_beyond_the_mean() -> None:
    cosines, crowding = np.array([0.5, 0.5], dtype=np.float32), np.array([0.1, 0.5], dtype=np.float32)
    np.testing.assert_allclose(damped(cosines, crowding, mean=0.3, strength=0.5), [0.6, 0.4])
    np.testing.assert_array_equal(damped(cosines, crowding, mean=0.3, strength=0.0), cosines)
