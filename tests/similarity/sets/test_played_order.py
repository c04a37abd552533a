from itertools import pairwise

import numpy as np
import pytest
from made_collection import made_collection, made_measures, made_track

from earmark.audio.estimates import Measures, Section
from earmark.catalog.track import Track
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.sets.played_order import judge_order
from earmark.similarity.vectors.opening import Collection

TRACKS = [
    made_track("calm", key="8A", bpm=128.0, seconds=120.0),
    made_track("middle", key="9A", bpm=130.0, seconds=60.0),
    made_track("clash", key="2B", bpm=160.0, seconds=300.0),
    made_track("unmeasured", key=None, bpm=None, seconds=200.0),
]


def silent_edges(seconds: int, lufs: float) -> Measures:
    """Ten seconds of silence at either end."""
    curve = [-70.0] * 10 + [lufs] * (seconds - 20) + [-70.0] * 10
    return Measures(None, None, lufs, tuple(curve), 1.0, (Section(0.0, float(seconds), 0.5),))


def collected() -> Collection:
    measures = {
        TRACKS[0].audio_id: made_measures(-20.0),
        TRACKS[1].audio_id: made_measures(-12.0, seconds=60),
        TRACKS[2].audio_id: silent_edges(300, -8.0),
    }
    units = np.random.default_rng(0).normal(size=(len(TRACKS), 5))
    return made_collection(TRACKS, units, measures)


def test_starts_follow_from_lengths_and_overlaps() -> None:
    order = judge_order(collected(), TRACKS, overlap=32.0)
    overlaps = [20.0, 20.0, 32.0]  # a third of the shorter one at most
    starts = np.cumsum([0, 120 - 20, 60 - 20, 300 - 32])
    assert [one.start_seconds for one in order.tracks] == pytest.approx(starts)
    assert [one.blend.seconds for one in order.tracks if one.blend] == pytest.approx(overlaps)
    assert order.seconds == pytest.approx(starts[-1] + 200)


def test_silence_at_the_edges_is_not_blended() -> None:
    into, out = (one.blend for one in judge_order(collected(), TRACKS, overlap=16.0).tracks[2:])
    assert into is not None
    assert out is not None
    assert into.in_seconds == 10.0
    assert out.out_seconds == pytest.approx(300 - 10 - 16)
    assert out.in_seconds == 0.0  # nothing was measured of the last one


def test_each_step_is_judged_and_broken_rules_are_told() -> None:
    order = judge_order(collected(), TRACKS)
    first, second, third, last = order.tracks
    assert first.transition is None
    assert second.transition is not None
    assert second.transition.broken == ()
    assert second.play_bpm == pytest.approx(128.0)
    assert third.transition is not None
    assert len(third.transition.broken) == 2
    assert last.play_bpm is None
    scores = [one.transition.score for one in order.tracks if one.transition]
    assert order.mixing == pytest.approx(np.mean(scores))
    loose = judge_order(collected(), TRACKS, MixRules(pitch_range=50.0))
    assert loose.tracks[2].transition is not None
    assert len(loose.tracks[2].transition.broken) == 1


def test_energy_is_told_as_a_share_of_the_collection() -> None:
    levels = [one.level for one in judge_order(collected(), TRACKS).tracks]
    assert levels[3] is None
    known = [level for level in levels if level is not None]
    assert sorted(known) == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("tracks", [[], TRACKS[:1], [TRACKS[0], TRACKS[0]]])
def test_short_orders(tracks: list[Track]) -> None:
    order = judge_order(collected(), tracks)
    assert len(order.tracks) == len(tracks)
    assert (order.mixing is None) == (len(tracks) < 2)
    assert all(before.start_seconds < after.start_seconds for before, after in pairwise(order.tracks))
    assert order.seconds == pytest.approx(120.0 * len(tracks) - (32.0 if len(tracks) == 2 else 0.0))
