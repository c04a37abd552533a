"""News of things that change, told from any thread to whoever follows them: requests of pages, and the server itself.

Jobs and dropped files are both followed by server-sent events. A stream begins with the ids of all that there is, so
that a page which was away drops what has gone; then come the things as they are now, each change, and what goes.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel, Field


class Named(Protocol):
    """What is followed has an id."""

    @property
    def id(self) -> str:
        """Its id."""


class Gone(BaseModel):
    """Something that was forgotten."""

    id: str = Field(description="Its id.")


ThingT = TypeVar("ThingT", bound=Named)
NowT = TypeVar("NowT", bound=Named)


class Board(Generic[ThingT]):
    """Tells changes to all who follow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: tuple[Callable[[ThingT | Gone], None], ...] = ()

    def follow(self, follower: Callable[[ThingT | Gone], None]) -> Callable[[], None]:
        """Have every change told; returns what ends that, which may be called again.

        Args:
            follower: Called in any thread with a thing as it is now, or with what tells that it was forgotten. It must
                neither block nor raise.
        """

        # A function of its own: the same follower may follow twice, and the end of one is not that of the other.
        def told(thing: ThingT | Gone) -> None:
            follower(thing)

        with self._lock:
            self._followers = (*self._followers, told)

        def stop() -> None:
            with self._lock:
                self._followers = tuple(one for one in self._followers if one is not told)

        return stop

    def tell(self, thing: ThingT | Gone) -> None:
        """Tell a change.

        Args:
            thing: As it is now, or that it was forgotten.
        """
        for follower in self._followers:
            follower(thing)


class News(Generic[ThingT]):
    """Changes for one request, in its event loop, from the moment when this is made until its block is left.

    What a slow reader has not taken yet is replaced by what is newer, so that it costs no more memory than there are
    things.

    Args:
        board: Who tells.
        key: Changes with the same key replace each other; those of one thing where None, its end not among them.
    """

    def __init__(self, board: Board[ThingT], key: Callable[[ThingT | Gone], Hashable] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._key = key or _one_by_one
        self._waiting: dict[Hashable, ThingT | Gone] = {}
        self._some = asyncio.Event()
        self._stop = board.follow(self._told)

    def __enter__(self) -> Self:
        """Follow."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Follow no more."""
        self._stop()

    def _told(self, thing: ThingT | Gone) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server is ending, and nobody listens any more
            self._loop.call_soon_threadsafe(self._take, thing)

    def _take(self, thing: ThingT | Gone) -> None:
        self._waiting[self._key(thing)] = thing
        self._some.set()

    async def next(self) -> list[ThingT | Gone]:
        """Wait for changes and return them, in the order in which their things first changed."""
        await self._some.wait()
        changed, self._waiting = list(self._waiting.values()), {}
        self._some.clear()
        return changed


def _one_by_one(thing: Named) -> Hashable:
    """Last changes are not replaced by the news that a thing is gone: how it ended is still to be told."""
    return (thing.id, isinstance(thing, Gone))


async def events_of(
    name: str, news: News[ThingT], now: Iterable[NowT], shown: Callable[[ThingT | NowT], BaseModel], *, follow: bool
) -> AsyncIterator[ServerSentEvent]:
    """A stream of events: ``present`` with all ids, then ``name`` for each thing and each change, ``gone`` for the end.

    Args:
        name: What a thing is called, such as ``"job"``.
        news: Its changes, followed since before `now` was looked at.
        now: All that there is, as it is now.
        shown: A thing as the page is told it.
        follow: Whether to go on after the first.
    """
    things = list(now)
    yield ServerSentEvent(event="present", data=[thing.id for thing in things])
    for thing in things:
        yield ServerSentEvent(event=name, data=shown(thing))
    while follow:
        for one in await news.next():
            if isinstance(one, Gone):
                yield ServerSentEvent(event="gone", data=one)
            else:
                yield ServerSentEvent(event=name, data=shown(one))
