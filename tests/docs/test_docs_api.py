"""The reference of the REST API is what the server says of itself."""

import re
from pathlib import Path
from typing import Any

import pytest
from written_references import check_is_kept, made_by, script_names

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """The script's names."""
    return script_names("make_api_reference.py")


@pytest.fixture(scope="module")
def made(script: dict[str, Any]) -> str:
    """The reference as it is now."""
    return made_by(script)


def test_the_reference_is_what_the_server_says(made: str) -> None:
    written = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert written == made, "run docs/make_api_reference.py"


def test_check_sees_a_difference_and_writes_nothing(
    script: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_is_kept(script, tmp_path / "api.md", lambda: capsys.readouterr().err)


def test_every_link_leads_to_a_heading(made: str, script: dict[str, Any]) -> None:
    anchors = {script["_anchor"](line.lstrip("# ")) for line in made.splitlines() if line.startswith("#")}
    linked = set(re.findall(r"\]\(#([^)]+)\)", made))
    assert linked
    assert linked <= anchors
    assert not [anchor for anchor in anchors if "__" in anchor], "two values of one name: rename one of them"


def test_tables_hold_together(made: str) -> None:
    columns = 0
    for line in made.splitlines():
        cells = re.sub(r"`[^`]*`", "", line).replace("\\|", "").count("|") - 1 if line.startswith("|") else 0
        assert cells == (columns or cells) or cells == 0, line
        columns = cells


def test_every_operation_is_explained(made: str) -> None:
    for section in made.split("\n### ")[1:]:
        heading, _, text = section.partition("\n\n")
        assert text.strip(), heading
        assert not text.startswith("An object."), f"{heading} has no docstring"
