import io

from rich.console import Console

from earmark.cli.console import table


def test_titles_and_cells_are_text_and_never_markup() -> None:
    told = io.StringIO()
    name = "Ann [/] - [red]Loud[/red] [Extended Mix]"
    Console(file=told, width=120).print(table(["track"], [[name]], title=name))
    assert told.getvalue().count(name) == 2
