"""From audio files to verdicts, with a ready bundle and without torch.

A file goes the way of a scanned one (decode, features under the bundle's settings, tags and file name) and then through
the same predict path that training and evaluation use; nothing of it is kept.
"""

from collections.abc import Callable, Generator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.audio.decode import DecodedAudio
from earmark.audio.estimates import estimated_values
from earmark.audio.features import extract
from earmark.audio.identity import audio_id
from earmark.audio.measures import measure_key, measure_tempo
from earmark.audio.settings import FeatureSettings
from earmark.backbones.embed import embed_with
from earmark.backbones.settings import BackboneSettings
from earmark.catalog.importers import import_file
from earmark.catalog.track import Track, Values, merge
from earmark.errors import DecodeError, EarmarkError
from earmark.executors import Executor, SerialExecutor
from earmark.inference.graph import Graph
from earmark.inference.open import open_graph
from earmark.library.analysis import decode_quietly
from earmark.library.rows import StoredFeature
from earmark.models.bundle import Bundle
from earmark.models.inputs import OneSong, SongMetadata
from earmark.models.song import SongPrediction, Verdict
from earmark.models.why import Explanation


@dataclass(frozen=True, slots=True, eq=False)
class HeardFile:
    """A file made ready for a model.

    Attributes:
        track: What its tags and its name say; what a model reads and they lack, as estimated from the sound.
        stored: By the key of their settings, what would be stored of it: log-mel, embeddings of a backbone.
    """

    track: Track
    stored: Mapping[str, NDArray[np.float16]]


@dataclass(frozen=True, slots=True, eq=False)
class FilePrediction:
    """What a model says of a file.

    Attributes:
        track: What its tags and its name say, and what was estimated; its label, if tagged, is not used.
        labels: Names of the labels.
        song: The prediction.
        in_training: Whether this very recording was among the songs that the model learnt from.
    """

    track: Track
    labels: tuple[str, ...]
    song: SongPrediction
    in_training: bool

    @property
    def label(self) -> str:
        """The verdict's label."""
        return self.labels[self.song.verdict.label]

    def ranked(self) -> list[tuple[str, float]]:
        """Labels with their probabilities, most probable first."""
        probabilities = self.song.verdict.probabilities
        order = np.argsort(-probabilities, kind="stable")
        return [(self.labels[index], float(probabilities[index])) for index in order]

    def to_json(self) -> dict[str, Any]:
        """The whole prediction as plain values."""
        song = self.song
        return {
            "path": self.track.path,
            "audio_id": self.track.audio_id,
            "track": self.track.display,
            "label": self.label,
            "probabilities": dict(self.ranked()),
            "readings": {"mean": self._reading(song.mean), "vote": self._reading(song.vote)},
            "slices": {
                "starts_seconds": song.slice_starts_seconds.tolist(),
                "log_probabilities": np.round(song.slice_log_probs.astype(np.float64), 4).tolist(),
                "labels": list(self.labels),
            },
            "padded": song.padded,
            "in_training": self.in_training,
        }

    def _reading(self, verdict: Verdict) -> dict[str, Any]:
        shares = {label: float(p) for label, p in zip(self.labels, verdict.probabilities, strict=True)}
        return {"label": self.labels[verdict.label], "probabilities": shares}


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be predicted, with each decoder's reason or what else was wrong."""

    path: str
    reasons: dict[str, str]


def hear(
    path: str, needs: tuple[StoredFeature, ...], folders: Mapping[str, Path], *, reads_tags: bool = False
) -> HeardFile:
    """Decode a file and compute what a model reads of it. Runs inside worker processes.

    Args:
        path: The file.
        needs: What the model reads.
        folders: By the key of a backbone's settings, where its graphs lie.
        reads_tags: Whether the model reads tempo and key; they are then estimated from the sound where the tags and
            the file's name lack them, as a scan does.

    Raises:
        DecodeError: No decoder could read the file.
    """
    return hear_audio(decode_quietly(path), import_file(Path(path)), path, needs, folders, reads_tags=reads_tags)


