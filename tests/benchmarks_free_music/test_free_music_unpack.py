import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from benchmarks.free_music.unpack import unpack
from free_music_parts import MakeDeb, ar_member, track

from earmark.errors import EarmarkError


def pk3(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("kind", ["xz", "gz", "bz2"])
def test_wanted_members_are_written_under_their_rows(tmp_path: Path, make_deb: MakeDeb, kind: str) -> None:
    deb = make_deb({"./usr/a.ogg": b"first", "./usr/b.ogg": b"second", "./usr/c.ogg": b"third"}, kind=kind)
    wanted = [track(7, member="usr/c.ogg"), track(2, member="usr/a.ogg")]
    files = unpack(deb, wanted, tmp_path / "out")
    assert [(file.name, file.read_bytes()) for file in files] == [("0007.ogg", b"third"), ("0002.ogg", b"first")]
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_members_of_a_zip_in_the_package_are_reached(tmp_path: Path, make_deb: MakeDeb) -> None:
    inside = pk3({"sound/one.ogg": b"one", "sound/two.ogg": b"two", "../escape.ogg": b"no"})
    deb = make_deb({"./usr/music.pk3": inside})
    wanted = [track(row, member="usr/music.pk3", inner=f"sound/{name}.ogg") for row, name in ((1, "two"), (2, "one"))]
    assert [file.read_bytes() for file in unpack(deb, wanted, tmp_path / "out")] == [b"two", b"one"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0001.ogg", "0002.ogg"]


def test_two_rows_may_name_one_member(tmp_path: Path, make_deb: MakeDeb) -> None:
    deb = make_deb({"./usr/a.ogg": b"sound"})
    files = unpack(deb, [track(1, member="usr/a.ogg"), track(2, member="usr/a.ogg")], tmp_path / "out")
    assert [file.read_bytes() for file in files] == [b"sound", b"sound"]


def test_hostile_names_and_links_never_become_files(tmp_path: Path, make_deb: MakeDeb) -> None:
    deb = make_deb(
        {"../../escape.ogg": b"no", "/tmp/absolute.ogg": b"no", "./usr/a.ogg": b"yes"},
        links={"./usr/l.ogg": "/etc/passwd"},
    )
    before = set(tmp_path.rglob("*"))
    [file] = unpack(deb, [track(1, member="usr/a.ogg")], tmp_path / "out")
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "out", file}
    with pytest.raises(EarmarkError, match=r"expected a regular file, but ./usr/l.ogg is a link"):
        unpack(deb, [track(2, member="usr/l.ogg")], tmp_path / "out")


def test_what_is_there_is_not_written_again(tmp_path: Path, make_deb: MakeDeb) -> None:
    deb = make_deb({"./usr/a.ogg": b"a", "./usr/b.ogg": b"b"})
    first, second = track(1, member="usr/a.ogg"), track(2, member="usr/b.ogg")
    [file] = unpack(deb, [first], tmp_path / "out")
    file.write_bytes(b"kept")
    assert [path.read_bytes() for path in unpack(deb, [first, second], tmp_path / "out")] == [b"kept", b"b"]
    deb.unlink()  # with everything there, the package is not even opened
    assert len(unpack(deb, [first, second], tmp_path / "out")) == 2


def test_a_missing_member_is_named(tmp_path: Path, make_deb: MakeDeb) -> None:
    deb = make_deb({"./usr/a.ogg": b"a", "./usr/music.pk3": pk3({"one.ogg": b"one"})})
    with pytest.raises(EarmarkError, match=r"music_1.0-1_all.deb lacks usr/gone.ogg; is it the version"):
        unpack(deb, [track(1, member="usr/gone.ogg")], tmp_path)
    with pytest.raises(EarmarkError, match=r"usr/music.pk3 lacks two.ogg"):
        unpack(deb, [track(1, member="usr/music.pk3", inner="two.ogg")], tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>not found</html>", "is no Debian package: expected an ar archive"),
        (
            b"!<arch>\n" + ar_member("data.tar.zst", b"zstd"),
            r"expected one of data.tar.xz.* but the archive holds data.tar.zst",
        ),
        (b"!<arch>\n" + ar_member("data.tar.xz", b"damaged"), "cannot be unpacked"),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    deb = tmp_path / "x.deb"
    deb.write_bytes(content)
    with pytest.raises(EarmarkError, match=message):
        unpack(deb, [track(1)], tmp_path / "out")


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_a_package_made_by_dpkg_is_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: music\nVersion: 1\nArchitecture: all\nMaintainer: N <n@example.org>\nDescription: music\n"
    )
    (tree / "usr/share").mkdir(parents=True)
    (tree / "usr/share/a.ogg").write_bytes(b"sound")
    deb = tmp_path / "music.deb"
    subprocess.run(["dpkg-deb", "-Zxz", "--root-owner-group", "--build", tree, deb], check=True, capture_output=True)
    assert unpack(deb, [track(1)], tmp_path / "out")[0].read_bytes() == b"sound"
