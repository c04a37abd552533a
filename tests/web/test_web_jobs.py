"""Jobs in real child processes: how they go on, end, and come back after a server has gone, however it went."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_jobs import MADE_KINDS, STEPS

from earmark.errors import UnknownNameError
from earmark.library.library import Library
from earmark.web.following import Gone
from earmark.web.jobs.kinds import KINDS
from earmark.web.jobs.records import MOST_KEPT, Job, JobFolder
from earmark.web.jobs.runner import Jobs
from earmark.web.problems import RefusedError
from earmark.web.values import JobOut

HELPERS = str(Path(__file__).parents[1] / "helpers")
PATIENCE = 60.0


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    for name, kind in MADE_KINDS.items():
        monkeypatch.setitem(KINDS, name, kind)
    monkeypatch.setenv("PYTHONPATH", HELPERS)
    return Library.create(tmp_path / "library")


@pytest.fixture
def jobs(library: Library) -> Iterator[Jobs]:
    started = Jobs(library)
    yield started
    started.close()


def until(true: Callable[[], object]) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE, "it never came to that"
        time.sleep(0.02)


def ended(jobs: Jobs, job: JobOut) -> JobOut:
    until(lambda: jobs.get(job.id).ended is not None)
    return jobs.get(job.id)


def keep(told: list[JobOut]) -> Callable[[JobOut | Gone], None]:
    """A follower that keeps what it is told of jobs as they are."""

    def take(job: JobOut | Gone) -> None:
        if isinstance(job, JobOut):
            told.append(job)

    return take


def steps(library: Library) -> list[str]:
    path = Path(library.address) / STEPS
    return path.read_text().splitlines() if path.exists() else []


def process_of(library: Library) -> int:
    """The process of a slow job that has begun."""
    return int(steps(library)[0].partition(" by ")[2])


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(told.strip()) and not told.startswith("Z")


def test_a_job_goes_from_asked_to_done(jobs: Jobs) -> None:
    told: list[JobOut] = []
    jobs.board.follow(keep(told))
    asked = jobs.start("slow", "Slowly", {"steps": 3, "seconds": 0.2})
    done = ended(jobs, asked)
    assert (done.state, done.result, done.problem) == ("done", {"started": 0, "done": 3}, None)
    assert (done.progress.done, done.progress.total, done.progress.text) == (3, 3, "slowly")
    states = [job.state for job in told]
    assert states[0] == "waiting"
    assert states[-1] == "done"
    assert "running" in states
    assert not done.resumable


def test_two_jobs_queue_and_the_same_is_not_asked_twice(jobs: Jobs, library: Library) -> None:
    first = jobs.start("slow", "One", {"steps": 5, "seconds": 0.1})
    second = jobs.start("slow", "Two", {"steps": 6})
    assert jobs.get(second.id).state == "waiting"
    with pytest.raises(RefusedError, match="done already, by job"):
        jobs.start("slow", "One again", {"steps": 5, "seconds": 0.1})
    assert ended(jobs, second).result == {"started": 5, "done": 6}  # the first had done its five by then
    assert jobs.get(first.id).ended <= jobs.get(second.id).started  # type: ignore[operator]  # both have ended
    assert [job.id for job in jobs.list()] == [second.id, first.id]
    assert len({line.partition(" by ")[2] for line in steps(library)}) == 2


def test_cancelled_and_resumed_does_only_the_rest(jobs: Jobs, library: Library) -> None:
    asked = jobs.start("slow", "Slowly", {"steps": 40, "seconds": 0.02})
    until(lambda: len(steps(library)) >= 3)
    jobs.cancel(asked.id)
    cancelled = ended(jobs, asked)
    assert (cancelled.state, cancelled.resumable, cancelled.problem) == ("cancelled", True, None)
    done = len(steps(library))
    assert 3 <= done < 40
    again = jobs.resume(asked.id)
    assert (again.id, again.ended, again.progress.total) == (asked.id, None, 0)
    assert ended(jobs, again).result == {"started": done, "done": 40}
    assert [line.split()[0] for line in steps(library)] == [str(step) for step in range(40)]
    with pytest.raises(RefusedError, match="cannot be resumed"):
        jobs.resume(asked.id)


def test_a_waiting_job_is_cancelled_without_a_process(jobs: Jobs) -> None:
    running = jobs.start("slow", "One", {"steps": 1000})
    waiting = jobs.start("odd", "Two", {})
    assert jobs.cancel(waiting.id).state == "cancelled"
    jobs.cancel(running.id)
    assert ended(jobs, running).state == "cancelled"
    with pytest.raises(RefusedError, match="is over"):
        jobs.cancel(running.id)


def test_jobs_say_what_they_wait_for_and_what_is_resumed_waits_behind(jobs: Jobs) -> None:
    first = jobs.start("slow", "One", {"steps": 1000})
    old = jobs.start("slow", "Old", {"steps": 1001})
    jobs.cancel(old.id)
    second, third = jobs.start("slow", "Two", {"steps": 1002}), jobs.start("slow", "Three", {"steps": 1003})
    assert jobs.resume(old.id, {"steps": 1004}).request == {"steps": 1004}
    assert [jobs.get(job.id).waits_for for job in (first, second, third, old)] == [None, "One", "Two", "Three"]
    told: list[JobOut] = []
    jobs.board.follow(keep(told))
    jobs.cancel(second.id)
    assert [(job.title, job.waits_for) for job in told] == [("Two", None), ("Three", "One")]
    jobs.cancel(first.id)
    until(lambda: jobs.get(third.id).state == "running")
    assert jobs.get(old.id).waits_for == "Three"


def test_what_is_forgotten_is_told(jobs: Jobs, library: Library) -> None:
    done = ended(jobs, jobs.start("wrong", "Wrong", {"came": 1}))
    told: list[JobOut | Gone] = []
    jobs.board.follow(told.append)
    shutil.rmtree(JobFolder(library.local_folder("jobs")).path(done.id))  # by hand
    jobs.forget(done.id)
    assert told == [Gone(id=done.id)]
    assert jobs.list() == []


def test_the_same_can_be_joined(jobs: Jobs) -> None:
    first = jobs.start("slow", "One", {"steps": 1000})
    assert jobs.start("slow", "One again", {"steps": 1000}, join=True).id == first.id
    with pytest.raises(RefusedError) as refused:
        jobs.forget(first.id)
    assert refused.value.status == 409


def test_a_training_that_is_finished_before_it_began_has_not_failed(jobs: Jobs) -> None:
    asked = jobs.start("train", "Train", {"keeps": False})
    jobs.finish(asked.id)  # its process is not even Python yet
    assert ended(jobs, asked).state == "cancelled"


def test_a_training_is_finished_with_what_it_has(jobs: Jobs) -> None:
    asked = jobs.start("train", "Train", {})
    until(lambda: len(jobs.get(asked.id).metrics) >= 2)
    assert jobs.get(asked.id).finishable
    jobs.finish(asked.id)
    done = ended(jobs, asked)
    assert done.state == "done"
    assert done.result is not None
    assert done.result["epochs"] >= 2
    assert done.metrics[1] == {"epoch": 2.0, "loss": 0.5, "lost": None}


def test_a_training_that_is_cancelled_keeps_nothing(jobs: Jobs) -> None:
    asked = jobs.start("train", "Train", {})
    until(lambda: jobs.get(asked.id).metrics)
    jobs.cancel(asked.id)
    assert ended(jobs, asked).state == "cancelled"
    other = jobs.start("slow", "Slow", {"steps": 1000})
    with pytest.raises(RefusedError, match="only a training"):
        jobs.finish(other.id)


def test_results_that_json_does_not_know(jobs: Jobs) -> None:
    done = ended(jobs, jobs.start("odd", "Odd", {}))
    assert done.state == "done"
    assert done.result == {"nan": None, "3": "library", "path": "x", "inside": [{"inf": None}]}
    assert done.progress.text == "<b>\u2028\n{}"
    failed = ended(jobs, jobs.start("nothing", "Nothing", {}))
    assert failed.state == "failed"
    assert failed.problem is not None
    assert "exit code" in failed.problem.message


@pytest.mark.parametrize(
    ("kind", "problem", "words"),
    [
        ("wrong", "InputError", "expected something else, but 7 came"),
        ("broken", "Fault", "a fault of ours"),
        ("killed", "Fault", "exit code -9; the end of its log: last words"),
        ("missing", "Fault", "no_such_function"),
    ],
)
def test_failures_say_why(jobs: Jobs, kind: str, problem: str, words: str) -> None:
    failed = ended(jobs, jobs.start(kind, kind, {"came": 7}))
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.kind == problem
    assert words in failed.problem.message
    assert failed.resumable == (kind != "wrong")


def test_progress_is_throttled(jobs: Jobs) -> None:
    told: list[JobOut] = []
    asked = jobs.start("burst", "Burst", {})
    jobs.board.follow(keep(told))
    assert ended(jobs, asked).state == "done"
    assert len(told) < 200  # of 20,000


def test_one_job_asks_for_the_next(jobs: Jobs) -> None:
    done = ended(jobs, jobs.start("first", "First", {}))
    assert done.result == {}
    until(lambda: len(jobs.list()) == 2)
    assert ended(jobs, jobs.list()[0]).title == "Second"


def test_a_restart_tells_of_interrupted_jobs(library: Library) -> None:
    before = Jobs(library)
    running = before.start("slow", "One", {"steps": 1000})
    waiting = before.start("odd", "Two", {})
    until(lambda: len(steps(library)) > 2)
    pid = process_of(library)
    before.close()
    assert not lives(pid)
    after = Jobs(library)
    assert {job.id: job.state for job in after.list()} == {running.id: "interrupted", waiting.id: "interrupted"}
    assert after.get(running.id).progress.total == 1000
    resumed = after.resume(running.id)
    until(lambda: after.get(resumed.id).progress.done > 3)
    after.close()


SERVER = """
import sys, time
from earmark.library.library import Library
from earmark.web.jobs.kinds import KINDS
from earmark.web.jobs.runner import Jobs
from made_jobs import MADE_KINDS
KINDS.update(MADE_KINDS)
print(Jobs(Library.open(sys.argv[1])).start("slow", "Slowly", {"steps": 100000}).id, flush=True)
time.sleep(600)
"""


def test_a_server_that_is_killed_takes_its_job_along(library: Library) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, library.address], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        job_id = server.stdout.readline().strip()
        until(lambda: len(steps(library)) > 2)
        pid = process_of(library)
        server.send_signal(signal.SIGKILL)
    until(lambda: not lives(pid))
    after = Jobs(library)
    assert (after.get(job_id).state, after.get(job_id).resumable) == ("interrupted", True)


def test_garbage_among_the_records_is_left_out(library: Library) -> None:
    root = library.local_folder("jobs")
    good = Job("20200101-000000-aaaaaa", "slow", "Good", {"steps": 1}, state="done", ended="2020-01-01T00:00:01+00:00")
    JobFolder(root).save(good)
    record = json.loads((root / good.id / "job.json").read_text())
    wrong = {
        "cut": '{"id": "cut", "kind"',
        "list": "[]",
        "alien": json.dumps(record | {"id": "alien", "kind": "of another version"}),
        "state": json.dumps(record | {"id": "state", "state": "flying"}),
        "more": json.dumps(record | {"id": "more", "more": 1}),
        "moved": json.dumps(record),
        "progress": json.dumps(record | {"id": "progress", "progress": {"done": "many"}}),
    }
    for name, text in wrong.items():
        (root / name).mkdir()
        (root / name / "job.json").write_text(text)
    (root / "folder" / "job.json").mkdir(parents=True)
    jobs = Jobs(library)
    assert [job.id for job in jobs.list()] == [good.id]
    jobs.forget(good.id)
    assert jobs.list() == []
    assert not (root / good.id).exists()
    assert (root / "moved").exists()


@pytest.mark.parametrize("job_id", ["../x", "..", "", ".", "/etc", "20200101-000000-aaaaaa/../..", "a\0b"])
def test_ids_lead_nowhere_else(jobs: Jobs, library: Library, job_id: str) -> None:
    for act in (jobs.get, jobs.cancel, jobs.finish, jobs.resume, jobs.forget):
        with pytest.raises(UnknownNameError):
            act(job_id)
    assert Path(library.address).is_dir()


def test_only_so_many_are_remembered(library: Library) -> None:
    folder = JobFolder(library.local_folder("jobs"))
    for number in range(MOST_KEPT + 5):
        stamp = f"2020-01-01T{number // 60:02d}:{number % 60:02d}:00.000+00:00"
        folder.save(Job(f"old-{number:03d}", "slow", "Old", {}, state="done", created=stamp, ended=stamp))
    jobs = Jobs(library)
    newest = jobs.start("wrong", "New", {"came": 1})
    ended(jobs, newest)
    kept = [job.id for job in jobs.list()]
    assert len(kept) == MOST_KEPT
    assert kept[0] == newest.id
    assert "old-000" not in kept
    assert not folder.path("old-000").exists()


def test_a_disk_that_is_full_holds_up_no_job(
    jobs: Jobs, library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = jobs.start("slow", "One", {"steps": 30})
    second = jobs.start("first", "Two", {})
    until(lambda: steps(library))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JobFolder, "save", full)
    assert ended(jobs, first).state == "done"
    assert ended(jobs, second).state == "done"  # and what it asks for after itself is not started
    with pytest.raises(OSError, match="No space"):
        jobs.start("slow", "Three", {"steps": 31})
    until(lambda: not any(job.ended is None for job in jobs.list()))
    assert {job.title for job in jobs.list()} == {"One", "Two"}
    assert "could not be written: [Errno 28]" in caplog.text
    monkeypatch.undo()


def test_many_listeners_and_threads(jobs: Jobs) -> None:
    asked = jobs.start("slow", "Slow", {"steps": 30, "seconds": 0.02})
    problems: list[Exception] = []

    def look() -> None:
        try:
            stop = jobs.board.follow(lambda _: None)
            for _ in range(50):
                jobs.list()
                jobs.get(asked.id)
            stop()
            stop()
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert ended(jobs, asked).state == "done"


def test_a_job_leaves_no_process_behind(jobs: Jobs, library: Library) -> None:
    asked = jobs.start("slow", "Slow", {"steps": 1000})
    until(lambda: steps(library))
    pid = process_of(library)
    assert os.getpgid(pid) == pid
    jobs.cancel(asked.id)
    ended(jobs, asked)
    assert not lives(pid)
