import html
import struct
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest
from browser import needed_browser

from earmark.errors import InputError, MissingExtraError
from earmark.report import images
from earmark.report.images import PNG_SCALE, WIDTH, write_images
from earmark.report.theme import empty_figure


def test_pictures_are_written_in_each_format(tmp_path: Path) -> None:
    needed_browser()
    figure = empty_figure("Nothing <here>.")
    before = figure.to_json()
    files = write_images({"one": figure, "two": go.Figure()}, tmp_path / "new", formats=["svg", "png"])
    assert [file.name for file in files] == ["one.svg", "one.png", "two.svg", "two.png"]
    width, height = struct.unpack(">II", files[1].read_bytes()[16:24])
    assert (width, height) == (WIDTH * PNG_SCALE, 100 * PNG_SCALE)
    svg = files[0].read_text()
    assert svg.startswith("<svg")
    assert "Nothing <here>." in html.unescape(svg)
    assert figure.to_json() == before


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="png or svg, not as 'gif'"):
        write_images({}, tmp_path, formats=["gif"])  # type: ignore[list-item]


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "BROWSERS", ("no-such-browser",))
    with pytest.raises(InputError, match="apt install chromium"):
        write_images({"one": go.Figure()}, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_without_kaleido_it_says_which_part_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(MissingExtraError, match=r"earmark\[images\]"):
        write_images({"one": go.Figure()}, tmp_path)
