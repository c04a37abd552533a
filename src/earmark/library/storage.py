"""The one place that reaches a library's files and tables.

A library lives at an address: a folder, or a URI such as ``s3://bucket/music`` that pyarrow and Lance can both open.
Nothing else in Earmark opens a path inside a library, so that one can stand where the other does.
Credentials and region come from the usual environment (``AWS_ACCESS_KEY_ID``, ``AWS_REGION``, ...); a store of your own
is named by ``AWS_ENDPOINT_URL``, with ``AWS_ALLOW_HTTP=true`` where it has no TLS: both libraries read these.

Every write is atomic: a reader, or the next run after a kill at any instant, sees the whole old content or the whole
new one. Tables are Lance tables (versioned; each commit is atomic). Files are written under a temporary name and
renamed. A file is not flushed to the disk one by one, which would cost more than computing it again: after a power cut
the scan finds a damaged feature array by its size and makes it anew.
"""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earmark.errors import LibraryError

if TYPE_CHECKING:
    import lancedb
    import pyarrow.fs

LOCK_SECONDS = 120.0
"""How long a write waits for another process's write; a write takes milliseconds."""


TEMPORARY, LOCK = ".part-", "write.lock"


def _is_ours(name: str) -> bool:
    """Tell the names that another process may be making a library with just now."""
    return name.startswith(TEMPORARY) or name in {LOCK, "library.json"}


def is_remote(address: str) -> bool:
    """Tell whether an address is a URI of an object store rather than a folder."""
    return "://" in address and not address.startswith("file://")


