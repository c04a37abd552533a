import subprocess
import sys

import pytest
from cli_runs import Run

COMMANDS = ["scan", "tracks", "labels", "failures", "models", "train", "evaluate", "predict", "demo", "demo-catalogue"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_teaches(command: str, run: Run) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert "Usage" in ran.out
    if command not in {"labels", "failures", "models", "demo"}:
        assert f"earmark {command}" in ran.out.split("Usage", 1)[1].split("\n", 1)[1], "no example"


def test_the_overview_names_every_command(run: Run) -> None:
    ran = run("--help")
    assert all(command in ran.out for command in COMMANDS)


def test_version(run: Run) -> None:
    from importlib.metadata import version

    assert run("--version").out.strip() == f"earmark {version('earmark')}"


def test_unknown_commands_and_options_are_refused(run: Run) -> None:
    assert run("listen").code == 2
    assert run("tracks", "--colour", "blue").code == 2


def test_help_and_import_load_nothing_heavy() -> None:
    heavy = ["torch", "pytorch_lightning", "sklearn", "lancedb", "onnxruntime", "numpy", "scipy", "av"]
    code = (
        "import sys, contextlib, io\nimport earmark\nearmark.__all__\n"
        "from earmark.cli.main import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    app(['--help'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
