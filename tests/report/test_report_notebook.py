"""What notebooks show: every form of it, and that nothing in it is taken for markup."""

import base64
import struct
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest

from earmark.datasets import STUDY_RESULTS
from earmark.errors import InputError, MissingExtraError
from earmark.evaluation.comparison import comparison_row
from earmark.report import drawing, notebook
from earmark.report.drawing import SCALES, Drawer
from earmark.report.images import find_browser
from earmark.report.notebook import TITLE_HEIGHT, picture, published_table, score_table, section, sentences, table
from earmark.report.page import Block, FigureBlock, NoteBlock, Section, TableBlock, TextBlock
from earmark.report.theme import styled

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chrome or Chromium is installed")


class Cells(HTMLParser):
    """The texts of a table's cells, by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def test_table_has_its_cells_in_both_forms() -> None:
    shown = table(["label", "songs>"], [("FSOE", 76), ("WAO138", None)], caption="Songs")
    texts = Cells(shown.forms["text/html"]).texts
    assert texts == {"caption": ["Songs"], "th": ["label", "songs"], "td": ["FSOE", "76", "WAO138"]}
    assert 'align="right">76' in shown.forms["text/html"]
    assert str(shown) == "Songs\nlabel | songs\nFSOE | 76\nWAO138 | "
    assert shown._repr_mimebundle_(include=None, exclude=None) == (dict(shown.forms), {})


def test_text_of_tags_is_never_markup() -> None:
    nasty = '</td><script>alert("x")</script> & <b>'
    assert nasty in Cells(table(["title"], [(nasty,)]).forms["text/html"]).texts["td"]
    html = sentences(nasty, "A second one.").forms["text/html"]
    assert "<script" not in html
    assert html.count("<p>") == 2
    assert str(sentences(nasty)) == nasty


def test_rows_of_another_length_than_the_header_are_refused() -> None:
    with pytest.raises(InputError, match="a row of 1 cell came for 2 columns"):
        table(["label", "songs"], [("FSOE",)])


def test_scores_come_with_interval_and_number_of_songs() -> None:
    truth, called = [0] * 14 + [1] * 14, [0] * 14 + [1] * 9 + [0] * 5
    row = comparison_row("metadata-study", truth, called, n_labels=2, rng=np.random.default_rng(0), note="one split")
    cells = Cells(score_table([row]).forms["text/html"]).texts["td"]
    assert cells[:4] == ["metadata-study", "song", "82%", "64 to 92%"]
    assert cells[-2:] == ["28", "one split"]


def test_published_results_get_the_intervals_of_their_number_of_songs() -> None:
    four = [one for one in STUDY_RESULTS if one.n_labels == 4]
    lines = str(published_table(four, caption="Published")).splitlines()
    assert lines[0] == "Published"
    assert lines[1] == "model | right | accuracy | 95 %"  # macro F1 was not published for four labels
    assert lines[2] == "metadata-study | 23 of 28 | 82% | 64 to 92%"
    assert lines[-1] == "crnn-study, slices of 30 s | 18 of 28 | 64% | 46 to 79%"
    six = str(published_table([one for one in STUDY_RESULTS if one.n_labels == 6])).splitlines()
    assert six[0] == "model | right | accuracy | 95 % | macro F1"
    assert six[-1].endswith("| 0.46")


def test_section_shows_every_block_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pencil:
        def draw(self, figure: go.Figure, *, kind: str, width: int, height: int) -> bytes:
            return f"{kind} {width}".encode()

    monkeypatch.setattr(notebook, "shared_drawer", Pencil)
    blocks: list[Block] = [
        FigureBlock(go.Figure(), "A figure", caption="How to read it."),
        FigureBlock(go.Figure(), "A small one", half=True),
        TableBlock(["a"], [["1"]], "A table", note="Beware."),
        TextBlock("One.\n\nTwo."),
        NoteBlock("warning", "A warning."),
    ]
    shown = section(Section("Heading", blocks, intro="To begin with."), kind="jpeg")
    assert str(shown).splitlines() == [
        "To begin with.", "A figure", "How to read it.", "A small one",
        "A table", "a", "1", "Beware.", "One.", "Two.", "A warning.",
    ]  # fmt: skip
    assert shown.parts[1].forms["image/jpeg"] == base64.b64encode(b"jpeg 900").decode()
    assert shown.parts[3].forms["image/jpeg"] == base64.b64encode(b"jpeg 560").decode()
    displayed: list[object] = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    shown._ipython_display_()
    assert displayed == list(shown.parts)


@needs_browser
def test_picture_is_a_png_with_room_for_its_title() -> None:
    figure = styled(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])), height=300)
    before = figure.to_json()
    shown = picture(figure, "Songs <by> label", width=500)
    png = base64.b64decode(shown.forms["image/png"])
    assert png.startswith(b"\x89PNG")
    expected = (500 * SCALES["png"], (300 + TITLE_HEIGHT) * SCALES["png"])
    assert struct.unpack(">II", png[16:24]) == pytest.approx(expected, abs=1)
    assert str(shown) == "Songs <by> label"
    assert shown._repr_mimebundle_()[1] == {"image/png": {"width": 500}}
    assert figure.to_json() == before


@needs_browser
def test_drawer_can_be_closed_and_draws_more_than_one() -> None:
    drawer = Drawer()
    sizes = [len(drawer.draw(go.Figure(), kind="png", width=200, height=100)) for _ in range(2)]
    assert min(sizes) > 100
    drawer.close()
    drawer.close()


def test_missing_browser_and_missing_part_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_browser", lambda: None)
    with pytest.raises(InputError, match="none is installed; install one, such as with `apt install chromium`"):
        Drawer()
    monkeypatch.setitem(__import__("sys").modules, "kaleido", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'earmark\[images\]'"):
        Drawer()


def test_a_browser_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(drawing, "find_browser", lambda: f"{tmp_path}/no-such-browser")
    with pytest.raises(InputError, match="no-such-browser does not start"):
        Drawer()


def test_pictures_share_one_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, int]] = []

    class Pencil:
        def draw(self, figure: go.Figure, *, kind: str, width: int, height: int) -> bytes:
            asked.append((kind, width, height))
            assert not figure.layout.updatemenus
            return b"drawn"

    monkeypatch.setattr(notebook, "shared_drawer", Pencil)
    with_buttons = go.Figure().update_layout(updatemenus=[{"type": "buttons"}])
    assert set(picture(with_buttons, "One").forms) == {"image/png", "text/plain"}
    assert set(picture(go.Figure(), "Two", width=600, height=200, kind="jpeg").forms) == {"image/jpeg", "text/plain"}
    assert asked == [("png", 900, 420 + TITLE_HEIGHT), ("jpeg", 600, 200 + TITLE_HEIGHT)]
