"""Draws the pictures in the README from what `make demo` left behind: run `make demo`, then this.

One shows what the commands print and nothing else; it is an SVG that names no font to fetch. The others are the tops of
the report's page and the atlas in a headless Chromium.
"""

import subprocess
import sys
from io import StringIO
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from earmark.report.images import needed_browser

DOCS = Path(__file__).resolve().parent
DEMO = DOCS.parent / "demo"
WIDTH = 122
COMMANDS = (
    ["evaluate", "--library", "demo/library"],
    ["predict", "demo/catalogue/held-back/unreleased-demo.mp3", "--bundle", "demo/model"],
)
INK, TEAL = (40, 40, 48), (14, 116, 124)
PAPER = TerminalTheme((250, 249, 246), INK, [INK, INK, INK, INK, INK, INK, TEAL, INK])
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="{terminal_width}" height="{terminal_height}" rx="8" fill="#faf9f6" stroke="#d8d6d0"/>
<g transform="translate(12, 10)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    """Run the commands and draw what they print."""
    if not (DEMO / "model").is_dir():
        sys.exit("there is no demo yet; run `make demo` first")
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    for command in COMMANDS:
        console.print(Text(f"$ earmark {' '.join(command)}", style="bold"))
        printed = Text(_printed(command))
        printed.highlight_regex("█+", "cyan")
        console.print(printed)
        console.print()
    target = DOCS / "images" / "demo.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text(console.export_svg(title="earmark", theme=PAPER, code_format=FRAME, unique_id="earmark"))
    print(f"wrote {target}")
    for page in ("report", "atlas"):
        print(f"wrote {_photograph(DEMO / f'{page}.html', DOCS / 'images' / f'{page}.png')}")


def _photograph(page: Path, target: Path) -> Path:
    """Keep the top of a page as a laptop shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed_browser(), args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": 1366, "height": 1000})
        opened.goto(page.absolute().as_uri())
        opened.wait_for_selector("html[data-figures=drawn]", timeout=120_000)
        opened.screenshot(path=target)
        browser.close()
    return target


def _printed(command: list[str]) -> str:
    program = Path(sys.executable).with_name("earmark")
    done = subprocess.run(  # noqa: S603 - our own command with our own arguments
        [str(program), *command],
        cwd=DOCS.parent,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout.rstrip()


if __name__ == "__main__":
    main()
