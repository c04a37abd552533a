import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from earmark.errors import EarmarkError, InputError, LimitError
from earmark.executors.resident import ResidentPool


@pytest.fixture
def pool() -> Iterator[ResidentPool]:
    made = make_pool()
    yield made
    made.close()


def make_pool(*, workers: int = 1, idle_seconds: float = 60.0, function: str = "answer") -> ResidentPool:
    return ResidentPool(
        f"resident_items:{function}",
        workers=workers,
        timeout_seconds=1.0,
        memory_bytes=1 << 30,
        idle_seconds=idle_seconds,
    )


def ask(pool: ResidentPool, do: str = "answer", **more: float) -> dict[str, Any]:
    pieces = list(pool.run({"do": do, **more}))
    return {name: value for piece in pieces for name, value in piece.items()}


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_a_worker_stays_warm_and_uses_one_thread(pool: ResidentPool) -> None:
    first, second = ask(pool), ask(pool)
    assert second["pid"] == first["pid"] == pool.pids[0] != os.getpid()
    assert (first["asked"], second["asked"]) == (1, 2)
    assert first["threads"] == "1"


@pytest.mark.parametrize(
    ("do", "error", "told"),
    [
        ("hang", LimitError, "limit of 1 s"),
        ("die", LimitError, "signal 9"),
        ("explode", LimitError, "limit of 1.0 GiB"),
        ("flood", LimitError, "worker process down"),
        ("raise", EarmarkError, "KeyError: 'no such thing'"),
        ("decode", EarmarkError, "soundfile: not audio"),
    ],
)
def test_what_misbehaves_costs_itself_and_its_worker_only(
    pool: ResidentPool, do: str, error: type[EarmarkError], told: str
) -> None:
    before = ask(pool)
    pieces: list[dict[str, int]] = []
    with pytest.raises(error, match=told):
        pieces.extend(pool.run({"do": do}))
    assert pieces == [{"pid": before["pid"], "asked": 2}]  # told before it went wrong
    after = ask(pool)
    assert after["pid"] != before["pid"]
    assert after["asked"] == 1
    assert not is_running(before["pid"])


def test_a_worker_that_died_while_resting_is_replaced(pool: ResidentPool) -> None:
    before = ask(pool)["pid"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not _is_alive(before))
    assert ask(pool)["pid"] != before


def test_a_death_that_cannot_be_seen_yet_costs_no_answer(pool: ResidentPool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask(pool)["pid"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not _is_alive(before))
    # A process of several threads may be dead for its pipe before it is for who waits for it.
    monkeypatch.setattr("earmark.executors.resident._Resident.alive", True)
    assert ask(pool)["pid"] != before


def _is_alive(pid: int) -> bool:
    """Whether a process runs; a killed child stays as a zombie until it is waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nobody_asks_so_the_worker_ends() -> None:
    pool = make_pool(idle_seconds=0.2)
    first = ask(pool)["pid"]
    wait_until(lambda: pool.pids == [])
    assert not is_running(first)
    assert ask(pool)["asked"] == 1
    pool.close()


def test_closing_a_stream_ends_its_worker(pool: ResidentPool) -> None:
    stream = pool.run({"do": "sleep", "seconds": 0.9})
    pid = next(stream)["pid"]
    stream.close()
    assert not is_running(pid)
    assert pool.pids == []


def test_as_many_at_once_as_there_are_workers() -> None:
    pool = make_pool(workers=2)
    pids: list[int] = []
    threads = [threading.Thread(target=lambda: pids.append(ask(pool, "sleep", seconds=0.2)["pid"])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(pids) == 6
    assert len(set(pids)) == 2
    pool.close()


def test_warming_starts_one_worker_and_no_more(pool: ResidentPool) -> None:
    pool.warm({"do": "answer"})
    [pid] = pool.pids
    pool.warm({"do": "answer"})
    asked = ask(pool)
    assert (asked["pid"], asked["asked"]) == (pid, 2)


def test_what_comes_while_a_worker_is_warmed_waits_for_it() -> None:
    pool = make_pool(workers=2)
    warming = threading.Thread(target=pool.warm, args=({"do": "sleep", "seconds": 0.3},))
    warming.start()
    wait_until(lambda: bool(pool.pids))
    asked = ask(pool)
    warming.join(30)
    assert asked["asked"] == 2, "it was asked to warm up before"
    assert pool.pids == [asked["pid"]]
    pool.close()


def test_closing_ends_all_workers_and_refuses_more(pool: ResidentPool) -> None:
    pid = ask(pool)["pid"]
    pool.close()
    assert not is_running(pid)
    with pytest.raises(EarmarkError, match="ending"):
        ask(pool)


def test_a_function_that_is_not_there_is_told() -> None:
    pool = make_pool(function="nothing_of_this_name")
    with pytest.raises(EarmarkError, match="worker processes cannot start"):
        ask(pool)
    pool.close()


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="at least one worker"):
        make_pool(workers=0)
