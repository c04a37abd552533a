"""``earmark backbones``: the frozen networks that a model can stand on; list, get, add, take away."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.options import JsonOption

if TYPE_CHECKING:
    from earmark.backbones.settings import BackboneSettings

NameArgument = Annotated[str, typer.Argument(help="Name of the backbone.", show_default=False)]

backbones = typer.Typer(
    name="backbones",
    invoke_without_command=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@backbones.callback()
def listing(context: typer.Context, as_json: JsonOption = False) -> None:
    """Frozen networks that embed sound for a model: list them, get one, or bring your own.

    Examples:
        earmark backbones
        earmark backbones get musicnn
        earmark backbones spec essentia-discogs-label > label.json
        earmark backbones add discogs_label_embeddings-effnet-bs64-1.onnx --spec label.json
    """
    if context.invoked_subcommand is not None:
        if as_json:
            from earmark.errors import InputError

            raise InputError(
                f"--json belongs behind the verb: earmark backbones {context.invoked_subcommand} ... --json"
            )
        return
    rows = _rows()
    if as_json:
        print_json(rows)
        return
    columns = ["backbone", "values>", "MB>", "weights' licence", "from", ""]
    out().print(table(columns, map(_cells, rows)))


@backbones.command()
def get(
    name: NameArgument,
    wheel: Annotated[
        Path | None,
        typer.Option("--wheel", help="The wheel of musicnn, where it is at hand; pip fetches it if not."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build a backbone from published weights: musicnn (with its control), or musicnn-random alone.

    Needs the extra `train` once; what it makes needs no torch. The wheel's SHA-256 is pinned, nothing of it is run.
    """
    from earmark.backbones.sources import check_source
    from earmark.errors import MissingExtraError

    check_source(name)
    if find_spec("torch") is None or find_spec("onnx") is None:
        raise MissingExtraError("train", f"earmark backbones get {name}")
    from earmark.backbones.building import get as build

    _tell(build(name, wheel=wheel), as_json=as_json)


@backbones.command()
def add(
    file: Annotated[Path, typer.Argument(help="The ONNX file.", show_default=False)],
    spec: Annotated[
        str,
        typer.Option("--spec", help="Its settings: a JSON file, or the name of a ready spec.", show_default=False),
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call it; the spec's name if not given.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring your own backbone: checks the graph against its spec and runs a made second of sound through it."""
    from earmark.backbones.adding import add as put_up
    from earmark.backbones.adding import read_spec

    _tell([put_up(file, spec=read_spec(spec), name=name)], as_json=as_json)


@backbones.command()
def spec(
    name: Annotated[
        str | None, typer.Argument(help="Name of a ready spec, or of a backbone on the shelf.", show_default=False)
    ] = None,
) -> None:
    """Print a spec as JSON, to be given as it is or changed; without a name, list the ready ones."""
    from earmark.backbones.shelf import backbones as on_shelf
    from earmark.backbones.specs import SPECS
    from earmark.backbones.specs import spec as ready_spec

    if name is None:
        rows = [(ready, told["source"], told["licence"]) for ready, told in SPECS.items()]
        out().print(table(["spec", "for", "weights' licence"], rows))
        return
    shelf = on_shelf()
    print_json(shelf[name].to_json() if name in shelf else ready_spec(name))


@backbones.command()
def remove(name: NameArgument) -> None:
    """Take a backbone off the shelf; embeddings that a library holds stay."""
    from earmark.backbones.shelf import remove as take_off

    take_off(name)
    note(f"Removed {name}.")


def _rows() -> list[dict[str, Any]]:
    """Return what is on the shelf, then what can be got."""
    from earmark.backbones.shelf import backbones as on_shelf
    from earmark.backbones.sources import SOURCES

    shelf = on_shelf()
    rows = [_installed(settings) for settings in shelf.values()]
    return rows + [
        {
            "name": name,
            "installed": False,
            "key": None,
            "embedding_size": source.embedding_size,
            "bytes": None,
            "licence": source.licence,
            "source": source.source,
        }
        for name, source in SOURCES.items()
        if name not in shelf
    ]


def _installed(settings: "BackboneSettings") -> dict[str, Any]:
    from earmark.backbones.shelf import size_bytes

    return {
        "name": settings.name,
        "installed": True,
        "key": settings.key,
        "embedding_size": settings.embedding_size,
        "bytes": size_bytes(settings),
        "licence": settings.licence,
        "source": settings.source,
    }


def _cells(row: dict[str, Any]) -> list[object]:
    megabytes = None if row["bytes"] is None else f"{row['bytes'] / 1e6:.1f}"
    state = "installed" if row["installed"] else f"earmark backbones get {row['name']}"
    return [row["name"], row["embedding_size"], megabytes, row["licence"], row["source"], state]


def _tell(made: "list[BackboneSettings]", *, as_json: bool) -> None:
    from earmark.backbones.shelf import shelf_folder

    if as_json:
        print_json([{"key": settings.key, **settings.to_json()} for settings in made])
        return
    for settings in made:
        note(f"Put {settings.name} ({settings.embedding_size} values a patch) into {shelf_folder() / settings.name}.")
