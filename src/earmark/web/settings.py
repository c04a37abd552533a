"""What `earmark serve` was started with; decided once, before the first request."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from earmark.errors import InputError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8377
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""What a browser on this machine may call a server that is bound to loopback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one visitor may ask of the machine.

    Attributes:
        upload_bytes: Size of a dropped file.
        sound_seconds: Length of its sound.
        listen_seconds: Wall-clock time that listening to it may take.
        listen_bytes: Memory that listening to it may take on top of what the listening process holds.
        listeners: Listening processes at once.
        waiting: Dropped files that may wait for one of them; more are refused.
        body_bytes: Size of any other request.
        stall_seconds: An upload that brings next to nothing for so long is given up.
        drops_bytes: What dropped files, and what is made of them to be heard, may take on disk together.
    """

    upload_bytes: int = 300_000_000
    sound_seconds: float = 3 * 3600.0
    listen_seconds: float = 120.0
    listen_bytes: int = 3 * 2**30
    listeners: int = 2
    waiting: int = 100
    body_bytes: int = 1_000_000
    stall_seconds: float = 30.0
    drops_bytes: int = 4 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """What the server serves, to whom, and within which limits.

    Attributes:
        library: Address of the library.
        roots: Folders, resolved, under which folders may be added and scanned; the folders that the library has
            scanned are among them.
        host: Address that the server binds to.
        port: Its port.
        token: What a visitor must show; None on loopback only.
        names: Further names by which browsers may call the server.
        bundle: The model that listens to dropped files; the library's newest where None.
        limits: What one visitor may ask.
    """

    library: str
    roots: tuple[Path, ...] = ()
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    token: str | None = None
    names: frozenset[str] = frozenset()
    bundle: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.token:
            raise InputError(
                f"a server bound to {self.host} can be reached by others and needs a token; "
                f"give one, or bind it to {DEFAULT_HOST}"
            )

    @property
    def address(self) -> str:
        """What to type into a browser on this machine, the token included."""
        shown = {"0.0.0.0": DEFAULT_HOST, "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        shown = f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
        query = f"?token={self.token}" if self.token else ""
        return f"http://{shown}:{self.port}/{query}"

    def within_roots(self, path: Path) -> bool:
        """Whether a path, after following all links, lies in or below an allowed folder.

        Args:
            path: Any path; it need not exist.
        """
        real = path.resolve()
        return any(real == root or root in real.parents for root in self.roots)


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only.

    Args:
        host: A name or an address, such as ``"127.0.0.1"``.
    """
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolve_roots(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return folders with all links followed, without repeats.

    Args:
        folders: Folders that exist.

    Raises:
        InputError: One of them is no folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder; --root takes folders that exist")
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))
