"""Recordings whose tempo is known, for `benchmarks.tempo` and `benchmarks.tempo_weights`.

Three kinds, each split into a part to learn from and a part to report on, which share no author:

- ``demo``: rendered by ``earmark demo-catalogue``; the renderer says the tempo. Learnt from is another seed.
- ``lmms``: LMMS projects, which state their tempo, rendered by ``benchmarks/free_music/fetch.py``. By author's name.
- ``modules``: tracker modules of the free music collection. libopenmpt tells the tempo from speed, tempo and the rows
  of a beat: those that an IT file highlights, else the trackers' custom of 4. Taken are only modules that keep one
  tempo for 95 % of their length, and one within 60 to 200 BPM: beyond it, the author counted rows otherwise, and
  nobody knows how. Learnt from are those of Pingus, reported those of TecnoballZ.
"""

import csv
import ctypes
import json
from collections import Counter
from collections.abc import Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from earmark.errors import EarmarkError, InputError

FREE_MUSIC = Path("benchmarks/free_music/data")
LAST_LEARNT_PROJECT = 93
"""Projects stand in the order of their authors' names; this row is the last of an author."""

MODULE_SUFFIXES = (".it", ".mod", ".s3m", ".xm")
CREDIBLE_BPM = (60.0, 200.0)
KEPT_SHARE = 0.95

Kind = Literal["demo", "lmms", "modules"]


@dataclass(frozen=True, slots=True)
class Known:
    """A recording of known tempo: what kind, which file, the tempo, and whether the weights may learn from it."""

    kind: Kind
    path: Path
    bpm: float
    learnt: bool


def from_demo(catalogue: Path, *, learnt: bool) -> Iterator[Known]:
    """Yield the tracks of a rendered catalogue."""
    truth = catalogue / "truth.json"
    if not truth.is_file():
        raise InputError(f"there is no {truth}; render it first: earmark demo-catalogue {catalogue}")
    for name, track in sorted(json.loads(truth.read_text())["tracks"].items()):
        if (catalogue / name).is_file():
            yield Known("demo", catalogue / name, track["bpm"], learnt)


def from_lmms() -> Iterator[Known]:
    """Yield the rendered LMMS projects that do not change their tempo."""
    for row in _rows(FREE_MUSIC / "tempo.csv"):
        if row["automated"] == "false":
            learnt = int(row["row"]) <= LAST_LEARNT_PROJECT
            yield Known("lmms", FREE_MUSIC / "tempo" / row["file"], float(row["bpm"]), learnt)


def from_modules() -> Iterator[Known]:
    """Yield the tracker modules that keep one credible tempo."""
    for row in _rows(FREE_MUSIC / "collection.csv"):
        source = FREE_MUSIC / "unpacked" / f"{int(row['row']):04d}{Path(row['path']).suffix}"
        if source.suffix in MODULE_SUFFIXES and (bpm := module_tempo(source)) is not None:
            yield Known("modules", FREE_MUSIC / "collection" / row["file"], bpm, row["label"] == "Pingus")


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.is_file():
        raise InputError(f"there is no {table}; fetch the free music first: python benchmarks/free_music/fetch.py")
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def module_tempo(path: Path) -> float | None:
    """Play a module and return its tempo in beats per minute; None where it does not keep one that is credible."""
    openmpt, data, rate = _openmpt(), path.read_bytes(), 8000
    module = openmpt.openmpt_module_create_from_memory2(data, len(data), *[None] * 7)
    if not module:
        raise EarmarkError(f"libopenmpt cannot read {path}")
    buffer, heard = (ctypes.c_float * (rate // 10))(), Counter[float]()
    while openmpt.openmpt_module_read_mono(module, rate, len(buffer), buffer):
        heard[openmpt.openmpt_module_get_current_estimated_bpm(module)] += 1
    openmpt.openmpt_module_destroy(module)
    bpm, count = heard.most_common(1)[0]
    kept = count >= KEPT_SHARE * heard.total()
    return bpm if kept and CREDIBLE_BPM[0] <= bpm <= CREDIBLE_BPM[1] else None


@cache
def _openmpt() -> Any:
    """Load libopenmpt's C library, which comes with openmpt123."""
    name = find_library("openmpt")
    if name is None:
        raise EarmarkError("libopenmpt is not installed (apt-get install openmpt123, or https://lib.openmpt.org/)")
    library = ctypes.CDLL(name)
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for function, result, arguments in (
        ("create_from_memory2", pointer, [ctypes.c_char_p, size, *[pointer] * 7]),
        ("read_mono", size, [pointer, ctypes.c_int32, size, pointer]),
        ("get_current_estimated_bpm", ctypes.c_double, [pointer]),
        ("destroy", None, [pointer]),
    ):
        found = getattr(library, f"openmpt_module_{function}")
        found.restype, found.argtypes = result, arguments
    return library
