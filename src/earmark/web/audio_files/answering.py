"""Sends an open file, or the part of it that is asked for."""

import os
from email.utils import formatdate
from typing import Any

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from earmark.web.audio_files.finding import OpenFile
from earmark.web.audio_files.ranges import ByteRange, UnsatisfiableRangeError, is_same_version, parse_range
from earmark.web.problems import PROBLEMS, problem_response

CHUNK_BYTES = 256 * 1024

_SOUND = {"audio/*": {"schema": {"type": "string", "format": "binary"}}}
SOUND_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file.", "content": _SOUND},
    206: {"description": "The range that was asked for.", "content": _SOUND},
    304: {"description": "It is what the browser has already."},
    416: PROBLEMS[400] | {"description": "The range begins behind the end."},
}
"""What a `SoundResponse` may be, for the OpenAPI document."""


class SoundResponse(Response):
    """Answers with an open file, which is closed when it has been sent.

    Args:
        file: The file; this response has its descriptor from now on.
        media_type: What is in it.
        tag: Names its content; the same content, the same tag.
    """

    def __init__(self, file: OpenFile, *, media_type: str, tag: str) -> None:
        self._file = file
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers(
            {
                "content-length": str(file.size),
                "accept-ranges": "bytes",
                "etag": f'"{tag}"',
                "last-modified": formatdate(file.mtime_ns // 10**9, usegmt=True),
                "cache-control": "private, no-cache",
            }
        )

    def __del__(self) -> None:
        """Close the file of an answer that was never sent."""
        self._close()

    def _close(self) -> None:
        if self._file.descriptor >= 0:
            os.close(self._file.descriptor)
            self._file = OpenFile(-1, self._file.path, self._file.size, self._file.mtime_ns)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole file, a part, or what says why not."""
        try:
            headers = Headers(scope=scope)
            if _is_known(headers, self.headers["etag"]):
                await self._send_head(send, 304)
                return
            try:
                part = self._part(scope["method"], headers)
            except UnsatisfiableRangeError as error:
                refused = problem_response(416, type(error).__name__, str(error))
                refused.headers["content-range"] = f"bytes */{self._file.size}"
                await refused(scope, receive, send)
                return
            await self._send_part(scope["method"], part, receive, send)
        finally:
            self._close()

    def _part(self, method: str, headers: Headers) -> ByteRange | None:
        """The part that is asked for; ranges mean something for GET only."""
        known = is_same_version(
            headers.get("if-range"), etag=self.headers["etag"], modified=self.headers["last-modified"]
        )
        return parse_range(headers.get("range"), self._file.size) if known and method == "GET" else None

    async def _send_part(self, method: str, part: ByteRange | None, receive: Receive, send: Send) -> None:
        whole = ByteRange(0, self._file.size - 1)
        if part is not None:
            self.headers["content-length"] = str(part.length)
            self.headers["content-range"] = f"bytes {part.first}-{part.last}/{self._file.size}"
        await self._send_head(send, 200 if part is None else 206, more=method != "HEAD")
        if method == "HEAD":
            return
        async with anyio.create_task_group() as tasks:

            async def until_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(until_gone)
            await self._send_bytes(part or whole, send)
            tasks.cancel_scope.cancel()

    async def _send_head(self, send: Send, status: int, *, more: bool = False) -> None:
        if status == 304:
            del self.headers["content-length"]
        await send({"type": "http.response.start", "status": status, "headers": self.raw_headers})
        if not more:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_bytes(self, part: ByteRange, send: Send) -> None:
        place, end = part.first, part.last + 1
        while place < end:
            length = min(CHUNK_BYTES, end - place)
            chunk = await anyio.to_thread.run_sync(os.pread, self._file.descriptor, length, place)
            if not chunk:  # the file was cut off meanwhile: the connection ends short, which a player notices
                return
            place += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": place < end})
        if part.length <= 0:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _is_known(headers: Headers, etag: str) -> bool:
    """Whether If-None-Match names what there is."""
    given = [one.strip().removeprefix("W/") for one in headers.get("if-none-match", "").split(",")]
    return etag in given or given == ["*"]
