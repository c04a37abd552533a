"""What sounds like a track: neighbours with reasons, re-ranked by likes and dislikes, hubs damped, versions folded."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from earmark.audio.estimates import Measures
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.hubs import DAMPING, damped
from earmark.similarity.finding.liking import liked_unit
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.picking import VERIFIED, Caps, pick
from earmark.similarity.finding.reasons import alike_words, sound_words
from earmark.similarity.finding.scale import SoundScale, scale_of_ids, sound_scale
from earmark.similarity.finding.versions import Fingerprints, Version
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarRequest:
    """What is asked for.

    Attributes:
        caps: How many, and how many from one artist and release.
        filters: What may be found.
        likes: Tracks that the neighbours should sound like too.
        unlikes: Tracks that they should not sound like.
        damping: How strongly hubs are damped; 0 not at all.
    """

    caps: Caps = field(default_factory=Caps)
    filters: Filters = field(default_factory=Filters)
    likes: tuple[Query, ...] = ()
    unlikes: tuple[Query, ...] = ()
    damping: float = DAMPING


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A track that sounds like another.

    Attributes:
        track: The track.
        score: What it is ranked by: the cosine after likes, dislikes and damping.
        cosine: Cosine with the track that was asked about, -1 to 1.
        share: Share of pairs of the collection that are less alike, 0 to 1.
        reasons: Why, in words.
        versions: Its other versions, which are folded away.
        measures: What was measured of its sound; None where nothing was.
    """

    track: Track
    score: float
    cosine: float
    share: float
    reasons: tuple[str, ...]
    versions: tuple[Version, ...]
    measures: Measures | None

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "track": self.track.to_json(),
            "score": round(self.score, 4),
            "cosine": round(self.cosine, 4),
            "nearer_than_share_of_pairs": round(self.share, 5),
            "reasons": list(self.reasons),
            "versions": [one.to_json() for one in self.versions],
        }


@dataclass(frozen=True, slots=True)
class SimilarResult:
    """What was found.

    Attributes:
        asked: The track that was asked about.
        neighbours: The neighbours, the best first.
        own_versions: Versions of the track itself.
        notes: What a user should know, a sentence each.
        engine: Which engine searched.
        source: What made the vectors.
    """

    asked: Track
    neighbours: tuple[Neighbour, ...]
    own_versions: tuple[Version, ...]
    notes: tuple[str, ...]
    engine: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "track": self.asked.to_json(),
            "vectors": self.source,
            "engine": self.engine,
            "neighbours": [one.to_json() for one in self.neighbours],
            "own_versions": [one.to_json() for one in self.own_versions],
            "notes": list(self.notes),
        }


def find_similar(
    collection: Collection, query: Query, prints: Fingerprints, request: SimilarRequest | None = None
) -> SimilarResult:
    """Find what sounds like a track.

    Args:
        collection: The library, opened for searching.
        query: The track.
        prints: Fingerprints, by which versions are known.
        request: What is asked for; ten neighbours where None.

    Raises:
        InputError: A vector is missing or of another size.
    """
    wanted = request or SimilarRequest()
    named = [query, *wanted.likes, *wanted.unlikes]
    ids = frozenset(one.track.audio_id for one in named)
    filters = replace(wanted.filters, without_ids=wanted.filters.without_ids | ids)
    vector = liked_unit(query, wanted.likes, wanted.unlikes)
    scale, mean_crowding = collection_scale(collection)
    fetched = max(VERIFIED, 10 * wanted.caps.count)
    while True:
        hits = collection.search.search(vector, fetched, filters)
        scores = damped(
            hits.similarities, collection.search.crowding(hits.audio_ids), mean=mean_crowding, strength=wanted.damping
        )
        order = np.argsort(-scores, kind="stable")
        ranked = [collection.tracks([hits.audio_ids[place]])[0] for place in order.tolist()]
        picked = pick(ranked, query.track, prints, collection.columns, wanted.caps)
        if len(picked.tracks) >= wanted.caps.count or len(hits) < fetched:
            break
        fetched *= 4
    by_id = dict(zip(hits.audio_ids, scores.tolist(), strict=True))
    notes = [*collection.notes, *prints.notes()]
    if len(picked.tracks) < wanted.caps.count:
        notes.append(_too_few(len(picked.tracks), picked.over_cap, filtered=not wanted.filters.is_empty))
    kept = [(one.track, by_id[one.track.audio_id], tuple(one.versions)) for one in picked.tracks]
    return SimilarResult(
        asked=query.track,
        neighbours=tuple(_neighbours(collection, query, scale, kept)),
        own_versions=tuple(picked.own_versions),
        notes=tuple(notes),
        engine=collection.search.engine,
        source=collection.source.shown,
    )


def collection_scale(collection: Collection) -> tuple[SoundScale, float]:
    """What cosines mean in a collection, and its mean crowding.

    Args:
        collection: The library, opened for searching.
    """
    ids = scale_of_ids(collection.columns.audio_ids.tolist())
    return sound_scale(collection.search.vectors(ids)), float(collection.search.crowding(ids).mean())


def _too_few(found: int, over_cap: int, *, filtered: bool) -> str:
    told = {0: "No track was found", 1: "Only 1 track was found"}.get(found, f"Only {found} tracks were found")
    if over_cap:
        told += f"; {over_cap} more are by artists or from releases that had their share (--max-per-artist)"
    return told + ("; looser filters find more." if filtered else ".")


def _neighbours(
    collection: Collection, query: Query, scale: SoundScale, found: list[tuple[Track, float, tuple[Version, ...]]]
) -> list[Neighbour]:
    ids = [track.audio_id for track, _, _ in found]
    if not ids:
        return []
    units, measures = collection.search.vectors(ids), collection.library.measures(ids)
    asked_id = query.track.audio_id
    measured = {asked_id: query.measures} if query.measures else {}
    asked = decks_of([query.track], query.unit[np.newaxis], measured, columns=collection.columns)
    decks = decks_of([track for track, _, _ in found], units, measures, columns=collection.columns)
    made = []
    for place, (track, score, versions) in enumerate(found):
        cosine = float(np.clip(query.unit @ units[place], -1, 1))
        share = scale.share(cosine)
        same_label = track.label if _same(track.label, query.track.label) else None
        words = alike_words(asked, decks.take([place]), same_label=same_label)
        reasons = (sound_words(share), *words)
        made.append(Neighbour(track, score, cosine, share, reasons, versions, measures.get(track.audio_id)))
    return made


def _same(first: str | None, second: str | None) -> bool:
    return bool(first and second) and normalise(first or "") == normalise(second or "")
