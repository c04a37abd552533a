"""`train`: from a library to a judged model bundle, in one call.

The way: choose tracks, make sure that their features are stored, split, fit on the training songs with the validation
songs choosing the best weights, judge on the test songs once, and save all of it as a bundle. The run's folder under
the library keeps checkpoints while it lasts: the same call after a kill goes on from the last finished epoch.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.select import Selection
from earmark.catalog.track import Track
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.splits import PartName, Split, SplitMode, make_split
from earmark.executors import Executor, ProcessExecutor
from earmark.library.ingest import ScanProgress
from earmark.library.library import Library
from earmark.models.bundle import Bundle
from earmark.models.choosing import choose_tracks
from earmark.models.ensemble import song_log_probs
from earmark.models.from_library import LibrarySongs, label_indices, songs_to_split, with_features
from earmark.models.judging import Judgement, baseline_rows, judge
from earmark.models.ready import ready
from earmark.models.references import References, make_references
from earmark.models.registry import DEFAULT_MODEL, model_spec
from earmark.models.shelf import bundle_path
from earmark.models.song import SongModel, SongPrediction
from earmark.models.spec import ModelSpec
from earmark.training.baselines import tabular_baselines
from earmark.training.confidence import confidence_of
from earmark.training.curves import read_curves
from earmark.training.fit import fit, require_training_parts
from earmark.training.songs import FitResult, HeldOut, ProgressCallback, SongSet

TEST_FRACTION, VALIDATION_FRACTION = 0.2, 0.15
"""Twice what the reference study held back: with its 28 and 40 test songs, no two models could be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What to train and how to judge it.

    Attributes:
        spec: The model.
        selection: Which tracks.
        mode: What training and test must not share; chosen from what is known where None.
        split: A ready split instead, to compare models on the same songs; `mode` and the fractions are then its own.
        seed: Seed of the split, the weights and everything else left to chance.
        test_fraction: Share of the songs for the test.
        validation_fraction: Share of the rest for validation.
        name: Name of the bundle; the model's own where None.
    """

    spec: ModelSpec = field(default_factory=lambda: model_spec(DEFAULT_MODEL))
    selection: Selection = field(default_factory=Selection)
    mode: SplitMode | None = None
    split: Split | None = None
    seed: int = 0
    test_fraction: float = TEST_FRACTION
    validation_fraction: float = VALIDATION_FRACTION
    name: str | None = None


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model, judged and saved.

    Attributes:
        bundle: The bundle as it was saved.
        split: The songs of training, validation and test.
        validation: How it does on the validation songs, by which models may be chosen.
        test: How it does on the test songs, seen by nothing before.
        baselines: What anyone could do without a model, on the same test songs.
        fit: How training went.
        notes: What was decided or left out on the way.
    """

    bundle: Bundle
    split: Split
    validation: Judgement
    test: Judgement
    baselines: tuple[ComparisonRow, ...]
    fit: FitResult
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainingReports:
    """Who is told how far the work is; None where nobody is.

    Attributes:
        features: Told while missing features are made.
        epochs: Told while the model is fitted.
        resumed: Told the records of the epochs that an earlier run of the same training has finished, before it goes
            on from there; not told where it starts anew.
    """

    features: Callable[[ScanProgress], None] | None = None
    epochs: ProgressCallback | None = None
    resumed: Callable[[Sequence[Mapping[str, float | None]]], None] | None = None


def train(
    library: Library,
    request: TrainRequest | None = None,
    *,
    executor: Executor | None = None,
    reports: TrainingReports | None = None,
) -> TrainedModel:
    """Train a model on a library's tracks, judge it on songs that training never saw, and save it as a bundle.

    Args:
        library: The library.
        request: What to train; the default model on all labels where None.
        executor: Where features that are missing are made; worker processes where None.
        reports: Who is told how far the work is.

    Raises:
        InputError: There are not two labels with songs enough.
        SplitError: The songs cannot be split as asked, or the given split leaks.
        MetadataError: The model needs values that songs lack.
        MissingExtraError: The part ``train`` is not installed.
    """
    require_training_parts()  # before hours may go into features
    request, reports = request or TrainRequest(), reports or TrainingReports()
    chosen = choose_tracks(library.tracks(), *_wanted(request))
    spec, left_out = ready(request.spec)
    request = replace(request, spec=spec)
    tracks, lost = with_features(
        library, chosen.tracks, spec.stored, executor=executor or ProcessExecutor(), progress=reports.features
    )
    work = _Work(library, request, tracks, _split(request, tracks, chosen.mode))
    run_dir = library.local_folder("runs") / work.run_name()
    if reports.resumed is not None and (curves := read_curves(run_dir)):
        reports.resumed(curves)
    fitted = fit(
        request.spec,
        work.part("train"),
        work.part("validation"),
        labels=work.split.labels,
        seed=request.seed,
        run_dir=run_dir,
        progress=reports.epochs,
    )
    trained = _judged(work, fitted, (*left_out, *chosen.notes, *lost, *work.split.notes))
    if fitted.stopped != "interrupted":  # an interrupted run may go on where it was
        shutil.rmtree(run_dir, ignore_errors=True)
    return trained


def _wanted(request: TrainRequest) -> tuple[Selection, SplitMode | None]:
    """What to choose; a ready split says itself which labels it is about."""
    if request.split is None:
        return request.selection, request.mode
    return replace(request.selection, labels=request.split.labels), request.split.mode


