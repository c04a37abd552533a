"""Listens to one dropped file: decoded once, then the verdict, then what in the library is near.

Runs in a resident worker (`earmark.executors.resident`), never in the server: what decodes a stranger's file may hang,
crash or be taken over. Pieces are told as they are known, the verdict first. What is open (library, model, vectors)
stays open from file to file, and is opened again when it has changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from earmark.audio.decode import AudioFacts, DecodedAudio, declared_seconds
from earmark.audio.envelope import envelope
from earmark.catalog.from_tags import read_tags
from earmark.catalog.importers import ImportContext, import_file
from earmark.catalog.track import Track, Values
from earmark.errors import DecodeError, EarmarkError
from earmark.library.analysis import decode_quietly
from earmark.library.failed_files import advice_on
from earmark.library.library import Library
from earmark.models.bundle import CARD_FILE, Bundle, load_bundle
from earmark.models.explaining import explain_song
from earmark.models.predict import FilePrediction, HeardFile, hear_audio, predict_heard, told_json
from earmark.models.shelf import find_bundle
from earmark.models.why import Explanation
from earmark.similarity.finding.lookup import query_of
from earmark.similarity.finding.similar import SimilarResult, find_similar
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.vectors.embedding import QueryTrack, describe_audio, embed_audio
from earmark.similarity.vectors.opening import Collection, collection_state, open_collection, searchable_source
from earmark.web.drops.answers import (
    DropOutline,
    DropVersion,
    Heard,
    LabelSet,
    LabelShare,
    Near,
    NearTrack,
    ReferenceOut,
    SoundOut,
    Verdict,
)
from earmark.web.values import Problem, TrackOut, track_out

TOO_LONG = "length"
"""The reason of a file that is longer than may be dropped, among those of decoders."""
OUTLINE_POINTS = 800
"""Points of a waveform: more than bars fit into a laptop's window."""

REHEARSAL_SECONDS = 20.0
"""So much noise is listened to when a worker is warmed: enough for every step, tempo and key among them."""


@dataclass(frozen=True, slots=True)
class ListenRequest:
    """What to listen to, and with what.

    Attributes:
        library: The library's address.
        bundle: The model's folder or name; the library's newest where None.
        path: The file; None to load and try everything without one.
        name: The name that the client gave; only its text is read, as a scan reads file names.
        most_seconds: A longer sound is refused.
    """

    library: str
    bundle: str | None = None
    path: str | None = None
    name: str = ""
    most_seconds: float = 3600.0


