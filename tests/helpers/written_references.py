"""What the tests of the references share: a script that writes one, and what its ``--check`` promises."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"


def script_names(name: str) -> dict[str, Any]:
    """The names of a script of docs, which is not run by that.

    Args:
        name: The file's name.
    """
    return runpy.run_path(str(DOCS / name))


def made_by(script: dict[str, Any]) -> str:
    """The reference as a script makes it now.

    Args:
        script: Its names.
    """
    text = script["reference"]()
    assert isinstance(text, str)
    return text


def check_is_kept(script: dict[str, Any], page: Path, told: Callable[[], str]) -> None:
    """Assert that ``--check`` sees a missing or stale page and writes nothing, and that the page can be written.

    Args:
        script: The script's names.
        page: A file that does not exist yet, which takes the reference's place.
        told: What was written to standard error since it was last asked.
    """
    main = script["main"]
    main.__globals__["REFERENCE"] = page
    assert main(["--check"]) == 1
    assert "run docs/make_" in told()
    page.write_text("# Of old\n", "utf-8")
    assert main(["--check"]) == 1
    assert page.read_text("utf-8") == "# Of old\n"
    assert main(["--chek"]) == 2
    assert main([]) == 0
    assert main(["--check"]) == 0