@dataclass(frozen=True, slots=True)
class _Work:
    """One training: the tracks and how they are split."""

    library: Library
    request: TrainRequest
    tracks: tuple[Track, ...]
    split: Split

    def part(self, name: PartName) -> SongSet:
        """The songs of one part with their labels."""
        by_id = {track.audio_id: track for track in self.tracks}
        own = tuple(by_id[song_id] for song_id in self.split.parts()[name])
        return SongSet(LibrarySongs(self.library, own), label_indices(own, self.split.labels), self.groups(name))

    def groups(self, name: PartName) -> NDArray[np.int64]:
        """Number of the group of each song of one part, int64 of shape (songs,)."""
        songs = songs_to_split(self.tracks)
        group_of = dict(zip((song.id for song in songs), self.split.group_ids(songs).tolist(), strict=True))
        return np.array([group_of[song_id] for song_id in self.split.parts()[name]], dtype=np.int64)

    def run_name(self) -> str:
        """A folder name that is the same for the same training and for no other."""
        request, split = self.request, self.split
        told = json.dumps([request.spec.to_json(), split.digest, request.seed, list(split.labels)], sort_keys=True)
        return f"{request.spec.name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def baselines(self) -> tuple[ComparisonRow, ...]:
        """The baselines on the test songs."""
        seed, labels, parts = self.request.seed, self.split.labels, (self.split.train, self.split.test)
        songs = {song.id: song for song in songs_to_split(self.tracks)}
        tracks = {track.audio_id: track for track in self.tracks}
        train_songs, test_songs = ([songs[one] for one in ids] for ids in parts)
        train_tracks, test_tracks = ([tracks[one] for one in ids] for ids in parts)
        further = tabular_baselines(self.library, train_tracks, test_tracks, labels, seed=seed)
        rng, groups = np.random.default_rng(seed), self.groups("test")
        return baseline_rows(train_songs, test_songs, labels, rng=rng, groups=groups, further=further)


def _split(request: TrainRequest, tracks: Sequence[Track], mode: SplitMode) -> Split:
    songs = songs_to_split(tracks)
    if request.split is not None:
        request.split.check(songs)
        return request.split
    split = make_split(
        songs,
        mode=mode,
        seed=request.seed,
        test_fraction=request.test_fraction,
        validation_fraction=request.validation_fraction,
    )
    split.check(songs)
    return split


def _free_path(work: _Work, fitted: FitResult) -> Path:
    """Where the bundle goes: an interrupted training does not replace what an earlier one finished."""
    name = work.request.name or work.request.spec.name
    path = bundle_path(work.library, name)
    return (
        bundle_path(work.library, f"{name}-interrupted") if fitted.stopped == "interrupted" and path.exists() else path
    )


def _judged(work: _Work, fitted: FitResult, notes: tuple[str, ...]) -> TrainedModel:
    from earmark.training.bundling import Context, bundle_result
    from earmark.training.trained import trained_model

    request, labels, model = work.request, work.split.labels, trained_model(fitted)

    def judged(part: PartName) -> Judgement:
        songs, rng = work.part(part), np.random.default_rng(request.seed)
        return judge(
            request.spec,
            model,
            songs.songs,
            songs.labels,
            labels,
            rng=rng,
            groups=work.groups(part),
            seconds=fitted.seconds,
        )

    validation, test, baselines = judged("validation"), judged("test"), work.baselines()
    scores = {"test": test.to_json(), "baselines": [row.to_json() for row in baselines]}
    if fitted.held_out is None:
        # Where the validation songs were learnt as well, a score on them would be a score on training songs.
        scores["validation"] = validation.to_json()
    context = Context(
        split={**work.split.to_json(), "digest": work.split.digest},
        scores=scores,
        test_songs=work.part("test").songs_per_label(labels),
        notes=notes,
        confidence=confidence_of(fitted, _said(validation, work), seed=request.seed),
        references=_references(work, model, {"validation": validation, "test": test}),
    )
    bundle = bundle_result(fitted, _free_path(work, fitted), context)
    return TrainedModel(bundle, work.split, validation, test, baselines, fitted, notes)


def _said(validation: Judgement, work: _Work) -> HeldOut:
    """What the model says of its validation songs, as `confidence_of` takes it."""
    log_probs = np.stack([song_log_probs(one) for one in validation.predictions])
    return HeldOut(log_probs, validation.truth, work.groups("validation"), out_of_fold=False)


def _references(work: _Work, model: SongModel, judged: Mapping[PartName, Judgement]) -> References | None:
    """What the bundle remembers of its songs; None for a model that reads no sound, whose songs have no likeness."""
    if not work.request.spec.stored:
        return None
    learnt = work.part("train").songs
    predictions: dict[PartName, Sequence[SongPrediction]] = {
        "train": [model.predict(learnt, index) for index in range(len(learnt))],
        **{part: judgement.predictions for part, judgement in judged.items()},
    }
    by_id = {track.audio_id: track for track in work.tracks}
    places = [(part, song_id) for part in predictions for song_id in work.split.parts()[part]]
    embeddings = np.stack([one.embedding for said in predictions.values() for one in said])
    return make_references([by_id[song_id] for _, song_id in places], [part for part, _ in places], embeddings)
