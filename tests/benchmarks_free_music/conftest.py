"""Packages, a mirror and programs, all made here: nothing in these tests needs the network."""

import http.server
import io
import os
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:  # `python -m pytest` has it there, `pytest` has not
    sys.path.append(ROOT)

from free_music_parts import MakeDeb, MakeProgram, Mirror, ar_member  # noqa: E402 - it needs the path


@pytest.fixture
def make_deb(tmp_path: Path) -> MakeDeb:
    """Make a package by hand: files by name, links by name, and the compression of its data."""

    def make(files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None, kind: str = "xz") -> Path:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode=f"w:{kind}") as archive:  # type: ignore[call-overload] # chosen by the test
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for name, points_to in (links or {}).items():
                info = tarfile.TarInfo(name)
                info.type, info.linkname = tarfile.SYMTYPE, points_to
                archive.addfile(info)
        deb = tmp_path / "made" / "music_1.0-1_all.deb"
        deb.parent.mkdir(exist_ok=True)
        members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", f"data.tar.{kind}": data.getvalue()}
        deb.write_bytes(b"!<arch>\n" + b"".join(ar_member(name, content) for name, content in members.items()))
        return deb

    return make


@pytest.fixture
def make_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProgram:
    """Put a shell script under a program's name at the front of the search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, script: str) -> Path:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Serve files as a Debian mirror does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            served.asked.append((self.path, wanted))
            data = served.files.get(self.path.lstrip("/"))
            if data is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and served.knows_ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self.wfile.write(data[start : None if served.cut_after is None else start + served.cut_after])

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Mirror(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
