"""Features against golden ones that `tests/golden/make_golden.py` made with librosa."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from earmark.audio.features import FEATURES
from earmark.audio.settings import PRESETS

GOLDEN = load_file(Path(__file__).parents[1] / "golden" / "features.safetensors")
SIGNALS = sorted(name.removesuffix("/samples") for name in GOLDEN if name.endswith("/samples"))
# MFCCs sum 128 bands with weights of about 1/8, so their tolerance is that of the decibels times about ten.
TOLERANCES = {"log-mel": 0.02, "mfcc": 0.2}


def test_the_golden_set_is_not_empty() -> None:
    assert {name.split("/")[0] for name in SIGNALS} == set(PRESETS)
    assert len(SIGNALS) == 7 * len(PRESETS)
    assert set(TOLERANCES) == set(FEATURES)
    assert max(np.ptp(GOLDEN[f"{name}/log-mel"]) for name in SIGNALS) > 60


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("kind", FEATURES)
def test_equal_to_the_golden_features(name: str, kind: str) -> None:
    samples = GOLDEN[f"{name}/samples"].astype(np.float32) / np.float32(32_768)
    computed = FEATURES[kind].compute(samples, PRESETS[name.split("/", maxsplit=1)[0]])
    golden = GOLDEN[f"{name}/{kind}"]
    assert computed.shape == golden.shape
    assert np.abs(computed - golden).max() < TOLERANCES[kind]
