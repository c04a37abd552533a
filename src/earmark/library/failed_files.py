"""Files that could not be read: why in one word, and what to do about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from earmark.library.rows import Failure

Trouble = Literal["empty", "not sound", "damaged", "gone", "refused", "too long", "too large", "crash", "other"]
"""What is wrong with a file, as far as the decoders' words tell."""

_ADVICE: dict[Trouble, str] = {
    "empty": "The file has no content: copy or download it again.",
    "not sound": "No decoder takes this for sound. It was cut off while it was copied or downloaded, or is something "
    "else under the name of an audio file: get it again, or remove it.",
    "damaged": "The file is damaged: see whether a player can play it, and get it again or convert it anew.",
    "gone": "The file could not be found: connect its disk, then try again.",
    "refused": "Earmark may not read the file: allow it in the file's permissions, then try again.",
    "too long": "Reading it took too long: try again while the machine is idle, or scan with a longer --file-timeout.",
    "too large": "It needs more memory than one file may take: scan it with a larger --file-memory, or split it.",
    "crash": "It took the decoder down: most likely the file is damaged. Convert it anew, then try again.",
    "other": "Try again; where that does not help, convert the file to FLAC or MP3.",
}

_WORDS: tuple[tuple[Trouble, tuple[str, ...]], ...] = (
    ("empty", ("empty (0 bytes)",)),
    ("gone", ("no such file",)),
    ("refused", ("permission denied", "operation not permitted")),
    ("damaged", ("damaged", "no samples", "error code", "truncated", "end of file")),
    ("not sound", ("no sound in the file", "format not recognised", "invalid data", "not a regular file", "a pipe")),
)
"""What decoders and the system say, in lower case; the first that is found counts."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A failure with what it means.

    Attributes:
        failure: What was noted.
        trouble: What is wrong.
        advice: What to do, in a sentence.
    """

    failure: Failure
    trouble: Trouble
    advice: str


def diagnose(failure: Failure) -> Diagnosed:
    """Say what is wrong with a file that could not be read, and what to do.

    Args:
        failure: What was noted of it.
    """
    trouble = _trouble(failure)
    return Diagnosed(failure, trouble, _ADVICE[trouble])


def _trouble(failure: Failure) -> Trouble:
    by_kind: dict[str, Trouble] = {"timeout": "too long", "memory": "too large", "crash": "crash"}
    if failure.kind in by_kind:
        return by_kind[failure.kind]
    return _trouble_of(failure.reasons)


def advice_on(reasons: Mapping[str, str]) -> str:
    """Say what to do about a file that no decoder could read, in a sentence.

    Args:
        reasons: What each decoder said.
    """
    return _ADVICE[_trouble_of(reasons)]


def _trouble_of(reasons: Mapping[str, str]) -> Trouble:
    said = " ".join(reasons.values()).lower()
    return next((trouble for trouble, words in _WORDS if any(word in said for word in words)), "other")
