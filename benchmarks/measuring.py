"""What measuring tempo, key, loudness and energy costs a scan, part by part, on one core.

On the music-like MP3s of `benchmarks.features` (320 kbit/s, 180 s), made in a temporary folder, or on files of yours.
Speeds are in times real time, in processor seconds, the best of the repeats, with one BLAS thread.

    python -m benchmarks.measuring
    python -m benchmarks.measuring track.mp3 other.flac
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from benchmarks.features import make_music

from earmark.audio.decode import decode
from earmark.audio.features import extract
from earmark.audio.identity import audio_id
from earmark.audio.measures import measure, measure_key, measure_tempo
from earmark.audio.settings import PRESETS


def seconds_of(path: Path, repeats: int) -> dict[str, float]:
    """Processor seconds of each part of a scan for one file, and the seconds of sound."""
    audio = decode(path, loudness=True)
    parts: dict[str, Callable[[], object]] = {
        "decode": lambda: decode(path),
        "decode with loudness": lambda: decode(path, loudness=True),
        "audio id": lambda: audio_id(audio.samples, audio.sample_rate),
        "log-mel, paper": lambda: extract(audio, PRESETS["paper"]),
        "tempo": lambda: measure_tempo(audio),
        "key": lambda: measure_key(audio),
        "measure": lambda: measure(audio),
    }
    return {name: min(_timed(part) for _ in range(repeats + 1)) for name, part in parts.items()} | {
        "sound": audio.facts.seconds
    }


def _timed(part: Callable[[], object]) -> float:
    began = time.process_time()
    part()
    return time.process_time() - began


def compare(paths: Sequence[Path], repeats: int) -> None:
    """Print the speed of each part, and of a scan with and without measures."""
    told = [seconds_of(path, repeats) for path in paths]
    took = {name: sum(one[name] for one in told) for name in told[0]}
    sound = took.pop("sound")
    without = took["decode"] + took["audio id"] + took["log-mel, paper"]
    measuring = took["measure"] + took["decode with loudness"] - took["decode"]
    took |= {
        "loudness": took["decode with loudness"] - took["decode"],
        "all measures": measuring,
        "scan without measures": without,
        "scan with measures": without + measuring,
    }
    for name, seconds in took.items():
        print(f"{name:24s} {sound / seconds:8.0f} x real time")
    print(f"a scan takes {1 + measuring / without:.2f} times the processor time of one without measures")


def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of measuring tempo, key, loudness and energy.")
    parser.add_argument("files", type=Path, nargs="*", help="audio files; two MP3s are made where none is named")
    parser.add_argument("--repeats", type=int, default=3, help="how often each part runs (default 3)")
    arguments = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        paths = arguments.files
        if not paths:
            paths = [Path(folder) / f"{number}.mp3" for number in range(2)]
            for number, path in enumerate(paths):
                make_music(path, np.random.default_rng(number))
        compare(paths, arguments.repeats)


if __name__ == "__main__":
    main()
