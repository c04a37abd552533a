import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from earmark.errors import InputError
from earmark.library.discovery import find_audio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "music"
    (root / "sub" / "deeper").mkdir(parents=True)
    return root


def touch(path: Path, content: bytes = b"sound") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def paths(*places: Path) -> list[str]:
    return [file.path for file in find_audio(places).files]


def test_audio_is_found_by_its_ending_whatever_the_case(folder: Path) -> None:
    audio = [touch(folder / name) for name in ("A.FLAC", "b.Mp3", "sub/c.m4a", "sub/deeper/d.opus", "e.f.wav")]
    for name in ("cover.jpg", "notes.txt", "flac", "sub/playlist.m3u"):
        touch(folder / name)
    found = find_audio([folder])
    assert [file.path for file in found.files] == sorted(map(str, audio))
    assert found.ignored == 4
    assert found.unreadable == {}


def test_a_file_comes_with_what_tells_a_change(folder: Path) -> None:
    path = touch(folder / "sub" / "a.wav", b"12345")
    os.utime(path, ns=(7, 1_234_567_890_123_456_789))
    (file,) = find_audio([folder]).files
    assert (file.path, file.root) == (str(path), str(folder))
    assert (file.size, file.mtime_ns) == (5, 1_234_567_890_123_456_789)


def test_hidden_files_and_folders_are_passed_over_but_not_a_hidden_place(folder: Path) -> None:
    for name in ("._a.mp3", ".trash/b.mp3", "sub/.c.flac"):
        touch(folder / name)
    assert find_audio([folder]).files == ()
    assert find_audio([folder]).ignored == 0
    assert paths(folder / ".trash") == [str(folder / ".trash" / "b.mp3")]


def test_a_folder_named_like_a_file_is_searched(folder: Path) -> None:
    path = touch(folder / "live.mp3" / "a.mp3")
    assert paths(folder) == [str(path)]


def test_a_single_file_is_taken_whatever_its_name(folder: Path) -> None:
    path = touch(folder / "recording.bin")
    (file,) = find_audio([path]).files
    assert (file.path, file.root) == (str(path), str(folder))


def test_the_deeper_place_that_comes_first_keeps_its_files(folder: Path) -> None:
    deep, shallow = touch(folder / "sub" / "a.wav"), touch(folder / "b.wav")
    found = find_audio([folder / "sub", folder])
    assert {file.path: file.root for file in found.files} == {
        str(deep): str(folder / "sub"),
        str(shallow): str(folder),
    }


def test_a_place_that_does_not_exist_is_refused_or_told(folder: Path) -> None:
    missing = folder / "nowhere"
    with pytest.raises(InputError, match=r"expected a folder or an audio file, but there is nothing at .*nowhere"):
        find_audio([folder, missing])
    path = touch(folder / "a.wav")
    found = find_audio([missing, folder], must_exist=False)
    assert [file.path for file in found.files] == [str(path)]
    assert found.unreadable == {str(missing): "is not there; is its disk connected?"}


def test_links_are_followed_each_folder_once(folder: Path, tmp_path: Path) -> None:
    elsewhere = touch(tmp_path / "elsewhere" / "a.wav")
    (folder / "link").symlink_to(elsewhere.parent)
    (folder / "sub" / "up").symlink_to(folder)
    (elsewhere.parent / "back").symlink_to(folder)
    assert paths(folder) == [str(folder / "link" / "a.wav")]


def test_links_to_nowhere_and_in_a_circle_are_told(folder: Path) -> None:
    good = touch(folder / "good.wav")
    (folder / "lost.wav").symlink_to(folder / "nothing")
    (folder / "circle.wav").symlink_to(folder / "circle.wav")
    (folder / "circle").symlink_to(folder / "circle")
    found = find_audio([folder])
    assert [file.path for file in found.files] == [str(good)]
    assert found.unreadable[str(folder / "lost.wav")] == "No such file or directory"
    assert "symbolic links" in found.unreadable[str(folder / "circle.wav")]
    assert found.ignored == 1


def test_a_pipe_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.wav")
    assert find_audio([folder]).unreadable == {str(folder / "pipe.wav"): "not a regular file"}


def test_a_name_that_is_not_text_is_told_and_costs_itself_only(folder: Path) -> None:
    good = touch(folder / "good.wav")
    Path(os.fsdecode(os.fsencode(folder) + b"/latin-\xe9.wav")).write_bytes(b"")
    found = find_audio([folder])
    assert [file.path for file in found.files] == [str(good)]
    assert found.unreadable == {str(folder / "latin-\ufffd.wav"): "its name is not UTF-8; rename it"}


def test_a_folder_that_cannot_be_listed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = touch(folder / "a.wav")
    touch(folder / "sub" / "b.wav")
    listing: Callable[[str], Iterator[os.DirEntry[str]]] = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find_audio([folder])
    assert [file.path for file in found.files] == [str(good)]
    assert found.unreadable == {str(folder / "sub"): "Permission denied"}
