"""``earmark serve``: the page on your own machine."""

from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.console import note, out
from earmark.cli.options import LibraryOption

HostOption = Annotated[
    str,
    typer.Option(
        "--host",
        help="Address to bind to. 127.0.0.1 is reached from this machine only; any other makes a token that the page "
        "asks for.",
    ),
]
PortOption = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, help="Port; 8377, or any free one, where not given.", show_default=False),
]
RootOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--root",
        help="A folder under which the page may add music; may be given several times. The folders that the library "
        "has scanned are always among them.",
        show_default=False,
    ),
]


def serve(
    library: LibraryOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = None,
    root: RootOption = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle",
            help="The model that listens to dropped files; the library's newest where not given.",
            show_default=False,
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="EARMARK_TOKEN",
            help="What a visitor must show; made where needed and not given.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            help="A further name by which browsers may call this server, such as studio.local.",
            show_default=False,
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Whether to open the page in your browser.")
    ] = True,
) -> None:
    """Open the page: drop a track, see the map, plan sets, compare labels, train, look after the library.

    Everything stays on this machine and works offline. Ctrl-C ends it; what was being trained or scanned can be resumed
    from the page the next time.

    Examples:

        earmark serve
        earmark serve --root ~/Music --port 9000
        earmark serve --host 0.0.0.0 --name studio.local
    """  # fmt: skip
    import secrets
    from importlib.util import find_spec

    from earmark.errors import MissingExtraError
    from earmark.library.library import Library, default_address
    from earmark.models.shelf import find_bundle

    if any(find_spec(part) is None for part in ("fastapi", "uvicorn", "plotly")):
        raise MissingExtraError("web", "the page")
    from earmark.web.serving import free_port
    from earmark.web.serving import serve as run_server
    from earmark.web.settings import ServeSettings, is_loopback, resolve_roots

    opened = Library.create(library or default_address())
    scanned = [Path(one.path) for one in opened.roots()]
    if not scanned:
        note(f"The library at {opened.address} is empty yet; the page shows how to fill it.")
    if not scanned and not root:
        note("Name the folders that the page may add music from: earmark serve --root FOLDER")
    settings = ServeSettings(
        library=opened.address,
        roots=resolve_roots([*(root or []), *(path for path in scanned if path.is_dir())]),
        host=host,
        port=free_port(host, port),
        token=token or (None if is_loopback(host) else secrets.token_urlsafe(24)),
        names=frozenset(name or ()),
        bundle=None if bundle is None else find_bundle(bundle, opened),
    )
    run_server(settings, open_browser=open_page, ready=lambda: _told(settings.address, settings.library))


def _told(address: str, library: str) -> None:
    out().print(f"Earmark is at {address}", markup=False, soft_wrap=True)
    note(f"Library: {library}. Ctrl-C ends it.")
