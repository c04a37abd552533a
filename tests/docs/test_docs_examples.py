"""Runs every block of Python in the documentation, in order, and compares what it prints with the block below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONCEPTS = sorted((ROOT / "docs" / "concepts").glob("*.md"))
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def run_examples(text: str, *, name: str) -> list[tuple[str, str]]:
    """Run the blocks of one page in one namespace: for each, what it printed and what the page says that it prints."""
    namespace: dict[str, object] = {"__name__": "docs"}
    found = []
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 2
        code = compile("\n" * (line - 1) + block["code"], name, "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        found.append((printed.getvalue(), block["printed"] or ""))
    return found


@pytest.mark.parametrize("page", CONCEPTS, ids=lambda page: page.stem)
def test_examples_print_what_the_page_says(page: Path) -> None:
    examples = run_examples(page.read_text("utf-8"), name=str(page))
    assert examples, f"{page.name} has no example"
    for printed, written in examples:
        assert printed == written


def test_every_python_block_is_found_and_each_output_belongs_to_one() -> None:
    for page in CONCEPTS:
        text = page.read_text("utf-8")
        blocks = list(BLOCK.finditer(text))
        assert len(blocks) == text.count("```python"), page.name
        assert sum(block["printed"] is not None for block in blocks) == text.count("```text"), page.name


def test_a_number_that_drifted_is_seen() -> None:
    page = "```python\nx = 2\nprint(x)\n```\n\n```text\n3\n```\n\n```python\nprint(x + 1)\n```\n"
    assert run_examples(page, name="page") == [("2\n", "3\n"), ("3\n", "")]


def test_an_error_names_the_line_of_the_page() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_examples("words\n\n```python\nx = 1\nx / 0\n```\n", name="page")
    assert caught.traceback[-1].lineno + 1 == 5
