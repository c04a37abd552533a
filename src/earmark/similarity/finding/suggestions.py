"""What mixes after a track: those that keep the rules, ranked by `earmark.similarity.finding.mixing`, with reasons."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from earmark.audio.estimates import Measures
from earmark.catalog.track import Track
from earmark.similarity.finding.decks import Decks, decks_of
from earmark.similarity.finding.harmony import allowed_keys
from earmark.similarity.finding.liking import liked_unit
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.mixing import TIMES, MixRules, Transitions, transitions
from earmark.similarity.finding.picking import Caps, pick
from earmark.similarity.finding.reasons import Transition, transition_of
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.finding.similar import collection_scale
from earmark.similarity.finding.versions import Fingerprints, Version
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection

ALL_BELOW: Final = 2000
"""Collections up to this size are judged whole; of larger ones, the nearest in sound that may keep the rules."""
NEAREST: Final = 500
"""Tracks that each search of a larger collection brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRequest:
    """What is asked for.

    Attributes:
        caps: How many, and how many from one artist and release.
        filters: What may be found.
        rules: What may follow what.
        likes: Tracks that suggestions should sound like too; they may be suggested themselves.
        unlikes: Tracks that they should not sound like; never suggested.
    """

    caps: Caps = field(default_factory=Caps)
    filters: Filters = field(default_factory=Filters)
    rules: MixRules = field(default_factory=MixRules)
    likes: tuple[Query, ...] = ()
    unlikes: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A track that mixes after another.

    Attributes:
        track: The track.
        transition: How it follows, with the reasons.
        versions: Its other versions, which are folded away.
        measures: What was measured of its sound; None where nothing was.
    """

    track: Track
    transition: Transition
    versions: tuple[Version, ...]
    measures: Measures | None

    @property
    def play_bpm(self) -> float | None:
        """The tempo at which it is to be played; None where one is not known."""
        speed, bpm = self.transition.speed, self.track.bpm
        return None if speed is None or bpm is None else bpm * speed

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "track": self.track.to_json(),
            **self.transition.to_json(),
            "play_bpm": None if self.play_bpm is None else round(self.play_bpm, 3),
            "versions": [one.to_json() for one in self.versions],
        }


@dataclass(frozen=True, slots=True)
class NextResult:
    """What was found.

    Attributes:
        asked: The track that is left.
        suggestions: What may follow, the best first.
        own_versions: Versions of the track itself.
        notes: What a user should know, a sentence each.
        engine: Which engine searched.
        source: What made the vectors.
    """

    asked: Track
    suggestions: tuple[Suggestion, ...]
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
            "suggestions": [one.to_json() for one in self.suggestions],
            "own_versions": [one.to_json() for one in self.own_versions],
            "notes": list(self.notes),
        }


def suggest_next(
    collection: Collection, query: Query, prints: Fingerprints, request: NextRequest | None = None
) -> NextResult:
    """Find what mixes after a track.

    Args:
        collection: The library, opened for searching.
        query: The track that is left.
        prints: Fingerprints, by which versions are known.
        request: What is asked for; ten suggestions by the usual rules where None.

    Raises:
        InputError: A vector is missing or of another size.
    """
    wanted = request or NextRequest()
    unit = liked_unit(query, wanted.likes, wanted.unlikes)
    ids = candidates(collection, replace(query, unit=unit), wanted)
    tracks, measures = collection.tracks(ids), collection.mix_measures(ids)
    scale, _ = collection_scale(collection)
    asked = decks_of([query.track], unit[np.newaxis], _measured(query), columns=collection.columns)
    notes = [*collection.notes, *_liked(wanted), *_unknown_of(query.track, wanted.rules)]
    if not ids:
        nothing = "No other track" + (" passes the filters." if not wanted.filters.is_empty else " is in the library.")
        return _result(collection, query, [], [], [*notes, nothing])
    decks = decks_of(tracks, collection.search.vectors(ids), measures, columns=collection.columns)
    judged = transitions(asked, decks, wanted.rules, scale)
    allowed = np.flatnonzero(judged.allowed[0])
    order = allowed[np.argsort(-judged.scores[0, allowed], kind="stable")].tolist()
    picked = pick((tracks[row] for row in order), query.track, prints, collection.columns, wanted.caps)
    places = {track.audio_id: row for row, track in enumerate(tracks)}
    shown = collection.library.measures([one.track.audio_id for one in picked.tracks])
    suggestions = []
    for one in picked.tracks:
        made = _explained(asked, decks, places[one.track.audio_id], wanted.rules, scale)
        suggestions.append(Suggestion(one.track, made, tuple(one.versions), shown.get(one.track.audio_id)))
    if len(suggestions) < wanted.caps.count:
        notes.append(_too_few(len(suggestions), judged, wanted.rules, picked.over_cap))
    return _result(collection, query, suggestions, picked.own_versions, [*notes, *prints.notes()])


def _result(
    collection: Collection, query: Query, found: list[Suggestion], own: list[Version], notes: list[str]
) -> NextResult:
    engine, source = collection.search.engine, collection.source.shown
    return NextResult(query.track, tuple(found), tuple(own), tuple(notes), engine, source)


def _measured(query: Query) -> dict[str, Measures]:
    return {} if query.measures is None else {query.track.audio_id: query.measures}


def _explained(asked: Decks, decks: Decks, row: int, rules: MixRules, scale: SoundScale) -> Transition:
    return transition_of(asked, decks.take([row]), rules, scale)


def candidates(collection: Collection, query: Query, request: NextRequest) -> list[str]:
    """Audio ids of tracks that may follow, by the filters and, in large collections, by tempo, key and sound.

    Args:
        collection: The library, opened for searching.
        query: The track that is left.
        request: What is asked for.
    """
    unwanted = {query.track.audio_id, *(one.track.audio_id for one in request.unlikes)}
    without = request.filters.without_ids | unwanted
    base = replace(request.filters, without_ids=without)
    search = collection.search
    if len(search) <= ALL_BELOW:
        return list(search.search(query.unit, len(search), base).audio_ids)
    found: dict[str, None] = {}
    for filters in _searches(query.track, base, request.rules):
        found |= dict.fromkeys(search.search(query.unit, NEAREST, filters).audio_ids)
    return list(found)


def _searches(track: Track, base: Filters, rules: MixRules) -> list[Filters]:
    """The searches that together find what may keep the rules: in each time with allowed keys, then without either."""
    keyed = base
    if track.key is not None and rules.key_lock and not base.keys:
        keyed = replace(base, keys=allowed_keys(track.key, rules.keys))
    searches = []
    if track.bpm is not None:
        edge = rules.pitch_range / 100
        for times in TIMES:
            low, high = track.bpm / (times * (1 + edge)), track.bpm / (times * (1 - edge))
            if base.bpm is not None:
                low, high = max(low, base.bpm[0]), min(high, base.bpm[1])
            if low <= high:
                searches += [replace(keyed, bpm=(low, high)), replace(base, bpm=(low, high))]
    return list(dict.fromkeys([*searches, keyed, base]))


def _liked(request: NextRequest) -> list[str]:
    named = [(len(request.likes), "towards", "liked"), (len(request.unlikes), "away from", "disliked")]
    moved = [f"{way} {count} {how} track{'' if count == 1 else 's'}" for count, way, how in named if count]
    return [f"The sound that is looked for is moved {' and '.join(moved)}."] if moved else []


def _unknown_of(track: Track, rules: MixRules) -> list[str]:
    notes = []
    if track.key is None and rules.strict_key:
        notes.append("The key of the track is not known, so that no key can be said to follow it (--strict-key).")
    unknown = ["key"] if track.key is None and not rules.strict_key else []
    unknown += ["BPM"] if track.bpm is None else []
    if unknown:
        told = "are not known and count" if len(unknown) > 1 else "is not known and counts"
        notes.append(f"The {' and the '.join(unknown)} of the track {told} neither way.")
    return notes


def _too_few(found: int, judged: Transitions, rules: MixRules, over_cap: int) -> str:
    parts = []
    if off := int(judged.off_key[0].sum()):
        unsure = ", or that is not known for sure (--strict-key)" if rules.strict_key else ""
        parts.append(f"{_are(off)} in a key that the rules ({', '.join(rules.keys)}) do not reach (--rules){unsure}")
    if off := int(judged.off_tempo[0].sum()):
        parts.append(f"{_are(off)} beyond the pitch range of {rules.pitch_range:g} % (--pitch-range)")
    if over_cap:
        parts.append(f"{_are(over_cap)} by artists or from releases that had their share (--max-per-artist)")
    told = f"Only {found} track{'' if found == 1 else 's'} may follow" if found else "No track may follow"
    return f"{told}; of {judged.scores.shape[1]} others, {', '.join(parts)}." if parts else f"{told}."


def _are(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"
