"""The inside of a resident worker: receive an item, send what the function tells of it, piece by piece.

Kept apart from the parent's side, so that a worker imports nothing but this and what the function needs. What travels
is JSON: a worker that a hostile file has taken over can then send wrong values, but no objects that would act in the
parent.
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from multiprocessing import connection
from typing import Any, Literal

from earmark.errors import EarmarkError
from earmark.executors.worker import die_with_parent, limit_memory

Word = Literal["ready", "told", "done", "memory", "failed"]
"""What a worker says: it has imported what it needs; a piece of a result; the item's end, good or bad."""

ResidentFunction = Callable[[Mapping[str, Any]], Iterator[Mapping[str, Any]]]
"""Tells of an item in pieces, each as it is known; items and pieces are plain values."""


def attend(
    function: str, pipe: "connection.Connection[Any, Any]", memory_bytes: int, environment: Mapping[str, str]
) -> None:
    """Answer items from the pipe until it closes. Runs as the main function of a spawned process.

    Args:
        function: A `ResidentFunction` as ``"module:name"``.
        pipe: Where items come from and answers go.
        memory_bytes: Memory that one item may take on top of what is held when it comes.
        environment: Set before the function's module is imported.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    threading.Thread(target=die_with_parent, daemon=True).start()
    os.environ.update(environment)
    module, _, name = function.partition(":")
    called: ResidentFunction = getattr(import_module(module), name)
    _say(pipe, "ready")
    while True:
        try:
            item = json.loads(pipe.recv_bytes())
            limit_memory(memory_bytes)
            _answer(called, item, pipe)
        except (EOFError, OSError):
            return


def _answer(called: ResidentFunction, item: Mapping[str, Any], pipe: "connection.Connection[Any, Any]") -> None:
    try:
        for piece in called(item):
            _say(pipe, "told", piece=piece)
    except MemoryError:
        _say(pipe, "memory")
    except BrokenPipeError:
        raise
    except EarmarkError as error:
        _say(pipe, "failed", message=str(error))
    except Exception as error:  # noqa: BLE001 - whatever one item raises is that item's outcome
        _say(pipe, "failed", message=f"{type(error).__name__}: {error}")
    else:
        _say(pipe, "done")


def _say(pipe: "connection.Connection[Any, Any]", word: Word, **more: Any) -> None:
    pipe.send_bytes(json.dumps({"word": word, **more}, ensure_ascii=False).encode("utf-8", "replace"))
