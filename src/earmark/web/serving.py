"""Runs the server until Ctrl-C."""

import asyncio
import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator

import uvicorn
from filelock import FileLock, Timeout

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.web.app import make_app
from earmark.web.settings import DEFAULT_PORT, ServeSettings

SHUTDOWN_SECONDS = 2
"""So long an answer that is under way may take after Ctrl-C; pages that follow jobs never end by themselves."""


def free_port(host: str, wanted: int | None) -> int:
    """Return the port to bind to: the wanted one, or the usual one or else any that is free.

    Args:
        host: Address that will be bound.
        wanted: The port that was asked for; None for any.

    Raises:
        InputError: The wanted port is taken, or the address is not this machine's.
    """
    tries = (DEFAULT_PORT, 0) if wanted is None else (wanted,)
    refused = ""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in tries:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                refused = error.strerror or str(error)
            else:
                return int(probe.getsockname()[1])
    raise InputError(f"cannot listen at {host}, port {tries[0]}: {refused}; name another with --port or --host")


def serve(settings: ServeSettings, *, open_browser: bool, ready: Callable[[], None] | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        settings: What to serve.
        open_browser: Whether to open the page in the user's browser once the server listens.
        ready: Called once the server listens.

    Raises:
        LibraryError: There is no library there.
        InputError: Another server has it open.
    """
    with alone(settings):
        _serve(settings, open_browser=open_browser, ready=ready)


@contextlib.contextmanager
def alone(settings: ServeSettings) -> Iterator[None]:
    """Let no other server of this machine open the library meanwhile: each would take the other's jobs for dead ones.

    Args:
        settings: Which library, and where it is served.

    Raises:
        LibraryError: There is no library there.
        InputError: Another server has it open.
    """
    folder = Library.open(settings.library).local_folder("jobs")
    folder.mkdir(parents=True, exist_ok=True)
    where = folder / "served-at.txt"
    lock = FileLock(folder / "serving.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        at = where.read_text("utf-8") if where.is_file() else "another address"
        raise InputError(
            f"the library {settings.library} is served already, at {at}; open that, or end it first"
        ) from None
    try:
        where.write_text(settings.address.partition("?")[0], encoding="utf-8")  # the token is not for the disk
        yield
    finally:
        lock.release()


def _serve(settings: ServeSettings, *, open_browser: bool, ready: Callable[[], None] | None) -> None:
    app = make_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws="none",
        http="h11",
    )
    server = uvicorn.Server(config)
    starting = threading.Thread(
        target=_when_ready, args=(server, settings, open_browser, ready, app.state.shared.warm), daemon=True
    )
    starting.start()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        server.run()


def _when_ready(
    server: uvicorn.Server,
    settings: ServeSettings,
    open_browser: bool,
    ready: Callable[[], None] | None,
    warm: Callable[[], None],
) -> None:
    wait = threading.Event()
    while not server.started and not server.should_exit:
        wait.wait(0.05)
    if server.should_exit:
        return
    if ready is not None:
        ready()
    if open_browser:
        webbrowser.open(settings.address)
    warm()
