"""``earmark embed``: make the vectors by which tracks are found alike."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, progress_bar, table
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT,
    BundleOption,
    JobsOption,
    JsonOption,
    LibraryOption,
    MemoryOption,
    TimeoutOption,
)

if TYPE_CHECKING:
    from earmark.library.library import Library
    from earmark.similarity.vectors.embedding import EmbedSummary

BackboneOption = Annotated[
    str | None,
    typer.Option(
        "--backbone", help="Take the vectors of this backbone instead of a bundle's.", metavar="NAME",
        show_default=False,
    ),
]  # fmt: skip
MfccOption = Annotated[bool, typer.Option("--mfcc", help="Take plain MFCCs, which need no model, as vectors.")]


def embed(
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make all vectors anew.")] = False,
    drop_old: Annotated[
        bool,
        typer.Option("--drop-old", help="Delete vectors of bundles that are gone or were trained again since."),
    ] = False,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
    as_json: JsonOption = False,
) -> None:
    """Make the vectors of the library's tracks, by which similar, next, setlist and atlas compare them.

    Each track gets one vector, the mean over its slices in which a quiet intro and outro count less. Repeat it as you
    like: only what is new or changed is worked on, and after an interruption it goes on where it was. A track of which
    no vector can be made is listed, and makes the exit code 3.

    Examples:

        earmark embed
        earmark embed --backbone musicnn
        earmark embed --bundle trance --rebuild
    """
    from earmark.executors import ProcessExecutor
    from earmark.library.library import Library
    from earmark.similarity.vectors.sources import find_source

    opened = Library.open(library)
    source = find_source(opened, bundle=bundle, backbone=backbone, mfcc=mfcc)
    if source.note:
        note(f"Note: {source.note}")
    executor = ProcessExecutor(jobs, timeout_seconds=file_timeout, memory_bytes=int(file_memory * 2**30))
    summary = run_embed(opened, source, executor=executor, rebuild=rebuild, quiet=as_json)
    if drop_old:
        _drop_old(opened)
    if as_json:
        print_json(summary_to_json(opened, summary))
    else:
        show_summary(opened, summary)
    if summary.failures:
        raise typer.Exit(SOME_FAILED)


def _drop_old(library: "Library") -> None:
    from earmark.similarity.vectors.diagnosis import known_sources
    from earmark.similarity.vectors.embedding import drop_old

    dropped = drop_old(library, known_sources(library))
    note(f"Deleted the vectors of {len(dropped)} sources that are gone or were trained again.")


def run_embed(library: "Library", source: Any, *, executor: Any, rebuild: bool, quiet: bool) -> "EmbedSummary":
    """Make vectors with a progress bar."""
    from earmark.similarity.vectors.embedding import embed_library

    with progress_bar("Embedding", quiet=quiet) as advance:
        return embed_library(library, source, executor=executor, progress=advance, rebuild=rebuild)


def show_summary(library: "Library", summary: "EmbedSummary") -> None:
    """Print what was done, for people."""
    note(
        f"{summary.made} vectors made by {summary.source.shown} in {summary.seconds:.1f} s, {summary.unchanged} "
        f"unchanged, {summary.refreshed} with changed tags, {summary.removed} removed, {len(summary.failures)} failed."
    )
    if summary.failures:
        rows = [(one.track, one.path, one.reason) for one in summary.failures]
        out().print(table(["track", "file", "why"], rows, title=f"{len(rows)} tracks have no vector"))
    note(f"The library {library.address} has {summary.vectors} tracks that can be compared{_engine(summary)}.")


def _engine(summary: "EmbedSummary") -> str:
    """What searches them, in words."""
    facts = summary.index
    if facts is None:
        return ""
    if facts.recall is None:
        return ", searched exactly"
    return f", searched by an index that finds {100 * min(facts.recall['shares'].values()):.1f} % of the nearest"


def summary_to_json(library: "Library", summary: "EmbedSummary") -> dict[str, Any]:
    """Return what was done as plain data."""
    return {
        "library": library.address,
        "source": {"kind": summary.source.kind, "name": summary.source.name, "key": summary.source.key},
        **{name: getattr(summary, name) for name in ("made", "unchanged", "refreshed", "removed", "seconds")},
        "index": None if summary.index is None else summary.index.to_json(),
        "failures": [
            {"audio_id": one.audio_id, "track": one.track, "path": one.path, "reason": one.reason}
            for one in summary.failures
        ],
    }
