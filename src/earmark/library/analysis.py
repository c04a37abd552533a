"""From one file to everything that a library keeps of it. Runs inside worker processes.

The feature arrays go from the worker straight into the storage; only their sizes travel back. An array is addressed by
what was heard and how it was analysed, and is written atomically, so that one which is there already is right: a scan
that was killed finds its own arrays again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import DecodedAudio, decode
from earmark.audio.features import extract
from earmark.audio.identity import audio_id
from earmark.audio.measure_settings import MeasureSettings
from earmark.audio.measures import measure
from earmark.audio.quiet import quiet_native_stderr
from earmark.audio.settings import FeatureSettings
from earmark.backbones.embed import embed
from earmark.backbones.shelf import check_on_shelf
from earmark.catalog.from_tags import read_tags
from earmark.errors import LibraryError
from earmark.library.discovery import FoundFile
from earmark.library.rows import FeatureRecord, FileRecord, MeasuresRecord, StoredFeature, feature_name
from earmark.library.storage import Storage

MAX_HOURS = 6
"""Longer files are refused before they fill the memory; a DJ's set is shorter."""


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """A file to analyse.

    Attributes:
        file: The file as it was found.
        settings: The feature settings and backbones to store it under.
        address: The library's address.
        measures: How to measure tempo, key and loudness; None to leave it.
    """

    file: FoundFile
    settings: tuple[StoredFeature, ...]
    address: str
    measures: MeasureSettings | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of a file: its record, the feature arrays that were stored, and what was measured, if it was."""

    file: FileRecord
    features: tuple[FeatureRecord, ...]
    measures: MeasuresRecord | None = None


def analyse(job: AnalysisJob) -> Analysis:
    """Decode a file, read its tags, store its features, and measure its sound.

    Raises:
        DecodeError: No decoder could read the file.
        LibraryError: The library could not be written.
    """
    audio = decode_quietly(job.file.path, loudness=job.measures is not None)
    identity = audio_id(audio.samples, audio.sample_rate)
    storage = Storage(job.address)
    record = FileRecord(
        path=job.file.path,
        size=job.file.size,
        mtime_ns=job.file.mtime_ns,
        audio_id=identity,
        facts=audio.facts,
        values=read_tags(Path(job.file.path)),
    )
    stored = tuple(_store(storage, identity, audio, settings) for settings in job.settings)
    if job.measures is None:
        return Analysis(record, stored)
    return Analysis(record, stored, MeasuresRecord(identity, job.measures.key, measure(audio, job.measures)))


def check_ready(settings: Sequence[StoredFeature]) -> None:
    """Check that what is asked for can be computed, before any file counts as failed for it.

    Raises:
        UnknownNameError: A backbone is not on the shelf.
        InputError: A backbone's file is damaged.
    """
    for one in settings:
        if not isinstance(one, FeatureSettings):
            check_on_shelf(one)


def decode_quietly(path: str, *, loudness: bool = False, max_seconds: float = MAX_HOURS * 3600.0) -> DecodedAudio:
    """Decode a file while the decoders' own complaints go nowhere: what is wrong with it is in the error or the facts.

    Args:
        path: The file.
        loudness: Measure the loudness on the way.
        max_seconds: Stop after this much sound.

    Raises:
        DecodeError: No decoder could read the file.
    """
    with quiet_native_stderr():
        return decode(path, max_seconds=max_seconds, loudness=loudness)


def _store(storage: Storage, identity: str, audio: DecodedAudio, settings: StoredFeature) -> FeatureRecord:
    name = feature_name(identity, settings)
    shape, size = _stored_shape(storage, name), storage.size(name)
    if shape is None or size is None:
        features = _computed(audio, settings)
        shape, size = features.shape, storage.write_array(name, features)
    return FeatureRecord(identity, settings.key, shape[0], shape[1], size)


def _computed(audio: DecodedAudio, settings: StoredFeature) -> npt.NDArray[np.float16]:
    return extract(audio, settings) if isinstance(settings, FeatureSettings) else embed(audio, settings)


def _stored_shape(storage: Storage, name: str) -> tuple[int, ...] | None:
    try:
        return storage.read_array(name).shape
    except LibraryError:  # not there yet, or cut off by a power failure: it is made (again)
        return None
