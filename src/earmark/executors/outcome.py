"""What an executor promises: one outcome for each item, whatever happens to it."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

FailureKind = Literal["error", "timeout", "memory", "crash"]
"""How an item failed: it raised, ran out of time, ran out of memory, or took its process down."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ItemT, ResultT]):
    """What became of one item.

    Attributes:
        item: The item itself.
        value: The function's result; None when it failed.
        failure: How it failed; None when it did not.
        error: The exception that says why; None when it did not fail.
    """

    item: ItemT
    value: ResultT | None = None
    failure: FailureKind | None = None
    error: Exception | None = None


class Executor(Protocol):
    """Runs a function over items somewhere and streams the outcomes."""

    def run(
        self, function: Callable[[ItemT], ResultT], items: Sequence[ItemT]
    ) -> Generator[Outcome[ItemT, ResultT], None, None]:
        """Yield one outcome for each item, in the order in which they are done.

        Closing the generator (or an exception in the loop over it) stops the work that is under way.
        """
        ...


def failure_of(error: Exception) -> FailureKind:
    """Say how an item failed, from the exception that it raised."""
    return "memory" if isinstance(error, MemoryError) else "error"
