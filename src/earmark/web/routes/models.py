"""Models: what can be trained, what was trained, what it says of its test songs, and models beside each other."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathPart
from fastapi.responses import HTMLResponse

from earmark.backbones.shelf import backbones
from earmark.errors import EarmarkError, UnknownNameError
from earmark.models.bundle import CARD_FILE, load_card
from earmark.models.registry import DEFAULT_MODEL, MODELS
from earmark.models.shelf import bundle_folders, bundle_path, named_bundle, remove_bundle
from earmark.models.spec import ModelSpec, TrainingSettings
from earmark.web.bundles.asking import comparison, comparisons, paired, said_of, songs_of_cell
from earmark.web.bundles.cards import OpenedCard, bundle_detail, bundle_out
from earmark.web.bundles.kept import FOLDER, KeptJudgement, forget, kept, report_path
from earmark.web.bundles.requests import FOLDER_NAME, CellIn
from earmark.web.bundles.values import (
    BundleDetail,
    BundlesOut,
    Cell,
    ComparisonDetail,
    ComparisonsOut,
    EvaluationOut,
    ModelOut,
    ModelsOut,
    Unreadable,
)
from earmark.web.jobs.sorting import triage_page_path
from earmark.web.problems import RefusedError
from earmark.web.shared import Shared, SharedDep

router = APIRouter(tags=["models"])

BundleName = Annotated[str, PathPart(pattern=FOLDER_NAME, description="Name of a bundle of the library.")]
ComparisonName = Annotated[str, PathPart(pattern=FOLDER_NAME, description="Name of a comparison of the library.")]
TRAINING_PARTS = ("torch", "pytorch_lightning", "sklearn")

PAGE_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-downloads"
)
"""A report is one file with its own scripts, whose hashes stand in it. The sandbox keeps it from asking this server."""


@router.get("/models", summary="List what can be trained")
def list_models() -> ModelsOut:
    """All models by name, with what has to be installed first."""
    there = set(backbones())
    return ModelsOut(
        can_train=all(find_spec(module) is not None for module in TRAINING_PARTS),
        models=[_model_out(spec, there) for spec in MODELS.values()],
    )


@router.get("/bundles", summary="List trained models")
def list_bundles(shared: SharedDep) -> BundlesOut:
    """The trained models of the library, newest first, with their scores and the baselines beside them."""
    opened, unreadable = _open_all(shared)
    return BundlesOut(bundles=[bundle_out(one) for one in opened], unreadable=unreadable)


@router.get("/bundles/{name}", summary="Show a trained model")
def show_bundle(name: BundleName, shared: SharedDep) -> BundleDetail:
    """Everything that is known of a model: scores, confusions, curves, calibration, what it cannot tell."""
    opened = _open(shared, name)
    return bundle_detail(opened, report=report_path(shared.library, name).is_file())


@router.delete("/bundles/{name}", status_code=204, summary="Delete a trained model")
def delete_bundle(name: BundleName, shared: SharedDep) -> None:
    """Delete a model and what was kept of its test songs. The music and the library's other models stay."""
    named_bundle(shared.library, name)
    forget(shared.library, name)
    remove_bundle(shared.library, name)


@router.get("/bundles/{name}/mistakes", summary="List test songs of a confusion")
def list_mistakes(name: BundleName, shared: SharedDep, asked: Annotated[CellIn, Query()]) -> Cell:
    """The test songs of a cell of the confusion matrix, to be heard, the surest verdict first."""
    judgement = _judged(shared, name)
    found = songs_of_cell(judgement, truth=asked.truth, said=asked.said, wrong_only=not asked.right)
    listed = found[: asked.limit]
    by_id = shared.tracks().by_id
    here = [by_id[song["audio_id"]] for song in listed if song["audio_id"] in by_id]
    shown = {track.audio_id: track for track in shared.shown(here)}
    songs = [said_of(judgement, song, shown.get(song["audio_id"])) for song in listed]
    return Cell(bundle=name, truth=asked.truth, said=asked.said, total=len(found), songs=songs)


@router.get("/bundles/{name}/report", summary="Open a model's report", response_class=HTMLResponse)
def open_report(name: BundleName, shared: SharedDep) -> HTMLResponse:
    """The full report of a model and of all that share its split, as one page; made by `POST` to the same address."""
    _open(shared, name)
    return _page(report_path(shared.library, name), "report", name)


