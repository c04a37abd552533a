"""The library: what is in it, what failed and why, its folders, and the jobs that fill it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from earmark.audio.measure_settings import changed_settings
from earmark.errors import InputError
from earmark.library.contents import contents
from earmark.library.failed_files import diagnose
from earmark.library.rows import LabelFrom
from earmark.models.shelf import named_bundle
from earmark.similarity.vectors.diagnosis import examine
from earmark.similarity.vectors.sources import find_source
from earmark.web.folders import Folders, readable_folders
from earmark.web.shared import Shared, SharedDep
from earmark.web.uploads import import_path, in_time, received
from earmark.web.values import JobOut, Strict

router = APIRouter(tags=["library"])

MOST_PATH = 4096


class LabelCounts(BaseModel):
    """A label with its counts."""

    label: str
    tracks: int
    releases: int
    artists: int
    hours: float


class LibraryOut(BaseModel):
    """A library in numbers."""

    address: str
    tracks: int
    files: int
    hours: float
    artists: int
    releases: int
    failures: int
    truncated: int = Field(description="Files that promise more sound than could be decoded.")
    labels: list[LabelCounts] = Field(description="Largest first.")
    formats: dict[str, int] = Field(description="Files by format, most frequent first.")
    years: dict[int, int] = Field(description="Tracks by year of release.")
    missing: dict[str, int] = Field(description="Tracks that lack a value, by its name.")
    estimated: dict[str, int] = Field(description="Tracks whose bpm or key only the analysis tells.")
    label_sources: dict[str, int] = Field(description="Tracks by who told their label.")


class DiskOut(BaseModel):
    """What the library takes on disk, in bytes."""

    total: int
    parts: dict[str, int] = Field(description="By folder of the library.")


class FailureOut(BaseModel):
    """A file that could not be read."""

    path: str
    kind: Literal["error", "timeout", "memory", "crash"]
    trouble: str = Field(description="What is wrong, in a word or two.")
    advice: str = Field(description="What to do.")
    reasons: dict[str, str] = Field(description="What each decoder said.")
    failed_at: str = Field(description="ISO time.")
    bytes: int


class RootOut(BaseModel):
    """A folder under which folders may be added."""

    root: int = Field(description="Its number, by which folders below it are named.")
    path: str
    name: str
    present: bool = Field(description="Whether it is there now.")


class ScannedOut(BaseModel):
    """A folder that was scanned."""

    path: str
    label_from: LabelFrom
    csv: str | None
    present: bool = Field(description="Whether it is there now.")
    allowed: bool = Field(description="Whether this server may scan it again.")
    tracks: int


class RootsOut(BaseModel):
    """Where music comes from."""

    roots: list[RootOut]
    scanned: list[ScannedOut]


class FolderOut(BaseModel):
    """A folder below a root."""

    name: str
    path: str = Field(description="Relative to its root.")
    audio_files: int = Field(description="Audio files directly in it.")
    folders: bool = Field(description="Whether there are folders in it.")
    scanned: bool
    holds_scanned: bool


class FoldersOut(BaseModel):
    """A folder, and the folders in it."""

    root: int
    here: FolderOut
    folders: list[FolderOut]


class ScanIn(Strict):
    """What to scan, and how; all folders that were scanned before where no folder is named."""

    root: Annotated[int | None, Field(ge=0, le=10_000, description="A root's number, with `path`.")] = None
    path: Annotated[str, Field(max_length=MOST_PATH, description="A folder, relative to the root.")] = ""
    folder: Annotated[str | None, Field(max_length=MOST_PATH, description="Or a folder by its whole path.")] = None
    label_from: LabelFrom | None = Field(None, description="As at its last scan, and auto at the first, where null.")
    csv: Annotated[str | None, Field(max_length=MOST_PATH, description="A CSV below a root, by its whole path.")] = None
    bpm_range: Annotated[str | None, Field(pattern=r"^\d{1,3}(\.\d+)?-\d{1,3}(\.\d+)?$")] = Field(
        None, description="Such as 70-200; another than before has every track measured again."
    )
    retry_failures: bool = False
    prune: bool = Field(False, description="Forget tracks whose files are gone.")
    embed: bool = Field(True, description="Make vectors of what is new afterwards, as a second job.")


class EmbedIn(Strict):
    """What makes the vectors; the newest model that hears sound where nothing is named."""

    bundle: Annotated[str | None, Field(max_length=200)] = None
    backbone: Annotated[str | None, Field(max_length=200)] = None
    rebuild: bool = False


@router.get("/library", summary="What is in the library")
def show_library(shared: SharedDep) -> LibraryOut:
    """Tracks, labels, formats and years, what is missing, and who told what is known."""
    state = (shared.version("tracks"), shared.version("files"), shared.version("failures"))
    return shared.kept("contents", state, lambda: _library(shared))


@router.get("/disk", summary="What the library takes on disk")
def show_disk(shared: SharedDep) -> DiskOut:
    """Bytes by folder of the library; the music itself is never copied into it."""
    state = (shared.version("features"), shared.version("tracks"))
    return shared.kept("disk", state, lambda: _disk(shared))


@router.get("/failures", summary="List files that could not be read")
def list_failures(shared: SharedDep) -> list[FailureOut]:
    """Each with what the decoders said, what it means, and what to do."""
    return shared.kept("failures", shared.version("failures"), lambda: _failures(shared))


@router.get("/roots", summary="List folders that may be added")
def list_roots(shared: SharedDep) -> RootsOut:
    """The folders allowed at the start, and those that were scanned."""
    roots = [
        RootOut(root=number, path=str(path), name=path.name or str(path), present=path.is_dir())
        for number, path in enumerate(shared.settings.roots)
    ]
    return RootsOut(roots=roots, scanned=_scanned(shared))


@router.get("/folders", summary="Browse folders")
def browse_folders(
    shared: SharedDep,
    root: Annotated[int, Query(ge=0, le=10_000)] = 0,
    under: Annotated[str, Query(max_length=MOST_PATH, description="Relative to the root.")] = "",
) -> FoldersOut:
    """The folders in a folder below a root, with what was scanned of them."""
    here, inner = Folders(shared.settings, shared.library).listing(root, under)
    return FoldersOut(root=root, here=FolderOut(**asdict(here)), folders=[FolderOut(**asdict(one)) for one in inner])


@router.post("/scan", status_code=202, summary="Scan a folder")
def start_scan(shared: SharedDep, asked: ScanIn) -> JobOut:
    """Bring the library up to date with a folder, or with all that were scanned before."""
    folders = Folders(shared.settings, shared.library)
    place = _place(folders, asked)
    changed_settings(shared.library.measure_settings(), bpm_range=asked.bpm_range)  # a wrong range is told now
    request = asked.model_dump(exclude={"root", "path", "folder"}) | {
        "places": [] if place is None else [str(place)],
        "within": [str(one) for one in readable_folders(shared.settings, shared.library)],
        "csv": None if asked.csv is None else str(folders.file(asked.csv)),
    }
    return shared.jobs.start("scan", f"Scan {'all folders' if place is None else place.name or place}", request)


@router.post("/embed", status_code=202, summary="Make tracks comparable")
def start_embed(shared: SharedDep, asked: EmbedIn) -> JobOut:
    """Make the vectors by which tracks are found alike; only what is lacking is made."""
    bundle = None if asked.bundle is None else named_bundle(shared.library, asked.bundle)  # never a folder elsewhere
    source = find_source(shared.library, bundle=bundle, backbone=asked.backbone)
    return shared.jobs.start("embed", f"Compare tracks by {source.shown}", asked.model_dump())


@router.post(
    "/imports",
    status_code=202,
    summary="Import from DJ software",
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {
        "schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def start_import(
    shared: SharedDep,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=255, description="The file's name.")],
) -> JobOut:
    """Take in playlists and metadata of a rekordbox XML, a Traktor NML or an M3U, which is the request's body."""
    path = import_path(shared.library, name)
    chunks = in_time(request.stream(), shared.settings.limits.stall_seconds)
    async with received(chunks, path) as put:
        return await to_thread.run_sync(_import, shared, path, put)