class Storage:
    """Files and tables below one address.

    Args:
        address: A folder, or an object-store URI.
    """

    def __init__(self, address: str | Path) -> None:
        text = str(address)
        self.remote = is_remote(text)
        self.address = text if self.remote else str(Path(text.removeprefix("file://")).expanduser().absolute())
        self._remote_files: tuple[pyarrow.fs.FileSystem, str] | None = None
        self._database: lancedb.DBConnection | None = None

    @property
    def database(self) -> "lancedb.DBConnection":
        """The Lance database in the folder ``tables``; connected at first use, since importing it takes a second."""
        if self._database is None:
            from earmark.library.lance import connect

            self._database = connect(self._join("tables"))
        return self._database

    def _join(self, name: str) -> str:
        return f"{self.address.rstrip('/')}/{name}"

    def _local(self, name: str) -> Path:
        return Path(self.address, name)

    def _files(self) -> "tuple[pyarrow.fs.FileSystem, str]":
        if self._remote_files is None:
            from pyarrow.fs import FileSystem

            # With S3, a small file is then one request rather than three.
            options = "?allow_delayed_open=true" if self.address.startswith("s3://") else ""
            try:
                self._remote_files = FileSystem.from_uri(self.address + options)
            except ValueError as error:
                raise LibraryError(
                    f"{self.address} is neither a folder nor the address of an object store such as "
                    f"s3://bucket/music ({error})"
                ) from error
        return self._remote_files

    @contextmanager
    def _reached(self) -> "Iterator[tuple[pyarrow.fs.FileSystem, str]]":
        """Give the object store and the path in it; what goes wrong on the way to it is an error of the library."""
        files, base = self._files()
        try:
            yield files, base.rstrip("/")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise LibraryError(
                f"cannot reach {self.address} ({error}); check the address, the network and the credentials"
            ) from error

    def size(self, name: str) -> int | None:
        """Return a file's size in bytes; None where there is no such file."""
        if not self.remote:
            try:
                return self._local(name).stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                raise LibraryError(f"cannot look into {self.address}: {error.strerror}") from error
        with self._reached() as (files, base):
            info = files.get_file_info(f"{base}/{name}")
        return int(info.size) if info.is_file else None

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the size in bytes of every file below a folder, by the file's name; empty where there is no folder."""
        if not self.remote:
            top = len(self._join(""))
            return {path[top:]: size for path, size in _sizes_below(str(self._local(folder)))}
        from pyarrow.fs import FileSelector

        with self._reached() as (files, base):
            below = files.get_file_info(FileSelector(f"{base}/{folder}", recursive=True, allow_not_found=True))
        return {info.path[len(base) + 1 :]: int(info.size) for info in below if info.is_file}

    def is_vacant(self) -> bool:
        """Tell whether nothing is at the address: no folder, or an empty one."""
        if not self.remote:
            folder = Path(self.address)
            return not folder.exists() or (folder.is_dir() and all(_is_ours(entry.name) for entry in folder.iterdir()))
        from pyarrow.fs import FileSelector

        with self._reached() as (files, base):
            return not files.get_file_info(FileSelector(base, allow_not_found=True))

    def read(self, name: str) -> bytes:
        """Return a file's content.

        Raises:
            LibraryError: There is no such file.
        """
        try:
            return self._read(name)
        except FileNotFoundError:
            raise LibraryError(f"{self._join(name)} was expected in the library, but is not there") from None

    def _read(self, name: str) -> bytes:
        if not self.remote:
            return self._local(name).read_bytes()
        with self._reached() as (files, base), files.open_input_stream(f"{base}/{name}") as stream:
            return bytes(stream.read())

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Write a whole file atomically, making its folders.

        Raises:
            LibraryError: The system refused, for want of space or of permission say.
        """
        self._put(name, lambda file: file.write(content))

    def _put(self, name: str, put: Callable[[Any], object]) -> None:
        try:
            if self.remote:
                files, base = self._files()
                with files.open_output_stream(f"{base}/{name}") as stream:  # it appears when its upload is complete
                    put(stream)
            else:
                self._put_local(self._local(name), put)
        except OSError as error:
            told = error.strerror or str(error)
            raise LibraryError(
                f"cannot write {self._join(name)} ({told}); make room or allow it, then run it again: "
                "what is done is kept"
            ) from error

    @staticmethod
    def _put_local(path: Path, put: Callable[[Any], object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
        try:
            with os.fdopen(handle, "wb") as file:
                put(file)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def remove_folder(self, name: str) -> None:
        """Delete a folder with all files in it, where it is there.

        Raises:
            LibraryError: The system refused.
        """
        try:
            if not self.remote:
                shutil.rmtree(self._local(name))
                return
            with self._reached() as (files, base):
                files.delete_dir(f"{base}/{name}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise LibraryError(f"cannot delete {self._join(name)} ({error.strerror or error})") from error

    def write_array(self, name: str, array: npt.NDArray[Any]) -> int:
        """Write an array as an ``.npy`` file and return the file's size in bytes."""
        whole = np.ascontiguousarray(array)
        if not self.remote:
            # Straight into the file: an index of a million vectors has no room for a second copy in memory.
            self._put(name, lambda file: np.lib.format.write_array(file, whole, allow_pickle=False))
            return self._local(name).stat().st_size
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, whole, allow_pickle=False)
        self.write(name, buffer.getbuffer())
        return buffer.getbuffer().nbytes

    def read_array(self, name: str) -> npt.NDArray[Any]:
        """Open an array: memory-mapped and read-only in a folder, in memory from an object store.

        Raises:
            LibraryError: The file is not there, or is not a whole array.
        """
        try:
            if not self.remote:
                mapped: npt.NDArray[Any] = np.lib.format.open_memmap(self._local(name), mode="r")
                return mapped
            return np.asarray(np.lib.format.read_array(io.BytesIO(self._read(name)), allow_pickle=False))
        except FileNotFoundError:
            told = "is not there"
        except (ValueError, EOFError) as error:
            told = f"is not a whole array ({error})"
        raise LibraryError(f"the feature array {self._join(name)} {told}; run `earmark scan` to make it again")

    @contextmanager
    def lock(self, name: str = LOCK) -> Iterator[None]:
        """Hold off other processes' table writes meanwhile, or whoever else takes a lock of this name.

        Lance refuses or retries conflicting commits by itself, but two inserts of the same new key do not conflict
        for it. In a folder a file lock keeps those apart; in an object store readers take the latest row of a key.

        Args:
            name: The lock's file. Who holds one must not take the same again: each taking is a lock of its own.

        Raises:
            LibraryError: Another process held the lock for too long.
        """
        with self._file_lock(name):
            yield

    def _file_lock(self, name: str) -> Any:
        if self.remote:
            return nullcontext()
        from filelock import FileLock, Timeout

        Path(self.address).mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._local(name))
        try:
            return lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise LibraryError(
                f"another process has held the library {self.address} for over {LOCK_SECONDS:g} s; "
                "wait for it or end it, then try again"
            ) from None


def _sizes_below(folder: str) -> Iterator[tuple[str, int]]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes_below(entry.path)
        else:
            with suppress(FileNotFoundError):  # a temporary file that was renamed meanwhile
                yield entry.path, entry.stat().st_size
