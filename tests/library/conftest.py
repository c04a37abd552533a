from pathlib import Path

import pytest
from library_sounds import write_sound

from earmark.library.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library."""
    return Library.create(tmp_path / "library")


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Four tracks of two labels, in a folder each, in four formats; one of Beta's has no tags."""
    root = tmp_path / "music"
    write_sound(root / "Alpha" / "one.flac", 1, title="One", artist="Ann", label="Alpha Records", album="First")
    write_sound(root / "Alpha" / "two.mp3", 2, title="Two", artist="Ben & Cid", label="Alpha Records")
    write_sound(root / "Beta" / "three.ogg", 3, title="Three", artist="Dot", label="Beta Records")
    write_sound(root / "Beta" / "8A - 132 - Eve - Four.wav", 4)
    return root
