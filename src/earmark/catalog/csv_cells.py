"""Cells of a CSV that strangers' texts may stand in.

A text that begins like a formula gets an apostrophe before it: titles and file names come from strangers, and a
spreadsheet would carry out ``=HYPERLINK(...)`` (OWASP, "CSV injection"). Numbers stay numbers.
"""

from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_JOIN = " | "


def csv_cell(value: Any) -> Any:
    """A value as a cell: nothing for None, ``yes`` or ``no`` for a bool, a list joined, a formula defused."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = _JOIN.join(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
