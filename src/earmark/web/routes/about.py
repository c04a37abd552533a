"""What the page asks first: which library, what is in it, what may be asked."""

from importlib.metadata import version

from fastapi import APIRouter
from pydantic import BaseModel, Field

from earmark.models.shelf import bundle_paths
from earmark.web.shared import SharedDep

router = APIRouter(tags=["about"])


class About(BaseModel):
    """What this server is and serves."""

    version: str
    library: str = Field(description="Address of the library.")
    tracks: int
    labels: int
    bundles: list[str] = Field(description="Names of the trained models, newest first.")
    vectors: bool = Field(description="Whether the tracks can be searched by sound.")
    roots: list[str] = Field(description="Folders under which folders may be added.")
    upload_bytes: int = Field(description="Largest file that may be dropped.")
    sound_seconds: float = Field(description="Longest sound that may be dropped.")


@router.get("/about", summary="What is served")
def about(shared: SharedDep) -> About:
    """The library and what may be asked of this server."""
    tracks = shared.tracks()
    limits = shared.settings.limits
    vectors = shared.library.local_folder("vectors")
    return About(
        version=version("earmark"),
        library=shared.library.address,
        tracks=len(tracks.all),
        labels=len({track.label for track in tracks.all if track.label}),
        bundles=[path.name for path in bundle_paths(shared.library)],
        vectors=vectors.is_dir() and any(vectors.iterdir()),
        roots=[str(root) for root in shared.settings.roots],
        upload_bytes=limits.upload_bytes,
        sound_seconds=limits.sound_seconds,
    )
