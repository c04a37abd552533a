"""Imports lancedb in half the time.

lancedb's own import pulls in the package ``lance_namespace_urllib3_client``, a generated HTTP client for a catalogue
server; of it, it needs the data models only. Its fifteen API modules, which nothing in Earmark calls, take half a
second, a quarter of what a scan with nothing new may take. So that package's ``__init__``, which loads them, is not run
while lancedb is imported. Whoever imports the package later gets it whole.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import lancedb

_HTTP_CLIENT = "lance_namespace_urllib3_client"
_OF_LANCE = ("lancedb", "lance_namespace", _HTTP_CLIENT)


def connect(address: str) -> "lancedb.DBConnection":
    """Open the Lance database at a folder or an object-store URI."""
    if "lancedb" not in sys.modules:
        _import_lightly()
    import lancedb

    return lancedb.connect(address)


def _import_lightly() -> None:
    try:
        with _without_init(_HTTP_CLIENT):
            import lancedb  # noqa: F401
    except (ImportError, AttributeError):  # another lancedb, which needs more of that package: let it have it
        for name in [name for name in sys.modules if name.partition(".")[0] in _OF_LANCE]:
            del sys.modules[name]


@contextmanager
def _without_init(package: str) -> Iterator[None]:
    """Let a package's modules be imported meanwhile without its ``__init__``; no change where it is there already."""
    spec = None if package in sys.modules else find_spec(package)
    if spec is None:
        yield
        return
    sys.modules[package] = module_from_spec(spec)
    try:
        yield
    finally:
        del sys.modules[package]