def listen(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell of a file, piece by piece; see `earmark.executors.resident_worker.ResidentFunction`.

    Args:
        item: The fields of a `ListenRequest`.

    Yields:
        `Heard` as plain values.
    """
    request = ListenRequest(**item)
    try:
        for heard in _rehearsed(request) if request.path is None else _listened(request, request.path):
            yield heard.model_dump(mode="json", exclude_none=True)
    except DecodeError as error:
        yield _failed("DecodeError", _unreadable(error.reasons))
    except EarmarkError as error:
        yield _failed(type(error).__name__, str(error))


def _unreadable(reasons: Mapping[str, str]) -> str:
    """Why a file could not be heard: what to do first, what the decoders said behind it."""
    told = "; ".join(f"{decoder}: {reason}" for decoder, reason in reasons.items())
    if TOO_LONG in reasons:
        return f"this file cannot be listened to: {reasons[TOO_LONG]}"
    return f"no decoder could read this file. {advice_on(reasons)} ({told})"


def _failed(kind: str, message: str) -> dict[str, Any]:
    return Heard(problem=Problem(kind=kind, message=message)).model_dump(mode="json", exclude_none=True)


def _listened(request: ListenRequest, path: str) -> Iterator[Heard]:
    yield Heard(stage="decoding")
    audio = _decoded(path, request.most_seconds)
    told = import_file(Path(request.name), ImportContext(tags=read_tags(Path(path))))
    yield Heard(stage="listening", sound=_sound(audio.facts), outline=_outline(audio))
    yield from _told(request, audio, told)


def _told(request: ListenRequest, audio: DecodedAudio, told: tuple[Values, ...]) -> Iterator[Heard]:
    library = _library(request.library)
    heard = None
    try:
        bundle = _bundle(library, request.bundle)
        heard = _heard_by(bundle, audio, told, request.name)
        verdict = _verdict(library, bundle, heard)
        yield Heard(stage="neighbours", verdict=verdict, track=track_out(heard.track))
    except EarmarkError as error:
        yield Heard(stage="neighbours", verdict_problem=_problem(error))
    try:
        collection, prints = _opened(request.library, collection_state(library))
    except EarmarkError as error:
        yield Heard(near_problem=_problem(error), track=track_out(*describe_audio(audio, told, request.name, library)))
        return
    try:
        stored = {} if heard is None else heard.stored
        asked = embed_audio(audio, told, request.name, library, collection.source, stored=stored)
        yield Heard(near=_near(collection, prints, asked), track=track_out(asked.track, asked.measures))
    except EarmarkError as error:
        yield Heard(near_problem=_problem(error))


def _problem(error: EarmarkError) -> Problem:
    return Problem(kind=type(error).__name__, message=str(error))


def _decoded(path: str, most_seconds: float) -> DecodedAudio:
    """Decode a file, unless it is longer than allowed; one that lies about its length is only decoded so far.

    Raises:
        DecodeError: No decoder could read it, or it is too long.
    """
    promised = declared_seconds(path)
    audio = None
    if promised is None or promised <= most_seconds:
        audio = decode_quietly(path, loudness=True, max_seconds=most_seconds + 1.0)
    if audio is None or audio.facts.seconds > most_seconds:
        longest = f"{most_seconds / 60:.0f} minutes"
        raise DecodeError(path, {TOO_LONG: f"it is longer than {longest}, the longest that may be dropped here"})
    return audio


def _sound(facts: AudioFacts) -> SoundOut:
    return SoundOut(
        container=facts.container,
        codec=facts.codec,
        channels=facts.channels,
        sample_rate=facts.sample_rate,
        seconds=facts.seconds,
        bit_rate=facts.bit_rate,
        truncated=facts.truncated,
    )


def _outline(audio: DecodedAudio) -> DropOutline:
    drawn = envelope(audio.samples, audio.sample_rate, points=OUTLINE_POINTS)
    peaks = np.maximum(np.abs(drawn.low), np.abs(drawn.high))
    scaled = np.round(255 * peaks / max(float(peaks.max()), 1e-6)).astype(int)
    return DropOutline(seconds=drawn.seconds, peaks=scaled.tolist())


@lru_cache(maxsize=2)
def _library(address: str) -> Library:
    return Library.open(address)


def _bundle(library: Library, wanted: str | None) -> Bundle:
    folder = find_bundle(None if wanted is None else Path(wanted), library)
    return _loaded(folder, (folder / CARD_FILE).stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: int) -> Bundle:  # noqa: ARG001 - a bundle that was trained again is another one
    return load_bundle(folder)


@lru_cache(maxsize=1)
def _opened(address: str, state: tuple[object, ...]) -> tuple[Collection, Fingerprints]:  # noqa: ARG001 - as above
    library = _library(address)
    return open_collection(library, searchable_source(library)), Fingerprints(library)


def _heard_by(bundle: Bundle, audio: DecodedAudio, told: tuple[Values, ...], name: str) -> HeardFile:
    return hear_audio(audio, told, name, bundle.spec.stored, bundle.backbone_folders, reads_tags=bundle.spec.reads_tags)


def _verdict(library: Library, bundle: Bundle, heard: HeardFile) -> Verdict:
    prediction = predict_heard(bundle, heard)
    why = explain_song(prediction.song, prediction.track, bundle.knowledge)
    return verdict_of(bundle, prediction, why, _known(library, why))


def verdict_of(bundle: Bundle, prediction: FilePrediction, why: Explanation, known: Mapping[str, TrackOut]) -> Verdict:
    """A prediction as the page shows it.

    Args:
        bundle: The model.
        prediction: What it says of a file.
        why: The explanation.
        known: Tracks of the library, by audio id, for the songs that the explanation names.
    """
    explained = told_json(prediction, why)["explanation"]
    ranked = [LabelShare(label=label, probability=p) for label, p in explained["probabilities"].items()]
    near = why.neighbours
    return Verdict(
        bundle=bundle.path.name,
        model=bundle.spec.name,
        label=why.label,
        probability=ranked[0].probability,
        ranked=ranked,
        set=None if explained["set"] is None else LabelSet(**explained["set"]),
        sentence=why.sentence(),
        known_score=bundle.card.known_score,
        in_training=prediction.in_training,
        padded=prediction.song.padded,
        references=None
        if near is None
        else [
            ReferenceOut(
                name=one.song.name,
                label=one.song.label,
                cosine=round(one.similarity, 4),
                track=known.get(one.song.audio_id),
            )
            for one in near
        ],
        habits=[] if why.habits is None else list(why.habits.sentences()),
        opposing=[why.sections.index(section) for section in why.opposing()],
        explanation=explained,
    )


def _known(library: Library, why: Explanation) -> dict[str, TrackOut]:
    """The tracks of the library that an explanation names, by audio id."""
    wanted = {one.song.audio_id for one in why.neighbours or ()}
    found = [track for track in library.tracks() if track.audio_id in wanted] if wanted else []
    return _shown(library, found)


def _shown(library: Library, tracks: list[Track]) -> dict[str, TrackOut]:
    measures = library.measures([track.audio_id for track in tracks]) if tracks else {}
    return {track.audio_id: track_out(track, measures.get(track.audio_id)) for track in tracks}


def _near(collection: Collection, prints: Fingerprints, asked: QueryTrack) -> Near:
    query = query_of(asked, collection, prints)
    result = find_similar(collection, query, prints)
    known = collection.tracks([query.track.audio_id]) if query.in_library else []
    return _near_of(result, _shown(collection.library, [*known, *(one.track for one in result.own_versions)]))


def _near_of(result: SimilarResult, shown: Mapping[str, TrackOut]) -> Near:
    return Near(
        source=result.source,
        neighbours=[
            NearTrack(
                track=track_out(one.track, one.measures),
                cosine=round(one.cosine, 4),
                nearer_than_share_of_pairs=round(one.share, 5),
                words=list(one.reasons),
                versions=[f"{version.track.display}: {version.words}" for version in one.versions],
            )
            for one in result.neighbours
        ],
        versions=[DropVersion(track=shown[one.track.audio_id], words=one.words) for one in result.own_versions],
        known=shown.get(result.asked.audio_id),
        notes=list(result.notes),
    )


def _rehearsed(request: ListenRequest) -> Iterator[Heard]:
    """Load all that a file will need and listen to noise, so that the first file waits for nothing."""
    noise = np.random.default_rng(0).normal(0, 0.1, int(44_100 * REHEARSAL_SECONDS)).astype(np.float32)
    facts = AudioFacts("none", "wav", "pcm_f32", 1, 44_100, REHEARSAL_SECONDS, None, 0.5, -20.0, 0.0, False)
    yield from _told(request, DecodedAudio(noise, 44_100, facts), (Values(source="file-name"),))
