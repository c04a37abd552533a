"""Jobs that do nothing of use, each in a way that a real one may: slowly, wrongly, noisily, not at all."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from earmark.errors import InputError
from earmark.web.jobs.kinds import JobReporter, Kind

STEPS = "steps.txt"
"""What a slow job has done, a line a step; it lies in the library and is where a resumed one goes on."""

MADE_KINDS = {
    "slow": Kind("made_jobs:slow"),
    "train": Kind("made_jobs:trained", finishable=True),
    "odd": Kind("made_jobs:odd"),
    "nothing": Kind("made_jobs:nothing"),
    "wrong": Kind("made_jobs:wrong", resumable=False),
    "broken": Kind("made_jobs:broken"),
    "killed": Kind("made_jobs:killed"),
    "burst": Kind("made_jobs:burst"),
    "first": Kind("made_jobs:first"),
    "missing": Kind("made_jobs:no_such_function"),
}


def slow(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Do steps one after the other, only those that are not done yet."""
    record = Path(library) / STEPS
    done = len(record.read_text().splitlines()) if record.exists() else 0
    started = done
    for step in range(done, request["steps"]):
        with record.open("a") as file:
            file.write(f"{step} by {os.getpid()}\n")
        report.progress(f"step {step}", step + 1, request["steps"], "slowly")
        time.sleep(request.get("seconds", 0.02))
    return {"started": started, "done": request["steps"]}


def trained(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Go on until Ctrl-C, and then keep the best."""
    del library
    epoch = 0
    try:
        while True:
            epoch += 1
            report.metrics({"epoch": epoch, "loss": 1 / epoch, "lost": float("nan")})
            time.sleep(0.02)
    except KeyboardInterrupt:
        if request.get("keeps", True):
            return {"epochs": epoch}
        raise


def odd(library: str, request: dict[str, Any], report: JobReporter) -> Any:
    """Return what JSON does not know, and print what is no event."""
    del request
    print('{"event": "done", "result": "not this one"}', flush=True)
    os.write(2, b"words of a C library\n")
    report.progress("odd", 1, 1, "<b>\u2028\n{}")
    return {"nan": float("nan"), 3: Path(library).name, "path": Path("x"), "inside": [{"inf": float("inf")}]}


def nothing(library: str, request: dict[str, Any], report: JobReporter) -> Any:
    """Return no dict."""
    del library, request, report


def wrong(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Fail with an error of ours."""
    raise InputError(f"expected something else, but {request['came']} came")


def broken(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Fail by a fault."""
    raise RuntimeError("a fault of ours")


def killed(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Be killed, as for memory."""
    report.progress("about to die", 1, 2)
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def burst(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Tell progress as fast as possible."""
    for step in range(20_000):
        report.progress("fast", step, 20_000)
    return {}


def first(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Ask for another job afterwards."""
    return {"then": {"kind": "slow", "title": "Second", "request": {"steps": 1}}}
