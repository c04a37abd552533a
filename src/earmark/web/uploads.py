"""Uploads: whether they go on, and files of DJ software, kept under a name of ours until a job has read them."""

import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.web.problems import RefusedError

FOLDER = "imports"
SUFFIXES = (".xml", ".nml", ".m3u", ".m3u8")
LEAST_BYTES = 64 * 1024
"""An upload that brings less than so much in a while has stopped; a byte now and then is no progress."""
MOST_NAME = 160
"""Bytes of a name that are kept, since a playlist without a name of its own is called as its file."""

_UNSAFE = re.compile(r"[^\w ().,&+-]+")


def import_path(library: Library, name: str) -> Path:
    """Return where an upload is kept: by the hash of its name, so that the same playlist read again is known.

    Args:
        library: The library.
        name: What the file is called on the visitor's machine; only letters, digits and a few signs of it are used.

    Raises:
        InputError: It does not end as the files do that are read.
    """
    plain = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = plain.rpartition(".")
    suffix = f"{dot}{ending}".lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"expected a rekordbox XML, a Traktor NML or an M3U playlist, a name that ends in {', '.join(SUFFIXES)}; "
            f"{plain[:80]!r} came"
        )
    safe = _UNSAFE.sub("_", stem).encode("utf-8", "replace")[:MOST_NAME].decode("utf-8", "ignore").strip(" .")
    digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return library.local_folder(FOLDER) / digest / f"{safe or 'playlist'}{suffix}"


def delete_uploads(library: Library) -> None:
    """Delete what uploads have left: of an earlier server, or half of one.

    Args:
        library: The library, of which no job runs.
    """
    shutil.rmtree(library.local_folder(FOLDER), ignore_errors=True)


async def in_time(chunks: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """Pass on an upload that goes on; one that has stopped would hold its place for ever.

    Args:
        chunks: The upload.
        seconds: So long it may take to bring another `LEAST_BYTES`, or its end.

    Raises:
        RefusedError: It took longer (408).
    """
    source, since, came = aiter(chunks), anyio.current_time(), 0
    while True:
        try:
            with anyio.fail_at(since + seconds):
                chunk = await anext(source)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise RefusedError(
                408, f"the file has stopped coming: less than {LEAST_BYTES >> 10} KiB in {seconds:g} s; send it again"
            ) from None
        came += len(chunk)
        if came >= LEAST_BYTES:
            since, came = anyio.current_time(), 0
        yield chunk


@asynccontextmanager
async def received(chunks: AsyncIterator[bytes], path: Path) -> AsyncIterator[Callable[[], Path]]:
    """Write an upload as it comes, beside its place; what the block has not put there is deleted.

    Args:
        chunks: The upload.
        path: Its place.

    Yields:
        What puts it into its place, over what is there; blocks.

    Raises:
        InputError: It is empty.
    """
    half_path = path.with_name(f".half-{secrets.token_hex(6)}")
    folder, half = anyio.Path(path.parent), anyio.Path(half_path)
    await folder.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        async with await anyio.open_file(half, "wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                await file.write(chunk)
        if size == 0:
            raise InputError("the file that was sent is empty; export it again")
        yield lambda: half_path.replace(path)
    finally:
        with anyio.CancelScope(shield=True):  # the visitor may have gone
            await half.unlink(missing_ok=True)
