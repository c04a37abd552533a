"""Every error that Earmark raises on purpose, in one tree.

Each message says what was expected, what came, and what to do. The tree::

    EarmarkError
    ├── InputError            the caller gave something that cannot be used (exit code 2)
    │   ├── MetadataError     a key, credit, CSV or tag that cannot be read
    │   ├── SplitError        a split that cannot be made, or that leaks
    │   └── UnknownNameError  a name that no registry, library or folder holds
    ├── DecodeError           no decoder could read an audio file; carries each one's reason
    ├── LimitError            a file went over its time or memory limit
    ├── FormatVersionError    a library, bundle or split of another format version
    ├── LibraryError          a library that is missing, damaged or locked
    ├── NothingLearntError    a training that ended before there was a model
    └── MissingExtraError     an optional part is not installed

Errors become exit codes once, at the command line's edge (`earmark.cli.main`).
"""

from collections.abc import Iterable, Mapping


class EarmarkError(Exception):
    """Root of every error that Earmark raises on purpose."""


class InputError(EarmarkError):
    """The caller gave something that cannot be used."""


class MetadataError(InputError):
    """A key, credit string, CSV or tag that cannot be read."""


class SplitError(InputError):
    """A split that cannot be made from these songs, or that leaks."""


class UnknownNameError(InputError):
    """A name that is not in a registry, library or folder.

    Args:
        kind: What the name was meant to be, such as ``"model"``.
        name: The name that came.
        known: The names that exist; listed in the message.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        listed = ", ".join(self.known) if self.known else "none yet"
        super().__init__(f"there is no {kind} called {name!r}; known: {listed}")


class DecodeError(EarmarkError):
    """No decoder could read an audio file.

    Args:
        path: The file.
        reasons: Each decoder's name with what it said, in the order tried.
    """

    def __init__(self, path: str, reasons: Mapping[str, str]) -> None:
        self.path, self.reasons = path, dict(reasons)
        told = "; ".join(f"{decoder}: {reason}" for decoder, reason in self.reasons.items())
        super().__init__(f"no decoder could read {path} ({told})")

    def __reduce__(self) -> tuple[type["DecodeError"], tuple[str, dict[str, str]]]:
        """Rebuild from both arguments, so that the error survives the way out of a worker process."""
        return type(self), (self.path, self.reasons)


class LimitError(EarmarkError):
    """A file went over its time or memory limit, or took its worker process down."""


class FormatVersionError(EarmarkError):
    """A library, bundle or split was written by another format version.

    Args:
        what: What was opened, such as ``"library /music/.earmark"``.
        found: The version it carries.
        expected: The version this Earmark reads.
        remedy: What to do about it.
    """

    def __init__(self, what: str, *, found: object, expected: int, remedy: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"{what} has format version {found}, but this Earmark reads version {expected}; {remedy}")


class LibraryError(EarmarkError):
    """A library that is missing, damaged or in use."""


class MissingExtraError(EarmarkError):
    """An optional part of Earmark is not installed.

    Args:
        extra: The extra's name, such as ``"train"``.
        needed_for: What was asked for.
    """

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the optional part {extra!r}; install it with: pip install 'earmark[{extra}]'"
        )


class NothingLearntError(EarmarkError):
    """A training ended before there was a model.

    Args:
        message: Why, and what to do.
        interrupted: Whether somebody ended it; else its loss was never a finite number.
    """

    def __init__(self, message: str, *, interrupted: bool) -> None:
        self.interrupted = interrupted
        super().__init__(message)
