"""What the scripts that write the references share: a page is written, or compared with what it should say."""

import sys
from pathlib import Path


def write_or_check(arguments: list[str], page: Path, made: str, *, script: str) -> int:
    """Write a reference, or with ``--check`` compare it and write nothing.

    Args:
        arguments: Those of the script: none, or ``--check``.
        page: The reference.
        made: What it should say.
        script: Its name, for the message to who finds it stale.

    Returns:
        The exit code: 1 where a compared page is stale, 2 where the arguments make no sense, 0 else.
    """
    if arguments == ["--check"]:
        written = page.read_text("utf-8") if page.is_file() else ""
        if written != made:
            sys.stderr.write(f"docs/{page.name} is not what it should be by now: run docs/{script}\n")
        return int(written != made)
    if arguments:
        sys.stderr.write(f"expected no argument, or --check; got {' '.join(arguments)}\n")
        return 2
    page.write_text(made, "utf-8")
    return 0
