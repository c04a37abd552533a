"""What the common path leaves that tells a label without listening: one number per track, and how far it gets.

    python benchmarks/free_music/leftovers.py --dir benchmarks/free_music/data

For each number a logistic regression is judged by stratified 4-fold cross-validation over songs. A model of sound that
does no better than the best of these has shown nothing.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

from benchmarks.free_music.manifest import HERE  # noqa: E402 - the path has to be set first

from earmark.cli.console import out, table  # noqa: E402

FRAME = 2048
"""Samples in a frame: 128 ms at 16 kHz."""

HIGH_BAND_HZ = (7000.0, 7800.0)
"""Just below half the sample rate, where the resampler does not yet reach."""

FOLDS = 4

FloatArray = npt.NDArray[np.float64]


def measure(samples: npt.NDArray[np.float32], sample_rate: int, *, file_bytes: int) -> dict[str, float]:
    """Measure what is left in one track.

    Args:
        samples: Mono, shape (n,), float32, at least one frame of `FRAME` samples.
        sample_rate: Hertz.
        file_bytes: Size of its file.

    Returns:
        By name: length in seconds, 1st percentile of the frames' level in decibels against full scale, peak (1 at full
        scale), bit rate in kbit/s, and the mean power between 7.0 and 7.8 kHz over that of all bands, in decibels.
    """
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1)) ** 2, axis=0)
    low, high = (round(hertz * FRAME / sample_rate) for hertz in HIGH_BAND_HZ)
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    seconds = len(samples) / sample_rate
    return {
        "length": seconds,
        "1st percentile of the level": float(np.percentile(levels, 1)),
        "bit rate of the FLAC file": 8 * file_bytes / seconds / 1000,
        "peak": float(np.abs(samples).max()),
        "level of 7.0 to 7.8 kHz": float(10 * np.log10(power[low:high].mean() / power.mean())),
    }


def accuracies(numbers: Mapping[str, FloatArray], labels: Sequence[str], *, seed: int = 0) -> dict[str, float]:
    """Judge each number by itself.

    Args:
        numbers: One value per track, shape (n,), by name.
        labels: Each track's label.
        seed: Of the folds.

    Returns:
        Mean accuracy over the folds of a logistic regression on that one number, by name.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return {
        name: float(cross_val_score(model, values[:, np.newaxis], list(labels), cv=folds).mean())
        for name, values in numbers.items()
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure the collection and print the table."""
    parser = argparse.ArgumentParser(description="What tells a label in the collection without listening.")
    parser.add_argument("--dir", type=Path, default=HERE / "data", help="where fetch.py built it")
    folder: Path = parser.parse_args(arguments).dir
    with (folder / "collection.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measured = []
    for row in rows:
        path = folder / "collection" / row["file"]
        samples, rate = soundfile.read(path, dtype="float32")
        told = {"loudness before normalising (not in the files)": float(row["loudness_before"])}
        measured.append(measure(samples, rate, file_bytes=path.stat().st_size) | told)
    labels = [row["label"] for row in rows]
    numbers = {name: np.array([one[name] for one in measured]) for name in measured[0]}
    ranked = sorted(accuracies(numbers, labels).items(), key=lambda pair: -pair[1])
    majority = max(labels.count(label) for label in set(labels)) / len(labels)
    lines = [(name, f"{accuracy:.2f}") for name, accuracy in [*ranked, ("majority", majority)]]
    out().print(table(["one number", "accuracy>"], lines, title=f"{len(labels)} tracks, {len(set(labels))} labels"))


if __name__ == "__main__":
    main()
