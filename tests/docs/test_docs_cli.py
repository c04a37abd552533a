"""The reference of the command line is what the commands say of themselves."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from written_references import check_is_kept, made_by, script_names

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "make_cli_reference.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """The script's names."""
    return script_names("make_cli_reference.py")


@pytest.fixture(scope="module")
def made(script: dict[str, Any]) -> str:
    """The reference as it is now."""
    return made_by(script)


def test_the_reference_is_what_the_help_says() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_check_sees_a_difference_and_writes_nothing(
    script: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_is_kept(script, tmp_path / "cli.md", lambda: capsys.readouterr().err)


def test_every_command_and_option_is_in_it(made: str) -> None:
    import typer.main

    from earmark.cli.main import app

    root: Any = typer.main.get_command(app)
    sections = {part.split("\n", 1)[0]: part for part in made.split("\n## ")}
    for name, command in root.commands.items():
        section = sections[f"earmark {name}"]
        assert command.help.split("\n\n")[0].replace("\n", " ") in section.replace("\n", " ")
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert parameter.opts[0] in section, f"{name} {parameter.opts}"


def test_tables_hold_together(made: str) -> None:
    columns = 0
    for line in made.splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        cells = line.replace("\\|", "").count("|") - 1
        assert cells == (columns or cells), line
        columns = cells


def test_prose_holds_nothing_that_would_be_taken_for_html(made: str) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", made, flags=re.DOTALL | re.MULTILINE)
    assert "<" not in prose


def test_defaults_ranges_and_variables_are_told(made: str) -> None:
    train = made.partition("## earmark train\n")[2].partition("\n## ")[0]
    assert "| `--test-fraction <float>` | Share of the songs for the test (study: 0.1). |" in train
    assert "default: 0.2; 0.01≤x≤0.9 |" in train
    assert "env var: EARMARK_LIBRARY" in train
    assert "```sh\nearmark train\n" in train


def test_nothing_of_the_terminal_is_left(made: str) -> None:
    assert not set("╭│╰\x1b") & set(made)
    assert "Examples:" not in made


SPAN = re.compile(r"`(?P<span>[^`\n]+)`|^    (?P<line>earmark .+)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
NAMED = sorted([ROOT / "README.md", *(page for page in (ROOT / "docs").rglob("*.md") if page.name != "cli.md")])


def unknown_commands(text: str) -> list[str]:
    """Commands and options that a page names, and that do not exist."""
    import typer.main

    from earmark.cli.main import app

    root: Any = typer.main.get_command(app)
    options = {
        # A command of several, such as `backbones`, has the options of all of them.
        name: {
            "--help",
            *(
                one
                for some in (command, *getattr(command, "commands", {}).values())
                for p in some.params
                for one in (*p.opts, *p.secondary_opts)
            ),
        }
        for name, command in root.commands.items()
    }
    everywhere = set().union(*options.values())
    wrong = []
    for found in SPAN.finditer(re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)):
        span = found["span"] or found["line"]
        named = re.match(r"earmark ([a-z][a-z-]*)", span)
        if named and named[1] not in options:
            wrong.append(span)
        elif named or span.startswith("--"):
            known = options[named[1]] if named else everywhere
            wrong += [f"{span}: {one}" for one in OPTION.findall(span) if one not in known]
    return wrong


@pytest.mark.parametrize("page", NAMED, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_pages_name_exist(page: Path) -> None:
    assert unknown_commands(page.read_text("utf-8")) == []


def test_an_unknown_command_or_option_is_seen() -> None:
    text = "`earmark trian`, `earmark train --seed 1 --folds 5`, `--sedd 3`, `--seed 3`\n\n    earmark scan --jobz 2\n"
    expected = ["earmark trian", "earmark train --seed 1 --folds 5: --folds", "--sedd 3: --sedd"]
    assert unknown_commands(text) == [*expected, "earmark scan --jobz 2: --jobz"]