@router.get("/evaluate", summary="Put trained models beside each other")
def show_evaluation(
    shared: SharedDep,
    bundles: Annotated[
        str | None, Query(max_length=4000, description="Names, separated by commas; all where not given.")
    ] = None,
) -> EvaluationOut:
    """Paired tests of models that share a split, on the test songs that all of them were judged on."""
    names = None if bundles is None else list(dict.fromkeys(one.strip() for one in bundles.split(",") if one.strip()))
    opened = _open_all(shared)[0] if names is None else [_open(shared, name) for name in names]
    judgements = {one.path.name: one.judgement for one in opened if one.judgement is not None}
    digests = {one.path.name: str(one.card.split.get("digest", "")) for one in opened}
    unjudged = [one.path.name for one in opened if one.judgement is None and not one.added and one.card.split]
    return EvaluationOut(pairs=paired(judgements, digests), unjudged=unjudged)


@router.get("/comparisons", summary="List comparisons")
def list_comparisons(shared: SharedDep) -> ComparisonsOut:
    """Comparisons of models under the same folds, newest first, and those that cannot be read."""
    return comparisons(shared.library)


@router.get("/comparisons/{name}", summary="Show a comparison")
def show_comparison(name: ComparisonName, shared: SharedDep) -> ComparisonDetail:
    """What a comparison allows to conclude, and the numbers that it rests on."""
    return comparison(shared.library, name)


@router.get("/comparisons/{name}/page", summary="Open a comparison's page", response_class=HTMLResponse)
def open_comparison(name: ComparisonName, shared: SharedDep) -> HTMLResponse:
    """The comparison as one page."""
    folder = shared.library.local_folder("comparisons")
    return _page(folder / f"{comparison(shared.library, name).name}.html", "page of the comparison", name)


@router.get("/triage/{name}", summary="Open the page of ranked demos", response_class=HTMLResponse)
def open_triage(name: Annotated[str, PathPart(pattern=FOLDER_NAME)], shared: SharedDep) -> HTMLResponse:
    """The demos of a triage with the evidence along each; its name stands in the result of its job."""
    return _page(triage_page_path(shared.library, name), "page of ranked demos", name)


def _model_out(spec: ModelSpec, backbones_there: set[str]) -> ModelOut:
    wanted = [one for one in (spec.backbone,) if isinstance(one, str) and one not in backbones_there]
    return ModelOut(
        name=spec.name,
        kind=spec.kind,
        summary=spec.summary,
        source=spec.source,
        default=spec.name == DEFAULT_MODEL,
        hears=spec.kind != "metadata",
        slice_seconds=spec.slice_seconds,
        max_epochs=spec.training.max_epochs if isinstance(spec.training, TrainingSettings) else None,
        missing=f"earmark backbones get {wanted[0]}" if wanted else None,
    )


def _open_all(shared: Shared) -> tuple[list[OpenedCard], list[Unreadable]]:
    """All bundles, newest first, and those that cannot be read."""
    opened, unreadable = [], []
    for path in bundle_folders(shared.library):
        try:
            opened.append((path, load_card(path)))
        except EarmarkError as error:
            unreadable.append(Unreadable(name=path.name, message=str(error)))
    opened.sort(key=lambda one: (one[1].created, one[0].name), reverse=True)
    found = [
        OpenedCard(path, card, _judgement(shared, path.name), newest=at == 0) for at, (path, card) in enumerate(opened)
    ]
    return found, unreadable


def _open(shared: Shared, name: str) -> OpenedCard:
    path = named_bundle(shared.library, name)
    card = load_card(path)
    later = [one for one in bundle_folders(shared.library) if one != path and _created(one) > card.created]
    return OpenedCard(path, card, _judgement(shared, name), newest=not later)


def _created(path: Path) -> str:
    """When a bundle was made; a damaged one was never."""
    try:
        return load_card(path).created
    except EarmarkError:
        return ""


def _judgement(shared: Shared, name: str) -> KeptJudgement | None:
    files = (bundle_path(shared.library, name) / CARD_FILE, shared.library.local_folder(FOLDER) / f"{name}.json")
    state = tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)
    return shared.kept(f"judgement of {name}", state, lambda: kept(shared.library, name))


def _judged(shared: Shared, name: str) -> KeptJudgement:
    judgement = _open(shared, name).judgement
    if judgement is None:
        raise RefusedError(409, f"the test songs of {name} were not gone through yet; POST /api/evaluate does that")
    return judgement


def _page(path: Path, what: str, name: str) -> HTMLResponse:
    if not path.is_file():
        raise UnknownNameError(what, name, ["it is made when it is asked for with POST"])
    return HTMLResponse(path.read_text("utf-8"), headers={"content-security-policy": PAGE_POLICY})
