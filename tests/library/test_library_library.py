import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from library_sounds import scan_serially, write_sound

from earmark.audio.settings import PRESETS
from earmark.catalog.credits import Credits
from earmark.catalog.track import Track
from earmark.errors import FormatVersionError, LibraryError
from earmark.library.library import FORMAT_VERSION, HEADER, LabelSummary, Library, default_address, summarise_labels
from earmark.library.storage import Storage

PAPER = PRESETS["paper"]


def test_there_is_no_library_until_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"there is no library at .*/lib; make one with `earmark scan FOLDER`"):
        Library.open(tmp_path / "lib")
    assert not (tmp_path / "lib").exists(), "looking leaves nothing behind"
    made = Library.create(tmp_path / "lib")
    assert Library.open(str(tmp_path / "lib")).address == made.address == str(tmp_path / "lib")


def test_a_new_library_is_empty(library: Library) -> None:
    assert (library.tracks(), library.labels(), library.failures(), library.roots()) == ([], [], [], [])
    assert library.files() == {}
    assert library.feature_records([PAPER]) == {}
    assert library.feature_records([]) == {}


def test_creating_it_again_changes_nothing(library: Library) -> None:
    before = library.storage.read(HEADER)
    assert json.loads(before)["format_version"] == FORMAT_VERSION
    Library.create(library.address)
    assert library.storage.read(HEADER) == before


def test_the_address_nobody_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_LIBRARY", str(tmp_path / "from the environment"))
    assert Library.create().address == default_address() == str(tmp_path / "from the environment")
    monkeypatch.delenv("EARMARK_LIBRARY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Path(default_address()).is_relative_to(tmp_path)
    assert default_address().endswith("earmark/library")


@pytest.mark.parametrize("method", [Library.open, Library.create])
def test_another_format_version_is_refused_with_both_numbers(
    library: Library, method: Callable[[str], Library]
) -> None:
    library.storage.write(HEADER, json.dumps({"format_version": 99}).encode())
    with pytest.raises(FormatVersionError, match=r"library .* has format version 99, but .* reads version 1; use") as e:
        method(library.address)
    assert (e.value.found, e.value.expected) == (99, FORMAT_VERSION)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b'"text"', b"7"])
def test_a_damaged_header_is_told(library: Library, content: bytes) -> None:
    library.storage.write(HEADER, content)
    with pytest.raises(LibraryError, match=r"library\.json is damaged .*; restore it or scan anew"):
        Library.open(library.address)


def test_a_folder_with_other_files_does_not_become_a_library(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(LibraryError, match="holds other files and is no library; name an empty or a new folder"):
        Library.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_library_made_by_another_scan_meanwhile_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address, vacant = tmp_path / "lib", Storage.is_vacant

    def look_just_after_the_other(self: Storage) -> bool:
        monkeypatch.setattr(Storage, "is_vacant", vacant)
        Library.create(address).roots_table.merge([{"path": "/m", "label_from": "tag", "csv": None}])
        return self.is_vacant()

    monkeypatch.setattr(Storage, "is_vacant", look_just_after_the_other)
    assert [root.path for root in Library.create(address).roots()] == ["/m"]


def test_features_of_a_scanned_track(library: Library, tmp_path: Path) -> None:
    scan_serially(library, write_sound(tmp_path / "a.flac", 1, seconds=1.0))
    (track,) = library.tracks()
    array = library.features(track.audio_id, PAPER)
    assert array.dtype == np.float16
    assert array.shape == (1 + 16_000 // PAPER.hop_length, PAPER.n_mels)
    assert not array.flags.writeable
    record = library.feature_records([PAPER])[track.audio_id, PAPER.key]
    assert (record.frames, record.bands) == array.shape
    with pytest.raises(LibraryError, match="is not there; run `earmark scan`"):
        library.features(track.audio_id, PRESETS["study"])


def track(number: int, label: str | None, *, release: str | None = None, artist: str = "Ann") -> Track:
    return Track(
        audio_id=f"{number:032x}",
        path=f"/m/{number}.flac",
        seconds=1800.0,
        title=f"Song {number}",
        artists=Credits(performers=(artist,)),
        label=label,
        release=release,
    )


def test_labels_are_counted_largest_first() -> None:
    tracks = [
        track(1, "Small", release="One"),
        track(2, "Large", release="One", artist="Ben"),
        track(3, "Large", release="One"),
        track(4, "Large", artist="ann"),
        track(5, None),
        track(6, "Also Small"),
    ]
    assert summarise_labels(tracks) == [
        LabelSummary("Large", tracks=3, releases=1, artists=2, hours=1.5),
        LabelSummary("Also Small", tracks=1, releases=0, artists=1, hours=0.5),
        LabelSummary("Small", tracks=1, releases=1, artists=1, hours=0.5),
    ]
    assert summarise_labels([]) == []


def test_local_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Library(Storage(tmp_path)).local_folder("runs") == tmp_path / "runs"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    one, other = (Library(Storage(f"s3://bucket/{name}")).local_folder("runs") for name in ("one", "other"))
    assert one.is_relative_to(tmp_path)
    assert one != other
    assert one.name == other.name == "runs"
