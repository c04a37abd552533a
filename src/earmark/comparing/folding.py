"""One contestant on one fold: learn from its training songs, say what the test songs are."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from earmark.comparing.contestants import Baseline, Contestant
from earmark.comparing.material import Material
from earmark.comparing.results import FoldResult
from earmark.errors import InputError, NothingLearntError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.baselines import artist_lookup, majority
from earmark.evaluation.splits import PartName, Split
from earmark.models.fusion import Fusion
from earmark.models.song import SongPrediction
from earmark.models.spec import ModelSpec
from earmark.training.baselines import tabular_baseline
from earmark.training.fit import fit
from earmark.training.songs import FitResult, ProgressCallback, SongSet

Probabilities: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FoldJob:
    """What to run.

    Attributes:
        contestant: Who.
        split: On which songs.
        material: What there is to read of them.
        seed: Seed of everything that the contestant leaves to chance.
        run_dir: Where a training keeps its checkpoints.
        progress: Told of a training's steps.
    """

    contestant: Contestant
    split: Split
    material: Material
    seed: int
    run_dir: Path
    progress: ProgressCallback | None = None

    def groups(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Number of the group of each of these songs, as the split keeps them, int64 of shape (ids,)."""
        songs = tuple(self.material.songs.values())
        group_of = dict(zip((song.id for song in songs), self.split.group_ids(songs).tolist(), strict=True))
        return np.array([group_of[one] for one in ids], dtype=np.int64)


def run_fold(job: FoldJob) -> FoldResult:
    """Train (or look up) and say what the test songs are.

    Raises:
        InputError: The contestant needs what these songs do not have.
        MetadataError: The model refuses songs without BPM or key.
        NothingLearntError: Its loss was never a finite number.
        KeyboardInterrupt: Ctrl-C; the training's checkpoints are kept.
    """
    if job.contestant.spec is not None:
        return _model(job, job.contestant.spec)
    if job.contestant.baseline is None:
        raise InputError(f"contestant {job.contestant.name} is neither a model nor a baseline")
    started = time.perf_counter()
    probabilities = _BASELINES[job.contestant.baseline](job)
    return FoldResult(
        contestant=job.contestant.name,
        split=job.split.digest,
        song_ids=job.split.test,
        probabilities=probabilities,
        votes=None,
        slice_calls=None,
        seconds=time.perf_counter() - started,
    )


def _model(job: FoldJob, spec: ModelSpec) -> FoldResult:
    material, split = job.material, job.split
    parts = {name: material.song_set(ids, job.groups(ids)) for name, ids in split.parts().items()}
    if not split.validation:
        raise InputError("no song is left for validation, by which the best epoch is chosen; ask for fewer folds")
    fitted = _fitted(job, spec, parts)
    started = time.perf_counter()
    from earmark.training.confidence import confidence_of, said_of
    from earmark.training.trained import trained_model

    model, test = trained_model(fitted), parts["test"]
    predictions = [model.predict(test.songs, at) for at in range(len(split.test))]
    seconds = fitted.seconds + time.perf_counter() - started
    # An ensemble's verdict is fused song by song; its slices are those of one part, which stands in a row of its own.
    sliced = spec.slice_seconds is not None
    return FoldResult(
        contestant=job.contestant.name,
        split=split.digest,
        song_ids=split.test,
        probabilities=np.stack([prediction.mean.probabilities for prediction in predictions]),
        votes=np.array([one.vote.label for one in predictions], dtype=np.int64) if sliced else None,
        slice_calls=np.stack([_calls(one) for one in predictions]) if sliced else None,
        seconds=seconds,
        curves=fitted.curves,
        confidence=confidence_of(
            fitted, None if fitted.held_out else said_of(model, parts["validation"]), seed=job.seed
        ),
        variants={} if fitted.fusion is None else fewer_parts(fitted.fusion, predictions),
    )


def fewer_parts(fusion: Fusion, predictions: Sequence[SongPrediction]) -> dict[str, Probabilities]:
    """What an ensemble of fewer parts would say, by the weights that were chosen for those.

    Args:
        fusion: The ensemble's weights.
        predictions: What its parts say of songs.

    Returns:
        Float64 ``(songs, labels)``, rows summing to 1, by ``"without PART"``, and by ``"only PART"`` where that is
        another choice of parts. A song of which the chosen parts say nothing has equal probabilities.
    """
    names = sorted({name for one in predictions for name in one.parts})
    chosen = {f"without {name}": [other for other in names if other != name] for name in names}
    if len(names) > 2:  # else leaving one out is asking only the other
        chosen |= {f"only {name}": [name] for name in names}
    return {
        variant: np.stack([_of_parts(fusion, one, kept) for one in predictions])
        for variant, kept in chosen.items()
        if kept
    }


def _of_parts(fusion: Fusion, prediction: SongPrediction, kept: Sequence[str]) -> Probabilities:
    said = {name: values for name, values in prediction.parts.items() if name in kept}
    n_labels = len(prediction.mean.probabilities)
    if not said:
        return np.full(n_labels, 1 / n_labels)
    probabilities = np.exp(fusion.combine(said))
    return np.asarray(probabilities / probabilities.sum(), dtype=np.float64)


def _fitted(job: FoldJob, spec: ModelSpec, parts: Mapping[PartName, SongSet]) -> FitResult:
    try:
        fitted = fit(
            spec,
            parts["train"],
            parts["validation"],
            labels=job.material.labels,
            seed=job.seed,
            run_dir=job.run_dir,
            progress=job.progress,
        )
    except NothingLearntError as error:
        if error.interrupted:
            raise KeyboardInterrupt from None
        raise
    if fitted.stopped == "interrupted":
        raise KeyboardInterrupt
    return fitted


def _calls(prediction: SongPrediction) -> NDArray[np.int64]:
    log_probs = prediction.slice_log_probs
    return np.bincount(log_probs.argmax(axis=1), minlength=log_probs.shape[1]).astype(np.int64)


def _majority(job: FoldJob) -> Probabilities:
    train = job.material.truth(job.split.train)
    return majority(train, len(job.split.test), n_labels=len(job.material.labels)).probabilities


def _artist_lookup(job: FoldJob) -> Probabilities:
    songs = job.material.songs
    train, test = ([songs[one] for one in ids] for ids in (job.split.train, job.split.test))
    if not any(song.artist_keys for song in songs.values()):
        raise InputError("no song has an artist to look up")
    return artist_lookup(train, test, labels=job.material.labels).probabilities


def _forest(job: FoldJob, table: AttributeTable) -> Probabilities:
    if not table.known().any():
        raise InputError("nothing that it reads is known of any song")
    train, test = (table.take(job.material.places(ids)) for ids in (job.split.train, job.split.test))
    truth = job.material.truth(job.split.train)
    return tabular_baseline(train, truth, test, n_labels=len(job.material.labels), seed=job.seed).probabilities


def _metadata_only(job: FoldJob) -> Probabilities:
    return _forest(job, job.material.metadata)


def _shortcut_only(job: FoldJob) -> Probabilities:
    return _forest(job, job.material.shortcuts)


_BASELINES: dict[Baseline, Callable[[FoldJob], Probabilities]] = {
    "majority": _majority,
    "artist look-up": _artist_lookup,
    "metadata only": _metadata_only,
    "shortcut only": _shortcut_only,
}
