"""What a set in a given order is like: how each track follows the one before, when it begins, where both blend."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from earmark.audio.estimates import Measures
from earmark.catalog.track import Track
from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.reasons import Transition, transition_of
from earmark.similarity.finding.similar import collection_scale
from earmark.similarity.sets.set_pool import energy_levels
from earmark.similarity.vectors.opening import Collection

LONGEST_SHARE: Final = 1 / 3
"""Of the shorter of two tracks, this much may sound together with the other."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Where two tracks sound together.

    Attributes:
        seconds: For how long.
        out_seconds: Where it begins in the track before.
        in_seconds: Where it begins in the track after.
    """

    seconds: float
    out_seconds: float
    in_seconds: float


@dataclass(frozen=True, slots=True)
class PlayedTrack:
    """One track of an order.

    Attributes:
        track: The track.
        measures: What was measured of its sound; None where nothing was.
        level: Its energy, 0 (the collection's calmest track) to 1 (its most energetic); None where not known.
        start_seconds: When it begins, from the beginning of the first.
        transition: How it follows the track before it; None for the first.
        blend: Where it is blended with the track before it; None for the first.
    """

    track: Track
    measures: Measures | None
    level: float | None
    start_seconds: float
    transition: Transition | None
    blend: Blend | None

    @property
    def play_bpm(self) -> float | None:
        """The tempo at which it is to be played; None where one is not known."""
        speed = None if self.transition is None else self.transition.speed
        return None if speed is None or self.track.bpm is None else self.track.bpm * speed


@dataclass(frozen=True, slots=True)
class PlayedOrder:
    """Tracks in an order.

    Attributes:
        tracks: The tracks.
        seconds: How long they last together.
        mixing: Mean score of the transitions, 0 to 1; None where there is none.
    """

    tracks: tuple[PlayedTrack, ...]
    seconds: float
    mixing: float | None


def judge_order(
    collection: Collection, tracks: Sequence[Track], rules: MixRules | None = None, *, overlap: float = 32.0
) -> PlayedOrder:
    """Judge tracks in the order in which they are played.

    Args:
        collection: The library, opened for searching.
        tracks: Tracks of the library; one may come more than once.
        rules: What may follow what; the usual rules where None. What breaks them is told, not refused.
        overlap: Seconds for which two tracks sound together; at most a third of either.

    Raises:
        InputError: A track has no vector.
    """
    if not tracks:
        return PlayedOrder((), 0.0, None)
    ids = [track.audio_id for track in tracks]
    measures = collection.library.measures(ids)
    levels = _levels(collection)
    blends = [_blend(*pair, measures, overlap) for pair in pairwise(tracks)]
    starts = np.cumsum([0.0, *(one.seconds - two.seconds for one, two in zip(tracks, blends, strict=False))]).tolist()
    followed = _transitions(collection, tracks, measures, rules or MixRules())
    played = tuple(
        PlayedTrack(track, measures.get(track.audio_id), levels.get(track.audio_id), start, transition, blend)
        for track, start, transition, blend in zip(tracks, starts, [None, *followed], [None, *blends], strict=True)
    )
    mixing = float(np.mean([one.score for one in followed])) if followed else None
    return PlayedOrder(played, starts[-1] + tracks[-1].seconds, mixing)


def _transitions(
    collection: Collection, tracks: Sequence[Track], measures: dict[str, Measures], rules: MixRules
) -> list[Transition]:
    units = collection.search.vectors([track.audio_id for track in tracks])
    decks = decks_of(tracks, units, measures, columns=collection.columns)
    scale, _ = collection_scale(collection)
    return [transition_of(decks.take([row]), decks.take([row + 1]), rules, scale) for row in range(len(tracks) - 1)]


def _levels(collection: Collection) -> dict[str, float]:
    """The energy of every track as a share of the collection, as far as it is known."""
    ids = collection.columns.audio_ids.tolist()
    measured = collection.mix_measures(ids)
    levels = energy_levels(np.array([measured[one].energy for one in measured], dtype=np.float64))
    return dict(zip(measured, levels.tolist(), strict=True))


def _blend(before: Track, after: Track, measures: dict[str, Measures], overlap: float) -> Blend:
    """The end of one track over the beginning of the next; silence at either edge is left out."""
    seconds = min(overlap, LONGEST_SHARE * min(before.seconds, after.seconds))
    left, reached = measures.get(before.audio_id), measures.get(after.audio_id)
    end = before.seconds if left is None else min(left.heard_seconds[1], before.seconds)
    begin = 0.0 if reached is None else reached.heard_seconds[0]
    return Blend(seconds, max(end - seconds, 0.0), begin)
