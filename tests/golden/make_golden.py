"""Make the golden features: what librosa computes from a few short signals, stored beside the signals.

    python tests/golden/make_golden.py

writes `features.safetensors` next to this script. Tensors are called ``<preset>/<signal>/samples`` (int16),
``<preset>/<signal>/log-mel`` and ``<preset>/<signal>/mfcc`` (float32, time-major). The signals are stored, not only
made, so that another release of numpy cannot change them silently.
"""

from importlib.metadata import version
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

GOLDEN = Path(__file__).with_name("features.safetensors")
RATES = {"paper": 16_000, "study": 44_100}


def signals(rate: int) -> dict[str, npt.NDArray[np.int16]]:
    """Return each signal by name, int16 at the given rate, at most 0.25 s long."""
    rng = np.random.default_rng(20_190_331)
    time = np.arange(int(0.25 * rate)) / rate
    chord = sum(np.sin(2 * np.pi * f * time) for f in (110.0, 277.2, 659.3, 2217.5)) / 5
    beat = np.exp(-20 * (time * 5 % 1)) * rng.standard_normal(len(time)) / 5
    impulses = np.zeros(len(time))
    impulses[[0, 1000, len(time) // 2, -1]] = 1.0
    floats = {
        "music": chord + beat,
        "quiet-music": (chord + beat) * 1e-3,
        "silence": np.zeros(len(time)),
        "impulses": impulses,
        "half-silence": np.where(time < 0.1, chord, 0.0),
        "shorter-than-a-window": (chord + beat)[:700],
        "one-sample": np.array([0.5]),
    }
    return {name: np.round(np.clip(x, -1, 1) * 32_767).astype(np.int16) for name, x in floats.items()}


def log_mel(samples: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.float32]:
    """Return librosa's log-mel of shape (frames, 128)."""
    y = samples.astype(np.float32) / 32_768
    power = librosa.feature.melspectrogram(
        y=y, sr=rate, n_fft=2048, hop_length=512, n_mels=128, center=True, pad_mode="constant"
    )
    return np.ascontiguousarray(librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80.0).T.astype(np.float32))


def main() -> None:
    """Write the golden file."""
    tensors: dict[str, npt.NDArray[np.generic]] = {}
    for preset, rate in RATES.items():
        for name, samples in signals(rate).items():
            spectrogram = log_mel(samples, rate)
            coefficients = librosa.feature.mfcc(S=spectrogram.T, n_mfcc=40).T
            tensors[f"{preset}/{name}/samples"] = samples
            tensors[f"{preset}/{name}/log-mel"] = spectrogram
            tensors[f"{preset}/{name}/mfcc"] = np.ascontiguousarray(coefficients.astype(np.float32))
    save_file(tensors, GOLDEN, metadata={"librosa": version("librosa"), "numpy": version("numpy")})
    print(f"{GOLDEN}: {len(tensors)} tensors, {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
