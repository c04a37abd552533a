"""The ``earmark`` command: one function for each verb, and the one place where errors become exit codes.

A command parses, makes one call into the library, and prints. Exit codes: 0 done, 1 a fault of ours, 2 the command
cannot be carried out as given, 3 done but for some files, 130 ended by Ctrl-C.
"""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from earmark.cli import add_label as adding
from earmark.cli import atlas as mapping
from earmark.cli import compare as comparing
from earmark.cli import demo as demonstrating
from earmark.cli import doctor as examining
from earmark.cli import embed as embedding
from earmark.cli import evaluate as evaluating
from earmark.cli import evaluate_search as judging
from earmark.cli import explore as exploring
from earmark.cli import exporting, importing, listing
from earmark.cli import next as mixing
from earmark.cli import predict as predicting
from earmark.cli import report as reporting
from earmark.cli import scan as scanning
from earmark.cli import serve as serving
from earmark.cli import setlist as planning
from earmark.cli import similar as finding
from earmark.cli import train as training
from earmark.cli import triage as sorting
from earmark.cli.backbones import backbones
from earmark.cli.console import err
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED
from earmark.errors import EarmarkError


class _Commands(TyperGroup):
    """Runs a command; typer itself would end a Ctrl-C in silence and a closed pipe with an error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _interrupted() from None
        except RuntimeError as error:  # Python 3.11 wraps a Ctrl-C that comes while a class is made, at an import
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise _interrupted() from None
            raise
        except BrokenPipeError:  # the reader of our output went away, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None


def _interrupted() -> typer.Exit:
    err().print("earmark: interrupted; what was done is kept, and the same command goes on from there")
    return typer.Exit(INTERRUPTED)


app = typer.Typer(
    name="earmark",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"earmark {version('earmark')}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Learn what record labels sound like, and say which label a track belongs to.

    The short way: earmark scan FOLDER, then earmark train, then earmark predict FILE.
    """


app.command(rich_help_panel="Your music")(scanning.scan)
app.command(rich_help_panel="Your music")(listing.tracks)
app.command(rich_help_panel="Your music")(listing.labels)
app.command(rich_help_panel="Your music")(scanning.failures)
app.command(rich_help_panel="Your music")(exploring.explore)
app.command(rich_help_panel="Models")(listing.models)
app.command(rich_help_panel="Models")(training.train)
app.command(rich_help_panel="Models")(evaluating.evaluate)
app.command(rich_help_panel="Models")(comparing.compare)
app.command(rich_help_panel="Models")(reporting.report)
app.command(rich_help_panel="Models")(predicting.predict)
app.command(rich_help_panel="Models")(sorting.triage)
app.command("add-label", rich_help_panel="Models")(adding.add_label)
app.add_typer(backbones, rich_help_panel="Models")
app.command(rich_help_panel="What to play")(embedding.embed)
app.command(rich_help_panel="Your music")(examining.doctor)
app.command(rich_help_panel="What to play")(finding.similar)
app.command("next", rich_help_panel="What to play")(mixing.next_track)
app.command(rich_help_panel="What to play")(planning.setlist)
app.command(rich_help_panel="What to play")(mapping.atlas)
app.command("evaluate-search", rich_help_panel="What to play")(judging.evaluate_search)
app.command("import", rich_help_panel="What to play")(importing.import_files)
app.command(rich_help_panel="What to play")(importing.playlists)
app.command(rich_help_panel="What to play")(exporting.export)
app.command(rich_help_panel="See and hear it")(serving.serve)
app.command(rich_help_panel="Try it")(demonstrating.demo)
app.command("demo-catalogue", rich_help_panel="Try it")(demonstrating.demo_catalogue)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        app(standalone_mode=True)
    except EarmarkError as error:
        err().print(f"earmark: {error}", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    except OSError as error:  # a full disk, a folder that may not be written: the system's words say which
        err().print(f"earmark: the system refused: {error}", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
