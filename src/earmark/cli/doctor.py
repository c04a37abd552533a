"""``earmark doctor``: what is installed, how the library is, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.similarity.vectors.diagnosis import Diagnosis, LibraryState, Part, VectorState


def doctor(
    recall: Annotated[
        bool, typer.Option("--recall", help="Measure anew how much of the nearest tracks the indexes find.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look over what is installed and how the library is, and say what to do. Nothing is changed.

    For each source of vectors: how many tracks have one, whether the index is up to date, which engine searches it,
    how long a search takes, and how much of the true neighbours it finds (its recall; the exact engine finds all).

    Examples:

        earmark doctor
        earmark doctor --recall --json
    """
    from earmark.errors import LibraryError
    from earmark.library.library import Library
    from earmark.similarity.vectors.diagnosis import examine, installed_parts

    try:
        opened = Library.open(library)
    except LibraryError:
        if not as_json:
            _show_parts(installed_parts())
        raise
    found = examine(opened, recall=recall)
    if as_json:
        print_json(found.to_json())
    else:
        show_diagnosis(found)


def show_diagnosis(found: "Diagnosis") -> None:
    """Print what was found, for people."""
    _show_parts(found.parts)
    out().print(_library_table(found.library))
    if found.library.vectors:
        columns = ["vectors by", "tracks>", "lacking>", "engine", "recall>", "a search>", "size>", "state"]
        rows = [_vector_row(one) for one in found.library.vectors]
        out().print(table(columns, rows, title="Vectors"))
    for sentence in found.advice or ("All is well.",):
        note(sentence)


def _show_parts(parts: "Sequence[Part]") -> None:
    rows = [
        (one.name, one.version or "not installed", one.purpose, f"earmark[{one.extra}]" if one.extra else "")
        for one in parts
    ]
    out().print(table(["part", "version", "what for", "comes with"], rows, title="Installed"))


def _library_table(state: "LibraryState") -> object:
    rows = [
        ("tracks", state.tracks),
        ("with stored sound features", state.features),
        ("with tempo, key and loudness measured", state.measured),
        ("files that could not be read", state.failures),
        ("bundles, newest first", ", ".join(state.bundles) or "none"),
    ]
    return table(["library", state.address], rows)


def _vector_row(one: "VectorState") -> list[object]:
    recall = "exact" if one.recall is None else f"{100 * min(one.recall.values()):.1f} %"
    return [
        one.source,
        one.vectors,
        one.lacking,
        one.engine or "none yet",
        None if one.engine is None else recall,
        None if one.ms is None else f"{one.ms:.2f} ms",
        f"{one.megabytes:.1f} MB",
        _state(one),
    ]


def _state(one: "VectorState") -> str:
    if not one.current:
        return "source gone"
    if one.engine is None:
        return "damaged" if one.trouble else "unfinished"
    return "stale" if one.stale or one.lacking or one.gone else "fresh"
