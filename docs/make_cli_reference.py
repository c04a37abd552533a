"""Writes docs/cli.md from the commands' own help, so that the reference cannot say anything else.

``python docs/make_cli_reference.py`` writes the file. With ``--check`` it writes nothing, and ends with exit code 1
where the file is not what the help says now; a test runs that.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main
from references import write_or_check

from earmark.cli.main import app

REFERENCE = Path(__file__).resolve().parent / "cli.md"

HEADER = """# Command line

Made from the commands' help by `python docs/make_cli_reference.py`; a test compares the two. The words are explained
in the [glossary](glossary.md). Beyond the options below each command knows `--help`, or `-h`.
"""

EXIT_CODES = """## Exit codes

| code | meaning |
|--:|---|
| 0 | done |
| 1 | a fault of Earmark's, which it should not have |
| 2 | the command cannot be carried out as given; the message says why and what to do |
| 3 | done but for some files, which are listed |
| 130 | ended by Ctrl-C; what was done is kept |
"""

_NOTES = re.compile(r"^(?P<told>.*?)(?:  \[(?P<notes>[^\]]*)\])?$", re.DOTALL)
"""The text of an option in the help, and what stands in brackets behind it: default, range, environment variable."""


def reference() -> str:
    """The whole reference as Markdown."""
    root: Any = typer.main.get_command(app)
    context = typer.Context(root, info_name=app.info.name)
    panels: dict[str, list[str]] = {}
    for name, command in root.commands.items():
        panels.setdefault(str(command.rich_help_panel or "Commands"), []).append(name)
    sections = [HEADER, _overview(root, panels), _parameters(root, context)]
    for names in panels.values():
        sections += [section for name in names for section in _sections(root.commands[name], name, context)]
    return "\n".join([*(section for section in sections if section), EXIT_CODES])


def _overview(root: Any, panels: dict[str, list[str]]) -> str:
    lines = [*_prose(root.help), "", "| | command | what it does |", "|---|---|---|"]
    for panel, names in panels.items():
        for at, name in enumerate(names):
            told = root.commands[name].help.split("\n\n")[0].replace("\n", " ")
            lines.append(f"| {panel if at == 0 else ''} | [`earmark {name}`](#earmark-{name}) | {_cell(told)} |")
    return "\n".join(lines) + "\n"


def _section(command: Any, name: str, parent: typer.Context) -> str:
    context = typer.Context(command, info_name=name, parent=parent)
    usage = command.get_usage(context).removeprefix("Usage: ")
    lines = [f"## earmark {name}", "", "```sh", usage, "```", "", *_prose(command.help)]
    return "\n".join(lines) + "\n\n" + _parameters(command, context)


def _sections(command: Any, name: str, parent: typer.Context) -> Iterator[str]:
    """A command's section, and those of the commands below it where it is a group."""
    yield _section(command, name, parent)
    for below, one in getattr(command, "commands", {}).items():
        yield _section(one, f"{name} {below}", parent)


def _prose(text: str) -> Iterator[str]:
    """The help text, with its examples as code."""
    prose, _, examples = text.partition("Examples:\n")
    yield prose.strip()
    if examples:
        lines = [line.strip() for line in examples.splitlines() if line.strip()]
        yield from ("", "```sh", *lines, "```")


def _parameters(command: Any, context: typer.Context) -> str:
    """A table of a command's arguments and options; nothing where it has none but --help."""
    shown = [one for one in command.get_params(context) if one.name != "help" and not one.hidden]
    if not shown:
        return ""
    what = "option" if all(one.param_type_name == "option" for one in shown) else "argument or option"
    rows = [_row(one, context) for one in shown]
    return "\n".join([f"| {what} | meaning | default, range, environment |", "|---|---|---|", *rows]) + "\n"


def _row(parameter: Any, context: typer.Context) -> str:
    names, text = parameter.get_help_record(context)
    found = _NOTES.match(text)
    told, notes = (found["told"], found["notes"] or "") if found else (text, "")
    shown = _TYPE.sub(lambda found: f"<{found[1].lower()}>", names)
    return f"| {_code(shown)} | {_cell(told)} | {_cell(notes)} |"


_TYPE = re.compile(r"<(?:list\[)?(str|int|float|path|[^\[\]<>]+\|[^\[\]<>]+)(?: range)?\]?>", re.IGNORECASE)
"""The type of an option as the help names it: ``<int range>``, ``<list[Path]>``, ``<list[paper|study]>``."""


def _code(text: str) -> str:
    return f"`{_line(text)}`"


def _cell(text: str) -> str:
    """Prose within a row of a table; what Markdown would take for markup is shown as it stands."""
    return _line(text).replace("<=", "≤").replace(">=", "≥").replace("<", "&lt;").replace("*", "\\*")


def _line(text: str) -> str:
    """One line, with no bar that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the reference, or with ``--check`` compare it; the exit code."""
    return write_or_check(arguments, REFERENCE, reference(), script=Path(__file__).name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
