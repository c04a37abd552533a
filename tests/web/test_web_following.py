"""News of things that change: told once each, in order, the latest where a reader is slow, and what has gone."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import BaseModel

from earmark.web.following import Board, Gone, News, events_of


@dataclass(frozen=True)
class Thing:
    """Something that changes."""

    id: str
    value: int = 0


class Shown(BaseModel):
    """A thing as JSON."""

    value: int


def test_each_follower_is_told_until_it_stops() -> None:
    board: Board[Thing] = Board()
    told: list[Thing | Gone] = []
    stops = [board.follow(told.append), board.follow(told.append)]
    board.tell(Thing("a"))
    assert told == [Thing("a")] * 2
    stops[0]()
    stops[0]()
    board.tell(Gone(id="a"))
    assert told[2:] == [Gone(id="a")], "the other goes on, though it is the same function"


def test_a_slow_reader_gets_the_latest_and_what_has_gone() -> None:
    async def read() -> list[Thing | Gone]:
        board: Board[Thing] = Board()
        with News(board) as news:
            changes: list[Thing | Gone] = [Thing("a", 1), Thing("b", 1), Thing("a", 2), Gone(id="a"), Thing("b", 3)]
            other = threading.Thread(target=lambda: list(map(board.tell, changes)))
            other.start()
            other.join()
            first = await news.next()
            board.tell(Thing("b", 4))
            return [*first, *await news.next()]

    assert asyncio.run(read()) == [Thing("a", 2), Thing("b", 3), Gone(id="a"), Thing("b", 4)]


def test_nobody_is_told_after_the_block_or_the_loop() -> None:
    board: Board[Thing] = Board()

    async def leave() -> News[Thing]:
        with News(board):
            pass
        return News(board).__enter__()

    left = asyncio.run(leave())
    board.tell(Thing("a"))  # the loop of one that was not left is closed
    left.__exit__(None, None, None)


def test_a_stream_tells_what_is_there_what_changes_and_what_goes() -> None:
    async def first(events: AsyncIterator[object], count: int) -> list[object]:
        return [await anext(events) for _ in range(count)]

    async def read() -> list[tuple[object, object]]:
        board: Board[Thing] = Board()
        with News(board) as news:
            there = [Thing("a", 1), Thing("b", 2)]
            events = events_of("thing", news, there, lambda one: Shown(value=one.value), follow=True)
            told = await first(events, 3)
            board.tell(Thing("b", 3))
            board.tell(Gone(id="a"))
            told += await first(events, 2)
            told += [one async for one in events_of("thing", news, [], lambda one: Shown(value=0), follow=False)]
        return [(one.event, one.data) for one in told]  # type: ignore[attr-defined]  # server-sent events

    assert asyncio.run(read()) == [
        ("present", ["a", "b"]),
        ("thing", Shown(value=1)),
        ("thing", Shown(value=2)),
        ("thing", Shown(value=3)),
        ("gone", Gone(id="a")),
        ("present", []),
    ]
