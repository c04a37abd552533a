"""What the page is told of a map, worked out once and kept beside the map for the next start of the server.

Reading tens of thousands of tracks takes seconds, and their columns change only when the library does. So they are
kept as the bytes that are sent, with what they were made of: other versions of the tables, or another map, and they are
worked out anew. One file holds all of it and is put in place whole.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

from earmark.errors import LibraryError
from earmark.library.storage import Storage
from earmark.web.maps.content import MapContent

ANSWER_VERSION: Final = 1
"""Format version of the kept answers that this Earmark writes and reads."""

_NAME = "told.bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """What is new since a map was made, and whether it can be made again.

    Attributes:
        placed: Tracks that are new since, put among their neighbours.
        unplaced: New tracks beyond those that are placed.
        gone: Tracks that were on it and have left the library.
        other_source: Whether the search now uses vectors of another source.
        why: Why no map can be made now; empty where one can.
    """

    placed: int
    unplaced: int
    gone: int
    other_source: bool
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class MapAnswer:
    """What is told of a map.

    Attributes:
        facts: What is new since, and whether it can be made again.
        points: A `MapPoints` as JSON.
        names: A `MapNames` as JSON.
    """

    facts: AnswerFacts
    points: bytes
    names: bytes


def map_answer(content: MapContent, *, other_source: bool, why: str) -> MapAnswer:
    """Work out what is told of a map.

    Args:
        content: The map as it is now.
        other_source: Whether the search now uses vectors of another source.
        why: Why no map can be made now.
    """
    facts = AnswerFacts(
        placed=content.placed, unplaced=content.unplaced, gone=content.gone, other_source=other_source, why=why
    )
    return MapAnswer(facts, content.points().model_dump_json().encode(), content.names().model_dump_json().encode())


def keep_answer(storage: Storage, folder: str, state: str, answer: MapAnswer) -> None:
    """Keep an answer beside its map.

    Args:
        storage: The library's storage.
        folder: Where the map lies, below ``maps/``.
        state: What the answer was made of.
        answer: The answer.
    """
    told = {
        "format_version": ANSWER_VERSION,
        "earmark": version("earmark"),
        "state": state,
        "points": len(answer.points),
        **asdict(answer.facts),
    }
    # Where the disk is full or may only be read, the next start takes some seconds more, and that is all.
    with contextlib.suppress(LibraryError):
        storage.write(f"maps/{folder}/{_NAME}", json.dumps(told).encode() + b"\n" + answer.points + answer.names)


def kept_answer(storage: Storage, folder: str, state: str) -> MapAnswer | None:
    """The answer that was kept; None where there is none, or it was made of something else.

    Args:
        storage: The library's storage.
        folder: Where the map lies, below ``maps/``.
        state: What it has to be made of.
    """
    name = f"maps/{folder}/{_NAME}"
    if storage.size(name) is None:
        return None
    head, _, body = storage.read(name).partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(head)
        made_by = (told.pop("format_version"), told.pop("earmark"), told.pop("state"))
        points = told.pop("points")
        facts = AnswerFacts(**told)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # damaged, or of another version: as good as none
    if made_by != (ANSWER_VERSION, version("earmark"), state) or not 0 < points < len(body):
        return None
    return MapAnswer(facts, body[:points], body[points:])
