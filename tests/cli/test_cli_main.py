import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_runs import MODULE, Run

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


def test_ctrl_c_ends_with_its_code_and_a_sentence(collection: Path, tmp_path: Path) -> None:
    command = [*MODULE, "scan", str(collection / "labels"), "--library", str(tmp_path / "library")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "library" / "library.json").exists():
        assert time.monotonic() < deadline, "the scan did not begin"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "interrupted; what was done is kept" in told
    assert "Traceback" not in told


def test_a_reader_that_goes_away_is_no_error(scanned: Path) -> None:
    script = f"{' '.join(MODULE)} tracks --json --library {scanned} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_system_refuses_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("no library")
    for command in (["tracks"], ["scan", str(tmp_path)]):
        ran = run(*command, library=file)
        assert ran.code == 2
        assert ran.err.startswith("earmark: ")
