"""Labels from folders."""

from pathlib import Path

import pytest

from earmark.catalog.from_folder import read_folder
from earmark.errors import InputError

ROOT = Path("/music")


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("Purple/a.mp3", "Purple"),
        ("Purple Rec/2018/EP/a.mp3", "Purple Rec"),
        ("a.mp3", None),
        ("Ænima & Co./a.mp3", "Ænima & Co."),
    ],
)
def test_the_first_folder_below_the_root_is_the_label(file: str, label: str | None) -> None:
    values = read_folder(ROOT / file, ROOT)
    assert (values.label, values.source, values.problems) == (label, "folder", ())


def test_relative_paths_are_taken_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_folder(Path("music/Purple/a.mp3"), tmp_path / "music").label == "Purple"


def test_a_file_elsewhere_is_refused() -> None:
    with pytest.raises(InputError, match=r"/demos/a\.mp3 is not below /music"):
        read_folder(Path("/demos/a.mp3"), ROOT)
