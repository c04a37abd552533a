"""Puts the server together: what guards it, what it answers, and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from earmark.web.guard import HEADERS, Guard
from earmark.web.page_files import add_page
from earmark.web.problems import PROBLEMS, add_handlers
from earmark.web.routes import (
    about,
    audio,
    drops,
    exports,
    jobs,
    labels,
    library,
    maps,
    models,
    playing,
    playlists,
    sets,
    tracks,
    training,
)
from earmark.web.settings import ServeSettings
from earmark.web.shared import Shared

DESCRIPTION = (
    "What the page asks, and what your own programs may ask: the verbs of the command line, each one call. Long work "
    "answers with a job; follow it at `/api/jobs/events`."
)
ROUTERS = (
    about,
    library,
    tracks,
    audio,
    drops,
    playing,
    sets,
    playlists,
    exports,
    maps,
    labels,
    models,
    training,
    jobs,
)


def make_app(settings: ServeSettings) -> FastAPI:
    """Make the server's app.

    Args:
        settings: What it serves, to whom, and within which limits.

    Raises:
        LibraryError: There is no library there.
        FormatVersionError: The library is of another format version.
    """
    shared = Shared(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        shared.close()

    app = FastAPI(
        title="Earmark",
        version=version("earmark"),
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # both pages load scripts from elsewhere, and this page works offline
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.shared = shared
    add_handlers(app, HEADERS)
    for module in ROUTERS:
        app.include_router(module.router, prefix="/api", responses=PROBLEMS)
    add_page(app)
    app.add_middleware(Guard, settings=settings)
    return app
