from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.free_music.packages import fetch_package, why_wrong
from free_music_parts import MakeDeb, MakeProgram, Mirror, package_of

from earmark.errors import EarmarkError


def test_a_package_is_read_from_a_mirror_and_then_taken_as_it_is(
    tmp_path: Path, make_deb: MakeDeb, mirror: Mirror
) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = package_of(deb)
    mirror.files[package.path] = deb.read_bytes()
    for _ in range(2):
        fetched = fetch_package(package, tmp_path / "packages", mirrors=(mirror.root,), use_apt=False)
        assert fetched.read_bytes() == deb.read_bytes()
    assert mirror.asked == [(f"/{package.path}", None)]
    assert [path.name for path in (tmp_path / "packages").iterdir()] == [package.file_name]


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_file_that_was_cut_off_is_continued(
    tmp_path: Path, make_deb: MakeDeb, mirror: Mirror, knows_ranges: bool
) -> None:
    deb = make_deb({"./usr/a.ogg": bytes(range(256)) * 40})
    package = package_of(deb)
    mirror.files[package.path] = deb.read_bytes()
    mirror.cut_after = 100
    with pytest.raises(EarmarkError, match=rf"expected {package.size} bytes, but 100 came"):
        fetch_package(package, tmp_path, mirrors=(mirror.root,), use_apt=False)
    assert (tmp_path / f"{package.file_name}.part").stat().st_size == 100
    mirror.cut_after, mirror.knows_ranges = None, knows_ranges
    fetched = fetch_package(package, tmp_path, mirrors=(mirror.root,), use_apt=False)
    assert fetched.read_bytes() == deb.read_bytes()
    assert mirror.asked[-1] == (f"/{package.path}", "bytes=100-")


def test_a_wrong_checksum_deletes_the_file_and_says_both(tmp_path: Path, make_deb: MakeDeb, mirror: Mirror) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = replace(package_of(deb), sha256="a" * 64)
    mirror.files[package.path] = deb.read_bytes()
    with pytest.raises(EarmarkError, match=rf"expected SHA-256 a{{64}}, but {package_of(deb).sha256} came"):
        fetch_package(package, tmp_path / "packages", mirrors=(mirror.root,), use_apt=False)
    assert list((tmp_path / "packages").iterdir()) == []


def test_a_damaged_file_that_was_there_is_fetched_again(tmp_path: Path, make_deb: MakeDeb, mirror: Mirror) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = package_of(deb)
    damaged = bytearray(deb.read_bytes())
    damaged[-1] ^= 1
    (tmp_path / package.file_name).write_bytes(damaged)
    mirror.files[package.path] = deb.read_bytes()
    fetched = fetch_package(package, tmp_path, mirrors=(mirror.root,), use_apt=False)
    assert why_wrong(fetched, package) is None


def test_the_next_mirror_is_asked_and_all_answers_are_told(tmp_path: Path, make_deb: MakeDeb, mirror: Mirror) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = package_of(deb)
    mirror.files[f"old/{package.path}"] = deb.read_bytes()
    roots = (mirror.root, f"{mirror.root}old/")
    assert fetch_package(package, tmp_path / "a", mirrors=roots, use_apt=False).exists()
    del mirror.files[f"old/{package.path}"]
    with pytest.raises(EarmarkError, match=r"music 1.0-1 could not be fetched \(.*404.*; .*old.*404"):
        fetch_package(package, tmp_path / "b", mirrors=roots, use_apt=False)


def test_apt_is_asked_first_for_the_pinned_version(
    tmp_path: Path, make_deb: MakeDeb, make_program: MakeProgram, mirror: Mirror
) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = replace(package_of(deb), version="1:1.0-1")
    make_program("apt-get", f'echo "$@" > {tmp_path}/asked; cp {deb} ./music_1%3a1.0-1_all.deb')
    fetched = fetch_package(package, tmp_path / "packages", mirrors=(mirror.root,))
    assert fetched.name == package.file_name
    assert (tmp_path / "asked").read_text().split() == ["download", "--quiet=2", "music=1:1.0-1"]
    assert mirror.asked == []
    assert [path.name for path in (tmp_path / "packages").iterdir()] == [package.file_name]


def test_a_mirror_helps_where_apt_no_longer_knows_the_version(
    tmp_path: Path, make_deb: MakeDeb, make_program: MakeProgram, mirror: Mirror
) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    package = package_of(deb)
    make_program("apt-get", "echo 'E: Version 1.0-1 was not found' >&2; exit 100")
    with pytest.raises(EarmarkError, match=r"apt: E: Version 1.0-1 was not found; .*404"):
        fetch_package(package, tmp_path / "packages", mirrors=(mirror.root,))
    mirror.files[package.path] = deb.read_bytes()
    assert fetch_package(package, tmp_path / "packages", mirrors=(mirror.root,)).exists()
    assert [path.name for path in (tmp_path / "packages").iterdir()] == [package.file_name]
