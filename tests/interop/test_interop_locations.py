import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.interop.locations import (
    PathMap,
    from_file_url,
    from_traktor,
    from_traktor_key,
    is_windows,
    map_path,
    parse_path_map,
    path_parts,
    to_traktor,
    with_backslashes,
    with_slashes,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1, max_size=20).filter(
    lambda name: name not in {".", ".."}
)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://localhost/C:/Music/A%20%26%20B.mp3", "C:/Music/A & B.mp3"),
        ("file://localhost/Users/me/%C3%A9.mp3", "/Users/me/é.mp3"),
        ("file://localhost/Users/me/100%25%20%2B1%20%23.mp3", "/Users/me/100% +1 #.mp3"),
        ("file://localhost//nas/music/a.mp3", "//nas/music/a.mp3"),
        ("FILE://LOCALHOST/D:/a.mp3", "D:/a.mp3"),
        ("file:///home/me/a.mp3", "/home/me/a.mp3"),
        ("file://localhost/m/%ff.mp3", "/m/\udcff.mp3"),
        ("/no/url%20at all.mp3", "/no/url%20at all.mp3"),
    ],
)
def test_urls(url: str, path: str) -> None:
    assert from_file_url(url) == path


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("C:\\Music\\Warm up.flac", ("C:", "/:Music/:", "Warm up.flac")),
        ("d:/x.mp3", ("d:", "/:", "x.mp3")),
        ("/Users/dj/Music/a.mp3", ("Macintosh HD", "/:Users/:dj/:Music/:", "a.mp3")),
        ("/Volumes/USB Stick/Sets/b.aiff", ("USB Stick", "/:Sets/:", "b.aiff")),
        ("/Volumes/USB/a.mp3", ("USB", "/:", "a.mp3")),
        ("/m/e\u0301t\u00e9.mp3", ("Macintosh HD", "/:m/:", "\u00e9t\u00e9.mp3")),
    ],
)
def test_traktor_takes_paths_apart(path: str, parts: tuple[str, str, str]) -> None:
    made = to_traktor(path)
    assert (made.volume, made.folders, made.file) == parts
    assert made.key == "".join(parts)


@pytest.mark.parametrize("path", ["\\\\nas\\music\\a.mp3", "//nas/music/a.mp3", "music/a.mp3"])
def test_traktor_has_no_form_for_shares_and_relative_paths(path: str) -> None:
    with pytest.raises(InputError, match="--path-map"):
        to_traktor(path)


def test_the_disk_a_mac_started_from_is_known_by_its_name_or_its_users() -> None:
    assert from_traktor("Macintosh HD", "/:Users/:me/:", "a.mp3") == "/Users/me/a.mp3"
    assert from_traktor("Start", "/:Users/:me/:", "a.mp3") == "/Users/me/a.mp3"
    assert from_traktor("USB", "/:Sets/:", "a.mp3") == "/Volumes/USB/Sets/a.mp3"
    assert from_traktor_key("C:/:a.mp3") == "C:/a.mp3"
    assert from_traktor_key("no key") == "no key"


@given(
    start=st.sampled_from(["C:/", "/", "/Users/me/", "/Volumes/USB/"]), names=st.lists(NAMES, min_size=1, max_size=5)
)
def test_paths_survive_traktor_but_for_composition(start: str, names: list[str]) -> None:
    if start == "/" and names[0] == "Volumes":
        return
    path = start + "/".join(names)
    made = to_traktor(path)
    assert path_parts(from_traktor(made.volume, made.folders, made.file)) == path_parts(path)
    assert path_parts(from_traktor_key(made.key)) == path_parts(path)


def test_windows_paths_are_known_by_drive_or_share() -> None:
    assert is_windows("C:\\a")
    assert is_windows("c:/a")
    assert is_windows("\\\\nas\\a")
    assert not is_windows("/C:/a")
    assert not is_windows("Re: mix.mp3")
    assert with_slashes("/home/AC\\DC.mp3") == "/home/AC\\DC.mp3"
    assert with_backslashes("D:/a/b.mp3") == "D:\\a\\b.mp3"
    assert with_backslashes("/a/b.mp3") == "/a/b.mp3"


class TestPathMaps:
    def test_the_deepest_folder_counts(self) -> None:
        maps = [parse_path_map("/mnt=X:/"), parse_path_map("/mnt/music/ = D:\\Music\\")]
        assert map_path("/mnt/music/a/b.mp3", maps) == "D:/Music/a/b.mp3"
        assert map_path("/mnt/other/b.mp3", maps) == "X:/other/b.mp3"
        assert map_path("/mnt/musical/b.mp3", maps) == "X:/musical/b.mp3"
        assert map_path("/home/b.mp3", maps) is None

    def test_folders_are_compared_whatever_their_composition(self) -> None:
        assert PathMap("/m/e\u0301", "/n").apply("/m/\u00e9/e\u0301.mp3") == "/n/e\u0301.mp3"

    def test_from_windows(self) -> None:
        assert PathMap("D:/Music", "/Volumes/USB").apply("D:\\Music\\a\\b.mp3") == "/Volumes/USB/a/b.mp3"

    @pytest.mark.parametrize("text", ["", "=", "/mnt", "/mnt=", "=D:/", " = "])
    def test_both_folders_are_needed(self, text: str) -> None:
        with pytest.raises(InputError, match="a path map is FROM=TO"):
            parse_path_map(text)
