import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import work_items
from work_items import double, misbehave, threads

from earmark.errors import DecodeError, InputError, LimitError
from earmark.executors import Executor, ProcessExecutor, SerialExecutor, default_jobs

EXECUTORS = [SerialExecutor(), ProcessExecutor(1), ProcessExecutor(2)]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_item_has_one_outcome(executor: Executor) -> None:
    outcomes = list(executor.run(double, [5, 1, 4]))
    assert sorted((o.item, o.value) for o in outcomes) == [(1, 2), (4, 8), (5, 10)]
    assert all(o.failure is None and o.error is None for o in outcomes)
    assert list(executor.run(double, [])) == []


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_exception_costs_its_item_only(executor: Executor) -> None:
    outcomes = {o.item: o for o in executor.run(misbehave, ["a", "raise", "decode", "b"])}
    assert (outcomes["a"].value, outcomes["b"].value) == ("A", "B")
    assert outcomes["raise"].failure == "error"
    assert "no such thing" in str(outcomes["raise"].error)
    error = outcomes["decode"].error
    assert isinstance(error, DecodeError)
    assert error.reasons == {"soundfile": "not audio", "pyav": "invalid data"}


def test_workers_that_cannot_start_are_no_fault_of_the_items(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(work_items.__file__).parent)!r})\n"
        "from work_items import double\nfrom earmark.executors import ProcessExecutor\n"
        "print(list(ProcessExecutor(1).run(double, [1, 2, 3])))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "worker processes cannot start" in done.stderr
    assert "__main__" in done.stderr


def test_a_hang_a_crash_and_an_explosion_cost_their_items_only() -> None:
    executor = ProcessExecutor(2, timeout_seconds=1.0, memory_bytes=1 << 30)
    items = ["a", "hang", "b", "die", "c", "explode", "d", "hang"]
    outcomes = list(executor.run(misbehave, items))
    assert sorted(o.item for o in outcomes) == sorted(items)
    by_item = {o.item: o for o in outcomes}
    assert [by_item[name].value for name in "abcd"] == ["A", "B", "C", "D"]
    assert {name: by_item[name].failure for name in ("hang", "die", "explode")} == {
        "hang": "timeout",
        "die": "crash",
        "explode": "memory",
    }
    assert "limit of 1 s" in str(by_item["hang"].error)
    assert "signal 9" in str(by_item["die"].error)
    assert "1.0 GiB" in str(by_item["explode"].error)
    assert all(isinstance(by_item[name].error, LimitError) for name in ("hang", "die", "explode"))


def test_workers_run_their_linear_algebra_on_one_thread() -> None:
    before = dict(os.environ)
    assert [o.value for o in ProcessExecutor(1).run(threads, [0])] == ["1"]
    assert dict(os.environ) == before


def test_closing_the_stream_stops_the_workers() -> None:
    stream = ProcessExecutor(2).run(misbehave, ["a", "hang", "hang"])
    assert next(stream).value == "A"
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 30


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = tmp_path / "parent.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(work_items.__file__).parent)!r})\n"
        "from work_items import sleep_and_tell\nfrom earmark.executors import ProcessExecutor\n"
        f"if __name__ == '__main__':\n    list(ProcessExecutor(1).run(sleep_and_tell, [{str(told)!r}]))\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    _wait_until(lambda: told.exists() and told.read_text() != "")
    worker = int(told.read_text())
    assert _alive(worker)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _wait_until(lambda: not _alive(worker))


def test_limits_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="jobs has to be 1 or more, got 0"):
        ProcessExecutor(0)
    with pytest.raises(InputError, match="above 0, got 0 s"):
        ProcessExecutor(1, timeout_seconds=0)


def test_default_jobs_leaves_a_core() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert default_jobs() == max(1, cores - 1)
    assert ProcessExecutor().jobs == default_jobs()


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