def hear_audio(
    audio: DecodedAudio,
    told: Sequence[Values],
    path: str,
    needs: tuple[StoredFeature, ...],
    folders: Mapping[str, Path],
    *,
    reads_tags: bool = False,
) -> HeardFile:
    """Compute what a model reads of a file that is decoded already.

    Args:
        audio: Its sound.
        told: What its tags and its name say, in order of precedence.
        path: What stands as the track's path.
        needs: As for `hear`.
        folders: As for `hear`.
        reads_tags: As for `hear`.
    """
    estimated = [_estimates(audio, told)] if reads_tags else []
    identity = audio_id(audio.samples, audio.sample_rate)
    track = merge([*told, *estimated], audio_id=identity, path=path, seconds=audio.facts.seconds)
    return HeardFile(track, {one.key: compute_stored(audio, one, folders) for one in needs})


def _estimates(audio: DecodedAudio, told: Sequence[Values]) -> Values:
    """What can be estimated of what nobody told."""
    tempo = measure_tempo(audio) if all(one.bpm is None for one in told) else None
    key = measure_key(audio) if all(one.key is None for one in told) else None
    return estimated_values(None if tempo is None else tempo.bpm, None if key is None else key.key)


def compute_stored(audio: DecodedAudio, settings: StoredFeature, folders: Mapping[str, Path]) -> NDArray[np.float16]:
    """Compute what would be stored of a recording.

    Args:
        audio: The decoded recording.
        settings: What to compute.
        folders: By the key of a backbone's settings, where its graphs lie.
    """
    if isinstance(settings, FeatureSettings):
        return extract(audio, settings)
    return embed_with(_graphs(settings, folders[settings.key]), audio, settings)


@lru_cache(maxsize=4)
def _graphs(settings: BackboneSettings, folder: Path) -> tuple[Graph, ...]:
    """A backbone's graphs out of a bundle, opened once in a process; in a worker, beside others, on one thread."""
    threads = 0 if parent_process() is None else 1
    return tuple(open_graph((folder / file.name).read_bytes(), threads=threads) for file in settings.files)


def predict_files(
    bundle: Bundle,
    paths: Sequence[str | Path],
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[FilePrediction | FailedFile, None, None]:
    """Predict the label of files; one that fails costs itself only.

    Args:
        bundle: The model.
        paths: Audio files.
        executor: Where the files are decoded; this process where None.
        progress: Called with files done and files in all.

    Yields:
        A prediction or a failure for each file, in the order in which they are done.
    """
    hear_one = partial(
        hear, needs=bundle.spec.stored, folders=bundle.backbone_folders, reads_tags=bundle.spec.reads_tags
    )
    known = bundle.card.learnt_ids
    with closing((executor or SerialExecutor()).run(hear_one, [str(path) for path in paths])) as outcomes:
        for done, outcome in enumerate(outcomes, start=1):
            if outcome.value is not None:
                yield _prediction_or_failure(bundle, outcome.value, known)
            elif isinstance(outcome.error, DecodeError):
                yield FailedFile(outcome.item, outcome.error.reasons)
            else:
                yield FailedFile(outcome.item, {outcome.failure or "error": str(outcome.error)})
            if progress is not None:
                progress(done, len(paths))


def predict_heard(bundle: Bundle, heard: HeardFile, *, known: Set[str] | None = None) -> FilePrediction:
    """Predict the label of a file that was heard.

    Args:
        bundle: The model.
        heard: The file, with what the model reads.
        known: Audio ids of the songs that the model learnt from; read from its card where None.

    Raises:
        InputError: What was heard does not fit the model's settings.
        MetadataError: The model needs BPM and key, and the file has none.
    """
    track = heard.track
    tags = SongMetadata(bpm=track.bpm, key=track.key, seconds=track.seconds)
    song = bundle.predict_song(OneSong(heard.stored, tags=tags))
    learnt = bundle.card.learnt_ids if known is None else known
    return FilePrediction(track, bundle.labels, song, track.audio_id in learnt)


def told_json(prediction: FilePrediction, why: Explanation) -> dict[str, Any]:
    """A prediction with its explanation as plain values.

    Args:
        prediction: The prediction.
        why: Its explanation.
    """
    explained = why.to_json()
    # The calibrated probabilities are the verdict's; the readings keep what the model says by itself.
    return {**prediction.to_json(), "probabilities": explained["probabilities"], "explanation": explained}


def _prediction_or_failure(bundle: Bundle, heard: HeardFile, known: Set[str]) -> FilePrediction | FailedFile:
    try:
        return predict_heard(bundle, heard, known=known)
    except EarmarkError as error:
        return FailedFile(heard.track.path, {"model": str(error)})
