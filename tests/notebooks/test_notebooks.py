"""The notebooks: their cells run, and what is kept of them is what their cells say.

Both are executed on a small catalogue with few epochs (``--quick``), by the script that made the kept outputs on the
whole one, in a process of its own.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from small_catalogue import TRACKS_PER_LABEL, copy_catalogue

from earmark.report.images import find_browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = ("four_labels", "six_labels")
LARGEST_BYTES = 2_000_000
KERNEL_SECONDS = 540

Cells = list[dict[str, Any]]


def read_cells(path: Path) -> Cells:
    """A notebook's cells, each text in one piece."""
    cells: Cells = json.loads(path.read_text("utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def code_of(cells: Cells) -> Cells:
    """The cells that hold code."""
    return [cell for cell in cells if cell["cell_type"] == "code"]


def told(cells: Cells) -> list[str]:
    """The plain form of everything that cells displayed, cell by cell."""
    return [
        "\n".join("".join(output["data"]["text/plain"]) for output in cell["outputs"] if "data" in output)
        for cell in code_of(cells)
    ]


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run notebooks/execute.py."""
    command = [sys.executable, str(NOTEBOOKS / "execute.py"), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
    return subprocess.run(command, capture_output=True, text=True, timeout=KERNEL_SECONDS, check=False, env=environment)


@pytest.fixture(scope="module")
def executed(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    """Both notebooks, executed on a small catalogue that they find nearly rendered."""
    if find_browser() is None and os.environ.get("EARMARK_NEEDS_BROWSER") != "1":
        pytest.skip("no Chrome or Chromium is installed, which draws the pictures")
    folder = tmp_path_factory.mktemp("notebooks")
    copy_catalogue(catalogue, folder / "work" / f"catalogue-{TRACKS_PER_LABEL}", unfinished=1)
    done = run_script("--quick", "--work", str(folder / "work"), "--to", str(folder / "out"))
    assert done.returncode == 0, done.stderr[-4000:]
    return {name: read_cells(folder / "out" / f"{name}.ipynb") for name in NAMES}


@pytest.fixture(scope="module")
def kept() -> dict[str, Cells]:
    """Both notebooks as they are in the repository."""
    return {name: read_cells(NOTEBOOKS / f"{name}.ipynb") for name in NAMES}


@pytest.mark.timeout(KERNEL_SECONDS + 60)
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs_and_prints_nothing_beside(executed: dict[str, Cells], name: str) -> None:
    for cell in code_of(executed[name]):
        assert cell["execution_count"] is not None
        kinds = {output["output_type"] for output in cell["outputs"]}
        assert kinds <= {"execute_result", "display_data"}, cell["source"]


@pytest.mark.timeout(KERNEL_SECONDS + 60)
def test_four_labels_tells_the_studys_facts(executed: dict[str, Cells]) -> None:
    text = "\n".join(told(executed["four_labels"]))
    assert "273 songs" in text
    assert "Our regression calls 23 of 28 songs rightly; the study's called 23 of 28." in text
    assert "fall into 55 groups that share no artist, and the largest group alone holds 151 songs" in text
    assert re.search(r"artist look-up \| song \| 7\d%", text)  # song-disjoint folds
    assert re.search(r"artist look-up \| song \| (1\d|2[0-8])%", text)  # artist-disjoint folds: not above the majority


@pytest.mark.timeout(KERNEL_SECONDS + 60)
def test_six_labels_compares_three_models_on_artists_never_heard(executed: dict[str, Cells]) -> None:
    text = "\n".join(told(executed["six_labels"]))
    assert "36 tracks by 6 labels" in text
    assert "0 share a credited artist" in text
    for row in ("crnn | song", "crnn | slice", "mfcc | song", "metadata | song", "shortcut only | song"):
        assert row in text


@pytest.mark.timeout(KERNEL_SECONDS + 60)
@pytest.mark.parametrize("name", NAMES)
def test_kept_outputs_are_those_of_the_kept_cells(
    executed: dict[str, Cells], kept: dict[str, Cells], name: str
) -> None:
    """What does not depend on the catalogue's size is told again in the same words, so no output is stale."""
    ours, theirs = told(kept[name]), told(executed[name])
    steady = {"four_labels": range(22), "six_labels": range(2)}[name]
    assert [ours[place] for place in steady] == [theirs[place] for place in steady]
    assert [bool(one) for one in ours] == [bool(one) for one in theirs]


@pytest.mark.parametrize("name", NAMES)
def test_kept_notebooks_are_whole_and_small(kept: dict[str, Cells], name: str) -> None:
    assert (NOTEBOOKS / f"{name}.ipynb").stat().st_size < LARGEST_BYTES
    code = code_of(kept[name])
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = Counter(kind for cell in code for output in cell["outputs"] for kind in output["data"])
    assert set(kinds) == {"text/plain", "text/html", "image/png", *(["image/jpeg"] if name == "six_labels" else [])}
    assert kinds["image/png"] >= 12


def test_kept_outputs_are_of_the_whole_catalogue(kept: dict[str, Cells]) -> None:
    assert "24 tracks per label" in "\n".join(told(kept["four_labels"]))
    assert "144 tracks by 6 labels" in "\n".join(told(kept["six_labels"]))


@pytest.mark.parametrize("name", NAMES)
def test_no_result_is_typed_into_the_text(kept: dict[str, Cells], name: str) -> None:
    """Decimals, shares and p values belong into cells; whole numbers such as a tempo or a year may be told."""
    prose = [cell["source"] for cell in kept[name] if cell["cell_type"] == "markdown"]
    typed = [found for text in prose for found in re.findall(r"\d+[.,]\d+|\d+ ?%|p [=<] ?\S+", text)]
    assert typed == []


@pytest.mark.parametrize("name", NAMES)
def test_cells_call_the_library_and_are_short(kept: dict[str, Cells], name: str) -> None:
    for cell in code_of(kept[name]):
        imported = re.findall(r"^(?:from|import) (\w+)", cell["source"], flags=re.MULTILINE)
        assert set(imported) <= {"earmark", "numpy"} | sys.stdlib_module_names
        assert len(cell["source"].splitlines()) <= 32, cell["source"]
        assert not re.search(r"^(def|class) ", cell["source"], flags=re.MULTILINE), cell["source"]


def test_script_refuses_what_it_does_not_know() -> None:
    unknown = run_script("five_labels")
    assert unknown.returncode == 2
    assert "no notebook called five_labels; there are four_labels, six_labels" in unknown.stderr
    in_place = run_script("--quick")
    assert in_place.returncode == 2
    assert "name another folder with --to" in in_place.stderr
