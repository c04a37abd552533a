"""A finished run in small: a library without music, and three models that were trained on one split of it.

It is made once for each process that runs tests; nobody writes to it.
"""

import atexit
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch
from tiny_library import tiny_library, tiny_tracks

from earmark.audio.decode import AudioFacts
from earmark.catalog.track import Track, Values
from earmark.evaluation.splits import make_split
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import FileRecord
from earmark.models.bundle import load_bundle
from earmark.models.from_library import songs_to_split
from earmark.models.inspection import Inspection, inspect_bundle
from earmark.models.registry import model_spec
from earmark.training.train import TrainRequest, train

EVIL_TITLE = "</script><img src=x onerror=alert(1)> & Sons"
"""Somebody's idea of a title; a page shows it and does nothing."""

SPECS = {
    "crnn": model_spec("crnn").with_slice_seconds(1).with_training(max_epochs=2, slices_per_song=2),
    "mfcc": model_spec("mfcc").with_training(max_epochs=8),
    "metadata": model_spec("metadata"),
}


@dataclass(frozen=True)
class TinyRun:
    """A library and what its models say."""

    library: Library
    inspections: tuple[Inspection, ...]

    def named(self, name: str) -> Inspection:
        return next(one for one in self.inspections if one.name == name)


def run_tracks() -> list[Track]:
    """Tracks with every gap that a report has to live with; codecs are as telling as tempos."""
    plain = tiny_tracks(10)
    for number in range(10):
        plain[number] = replace(plain[number], title=EVIL_TITLE)
    plain[1] = replace(plain[1], bpm=None, key=None)
    return plain


def file_record(track: Track, codec: str) -> FileRecord:
    """What a scan would know of the track's file."""
    facts = AudioFacts(
        decoder="soundfile",
        container="wav",
        codec=codec,
        channels=1,
        sample_rate=16_000,
        seconds=10.0,
        bit_rate=256_000,
        peak=0.9,
        rms_db=-12.0,
        side_ratio=0.0,
        truncated=False,
        bandwidth_hz=8000.0,
    )
    return FileRecord(track.path, 1, 1, track.audio_id, facts, Values(source="tag"))


@cache
def tiny_run() -> TinyRun:
    """The run, trained when first asked for."""
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(prefix="earmark-tiny-run-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tracks = run_tracks()
    library = tiny_library(folder / "library", tracks)
    library.files_table.merge(file_record(track, f"codec {track.label}").to_row() for track in tracks)
    split = make_split(songs_to_split(library.tracks()), mode="artist", seed=1, test_fraction=0.3)
    inspections = []
    for name, spec in SPECS.items():
        trained = train(library, TrainRequest(spec=spec, split=split, name=name), executor=SerialExecutor())
        inspections.append(inspect_bundle(library, load_bundle(trained.bundle.path, threads=1)))
    return TinyRun(library, tuple(inspections))
