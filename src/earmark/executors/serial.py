"""Runs the work in this process, one item after the other: for small work, tests and debugging."""

from collections.abc import Callable, Generator, Sequence

from earmark.executors.outcome import ItemT, Outcome, ResultT, failure_of


class SerialExecutor:
    """Runs every item in the calling process. It can hold neither a time nor a memory limit."""

    def run(
        self, function: Callable[[ItemT], ResultT], items: Sequence[ItemT]
    ) -> Generator[Outcome[ItemT, ResultT], None, None]:
        """Yield one outcome for each item, in the items' own order."""
        for item in items:
            try:
                value = function(item)
            except Exception as error:  # noqa: BLE001 - whatever one item raises is that item's outcome
                yield Outcome(item, failure=failure_of(error), error=error)
            else:
                yield Outcome(item, value=value)
