"""The page's own files: sent as they lie in the package, and Plotly's script from its wheel."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from earmark.errors import MissingExtraError

PAGE = Path(__file__).parent / "page"
PLOTLY = "package_data/plotly.min.js"


class _PageFiles(StaticFiles):
    """Static files that a browser asks for again each time, with a short answer where they have not changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


def add_page(app: FastAPI) -> None:
    """Let an app serve the page at ``/`` and its files below ``/page``.

    Args:
        app: The app, changed in place.
    """

    @app.get("/", include_in_schema=False)
    def index() -> HTMLResponse:
        return HTMLResponse((PAGE / "index.html").read_text(encoding="utf-8"), headers={"cache-control": "no-cache"})

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon() -> FileResponse:
        return FileResponse(PAGE / "icon.svg", media_type="image/svg+xml")

    @app.get("/page/vendor/plotly.min.js", include_in_schema=False)
    def plotly(request: Request) -> Response:
        script = _plotly_script()
        tag = f'"{script.stat().st_mtime_ns:x}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag, "cache-control": "no-cache"})
        return FileResponse(script, media_type="text/javascript", headers={"cache-control": "no-cache", "etag": tag})

    app.mount("/page", _PageFiles(directory=PAGE), name="page")


def _plotly_script() -> Path:
    """Where Plotly's script lies; found without importing Plotly, which would take memory for as long as we run.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise MissingExtraError("web", "a picture on the page")
    return Path(spec.origin).parent / PLOTLY
