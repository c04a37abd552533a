import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from pyarrow.fs import LocalFileSystem

from earmark.errors import LibraryError
from earmark.library import storage as storage_module
from earmark.library.storage import LOCK, TEMPORARY, Storage, is_remote


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "library")


def parts(storage: Storage) -> list[Path]:
    return [path for path in Path(storage.address).rglob("*") if path.name.startswith(TEMPORARY)]


@pytest.mark.parametrize(
    ("address", "remote"),
    [
        ("s3://bucket/music", True),
        ("gs://bucket", True),
        ("/home/me/library", False),
        ("library", False),
        ("file:///home/me/library", False),
        ("C:\\Users\\me", False),
    ],
)
def test_addresses(address: str, remote: bool) -> None:
    assert is_remote(address) is remote
    assert Storage(address).remote is remote


def test_a_local_address_is_absolute_whatever_way_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    wanted = str(tmp_path / "library")
    assert [Storage(a).address for a in ("library", f"file://{wanted}", "~/library", Path("library"))] == [wanted] * 4
    assert Storage("s3://bucket/music").address == "s3://bucket/music"


def test_files_are_written_read_and_measured(storage: Storage) -> None:
    assert storage.size("deep/down/file") is None
    storage.write("deep/down/file", b"content")
    assert storage.read("deep/down/file") == b"content"
    assert storage.size("deep/down/file") == 7
    storage.write("deep/down/file", memoryview(b"other"))
    assert storage.read("deep/down/file") == b"other"
    assert parts(storage) == []


def test_the_files_below_a_folder_are_measured(storage: Storage) -> None:
    assert storage.sizes("features") == {}
    for name, content in {
        "features/a/1": b"1",
        "features/a/b/22": b"22",
        "features/333": b"333",
        "other/4": b"4",
    }.items():
        storage.write(name, content)
    assert storage.sizes("features") == {"features/a/1": 1, "features/a/b/22": 2, "features/333": 3}
    assert storage.sizes("features/a") == {"features/a/1": 1, "features/a/b/22": 2}


def test_a_folder_goes_with_its_files(storage: Storage) -> None:
    storage.write("vectors/a/one", b"1")
    storage.write("vectors/b", b"2")
    storage.remove_folder("vectors/a")
    storage.remove_folder("vectors/a")
    assert storage.sizes("vectors") == {"vectors/b": 1}


def test_an_address_of_no_known_kind_is_told() -> None:
    with pytest.raises(LibraryError, match=r"foo://bucket is neither a folder nor .* such as s3://bucket/music"):
        Storage("foo://bucket").size("library.json")


def test_a_missing_file_is_named(storage: Storage) -> None:
    with pytest.raises(LibraryError, match=r"library/library\.json was expected in the library, but is not there"):
        storage.read("library.json")


