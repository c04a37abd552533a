import json
from pathlib import Path

import pytest

from earmark.models.files import json_bytes, new_folder, sha256_of, write_file, write_json


def test_a_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_file(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, f"no space left for {descriptor}")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_numbers_that_json_lacks_become_null(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"a": [float("nan"), (1.5, float("inf"))], 3: {"é": float("-inf")}})
    assert json.loads((tmp_path / "x.json").read_bytes()) == {"a": [None, [1.5, None]], "3": {"é": None}}
    assert "é".encode() in json_bytes("é")


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with new_folder(tmp_path / "b") as folder:
        (folder / "one").write_bytes(b"1")
        assert not (tmp_path / "b").exists()
    assert (tmp_path / "b" / "one").read_bytes() == b"1"
    with new_folder(tmp_path / "b") as folder:
        (folder / "two").write_bytes(b"2")
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["two"]
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    with new_folder(tmp_path / "b") as folder:
        (folder / "one").write_bytes(b"1")
    with pytest.raises(KeyError), new_folder(tmp_path / "b"):
        raise KeyError("x")
    assert (tmp_path / "b" / "one").read_bytes() == b"1"
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_sha256_by_its_published_test_vector() -> None:
    assert sha256_of(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
