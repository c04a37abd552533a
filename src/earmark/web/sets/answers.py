"""What requests about next tracks and sets are answered."""

import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field

from earmark.audio.estimates import Measures
from earmark.library.playlists import StoredPlaylist
from earmark.similarity.finding.harmony import allowed_keys
from earmark.similarity.finding.mixing import MixRules, Term
from earmark.similarity.finding.reasons import Transition
from earmark.similarity.finding.similar import SimilarResult
from earmark.similarity.finding.suggestions import NextResult
from earmark.similarity.finding.versions import Version
from earmark.similarity.sets.played_order import PlayedOrder, PlayedTrack
from earmark.similarity.sets.setlist import SetList
from earmark.web.values import TrackOut, track_out

_FLAG = re.compile(r" \(--[a-z-]+\)")


class VersionOut(BaseModel):
    """Another version of a recording, folded away."""

    track: TrackOut
    words: str = Field(description="What it is, such as a shorter version.")


class NeighbourOut(BaseModel):
    """A track that sounds like another."""

    track: TrackOut
    nearer_than_share_of_pairs: float = Field(description="Share of pairs of the library that are less alike, 0 to 1.")
    cosine: float = Field(description="-1 to 1.")
    words: str = Field(description="Why, in words.")
    versions: list[VersionOut]


class SimilarOut(BaseModel):
    """What sounds like a track."""

    asked: TrackOut
    source: str = Field(description="What made the vectors.")
    engine: str
    neighbours: list[NeighbourOut]
    own_versions: list[VersionOut] = Field(description="Versions of the track itself.")
    notes: list[str]


class ReasonOut(BaseModel):
    """One term of a transition."""

    term: Term
    value: float | None = Field(description="0 to 1; null where it is not known, which counts as 0.5.")
    weight: float = Field(description="How much it counts, as a share of all terms.")
    text: str


class TransitionOut(BaseModel):
    """How one track follows another."""

    score: float = Field(description="0 to 1.")
    words: str
    reasons: list[ReasonOut]
    broken: list[str] = Field(description="Rules that it breaks.")
    speed: float | None = Field(description="How fast the second track is played; 1 for its own tempo.")


class SuggestionOut(BaseModel):
    """A track that mixes after another."""

    track: TrackOut
    transition: TransitionOut
    play_bpm: float | None
    versions: list[VersionOut]


class NextOut(BaseModel):
    """What mixes after a track."""

    asked: TrackOut
    source: str
    engine: str
    allowed_keys: list[str] = Field(description="Keys that the rules reach from it, in Camelot notation.")
    suggestions: list[SuggestionOut]
    own_versions: list[VersionOut]
    notes: list[str]


class BlendOut(BaseModel):
    """Where two tracks sound together."""

    seconds: float
    out_seconds: float = Field(description="Where it begins in the track before.")
    in_seconds: float = Field(description="Where it begins in the track after.")


class PlayedOut(BaseModel):
    """One track of a set in its order."""

    track: TrackOut
    start_seconds: float
    level: float | None = Field(description="Energy: 0 the library's calmest track, 1 its most energetic.")
    transition: TransitionOut | None
    blend: BlendOut | None
    play_bpm: float | None


class OrderOut(BaseModel):
    """A set in its order."""

    tracks: list[PlayedOut]
    seconds: float
    mixing: float | None = Field(description="Mean score of the transitions.")
    gone: list[str] = Field(description="Audio ids that the library does not have any more; they are left out.")
    notes: list[str]


class StepOut(BaseModel):
    """One track of a set that was made."""

    track: TrackOut
    start_seconds: float
    level: float | None
    wanted: float = Field(description="The curve's energy where it plays.")
    transition: TransitionOut | None


class SetlistOut(BaseModel):
    """A set that was made."""

    steps: list[StepOut]
    seconds: float
    curve: list[tuple[float, float]] = Field(description="Points of the curve: place in the set and energy, 0 to 1.")
    value: float
    mixing: float
    fit: float = Field(description="Mean fit to the curve, 0 to 1.")
    considered: int
    allowed: int
    notes: list[str]


class PlaylistOut(BaseModel):
    """A playlist."""

    id: str
    name: str
    folder: list[str]
    source: str = Field(description="Earmark, or the program that it was imported from.")
    kind: str
    own: bool = Field(description="Whether it was made here and can be changed.")
    tracks: int
    missing: int = Field(description="Entries that the library does not have.")


class PlaylistTracksOut(PlaylistOut):
    """A playlist with its tracks."""

    items: list[TrackOut]
    missing_locations: list[str]


