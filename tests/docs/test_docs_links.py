"""Follows every relative link of the documentation, to its file and to its heading."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = [found["title"].casefold().replace("`", "") for found in HEADING.finditer(plain)]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


def links(text: str) -> Iterator[str]:
    """The targets of a page's links that stay within the repository."""
    for found in LINK.finditer(CODE.sub("", text)):
        if not re.match(r"[a-z]+:", found["target"]):
            yield found["target"]


def broken(page: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere."""
    return [target for target in links(text) if not _leads_somewhere(page, text, target)]


def _leads_somewhere(page: Path, text: str, target: str) -> bool:
    name, _, anchor = target.partition("#")
    if name:
        there = (page.parent / name).resolve()
        if not there.is_relative_to(ROOT) or not there.exists():
            return False
        text = there.read_text("utf-8") if anchor else ""
    return not anchor or anchor in anchors(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text("utf-8")) == []


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached = {(index.parent / target.partition("#")[0]).resolve() for target in links(index.read_text("utf-8"))}
    written = {page for folder in ("", "concepts") for page in (ROOT / "docs" / folder).glob("*.md")}
    assert written - {index} <= reached


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](nowhere.md)", ["nowhere.md"]),
        ("[a](#what-it-is)\n\n## What it is", []),
        ("[a](#what-it-was)\n\n## What it is", ["#what-it-was"]),
        ("[a](https://example.org/x)", []),
        ("[a](../../outside.md)", ["../../outside.md"]),
        ("`[a](nowhere.md)`\n\n```text\n[b](nowhere.md)\n```\n", []),
    ],
)
def test_a_broken_link_is_seen(text: str, expected: list[str]) -> None:
    assert broken(ROOT / "docs" / "page.md", text) == expected


def test_anchors_are_githubs() -> None:
    text = "# What `no` split can do\n```sh\n# a comment\n```\n## earmark demo-catalogue\n### F1, macro & micro\n"
    assert anchors(text) == {"what-no-split-can-do", "earmark-demo-catalogue", "f1-macro--micro"}
