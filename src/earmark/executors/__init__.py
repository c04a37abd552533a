"""Where work runs: in this process, or in worker processes.

The code that scans or embeds is given an executor and never asks which one it got. An executor turns a picklable
function and a sequence of items into a stream of `Outcome`, one for each item, in the order in which they are done.
What happens to one item (an exception, a hang, a crash of its process) ends in that item's outcome and nowhere else.
"""

from earmark.executors.outcome import Executor, FailureKind, Outcome
from earmark.executors.processes import ProcessExecutor, default_jobs
from earmark.executors.serial import SerialExecutor

__all__ = ["Executor", "FailureKind", "Outcome", "ProcessExecutor", "SerialExecutor", "default_jobs"]
