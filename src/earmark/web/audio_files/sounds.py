"""A track's sound as a browser can play it, and its outline."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from earmark.audio.envelope import level_outline
from earmark.audio.settings import PRESETS
from earmark.catalog.track import Track
from earmark.errors import DecodeError, LibraryError
from earmark.library.library import Library
from earmark.web.audio_files.conversion import FlacTask, Heard, OutlineTask, hear, make_flac, take_outline
from earmark.web.audio_files.finding import OpenFile, track_file
from earmark.web.audio_files.folder_cache import FolderCache
from earmark.web.audio_files.workshop import Workshop
from earmark.web.problems import RefusedError

PLAYABLE: Final = {
    ("mp3", "mp3"): "audio/mpeg",
    ("wav", "pcm_s16"): "audio/wav",
    ("wav", "pcm_s24"): "audio/wav",
    ("wav", "pcm_u8"): "audio/wav",
    ("wav", "pcm_f32"): "audio/wav",
    ("flac", "flac"): "audio/flac",
    ("ogg", "vorbis"): "audio/ogg",
    ("ogg", "opus"): "audio/ogg",
    ("mp4", "aac"): "audio/mp4",
    ("aac", "aac"): "audio/aac",
}
"""What browsers play as it is, by container and codec; anything else is decoded to a FLAC for them."""

FLAC: Final = "audio/flac"
CACHE: Final = "played"
"""Folder of the library with FLACs made for browsers."""
CACHE_BYTES: Final = 2 << 30
OUTLINE_POINTS: Final = 800
MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound that can be sent.

    Attributes:
        file: The open file; whoever has it closes its descriptor.
        media_type: What is in it.
        tag: Names its content.
    """

    file: OpenFile
    media_type: str
    tag: str


class Sounds:
    """The sounds of a library's tracks.

    Args:
        library: The library.
        workshop: Where files are decoded.
    """

    def __init__(self, library: Library, workshop: Workshop | None = None) -> None:
        self._library = library
        self._workshop = workshop or Workshop()
        self._cache = FolderCache(library.local_folder(CACHE), most_bytes=CACHE_BYTES)
        self._heard: dict[tuple[Path, int, int], Heard | None] = {}
        self._lock = threading.Lock()

    def open(self, track: Track, allowed: Sequence[Path], *, decoded: bool = False) -> Sound:
        """Open a track's sound for sending.

        Args:
            track: The track.
            allowed: Folders below which files may be read, resolved.
            decoded: Whether a FLAC is wanted even where most browsers play the file.

        Raises:
            RefusedError: Its files lie outside of the folders (403), are gone (404), or hold another sound now (409).
            DecodeError: The file has to be decoded and cannot be.
            LimitError: Decoding it takes too long or too much memory.
        """
        with track_file(self._library, track, allowed) as file:
            container, codec = self._kind(file, track)
            media_type = PLAYABLE.get((container, codec))
            if media_type is not None and not decoded:
                kept = replace(file, descriptor=os.dup(file.descriptor))
                return Sound(kept, media_type, f"{track.audio_id}-{file.size:x}-{file.mtime_ns:x}")
            return self._decoded(file, track)

    def outline(self, track: Track, allowed: Sequence[Path]) -> list[int]:
        """Return the outline of a track, from what its scan stored or, where it stored none, from its file.

        Args:
            track: The track.
            allowed: Folders below which files may be read, resolved.

        Returns:
            Up to `OUTLINE_POINTS` levels from 0 to 255.

        Raises:
            RefusedError: As for `open`.
            DecodeError: The file has to be decoded and cannot be.
        """
        try:
            log_mel = self._library.features(track.audio_id, PRESETS["paper"])
        except LibraryError:
            levels = self._heard_outline(track, allowed)
        else:
            levels = level_outline(log_mel, points=OUTLINE_POINTS).tolist()
        return [round(255 * level) for level in levels]

    def _heard_outline(self, track: Track, allowed: Sequence[Path]) -> list[float]:
        with track_file(self._library, track, allowed) as file:
            self._kind(file, track)
            return self._workshop.do(take_outline, OutlineTask(str(file.path), OUTLINE_POINTS))

    def _decoded(self, file: OpenFile, track: Track) -> Sound:
        """The FLAC of a file; opened before anything can remove it from the cache again."""

        def make(half: Path) -> None:
            self._workshop.do(make_flac, FlacTask(str(file.path), str(half)))

        path = self._cache.get(f"{track.audio_id}.flac", make)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        # Its time is when it was last played; its content goes by the audio id alone.
        opened = OpenFile(descriptor, path, status.st_size, file.mtime_ns)
        return Sound(opened, FLAC, f"{track.audio_id}-flac-{status.st_size:x}")

    def _kind(self, file: OpenFile, track: Track) -> tuple[str, str]:
        """Container and codec of a file, which is heard first where it has changed since its scan."""
        if file.record is not None:
            return file.record.facts.container, file.record.facts.codec
        heard = self._hear(file)
        if heard is None or heard.audio_id != track.audio_id:
            raise RefusedError(
                409, f"the file of {track.display} holds something else since it was scanned; rescan its folder"
            )
        return heard.container, heard.codec

    def _hear(self, file: OpenFile) -> Heard | None:
        """What is in a file that has changed, remembered until it changes again; None where it is no sound."""
        state = (file.path, file.size, file.mtime_ns)
        with self._lock:
            if state in self._heard:
                return self._heard[state]
        try:
            heard = self._workshop.do(hear, str(file.path))
        except DecodeError:
            heard = None
        with self._lock:
            if len(self._heard) >= MOST_REMEMBERED:
                self._heard.clear()
            self._heard[state] = heard
        return heard
