"""Which part of a file is asked for, by the rules of RFC 9110, sections 13.1.5 and 14.

One range is answered. Several at once, other units and what cannot be read are passed over, as the RFC allows: the
answer is then the whole file.
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from earmark.errors import EarmarkError

_ONE_RANGE = re.compile(r"[ \t]*([0-9]{0,18})[ \t]*-[ \t]*([0-9]{0,18})[ \t]*")


class UnsatisfiableRangeError(EarmarkError):
    """A range that begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file.

    Attributes:
        first: Its first byte.
        last: Its last byte, at least `first`.
    """

    first: int
    last: int

    @property
    def length(self) -> int:
        """Bytes in it."""
        return self.last - self.first + 1


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Read a Range header.

    Args:
        header: Such as ``"bytes=0-499"``, ``"bytes=500-"`` or ``"bytes=-500"``; None where there is none.
        size: The file's size in bytes.

    Returns:
        The part; None where the whole file is meant, or the header is to be passed over.

    Raises:
        UnsatisfiableRangeError: It begins behind the end of the file, or asks for none of its last bytes.
    """
    unit, _, rest = (header or "").partition("=")
    found = _ONE_RANGE.fullmatch(rest)
    if unit.strip().lower() != "bytes" or found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first, last = size - length, size - 1
    else:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first >= size:
        raise UnsatisfiableRangeError(f"bytes from {first} were asked for, but there are {size}")
    return ByteRange(first, last)


def is_same_version(header: str | None, *, etag: str, modified: str) -> bool:
    """Whether an If-Range header names the version that there is, so that a range of it may be sent.

    Args:
        header: An entity tag or a date; None where there is none, so that nothing is asked.
        etag: The entity tag there is, strong, in quotes.
        modified: The Last-Modified header there is.
    """
    if header is None or header == etag:
        return True
    try:
        return parsedate_to_datetime(header) == parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return False
