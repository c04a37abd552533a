"""What each label is like: numbers, tempo, keys, level, its most typical tracks, its outliers, and its drift.

Typical and outlying are judged against the label's tracks by *other* artists: an artist's own tracks are alike, and
would make whoever has most of them the label's most typical.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from earmark.audio.estimates import Measures
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.similarity.labels.drift import Drift, label_drift
from earmark.similarity.labels.label_choice import Choice
from earmark.similarity.labels.label_distances import LabelDistances
from earmark.similarity.labels.label_facts import KeyUse, Numbers, keys_of, tempos_of
from earmark.similarity.vectors.placed_tracks import IntArray

MOST_TYPICAL = 5
"""Typical tracks, and outliers, that a profile names."""


@dataclass(frozen=True, slots=True)
class ToldTrack:
    """A track, and how far it is from its label.

    Attributes:
        track: The track.
        distance: Its mean distance from the label's tracks by other artists, 0 to 2.
        nearer_to: Another label to which it is nearer than to its own; None where there is none.
    """

    track: Track
    distance: float
    nearer_to: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "audio_id": self.track.audio_id,
            "track": self.track.display,
            "distance": round(self.distance, 4),
            "nearer_to": self.nearer_to,
        }


@dataclass(frozen=True, slots=True, eq=False)
class LabelProfile:
    """What a label is like.

    Attributes:
        label: Its name.
        tracks: How many tracks it has.
        compared: How many of them were compared; fewer where a sample was taken.
        artists: How many artists are credited on them.
        leads: How many lead artists there are among the compared tracks.
        releases: How many releases they are of.
        years: First and last year of release; None where none is known.
        spread: Mean distance between two of its tracks by different artists, 0 to 2.
        spread_interval: The 95 % interval of that.
        bpm: Tempo in beats per minute.
        keys: Keys.
        lufs: Integrated loudness in LUFS.
        energy: Energy, 0 to 1.
        typical: The tracks in its middle, one for each lead artist, the most typical first.
        outliers: The tracks furthest from its middle, one for each lead artist, the furthest first.
        drift: How its sound moved over the years, or why that cannot be told.
        drifts_to: The label in whose direction it moved, where a move is told and goes that way.
    """

    label: str
    tracks: int
    compared: int
    artists: int
    leads: int
    releases: int
    years: tuple[int, int] | None
    spread: float
    spread_interval: tuple[float, float]
    bpm: Numbers
    keys: KeyUse
    lufs: Numbers
    energy: Numbers
    typical: tuple[ToldTrack, ...]
    outliers: tuple[ToldTrack, ...]
    drift: Drift | str
    drifts_to: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        counts = {name: getattr(self, name) for name in ("tracks", "compared", "artists", "leads", "releases")}
        return {
            "label": self.label,
            **counts,
            "years": None if self.years is None else list(self.years),
            "spread": round(self.spread, 4),
            "spread_interval": [round(end, 4) for end in self.spread_interval],
            "bpm": self.bpm.to_json(),
            "keys": self.keys.to_json(),
            "lufs": self.lufs.to_json(),
            "energy_median": None if self.energy.quartiles is None else round(self.energy.quartiles[1], 3),
            "typical": [one.to_json() for one in self.typical],
            "outliers": [one.to_json() for one in self.outliers],
            "drift": _drift_json(self.drift, self.drifts_to),
        }


def _drift_json(drift: Drift | str, drifts_to: str | None) -> dict[str, Any]:
    if isinstance(drift, str):
        return {"unknown": drift}
    return {
        "per_year": round(drift.per_year, 5),
        "interval": [round(end, 5) for end in drift.interval],
        "p_value": round(drift.p_value, 4),
        "years": list(drift.years),
        "tracks": drift.tracks,
        "told": drift.is_told,
        "towards": drifts_to,
    }


def make_profiles(
    choice: Choice,
    distances: LabelDistances,
    *,
    measures: Mapping[str, Measures],
    resamples: int,
    rng: np.random.Generator,
) -> tuple[LabelProfile, ...]:
    """Make every label's profile.

    Args:
        choice: The labels and their tracks.
        distances: The labels' distances.
        measures: What was measured of the tracks' sound, by audio id; may lack any.
        resamples: How often artists are weighed anew for the drift's interval.
        rng: The source of chance.
    """
    return tuple(
        _profile(choice, distances, label, measures=measures, resamples=resamples, rng=rng)
        for label in range(len(choice.placed.labels))
    )


def _profile(
    choice: Choice,
    distances: LabelDistances,
    label: int,
    *,
    measures: Mapping[str, Measures],
    resamples: int,
    rng: np.random.Generator,
) -> LabelProfile:
    tracks, rows = choice.by_label[label], choice.placed.rows_of(label)
    years = sorted(track.released.year for track in tracks if track.released is not None)
    typical, outliers = _typical_and_outliers(choice, distances, label)
    levels = [measures[track.audio_id] for track in tracks if track.audio_id in measures]
    drift = _drift(choice, label, resamples=resamples, rng=rng)
    return LabelProfile(
        label=choice.placed.labels[label],
        tracks=len(tracks),
        compared=rows.stop - rows.start,
        artists=len(frozenset[str]().union(*(track.artist_keys for track in tracks))),
        leads=len(np.unique(choice.placed.lead_of[rows])),
        releases=len({normalise(track.release) for track in tracks if track.release}),
        years=(years[0], years[-1]) if years else None,
        spread=float(distances.spreads[0, label]),
        spread_interval=distances.spread_interval(label),
        bpm=tempos_of(tracks),
        keys=keys_of(tracks),
        lufs=Numbers(tuple(sorted(one.lufs for one in levels if one.lufs is not None))),
        energy=Numbers(tuple(sorted(one.energy for one in levels))),
        typical=typical,
        outliers=outliers,
        drift=drift,
        drifts_to=_towards(choice, drift, label),
    )


def _typical_and_outliers(
    choice: Choice, distances: LabelDistances, label: int
) -> tuple[tuple[ToldTrack, ...], tuple[ToldTrack, ...]]:
    rows = choice.placed.rows_of(label)
    own = distances.to_label[rows, label]
    # A track that shares an artist with every other one has nothing to be judged against.
    judged = np.flatnonzero(np.isfinite(own))
    order = judged[np.argsort(own[judged], kind="stable")] + rows.start
    typical = one_per_lead(order.tolist(), choice.placed.lead_of)
    outliers = one_per_lead(order[::-1].tolist(), choice.placed.lead_of)
    told = [tuple(_told(choice, distances, row, label) for row in some[:MOST_TYPICAL]) for some in (typical, outliers)]
    # With few artists the two lists would meet: what is typical is no outlier.
    first = {one.track.audio_id for one in told[0]}
    return told[0], tuple(one for one in told[1] if one.track.audio_id not in first)


def one_per_lead(rows: Sequence[int], lead_of: IntArray) -> list[int]:
    """Rows without those whose lead artist came before, in their order.

    Args:
        rows: Rows of tracks.
        lead_of: Each track's lead artist.
    """
    seen: dict[int, int] = {}
    for row in rows:
        seen.setdefault(int(lead_of[row]), row)
    return list(seen.values())


def _told(choice: Choice, distances: LabelDistances, row: int, label: int) -> ToldTrack:
    nearest = int(np.nanargmin(distances.track_scores(slice(row, row + 1))[0]))
    nearer = None if nearest == label else choice.placed.labels[nearest]
    return ToldTrack(choice.tracks[row], float(distances.to_label[row, label]), nearer)


def _drift(choice: Choice, label: int, *, resamples: int, rng: np.random.Generator) -> Drift | str:
    rows = choice.placed.rows_of(label)
    years = [None if track.released is None else track.released.year for track in choice.tracks[rows]]
    return label_drift(
        choice.placed.units[rows], years, choice.placed.lead_of[rows], resamples=resamples, rng=rng
    )  # fmt: skip


def _towards(choice: Choice, drift: Drift | str, label: int) -> str | None:
    """The label whose middle lies most in the direction of a drift that is told; None where none does."""
    if isinstance(drift, str) or not drift.is_told:
        return None
    middles = [choice.placed.units[choice.placed.rows_of(at)].mean(axis=0) for at in range(len(choice.placed.labels))]
    ways = np.array(middles) - middles[label]
    lengths = np.linalg.norm(ways, axis=1)
    cosines = np.divide(ways @ drift.direction, lengths, out=np.full(len(ways), -1.0), where=lengths > 0)
    best = int(cosines.argmax())
    return choice.placed.labels[best] if cosines[best] >= _LEAST_COSINE else None


_LEAST_COSINE = 0.3
"""A move at more than about 70 degrees to another label's direction is no move towards it."""
