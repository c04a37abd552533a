from pathlib import Path

import numpy as np
import pytest
from benchmarks.versions import KINDS, RATE, Sounds, tally, variant, write_up
from made_collection import made_track

from earmark.audio.fingerprint import FINGERPRINT_SETTINGS, fingerprint
from earmark.audio.mel import log_mel
from earmark.audio.resample import resample


def sound(seed: int, *, seconds: int) -> "np.typing.NDArray[np.float32]":
    """Tones that change five times a second."""
    rng = np.random.default_rng(seed)
    time = np.arange(RATE // 5) / RATE
    tones = [np.sin(2 * np.pi * rng.uniform(200, 4000, (3, 1)) * time).sum(axis=0) for _ in range(5 * seconds)]
    return (0.1 * np.concatenate(tones)).astype(np.float32)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """Four tracks, two of which say that they are mixes of one song, and two variants of two of them."""
    folder = tmp_path_factory.mktemp("variants")
    tracks = [
        made_track(name, artist="One", title=title) for name, title in zip("abcd", ("x", "y", "x", "z"), strict=True)
    ]
    drawn = [sound(seed, seconds=40 if seed < 2 else 20) for seed in range(4)]
    originals = [fingerprint(log_mel(resample(one, RATE, 16_000), FINGERPRINT_SETTINGS)) for one in drawn]
    variants = {
        (place, name): variant(drawn[place], KINDS[name], folder) for place in (0, 1) for name in ("edited", "opus-48")
    }
    return Sounds(tracks, originals, variants)


def test_variants_are_found_and_strangers_are_counted(sounds: Sounds) -> None:
    odd = tally(sounds, 1, 0.5)
    assert odd.found == {"edited": [True], "opus-48": [True]}
    assert (odd.strangers, odd.pairs) == (0, 3)
    even = tally(sounds, 0, 0.5)
    # The tracks at places 0 and 2 are mixes of one song, so that none of the even pairs is one of strangers.
    assert (even.pairs, even.related) == (0, 0)


def test_the_page_tells_every_kind(sounds: Sounds) -> None:
    page = "\n".join(write_up(["made"], [sounds]))
    assert "| the middle third cut out, MP3 | 1 of 1 |" in page
    assert "| **strangers taken** | 0 of 3 |" in page
    assert "| 0.50 | 1.000 | 0 | 0 | 0 |" in page


def test_every_encoder_is_there(tmp_path: Path) -> None:
    by_codec = {kind.codec: kind for kind in KINDS.values() if kind.told.startswith(("AAC", "resampled"))}
    for kind in by_codec.values():
        assert variant(sound(9, seconds=5), kind, tmp_path).seconds > 3
