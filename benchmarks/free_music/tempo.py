"""The tempo that an LMMS project states.

A ``.mmp`` file is XML; a ``.mmpz`` file is the same behind four bytes of length, compressed by zlib (Qt's
``qCompress``). The tempo in beats per minute is ``head/@bpm``, or ``head/bpm/@value`` where the tempo is automated.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from earmark.errors import MetadataError

_LENGTH_BYTES = 4
_SLOWEST, _FASTEST = 10, 999  # the limits of LMMS itself


@dataclass(frozen=True, slots=True)
class ProjectTempo:
    """A project's tempo.

    Attributes:
        bpm: Beats per minute at the start.
        numerator: Beats in a bar.
        denominator: Note value of a beat of the bar.
        automated: Whether the project can change its tempo on the way.
    """

    bpm: float
    numerator: int
    denominator: int
    automated: bool


def project_tempo(path: Path) -> ProjectTempo:
    """Read a project's tempo.

    Raises:
        MetadataError: The file is no LMMS project, or states no tempo within LMMS' limits of 10 to 999.
    """
    try:
        head = ElementTree.fromstring(_xml(path)).find("head")  # noqa: S314 - see the import
    except (zlib.error, ElementTree.ParseError) as error:
        raise MetadataError(f"{path.name} is no LMMS project ({error})") from error
    if head is None:
        raise MetadataError(f"{path.name} is no LMMS project: expected an element 'head'")
    automated = head.find("bpm")
    stated = head.get("bpm") if automated is None else automated.get("value")
    try:
        bpm = float(stated or "")
        metre = int(head.get("timesig_numerator", "4")), int(head.get("timesig_denominator", "4"))
    except ValueError as error:
        raise MetadataError(f"{path.name}: expected a tempo and a time signature in numbers ({error})") from error
    if not _SLOWEST <= bpm <= _FASTEST:
        raise MetadataError(f"{path.name}: expected a tempo of {_SLOWEST} to {_FASTEST} BPM, but {bpm:g} came")
    return ProjectTempo(bpm, *metre, automated=automated is not None)


def _xml(path: Path) -> bytes:
    data = path.read_bytes()
    return zlib.decompress(data[_LENGTH_BYTES:]) if path.suffix.lower() == ".mmpz" else data
