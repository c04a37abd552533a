"""M3U8: a playlist that nearly every player and DJ program opens.

UTF-8 without a byte order mark, which some players take for a part of the first path; ``#EXTINF`` lines carry whole
seconds and ``Artist - Title``. Paths of Windows are written with backslashes, as its programs do.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from earmark.interop.items import PlacedItem, Written
from earmark.interop.locations import with_backslashes

M3U_MARK = b"#EARMARK"
"""A comment for players; for us the sign that a playlist may be replaced."""


_INVISIBLE = re.compile(r"[\x00-\x1f\x7f]")


def write_m3u(name: str, items: Sequence[PlacedItem], folder: Path | None) -> Written:
    """Write an M3U8 playlist.

    Args:
        name: The playlist's name.
        items: The tracks, in order.
        folder: The folder that paths are written relative to; None writes them as they are.

    Returns:
        The playlist. A path with a line break in it, or one that is no UTF-8, is left out: the format has no way to
        write it.
    """
    lines = ["#EXTM3U", M3U_MARK.decode(), f"#PLAYLIST:{_line(name)}"]
    left_out = []
    for one in items:
        path = _path(one.path, folder)
        if why := _why_not(path):
            left_out.append((one.path, why))
            continue
        credit = " - ".join(part for part in (one.artist, one.title) if part)
        if one.item.note:
            lines.append(f"# {_line(one.item.note)}")
        lines += [f"#EXTINF:{round(one.item.track.seconds)},{_line(credit)}", path]
    text = "\n".join(lines) + "\n"
    # A title that no UTF-8 can hold costs its letters only; such a path was left out.
    return Written(text.encode("utf-8", errors="replace"), tuple(left_out))


def _path(path: str, folder: Path | None) -> str:
    if folder is None:
        return with_backslashes(path)
    relative = Path(os.path.relpath(path, folder)).as_posix()
    # What begins like a comment, a blank or a drive would not be read as a path.
    return relative if relative.startswith("../") else f"./{relative}"


def _why_not(path: str) -> str | None:
    if "\n" in path or "\r" in path:
        return "its path has a line break, which a playlist cannot hold; rename the file"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its path is no UTF-8, which a playlist cannot hold; rename the file"
    return None


def _line(text: str) -> str:
    """A text on one line, without signs that cannot be seen."""
    return " ".join(_INVISIBLE.sub(" ", text).split())
