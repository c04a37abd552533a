"""The glossary knows the names that people meet, and the guide to reports knows every section and picture."""

import ast
import re
import unicodedata
from pathlib import Path
from typing import get_args

import pytest

from earmark.audio.settings import PRESETS
from earmark.catalog.survey import survey
from earmark.comparing.contestants import BASELINES
from earmark.datasets import trance_four_labels
from earmark.evaluation.confounds import Finding
from earmark.evaluation.groups import SPLIT_MODES
from earmark.evaluation.label_counts import STATISTICS
from earmark.evaluation.split_file import PART_NAMES
from earmark.models.judging import Reading
from earmark.models.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
GUIDE = " ".join((ROOT / "docs" / "reading-a-report.md").read_text("utf-8").split())
ROW = re.compile(r"^\| (?P<terms>[*`].*?) \| (?P<meaning>.+) \|$", re.MULTILINE)
TERM = re.compile(r"\*\*(?P<word>[^*]+)\*\*|`(?P<code>[^`]+)`")


def entries() -> list[tuple[list[str], str]]:
    """The terms of each row, and what they mean."""
    return [
        ([found["word"] or found["code"] for found in TERM.finditer(row["terms"])], row["meaning"])
        for row in ROW.finditer(GLOSSARY)
    ]


NAMES = {
    "split mode": SPLIT_MODES,
    "reading": get_args(Reading),
    "baseline": BASELINES,
    "model": tuple(MODELS),
    "statistic": tuple(STATISTICS),
    "part": PART_NAMES,
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_every_name_has_an_entry(kind: str, name: str) -> None:
    terms = {term for terms, _ in entries() for term in terms}
    assert name in terms, f"docs/glossary.md has no entry for the {kind} {name}"


@pytest.mark.parametrize("name", [*PRESETS, *get_args(Finding)])
def test_names_without_an_entry_of_their_own_are_told_of(name: str) -> None:
    assert f"`{name}`" in GLOSSARY


def test_the_glossary_is_sorted_and_each_term_has_one_entry() -> None:
    first = [unicodedata.normalize("NFKD", terms[0].casefold()) for terms, _ in entries()]
    assert first == sorted(first)
    words = [term for row in ROW.finditer(GLOSSARY) for term in re.findall(r"\*\*[^*]+\*\*|`[^`]+`", row["terms"])]
    assert len(words) == len(set(words))
    assert len(first) == GLOSSARY.count("\n| ") - 1, "a row of the table was not read"


def page_titles(source: str) -> set[str]:
    """The titles of sections and pictures in a module that lays out a page, as far as they are written out there."""
    places = {"Section": 0, "FigureBlock": 1}
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in places:
            title = node.args[places[node.func.id]]
            if isinstance(title, ast.Constant) and isinstance(title.value, str):
                found.add(title.value)
    return found


LAYOUTS = sorted((ROOT / "src" / "earmark" / "report").glob("*.py"))


@pytest.mark.parametrize("module", LAYOUTS, ids=lambda module: module.stem)
def test_the_guide_tells_of_every_section_and_picture(module: Path) -> None:
    missing = [title for title in page_titles(module.read_text("utf-8")) if title not in GUIDE]
    assert not missing, f"docs/reading-a-report.md says nothing of {missing}"


def test_titles_are_found() -> None:
    source = 'Section("Scores", [FigureBlock(draw(1), "Each of them", how), FigureBlock(draw(2), f"{name}")])'
    assert page_titles(source) == {"Scores", "Each of them"}
    everywhere = set().union(*(page_titles(module.read_text("utf-8")) for module in LAYOUTS))
    assert {"In short", "What can be concluded", "Tempo and length"} <= everywhere


def test_the_guide_tells_of_the_page_of_a_real_collection() -> None:
    from earmark.report.explore_page import explore_page

    page = explore_page(survey(trance_four_labels()))
    assert [section.title for section in page.sections if f"**{section.title}**" not in GUIDE] == []
