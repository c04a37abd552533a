"""Training, judging and comparing models: each a job, and each a single call into the library."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathPart

from earmark.catalog.names import normalise
from earmark.errors import InputError, MissingExtraError, UnknownNameError
from earmark.evaluation.split_file import DISJOINT
from earmark.evaluation.splits import make_split
from earmark.models.bundle import load_card
from earmark.models.choosing import choose_tracks
from earmark.models.from_library import songs_to_split
from earmark.models.ready import ready
from earmark.models.shelf import named_bundle
from earmark.training.fit import require_training_parts
from earmark.web.bundles.cards import require_judgeable
from earmark.web.bundles.requests import (
    FOLDER_NAME,
    AddLabelIn,
    CompareIn,
    EvaluateIn,
    EvaluateSearchIn,
    PlanIn,
    TrainIn,
    TriageIn,
)
from earmark.web.bundles.values import PlannedLabel, PlanOut
from earmark.web.folders import Folders, readable_folders
from earmark.web.shared import Shared, SharedDep
from earmark.web.values import JobOut

router = APIRouter(tags=["training"])


@router.post("/train/plan", summary="See what a training would learn from")
def plan_training(wanted: PlanIn, shared: SharedDep) -> PlanOut:
    """Choose and split the songs as a training with these settings would, and say why where it cannot be."""
    try:
        return _plan(wanted, shared)
    except InputError as error:
        return PlanOut(problem=str(error))


@router.post("/train", status_code=202, summary="Train a model")
def train(wanted: TrainIn, shared: SharedDep) -> JobOut:
    """Train a model, judge it on songs that training never saw, and save it as a bundle.

    Cancelled or interrupted, it goes on from its last finished epoch when it is resumed; finished early, the best so
    far is judged and kept.
    """
    require_training_parts()
    ready(wanted.request().spec)
    _plan(wanted, shared)
    return shared.jobs.start("train", f"Train {wanted.name or wanted.model}", wanted.model_dump(mode="json"))


@router.post("/evaluate", status_code=202, summary="Go through models' test songs")
def evaluate(wanted: EvaluateIn, shared: SharedDep) -> JobOut:
    """Judge bundles on the test songs of their splits, and keep what each said of each song."""
    _require("sklearn", "train", "going through a model's test songs")
    _require("plotly", "report", "going through a model's test songs")
    for name in wanted.bundles:
        require_judgeable(load_card(named_bundle(shared.library, name)), name)
    listed = ", ".join(wanted.bundles) or "all models"
    return shared.jobs.start("evaluate", f"Test songs of {listed}", wanted.model_dump(mode="json"))


@router.post("/bundles/{name}/report", status_code=202, summary="Make a model's report")
def make_report(name: Annotated[str, PathPart(pattern=FOLDER_NAME)], shared: SharedDep) -> JobOut:
    """Make the full report of a model and of all that share its split, as `earmark report` does."""
    _require("sklearn", "train", "the baselines of a report")
    _require("plotly", "report", "a report")
    named_bundle(shared.library, name)
    return shared.jobs.start("report", f"Report on {name}", {"bundle": name})


@router.post("/compare", status_code=202, summary="Compare models under the same folds")
def compare(wanted: CompareIn, shared: SharedDep) -> JobOut:
    """Train each model anew for each fold, and say what can be concluded; finished folds are never computed twice."""
    require_training_parts()
    wanted.request()
    choose_tracks(shared.tracks().all, wanted.selection(), wanted.split)
    return shared.jobs.start("compare", f"Compare {', '.join(wanted.models)}", wanted.model_dump(mode="json"))


@router.post("/evaluate-search", status_code=202, summary="Judge the search")
def evaluate_search(wanted: EvaluateSearchIn, shared: SharedDep) -> JobOut:
    """Ask the search questions with known answers: does it find the tracks of a song's label?"""
    wanted.test()
    if wanted.bundle is not None:
        named_bundle(shared.library, wanted.bundle)
    return shared.jobs.start("evaluate-search", "Judge the search", wanted.model_dump(mode="json"))


@router.post("/triage", status_code=202, summary="Rank a folder of demos for a label")
def triage(wanted: TriageIn, shared: SharedDep) -> JobOut:
    """Rank the audio files of a folder on the server's machine by how much they sound like one label."""
    folder = Folders(shared.settings, shared.library).named(wanted.folder)
    labels = load_card(named_bundle(shared.library, wanted.bundle)).labels
    if not _is_among(wanted.label, labels):
        raise UnknownNameError("label of this bundle", wanted.label, labels)
    request = wanted.model_dump(mode="json") | {
        "folder": str(folder),
        "within": [str(one) for one in readable_folders(shared.settings, shared.library)],
    }
    return shared.jobs.start("triage", f"Demos for {wanted.label}", request)


@router.post("/add-label", status_code=202, summary="Add a label to a model")
def add_label(wanted: AddLabelIn, shared: SharedDep) -> JobOut:
    """Teach a ready model one more label from a handful of the library's tracks, without training a network."""
    labels = load_card(named_bundle(shared.library, wanted.bundle)).labels
    if _is_among(wanted.label, labels):
        raise InputError(f"the model knows the label {wanted.label} already; to teach it more tracks, train it again")
    known = shared.tracks()
    for audio_id in wanted.audio_ids:
        known.one(audio_id)
    return shared.jobs.start("add-label", f"Add {wanted.label}", wanted.model_dump(mode="json"))


def _plan(wanted: PlanIn, shared: Shared) -> PlanOut:
    chosen = choose_tracks(shared.tracks().all, wanted.selection(), wanted.split)
    split = make_split(
        songs_to_split(chosen.tracks),
        mode=chosen.mode,
        seed=wanted.seed,
        test_fraction=wanted.test_fraction,
        validation_fraction=wanted.validation_fraction,
    )
    counted = zip(split.labels, split.counts, strict=True)
    return PlanOut(
        mode=chosen.mode,
        words=DISJOINT[chosen.mode],
        labels=[
            PlannedLabel(label=label, train=one.train, validation=one.validation, test=one.test)
            for label, one in counted
        ],
        train=len(split.train),
        validation=len(split.validation),
        test=len(split.test),
        notes=[*chosen.notes, *split.notes],
    )


def _is_among(label: str, labels: Sequence[str]) -> bool:
    return normalise(label) in {normalise(one) for one in labels}


def _require(module: str, extra: str, what: str) -> None:
    if find_spec(module) is None:
        raise MissingExtraError(extra, what)
