"""The demo catalogue on disk: rendered, encoded, tagged, with the truth about it beside.

Layout below the given directory::

    labels/<Label>/<Artists - Title (Mix)>.<mp3|flac|m4a|ogg|wav>
    held-back/unreleased-demo.mp3     one label's style by an artist who is on none of them; no label tag
    truth.json                        what was really played; for tests only
    .render/                          a record for each finished file, so that an interrupted run goes on

A file is written under `.render/` and moved into place when it is whole, so that no half-written track is ever seen.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from earmark.demo.labels import LABELS
from earmark.demo.planning import CataloguePlan, PlannedTrack, plan_catalogue
from earmark.errors import InputError

CATALOGUE_FORMAT = 1
"""Version of what a seed renders to, and of truth.json."""

_RECORDS = ".render"
_Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CatalogueSummary:
    """What a finished catalogue holds.

    Args:
        directory: Its root.
        tracks: Playable tracks in the label folders.
        labels: The six names, in the order of `earmark.demo.labels.LABELS`.
        seconds_of_audio: Total length of those tracks.
        broken_file: The file that no decoder can read.
        held_back: The track for `earmark predict`.
        truth: The truth file.
    """

    directory: Path
    tracks: int
    labels: tuple[str, ...]
    seconds_of_audio: float
    broken_file: Path
    held_back: Path
    truth: Path


def render_catalogue(
    directory: Path,
    *,
    seed: int = 0,
    tracks_per_label: int = 16,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> CatalogueSummary:
    """Render the demo catalogue, or what an earlier, interrupted run has left to render.

    Args:
        directory: Root to write under; made where missing.
        seed: Decides everything; the same seed gives the same samples, whatever ``jobs`` is.
        tracks_per_label: Tracks of each of the six labels, 1-32.
        jobs: Worker processes; 1 renders in this process.
        progress: Called with (files done, files in all) at the start and after each file.

    Returns:
        What there is now.

    Raises:
        InputError: ``jobs``, ``seed`` or ``tracks_per_label`` is out of range, or the directory holds a catalogue
            rendered from other settings.
    """
    if jobs < 1:
        raise InputError(f"jobs must be 1 or more, but {jobs} came")
    plan = plan_catalogue(seed, tracks_per_label=tracks_per_label)
    _claim(directory, seed=seed, tracks_per_label=tracks_per_label)
    everything = (*plan.tracks, plan.held_back)
    records = {track.index: record for track in everything if (record := _finished(directory, track))}
    missing = [track for track in everything if track.index not in records]
    report = progress or (lambda _done, _total: None)
    report(len(records), len(everything))
    for record in _rendered(directory, seed, missing, jobs):
        records[record["index"]] = record
        report(len(records), len(everything))
    _write_broken(directory / plan.broken_path, seed)
    truth = _write_truth(directory, plan, records)
    return CatalogueSummary(
        directory=directory,
        tracks=len(plan.tracks),
        labels=tuple(label.name for label in LABELS),
        seconds_of_audio=sum(records[track.index]["seconds"] for track in plan.tracks),
        broken_file=directory / plan.broken_path,
        held_back=directory / plan.held_back.path,
        truth=truth,
    )


def render_file(directory: Path, seed: int, track: PlannedTrack) -> _Record:
    """Render, encode and tag one planned track into its place; the unit of work of every job.

    Args:
        directory: The catalogue's root, claimed already.
        seed: The catalogue's seed; with the track's index it keys the randomness.
        track: What to render.

    Returns:
        The record kept of it: exact BPM, length in seconds, sections, and the SHA-256 of the int16 samples.
    """
    from earmark.demo.encode import write_audio
    from earmark.demo.render import render_track
    from earmark.demo.tagging import write_tags

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, track.index)))
    rendered = render_track(track.sound, rng)
    unfinished = directory / _RECORDS / f"{track.index}.unfinished"
    write_audio(unfinished, rendered.pcm, audio_format=track.format, bitrate=track.bitrate)
    write_tags(unfinished, track.tags, audio_format=track.format, variant=track.index)
    record: _Record = {
        "index": track.index,
        "bpm": rendered.bpm,
        "seconds": rendered.seconds,
        "sections": [{"kind": kind, "start": start, "end": end} for kind, start, end in rendered.sections],
        "pcm_sha256": hashlib.sha256(rendered.pcm.data).hexdigest(),
    }
    target = directory / track.path
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished.replace(target)
    _write_json(_record_path(directory, track), record)
    return record


def _rendered(directory: Path, seed: int, tracks: Sequence[PlannedTrack], jobs: int) -> Iterator[_Record]:
    """Each track's record as it gets done; no more processes than tracks."""
    if jobs == 1 or len(tracks) < 2:
        for track in tracks:
            yield render_file(directory, seed, track)
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(tracks)), mp_context=context, initializer=_ignore_interrupts)
    try:
        for future in as_completed([pool.submit(render_file, directory, seed, track) for track in tracks]):
            yield future.result()
    finally:
        # After an interrupt: let the tracks in hand be finished, start no others.
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which then stops handing out work."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _claim(directory: Path, *, seed: int, tracks_per_label: int) -> None:
    """Make the directory this catalogue's, or refuse where it is another's."""
    claim = {"format": CATALOGUE_FORMAT, "seed": seed, "tracks_per_label": tracks_per_label}
    path = directory / _RECORDS / "catalogue.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_json(path, claim)
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    if found != claim:
        raise InputError(
            f"{directory} holds a demo catalogue made with {_told(found)}, but {_told(claim)} came; "
            "choose another directory, or delete that one"
        )


def _told(claim: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in claim.items())


def _record_path(directory: Path, track: PlannedTrack) -> Path:
    return directory / _RECORDS / f"{track.index}.json"


def _finished(directory: Path, track: PlannedTrack) -> _Record | None:
    """The record of a track that is whole and in its place."""
    path = _record_path(directory, track)
    if not path.exists() or not (directory / track.path).exists():
        return None
    record: _Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def _write_json(path: Path, value: object) -> None:
    unfinished = path.with_suffix(".unfinished-json")
    unfinished.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(path)


def _write_broken(path: Path, seed: int) -> None:
    """Leave a download that stopped half-way: an MP4 file whose index, which comes last, never arrived."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    header = (24).to_bytes(4, "big") + b"ftypM4A " + bytes(4) + b"M4A isom"
    promised = (8 << 20).to_bytes(4, "big") + b"mdat"
    path.write_bytes(header + promised + rng.bytes(100_000))


def _write_truth(directory: Path, plan: CataloguePlan, records: dict[int, _Record]) -> Path:
    truth = {
        "format": CATALOGUE_FORMAT,
        "seed": plan.seed,
        "tracks": {track.path: _truth_of(track, records[track.index]) for track in plan.tracks},
        "held_back": {plan.held_back.path: _truth_of(plan.held_back, records[plan.held_back.index])},
        "broken": [plan.broken_path],
    }
    path = directory / "truth.json"
    _write_json(path, truth)
    return path


def _truth_of(track: PlannedTrack, record: _Record) -> _Record:
    key = track.sound.song.key
    return {
        "label": track.label,
        "artists": list(track.artists),
        "bpm": record["bpm"],
        "tonic": key.tonic,
        "mode": key.mode,
        "camelot": key.camelot,
        "seconds": record["seconds"],
        "sections": record["sections"],
        "wrong_tags": list(track.flaws),
        "pcm_sha256": record["pcm_sha256"],
    }
