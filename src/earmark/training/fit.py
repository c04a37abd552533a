"""`fit`: one call from songs to a trained model, resumable after a kill.

A run lives in a folder: ``run.json`` says what is trained (so that another training never continues it by mistake),
``checkpoint-*.safetensors`` where it stands, ``curves.json`` how it went. The same call on the same folder continues,
and ends with exactly the weights that an uninterrupted run gives on the same machine and number of threads.
"""

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from earmark.errors import FormatVersionError, InputError, MissingExtraError
from earmark.models.files import write_json
from earmark.models.spec import ModelSpec
from earmark.training.allocator import limit_spinning, request_huge_pages
from earmark.training.fitters import fitter
from earmark.training.songs import FitRequest, FitResult, ProgressCallback, SongSet

RUN_VERSION = 1
RUN_FILE = "run.json"


def fit(
    spec: ModelSpec,
    train: SongSet,
    validation: SongSet,
    *,
    labels: Sequence[str],
    seed: int,
    run_dir: Path,
    progress: ProgressCallback | None = None,
    accelerator: Literal["auto", "cpu", "gpu"] = "auto",
) -> FitResult:
    """Train a model and return it with the weights that did best on the validation songs.

    Ctrl-C ends training after the current step and returns the best so far, with ``stopped="interrupted"``.

    Args:
        spec: What to train, from `earmark.models.registry`.
        train: Songs to learn from.
        validation: Songs that choose the best weights; never trained on.
        labels: Names of the labels, at least two, in the order of the label indices.
        seed: Seed of weights, order, slice places and dropout; 0 or above. On a CPU the same seed gives the same
            weights bit for bit.
        run_dir: Folder of this training; made where missing, continued where it holds the same training.
        progress: Called after each step and epoch.
        accelerator: ``"auto"`` takes a GPU where there is one.

    Raises:
        InputError: The folder holds another training, or songs, labels or settings do not fit.
        MetadataError: The model needs BPM and key of every song.
        MissingExtraError: Torch, Lightning or scikit-learn is not installed.
        NothingLearntError: Training ended before anything was learnt.
    """
    require_training_parts()
    request = FitRequest(spec, train, validation, _checked_labels(labels), seed, run_dir, progress, accelerator)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"a seed must be a whole number of at least 0, got {seed!r}")
    train.check(request.labels, part="training")
    validation.check(request.labels, part="validation")
    _claim(request)
    # torch and its OpenMP read these once, when they are loaded, which the first training of a process does.
    limit_spinning()
    request_huge_pages()
    return fitter(spec.kind)(request)


def require_training_parts() -> None:
    """Refuse to begin where what training needs is not installed.

    Raises:
        MissingExtraError: Torch, Lightning or scikit-learn is missing.
    """
    for module in ("torch", "pytorch_lightning", "sklearn"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError("train", "training a model")


def _checked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise InputError(f"training needs at least 2 labels, each named once, got {list(labels)}")
    return tuple(labels)


def _claim(request: FitRequest) -> None:
    """Write what is trained into the run's folder, or check that it is what the folder holds."""
    path, ours = request.run_dir / RUN_FILE, _description(request)
    if not path.exists():
        write_json(path, ours)
        return
    try:
        theirs: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = theirs.get("format_version")
    except (ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}); delete the folder to train from the beginning") from error
    if version != RUN_VERSION:
        remedy = "train into another folder, or delete this one"
        raise FormatVersionError(f"training run {request.run_dir}", found=version, expected=RUN_VERSION, remedy=remedy)
    other = [name for name, value in ours.items() if theirs.get(name) != value]
    if other:
        raise InputError(
            f"{request.run_dir} holds another training (its {', '.join(other)} differ); "
            "train into another folder, or delete this one"
        )


def _description(request: FitRequest) -> dict[str, Any]:
    """What decides a training's outcome, as JSON."""
    return {
        "format_version": RUN_VERSION,
        "model": json.loads(json.dumps(request.spec.to_json())),
        "labels": list(request.labels),
        "seed": request.seed,
        "training songs": _digest(request.spec, request.train),
        "validation songs": _digest(request.spec, request.validation),
    }


def _digest(spec: ModelSpec, songs: SongSet) -> str:
    """A hash of labels and of each song's tags or length in frames, which tells other songs apart cheaply."""
    digest = hashlib.blake2b(np.asarray(songs.labels, dtype="<i8").tobytes(), digest_size=16)
    for index in range(len(songs.songs)):
        if any(one.kind == "metadata" for one in (spec, *spec.parts)):
            digest.update(repr(songs.songs.metadata(index)).encode())
        for settings in spec.stored:
            features = songs.songs.features(index, settings)
            first_frame = np.asarray(features[:1], dtype="<f2").tobytes()
            digest.update(f"{features.shape}".encode() + first_frame)
    return digest.hexdigest()
