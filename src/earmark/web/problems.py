"""Errors as the page is told them: JSON with a kind and a message, and the status that fits.

The message is the error's own, which says what was expected, what came and what to do. A fault of ours is told without
its inside, which goes to the server's log.
"""

import errno
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from earmark.errors import (
    DecodeError,
    EarmarkError,
    FormatVersionError,
    InputError,
    LibraryError,
    LimitError,
    MissingExtraError,
    UnknownNameError,
)
from earmark.web.values import Problem

LOG = logging.getLogger("earmark.web")

RETRY_SECONDS = "2"
"""What an answer of 503 tells a program to wait."""

STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownNameError, 404),
    (InputError, 400),
    (DecodeError, 422),
    (LimitError, 422),
    (MissingExtraError, 501),
    (FormatVersionError, 409),
    (LibraryError, 409),
    (EarmarkError, 500),
)
"""The first kind that fits decides."""

_MEANINGS = {
    400: "The request cannot be carried out as given.",
    401: "The token is missing.",
    403: "The request comes from another site, or asks for what is not allowed.",
    404: "There is no such thing.",
    408: "The request's body has stopped coming.",
    409: "The library, or a job, is not in a state for this.",
    413: "The request is too large.",
    415: "The request's body is not of the kind that is expected here.",
    422: "A value is missing, of another kind or out of range.",
    501: "An optional part of Earmark is not installed.",
    503: "Too much is waiting already; try again in a moment.",
}
_PROBLEM = {"application/json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": _PROBLEM} for status, meaning in _MEANINGS.items()
}
"""What any handler may answer, for the OpenAPI document.

Told as JSON and not as a model: FastAPI would tell the problems of a stream of events as a stream of events.
"""


class RefusedError(EarmarkError):
    """A request that the web's own rules refuse.

    Args:
        status: The HTTP status.
        message: What was expected, what came, what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def status_of(error: Exception) -> int:
    """Return the HTTP status for an error of ours.

    Args:
        error: The error.
    """
    if isinstance(error, RefusedError):
        return error.status
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def problem_response(status: int, kind: str, message: str) -> JSONResponse:
    """Return a problem as a response.

    Args:
        status: The HTTP status.
        kind: The error's class, for programs.
        message: For people.
    """
    return JSONResponse({"kind": kind, "message": message}, status_code=status)


def add_handlers(app: FastAPI, headers: Mapping[str, str]) -> None:
    """Let an app answer every error by a problem.

    Args:
        app: The app, changed in place.
        headers: What an answer to a fault has to carry: it is made outside of all middleware.
    """

    def fault(request: Request, error: Exception) -> JSONResponse:
        answer = _fault(request, error)
        answer.headers.update(headers)
        return answer

    app.add_exception_handler(EarmarkError, _ours)
    app.add_exception_handler(OSError, _system)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _left)
    app.add_exception_handler(Exception, fault)


def _ours(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - a handler's signature
    answer = problem_response(status_of(error), type(error).__name__, str(error))
    if answer.status_code == 503:
        answer.headers["retry-after"] = RETRY_SECONDS
    return answer


def _system(request: Request, error: Exception) -> JSONResponse:
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:  # what was named, by the client: nothing is wrong here
        return problem_response(400, "InputError", "a name is longer than this system allows; choose a shorter one")
    LOG.error("%s %s: %s", request.method, request.url.path, error)
    reason = getattr(error, "strerror", None) or "an error of the system"
    return problem_response(500, "SystemError", f"the system refused: {reason}")


def _left(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - a handler's signature
    """Nobody is there to read it; that a visitor left in the middle of an upload is no fault to be logged."""
    return problem_response(400, "RefusedError", "the request was cut off before all of it had come")


def _invalid(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - a handler's signature
    told = error.errors() if isinstance(error, RequestValidationError) else []
    lines = [f"{'.'.join(str(part) for part in one['loc'][1:]) or one['loc'][0]}: {one['msg']}" for one in told]
    return problem_response(422, "InvalidRequest", "; ".join(lines) or "the request cannot be read")


def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not possible here"}
    answer = problem_response(status, "HttpError", told.get(status, getattr(error, "detail", "refused")))
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


def _fault(request: Request, error: Exception) -> JSONResponse:
    LOG.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(500, "Fault", "something went wrong in Earmark; the server's log tells more")