@router.get("/doctor", summary="Look the library over")
def show_doctor(shared: SharedDep) -> dict[str, Any]:
    """What is installed, how the library and its vectors are, and what to do: as `earmark doctor` tells it."""
    return examine(shared.library).to_json()


def _import(shared: Shared, path: Path, put: Callable[[], Path]) -> JobOut:
    """Start the import of an upload, unless one of the same name is not over: that reads its own file, not this one.

    Raises:
        RefusedError: One is not over (409).
    """
    request = {"file": str(path), "name": path.name}
    with shared.importing:
        shared.jobs.refuse_twice("import", request)
        put()
        return shared.jobs.start("import", f"Import {path.name}", request)


def _library(shared: Shared) -> LibraryOut:
    found = contents(shared.library, shared.tracks().all)
    return LibraryOut(**asdict(found), address=shared.library.address, failures=len(shared.library.failures()))


def _disk(shared: Shared) -> DiskOut:
    parts: dict[str, int] = {}
    for name, size in shared.library.storage.sizes("").items():
        part = name.strip("/").partition("/")[0]
        parts[part] = parts.get(part, 0) + size
    return DiskOut(total=sum(parts.values()), parts=dict(sorted(parts.items(), key=lambda item: -item[1])))


def _failures(shared: Shared) -> list[FailureOut]:
    return [
        FailureOut(**one.failure.to_json(), trouble=one.trouble, advice=one.advice, bytes=one.failure.size)
        for one in map(diagnose, shared.library.failures())
    ]


def _scanned(shared: Shared) -> list[ScannedOut]:
    paths = [track.path for track in shared.tracks().all]
    found = []
    for root in shared.library.roots():
        below = root.path.rstrip("/") + "/"
        found.append(
            ScannedOut(
                **asdict(root),
                present=Path(root.path).is_dir(),
                allowed=shared.settings.within_roots(Path(root.path)),
                tracks=sum(path.startswith(below) for path in paths),
            )
        )
    return found


def _place(folders: Folders, asked: ScanIn) -> Path | None:
    """The folder that is asked for, in the spelling that the library knows; None for all.

    Raises:
        InputError: It is named in two ways, or by a path alone, or none is named and none was scanned before.
        RefusedError: It is not there, or lies outside of the roots.
    """
    if asked.folder is not None and asked.root is not None:
        raise InputError("a folder is named by root and path, or by its whole path, but both came")
    if asked.path and asked.root is None:
        raise InputError("a path is relative to a root, and no root was named; a whole path goes into 'folder'")
    if asked.root is None and asked.folder is None and not folders.any_scanned:
        raise InputError("this library has no folders yet; name one")
    if asked.folder is not None:
        return folders.as_scanned(folders.named(asked.folder))
    return None if asked.root is None else folders.as_scanned(folders.find(asked.root, asked.path))