def similar_out(result: SimilarResult, measures: Measures | None) -> SimilarOut:
    """Return neighbours as the page shows them.

    Args:
        result: What was found.
        measures: What was measured of the track that was asked about.
    """
    return SimilarOut(
        asked=track_out(result.asked, measures),
        source=result.source,
        engine=result.engine,
        neighbours=[
            NeighbourOut(
                track=track_out(one.track, one.measures),
                nearer_than_share_of_pairs=round(one.share, 5),
                cosine=round(one.cosine, 4),
                words="; ".join(one.reasons),
                versions=_versions(one.versions),
            )
            for one in result.neighbours
        ],
        own_versions=_versions(result.own_versions),
        notes=plain_notes(result.notes),
    )


def next_out(result: NextResult, measures: Measures | None, rules: MixRules) -> NextOut:
    """Return suggestions as the page shows them.

    Args:
        result: What was found.
        measures: What was measured of the track that is left.
        rules: What was asked by.
    """
    key = result.asked.key
    return NextOut(
        asked=track_out(result.asked, measures),
        source=result.source,
        engine=result.engine,
        allowed_keys=[] if key is None else sorted(one.camelot for one in allowed_keys(key, rules.keys)),
        suggestions=[
            SuggestionOut(
                track=track_out(one.track, one.measures),
                transition=_transition(one.transition),
                play_bpm=_rounded(one.play_bpm),
                versions=_versions(one.versions),
            )
            for one in result.suggestions
        ],
        own_versions=_versions(result.own_versions),
        notes=plain_notes(result.notes),
    )


def order_out(order: PlayedOrder, gone: Sequence[str], notes: Sequence[str]) -> OrderOut:
    """Return a set in its order as the page shows it.

    Args:
        order: The set.
        gone: Audio ids that were asked for and are not in the library.
        notes: What a user should know.
    """
    return OrderOut(
        tracks=[_played(one) for one in order.tracks],
        seconds=round(order.seconds, 2),
        mixing=None if order.mixing is None else round(order.mixing, 4),
        gone=list(gone),
        notes=plain_notes(notes),
    )


def setlist_out(made: SetList, curve: Sequence[tuple[float, float]], shown: Sequence[TrackOut]) -> SetlistOut:
    """Return a set that was made as the page shows it.

    Args:
        made: The set.
        curve: Points of its curve.
        shown: Its tracks as the page shows them, in its order.
    """
    return SetlistOut(
        steps=[
            StepOut(
                track=track,
                start_seconds=round(step.start_seconds, 2),
                level=_rounded(step.level),
                wanted=round(step.wanted, 4),
                transition=None if step.transition is None else _transition(step.transition),
            )
            for step, track in zip(made.steps, shown, strict=True)
        ],
        seconds=round(made.seconds, 2),
        curve=list(curve),
        value=round(made.value, 4),
        mixing=round(made.mixing, 4),
        fit=round(made.fit, 4),
        considered=made.considered,
        allowed=made.allowed,
        notes=plain_notes(made.notes),
    )


def playlist_out(playlist: StoredPlaylist) -> PlaylistOut:
    """Return a playlist as the page lists it.

    Args:
        playlist: The playlist.
    """
    return PlaylistOut(
        id=playlist.playlist_id,
        name=playlist.name,
        folder=list(playlist.folder),
        source=playlist.source,
        kind=playlist.kind,
        own=playlist.source == "earmark",
        tracks=len(playlist.audio_ids),
        missing=len(playlist.missing),
    )


def plain_notes(notes: Iterable[str]) -> list[str]:
    """Return notes once each, without the options of the command line that they name in brackets.

    Args:
        notes: Sentences.
    """
    return list(dict.fromkeys(_FLAG.sub("", note) for note in notes))


def _played(one: PlayedTrack) -> PlayedOut:
    blend = one.blend
    return PlayedOut(
        track=track_out(one.track, one.measures),
        start_seconds=round(one.start_seconds, 2),
        level=_rounded(one.level),
        transition=None if one.transition is None else _transition(one.transition),
        blend=None
        if blend is None
        else BlendOut(
            seconds=round(blend.seconds, 2),
            out_seconds=round(blend.out_seconds, 2),
            in_seconds=round(blend.in_seconds, 2),
        ),
        play_bpm=_rounded(one.play_bpm),
    )


def _transition(one: Transition) -> TransitionOut:
    return TransitionOut(
        score=round(one.score, 4),
        words=one.words,
        reasons=[
            ReasonOut(term=reason.term, value=_rounded(reason.value), weight=round(reason.weight, 4), text=reason.text)
            for reason in one.reasons
        ],
        broken=plain_notes(one.broken),
        speed=None if one.speed is None else round(one.speed, 5),
    )


def _versions(versions: Sequence[Version]) -> list[VersionOut]:
    return [VersionOut(track=track_out(one.track), words=one.words) for one in versions]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
