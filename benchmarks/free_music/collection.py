"""From unpacked files to the collection: one job per track, and the tables that tell what was done.

A track's levels are kept beside it as JSON, written after its sound. Where both are there for the same target, the
track is done; so a run that was stopped goes on where it was, and a second run has nothing to do.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks.free_music.manifest import ORDER_SEED, ManifestTrack
from benchmarks.free_music.normalise import TARGET_LUFS, Levels, normalise
from benchmarks.free_music.tempo import project_tempo

COLLECTION_COLUMNS = ("file", "row", "label", "title", "artist", "release", "licence", "package", "path", "seconds",
                      "loudness_before", "gain_db", "peak_after")  # fmt: skip
TEMPO_COLUMNS = ("file", "row", "title", "artist", "bpm", "beats", "beat_value", "automated", "seconds")

_GUESSED = " (assumed)"
"""A remark of the list beside one artist; in the tags it would make two artists of one."""


@dataclass(frozen=True, slots=True)
class Job:
    """One track on its way into a folder.

    Attributes:
        track: Its row.
        source: The sound as it was unpacked or rendered.
        target: FLAC file to write.
        facts: JSON file for its levels.
        tagged_label: Label to write into the tags; empty for none.
    """

    track: ManifestTrack
    source: Path
    target: Path
    facts: Path
    tagged_label: str


def run_job(job: Job) -> None:
    """Normalise, tag and write one track, then its levels.

    Raises:
        DecodeError: No decoder reads the file.
        InputError: It is cut off, too short or silent, or would clip.
    """
    track = job.track
    tags = {
        "title": track.title,
        "artist": track.artist.removesuffix(_GUESSED),
        "album": track.release,
        "label": job.tagged_label,
    }
    levels = normalise(job.source, job.target, tags=tags, rng=np.random.default_rng((ORDER_SEED, track.row)))
    job.facts.parent.mkdir(parents=True, exist_ok=True)
    part = job.facts.with_name(f"part-{job.facts.name}")
    part.write_text(json.dumps({"target": TARGET_LUFS, **asdict(levels)}), encoding="utf-8")
    part.replace(job.facts)


def levels_of(job: Job) -> Levels | None:
    """Return what was done to a track; None where it is not done at today's target."""
    if not (job.target.exists() and job.facts.exists()):
        return None
    facts = json.loads(job.facts.read_text(encoding="utf-8"))
    return Levels(**facts) if facts.pop("target") == TARGET_LUFS else None


def write_collection_table(path: Path, jobs: Iterable[Job]) -> int:
    """Write collection.csv, one line for each finished track in the order of file names; return their number."""
    rows = []
    for job in sorted(jobs, key=lambda job: job.target.name):
        levels = levels_of(job)
        if levels is None:
            continue
        track = job.track
        inside = track.member if track.inner is None else f"{track.member}!{track.inner}"
        told = (track.label, track.title, track.artist, track.release, track.licence, track.package, inside)
        rows.append((job.target.name, track.row, *told, *_rounded(levels).values()))
    _write_csv(path, COLLECTION_COLUMNS, rows)
    return len(rows)


def write_tempo_table(path: Path, jobs: Iterable[Job], projects: Mapping[int, Path]) -> int:
    """Write the tempo that each rendered project states; return the number of projects.

    Args:
        path: CSV file to write.
        jobs: The projects' jobs; those that are not done are left out.
        projects: Project files by row.

    Raises:
        MetadataError: A project states no tempo.
    """
    rows = []
    for job in sorted(jobs, key=lambda job: job.target.name):
        levels = levels_of(job)
        if levels is None:
            continue
        track, tempo = job.track, project_tempo(projects[job.track.row])
        metre = (tempo.numerator, tempo.denominator, str(tempo.automated).lower())
        rows.append(
            (job.target.name, track.row, track.title, track.artist, tempo.bpm, *metre, round(levels.seconds, 2))
        )
    _write_csv(path, TEMPO_COLUMNS, rows)
    return len(rows)


def _rounded(levels: Levels) -> dict[str, float]:
    digits = {"seconds": 2, "loudness_before": 2, "gain_db": 2, "peak_after": 4}
    return {name: round(value, digits[name]) for name, value in asdict(levels).items()}


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    part = path.with_name(f"part-{path.name}")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    part.replace(path)
