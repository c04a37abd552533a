"""How fast MP3 files become stored features: Earmark against librosa, on the same files in the same run.

Measured, on music-like synthetic MP3s of 320 kbit/s and 180 s that this script makes in a temporary folder:

- files to features on disk with two spawned workers, at 44.1 kHz (middle 180 s) and at 16 kHz (whole track). Earmark:
  decode, audio id, features, float16 .npy, time-major. librosa: load, melspectrogram, power_to_db, float16 .npy; it
  computes no audio id, so Earmark does more work per file.
- on one core: decoding alone (mono float32), and log-mel alone.

Both sides run by turns, with one BLAS thread per worker. Speeds are in times real time, the best of the repeats; a
ratio is the median over the repeats of neighbouring runs. The CPU ratio compares the workers' processor seconds, so
that other programs on the machine disturb it less.

    python benchmarks/features.py --files 12 --repeats 3
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from earmark.audio.decode import decode
from earmark.audio.features import extract
from earmark.audio.identity import audio_id
from earmark.audio.mel import log_mel
from earmark.audio.settings import PRESETS, FeatureSettings

SECONDS = 180
SAMPLE_RATE = 44_100
WORKERS = 2

Job = Callable[[Path, str], float]


def earmark_file(path: Path, preset: str) -> float:
    """Store one file's features with Earmark; return processor seconds."""
    began = time.process_time()
    audio = decode(path)
    identity = audio_id(audio.samples, audio.sample_rate)
    np.save(path.with_name(f"{identity}-{preset}.npy"), extract(audio, PRESETS[preset]))
    return time.process_time() - began


def librosa_file(path: Path, preset: str) -> float:
    """Store one file's features with librosa; return processor seconds."""
    began = time.process_time()
    settings = PRESETS[preset]
    sound, _ = _librosa_load(path, settings)
    np.save(path.with_name(f"{path.stem}-librosa-{preset}.npy"), _librosa_log_mel(sound, settings).astype(np.float16))
    return time.process_time() - began


def _librosa_load(path: Path, settings: FeatureSettings) -> tuple[npt.NDArray[np.float32], float]:
    import librosa

    # At the files' own rate librosa is spared the comparison of rates that it would make for a given one.
    target = None if settings.sample_rate == SAMPLE_RATE else settings.sample_rate
    sound, rate = librosa.load(path, sr=target)
    return sound, rate


def _librosa_log_mel(sound: npt.NDArray[np.float32], settings: FeatureSettings) -> npt.NDArray[np.float32]:
    import librosa

    power = librosa.feature.melspectrogram(
        y=sound,
        sr=settings.sample_rate,
        n_fft=settings.n_fft,
        hop_length=settings.hop_length,
        n_mels=settings.n_mels,
        pad_mode="constant",
    )
    decibels: npt.NDArray[np.float32] = librosa.power_to_db(power)
    return decibels


def components(path: Path, repeats: int) -> dict[str, tuple[float, float]]:
    """Measure decoding and log-mel on one core; return processor seconds as (Earmark, librosa) by component."""
    settings = PRESETS["study"]
    samples = decode(path).samples
    runs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "decode": (lambda: decode(path), lambda: _librosa_load(path, settings)),
        "log-mel": (lambda: log_mel(samples, settings), lambda: _librosa_log_mel(samples, settings)),
    }
    best = {}
    for name, pair in runs.items():
        times = [[_processor_seconds(run) for run in pair] for _ in range(repeats + 1)]
        ours, theirs = np.min(times, axis=0)
        best[name] = (float(ours), float(theirs))
    return best


def _processor_seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def make_music(path: Path, rng: np.random.Generator) -> None:
    """Write one MP3 of chords, a beat and noise, wide in stereo."""
    seconds = np.arange(SECONDS * SAMPLE_RATE, dtype=np.float32) / SAMPLE_RATE
    root = 110.0 * 2 ** (rng.integers(12) / 12)
    chord = np.zeros_like(seconds)
    for ratio in (1, 1.5, 2, 2.4, 3, 4, 6, 8):
        chord += np.sin(2 * np.pi * root * ratio * seconds + rng.uniform(0, 6.28)).astype(np.float32) / ratio
    beat = np.exp(-8 * ((seconds * rng.uniform(2.1, 2.4)) % 1)).astype(np.float32)
    noise = rng.standard_normal((len(seconds), 2), dtype=np.float32)
    stereo = 0.12 * (chord * (1 - 0.7 * beat))[:, np.newaxis] + 0.1 * noise * beat[:, np.newaxis]
    with soundfile.SoundFile(
        path,
        "w",
        SAMPLE_RATE,
        2,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=0.0,
        bitrate_mode="CONSTANT",
    ) as file:
        file.write(stereo)


def compare(pool: ProcessPoolExecutor, paths: Sequence[Path], preset: str, repeats: int) -> None:
    """Run both sides by turns over all files and print one line."""
    jobs: dict[str, Job] = {"earmark": earmark_file, "librosa": librosa_file}
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    processor: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            began = time.perf_counter()
            processor[name].append(sum(pool.map(job, paths, [preset] * len(paths))))
            wall[name].append(time.perf_counter() - began)
    sound = SECONDS * len(paths)
    ratio, processor_ratio = (np.median(np.divide(t["librosa"], t["earmark"])) for t in (wall, processor))
    print(
        f"{'files to features, ' + preset:28s} {sound / min(wall['earmark']):9.0f} {sound / min(wall['librosa']):9.0f} "
        f"{ratio:7.2f} {processor_ratio:9.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Earmark against librosa, from MP3 files to stored features.")
    parser.add_argument("--files", type=int, default=12, help="how many MP3s of 180 s to make (default 12)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs (default 3)")
    arguments = parser.parse_args()
    # Two workers with a thread pool each would fight over the cores; spawned children read this before numpy loads.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:02d}.mp3" for number in range(arguments.files)]
        for path in paths:
            make_music(path, rng)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(WORKERS, mp_context=spawn) as pool:
            for job in (earmark_file, librosa_file):  # imports and librosa's compilation are not measured
                list(pool.map(job, paths[:WORKERS], ["paper"] * WORKERS))
            print(f"{arguments.files} files of {SECONDS} s, {WORKERS} workers, times real time")
            print(f"{'':28s} {'earmark':>9s} {'librosa':>9s} {'ratio':>7s} {'CPU ratio':>9s}")
            for preset in ("study", "paper"):
                compare(pool, paths, preset, arguments.repeats)
            for name, (ours, theirs) in pool.submit(components, paths[0], arguments.repeats).result().items():
                line = f"{name + ', one core':28s} {SECONDS / ours:9.0f} {SECONDS / theirs:9.0f}"
                print(f"{line} {'':7s} {theirs / ours:9.2f}")


if __name__ == "__main__":
    main()
