"""Files to drop on the page: clips of the small demo, and files that mean harm."""

import io
import json
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import soundfile
from cli_runs import MODULE
from fastapi.testclient import TestClient

from earmark.web.shared import Shared

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
"""What must only ever be text."""

RAW = {"content-type": "application/octet-stream"}


def clip(music: Path, target: Path, *, place: int = 0, seconds: float = 12.0) -> Path:
    """Write the beginning of one of a catalogue's tracks.

    Args:
        music: The catalogue.
        target: Where to; its ending is the format.
        place: Which track, in the order of their names.
        seconds: How much of it.
    """
    tracks = sorted(path for path in music.rglob("*") if path.suffix in {".flac", ".wav"} and path.stat().st_size > 1e5)
    with soundfile.SoundFile(tracks[place]) as track:
        samples = track.read(int(seconds * track.samplerate), dtype="float32")
        soundfile.write(target, samples, track.samplerate)
    return target


def tag(path: Path, *, artist: str, title: str, label: str | None = None) -> Path:
    """Give an MP3 its tags."""
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.TPE1(encoding=3, text=[artist]))
    tags.add(mutagen.id3.TIT2(encoding=3, text=[title]))
    if label is not None:
        tags.add(mutagen.id3.TPUB(encoding=3, text=[label]))
    tags.save(path)
    return path


def silence(target: Path, *, minutes: float, rate: int = 8_000) -> Path:
    """Write much silence into a small file: a FLAC of an hour has a few kilobytes."""
    with soundfile.SoundFile(target, "w", samplerate=rate, channels=1, subtype="PCM_16") as file:
        for _ in range(round(minutes)):
            file.write(np.zeros(60 * rate, dtype=np.int16))
    return target


def zip_bomb() -> bytes:
    """A small archive that would become large."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("track.mp3", bytes(64 << 20))
    return packed.getvalue()


def drop(client: TestClient, content: bytes | Path, name: str = "", **params: Any) -> Any:
    """Drop a file and wait for all that is told of it."""
    body = content if isinstance(content, bytes) else content.read_bytes()
    return client.post("/api/drops", params={"name": name, "wait": True, **params}, content=body, headers=RAW)


def shared_of(client: TestClient) -> Shared:
    """What all requests of a client's app share."""
    app: Any = client.app
    shared: Shared = app.state.shared
    return shared


def cli_predictions(bundle: Path, files: Sequence[Path]) -> dict[str, Any]:
    """What the command line says of files, by their names.

    Args:
        bundle: The model.
        files: The files.
    """
    command = [*MODULE, "predict", *map(str, files), "--bundle", str(bundle), "--json", "--jobs", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return {Path(one["path"]).name: one for one in json.loads(ran.stdout)["predictions"]}
