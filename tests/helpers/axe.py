"""axe-core, which judges how accessible a page is, in the browser of a test.

It comes from npm (package axe-core, under the MPL-2.0), for tests only: nothing of it is shipped. Without it and
without npm a test is skipped, or fails where ``EARMARK_NEEDS_BROWSER`` is 1, as in continuous integration.
"""

import os
import shutil
import subprocess
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

VERSION = "4.14.1"
FOLDER = Path(__file__).parents[2] / ".venv" / "axe"
INSTALL = ("--no-save", "--no-audit", "--no-fund", f"axe-core@{VERSION}")
SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"

# A colour on its way to another one has the contrast of neither; what never ends is not waited for.
_RUN = """async () => {
  const moving = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map((one) => one.finished));
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)}\\n${failureSummary}`),
  }));
}"""


def violations(page: Page, *, impact: Collection[str] = ("serious", "critical")) -> list[str]:
    """Return what axe-core holds against a page as it stands, one text for each rule.

    Args:
        page: Playwright's page, all of which is looked at.
        impact: The severities that count, of "minor", "moderate", "serious" and "critical".
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script())  # by the debugger, since the page's own policy refuses scripts that are not its own
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [_told(one) for one in found if one["impact"] in impact]


def _told(violation: dict[str, Any]) -> str:
    places = "\n".join(violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{places}"


@cache
def _script() -> str:
    if not SCRIPT.exists():
        _install()
    return SCRIPT.read_text(encoding="utf-8")


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        _give_up("there is no npm")
    done = subprocess.run([str(npm), "install", "--prefix", str(FOLDER), *INSTALL], capture_output=True, check=False)
    if done.returncode or not SCRIPT.exists():
        _give_up(f"npm could not install axe-core: {done.stderr.decode(errors='replace')[-400:]}")


def _give_up(reason: str) -> None:
    if os.environ.get("EARMARK_NEEDS_BROWSER") == "1":
        pytest.fail(f"EARMARK_NEEDS_BROWSER is 1, but {reason}")
    pytest.skip(f"axe-core is not installed, and {reason}")
