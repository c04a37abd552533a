"""Files of DJ software that were uploaded: kept under a name of ours until a job has read them."""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import anyio

from earmark.errors import InputError
from earmark.library.library import Library

FOLDER = "imports"
SUFFIXES = (".xml", ".nml", ".m3u", ".m3u8")
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


async def receive(chunks: AsyncIterator[bytes], path: Path) -> int:
    """Write an upload as it comes, and into its place when all of it has come.

    Args:
        chunks: The upload.
        path: Its place.

    Returns:
        Its size in bytes.

    Raises:
        InputError: It is empty.
    """
    folder, half = anyio.Path(path.parent), anyio.Path(path.with_name(f".half-{secrets.token_hex(6)}"))
    await folder.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        async with await anyio.open_file(half, "wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                await file.write(chunk)
        if size == 0:
            raise InputError("the file that was sent is empty; export it again")
        await half.replace(path)
    finally:
        await half.unlink(missing_ok=True)
    return size