def test_a_reader_never_sees_a_part(storage: Storage) -> None:
    contents = {bytes([letter]) * 300_000 for letter in b"abcd"}
    storage.write("file", b"a" * 300_000)
    done = threading.Event()

    def write() -> None:
        for _ in range(30):
            for content in contents:
                storage.write("file", content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(storage.read("file"))
    writer.join()
    assert seen <= contents


def test_an_interrupted_write_leaves_the_old_content_and_no_temporary_file(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write("file", b"old")

    def interrupt(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        storage.write("file", b"new")
    monkeypatch.undo()
    assert storage.read("file") == b"old"
    assert parts(storage) == []


def test_a_refused_write_is_an_error_of_the_library(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(LibraryError, match=r"cannot write .*file \(No space left on device\); make room"):
        storage.write("file", b"new")
    assert parts(storage) == []
    monkeypatch.undo()
    storage.write("features", b"a file where a folder should be")
    with pytest.raises(LibraryError, match="cannot write"):
        storage.write_array("features/ab/array.npy", np.zeros(3))


def test_arrays_are_memory_mapped_and_read_only(storage: Storage) -> None:
    array = np.arange(12, dtype=np.float16).reshape(3, 4)
    size = storage.write_array("features/a.npy", array.T)
    assert size == storage.size("features/a.npy")
    back = storage.read_array("features/a.npy")
    assert isinstance(back, np.memmap)
    assert not back.flags.writeable
    assert back.flags.c_contiguous
    assert back.dtype == np.float16
    np.testing.assert_array_equal(back, array.T)


def test_an_open_array_outlives_its_replacement(storage: Storage) -> None:
    storage.write_array("a.npy", np.full(100_000, 1.0))
    opened = storage.read_array("a.npy")
    storage.write_array("a.npy", np.full(5, 2.0))
    assert (opened == 1.0).all()
    assert (storage.read_array("a.npy") == 2.0).all()


@pytest.mark.parametrize("kept", [0, 5, 60, 127, 128, 500, -1])
def test_a_cut_array_is_refused_with_the_remedy(storage: Storage, kept: int) -> None:
    storage.write_array("a.npy", np.zeros((50, 8), dtype=np.float16))
    path = Path(storage.address, "a.npy")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(LibraryError, match=r"a\.npy is not a whole array .*run `earmark scan` to make it again"):
        storage.read_array("a.npy")


def test_a_missing_array_is_refused_with_the_remedy(storage: Storage) -> None:
    with pytest.raises(LibraryError, match=r"a\.npy is not there; run `earmark scan`"):
        storage.read_array("a.npy")


@pytest.mark.parametrize("content", [b"PK\x03\x04 as a zip", b"\x80\x04K*.", b"\x93NUMPY\xff\xff"])
def test_what_is_no_array_is_refused(storage: Storage, content: bytes) -> None:
    storage.write("a.npy", content)
    with pytest.raises(LibraryError, match="is not a whole array"):
        storage.read_array("a.npy")


def test_pickles_are_neither_written_nor_read(storage: Storage) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        storage.write_array("a.npy", np.array([{}], dtype=object))
    assert storage.size("a.npy") is None
    Path(storage.address).mkdir(exist_ok=True)
    np.save(Path(storage.address, "b.npy"), np.array([os.getpid, {}], dtype=object), allow_pickle=True)
    with pytest.raises(LibraryError, match="is not a whole array"):
        storage.read_array("b.npy")


def test_vacancy(storage: Storage) -> None:
    folder = Path(storage.address)
    assert storage.is_vacant()
    folder.mkdir()
    assert storage.is_vacant()
    (folder / LOCK).touch()
    (folder / f"{TEMPORARY}xyz").touch()
    assert storage.is_vacant(), "what a scan that was killed at its start leaves"
    (folder / "holiday.jpg").touch()
    assert not storage.is_vacant()
    storage.write("a-file", b"")
    assert not Storage(folder / "a-file").is_vacant()


def test_another_process_is_held_off_while_the_lock_is_held(storage: Storage, tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = (
        "import sys; from pathlib import Path; from earmark.library.storage import Storage\n"
        "print('ready', flush=True)\n"
        f"with Storage({storage.address!r}).lock(): Path({str(told)!r}).write_text('in')\n"
    )
    with storage.lock():
        other = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        assert not told.exists()
    assert other.wait(30) == 0
    other.stdout.close()
    assert told.read_text() == "in"


def test_a_lock_held_too_long_is_told(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "LOCK_SECONDS", 0.1)
    Path(storage.address).mkdir()
    with (
        FileLock(Path(storage.address, LOCK)),
        pytest.raises(LibraryError, match=r"another process has held the library .* for over 0\.1 s; wait for it"),
        storage.lock(),
    ):
        pytest.fail("the lock was held")


def test_the_lock_of_a_killed_process_does_not_last(storage: Storage) -> None:
    script = (
        "import os; from earmark.library.storage import Storage\n"
        f"with Storage({storage.address!r}).lock(): os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with storage.lock():
        pass


def test_lancedb_comes_without_the_http_client_that_nothing_uses(storage: Storage) -> None:
    script = (
        "import sys; from earmark.library.storage import Storage\n"
        f"Storage({storage.address!r}).database\n"
        "assert not [name for name in sys.modules if name.startswith('lance_namespace_urllib3_client.api')]\n"
        "from lance_namespace_urllib3_client import TableApi  # later it comes whole\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


class TestAnObjectStore:
    """The remote half of the storage, over pyarrow's local file system in the place of a bucket's."""

    @pytest.fixture
    def bucket(self, tmp_path: Path) -> Path:
        folder = tmp_path / "bucket"
        (folder / "features" / "ab").mkdir(parents=True)
        return folder

    @pytest.fixture
    def remote(self, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
        storage = Storage("s3://bucket")
        monkeypatch.setattr(storage, "_remote_files", (LocalFileSystem(), str(bucket)))
        return storage

    def test_files(self, remote: Storage) -> None:
        assert remote.size("file") is None
        remote.write("file", b"content")
        assert (remote.read("file"), remote.size("file"), remote.size("features")) == (b"content", 7, None)
        with pytest.raises(LibraryError, match="s3://bucket/other was expected in the library, but is not there"):
            remote.read("other")

    def test_a_folder_goes_with_its_files(self, remote: Storage, bucket: Path) -> None:
        (bucket / "vectors" / "a").mkdir(parents=True)
        remote.write("vectors/a/one", b"1")
        remote.remove_folder("vectors/a")
        remote.remove_folder("vectors/a")
        assert remote.sizes("vectors") == {}

    def test_sizes(self, remote: Storage) -> None:
        remote.write("features/ab/1", b"1")
        remote.write("features/22", b"22")
        assert remote.sizes("features") == {"features/ab/1": 1, "features/22": 2}
        assert remote.sizes("nothing") == {}

    def test_arrays(self, remote: Storage, bucket: Path) -> None:
        array = np.arange(6, dtype=np.float16).reshape(2, 3)
        assert remote.write_array("features/ab/a.npy", array) == remote.size("features/ab/a.npy")
        np.testing.assert_array_equal(remote.read_array("features/ab/a.npy"), array)
        (bucket / "features/ab/a.npy").write_bytes((bucket / "features/ab/a.npy").read_bytes()[:-1])
        with pytest.raises(LibraryError, match=r"s3://.*a\.npy is not a whole array .*run `earmark scan`"):
            remote.read_array("features/ab/a.npy")
        with pytest.raises(LibraryError, match=r"b\.npy is not there; run `earmark scan`"):
            remote.read_array("b.npy")

    def test_vacancy(self, remote: Storage, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert not remote.is_vacant()
        monkeypatch.setattr(remote, "_remote_files", (LocalFileSystem(), str(bucket / "new")))
        assert remote.is_vacant()

    def test_what_goes_wrong_on_the_way_is_told(
        self, remote: Storage, bucket: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (bucket / "file").write_bytes(b"")
        with pytest.raises(LibraryError, match=r"cannot write s3://bucket/file/below "):
            remote.write("file/below", b"")
        with pytest.raises(LibraryError, match=r"cannot reach s3://bucket \(.*; check the address, the network"):
            remote.read("features")

    def test_the_lock_is_free(self, remote: Storage) -> None:
        with remote.lock(), remote.lock():
            pass
