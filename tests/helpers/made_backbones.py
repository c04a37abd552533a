"""Small backbones with known answers, and sound for them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_graphs import mean_graph

from earmark.audio.decode import DecodedAudio
from earmark.audio.frontends import MusicnnMel
from earmark.backbones.adding import made_sound
from earmark.backbones.settings import BackboneFile, BackboneSettings
from earmark.backbones.shelf import SHELF_VARIABLE, put

SMALL_MEL = MusicnnMel(sample_rate=8000, n_fft=256, hop_length=128, bands=12)


def small_graph(size: int = 6, *, rows: int = 10) -> bytes:
    """A graph over patches of small mels."""
    return mean_graph(("batch", rows, 12), mean_over=(1,), bands=12, outputs=[("embedding", size)])


def small_settings(content: bytes | None = None, **changed: Any) -> BackboneSettings:
    """Settings of a small backbone; those of its file's content where that is given."""
    file = BackboneFile("small.onnx", hashlib.sha256(content or b"").hexdigest())
    plain: dict[str, Any] = {"name": "small", "files": (file,), "front_end": SMALL_MEL}
    plain |= {"patch_rows": 10, "patch_hop": 5, "embedding_size": 6, "licence": "MIT", "source": "made"}
    return BackboneSettings(**{**plain, **changed})


def put_small(**changed: Any) -> BackboneSettings:
    """Put the small backbone on the shelf."""
    content = small_graph()
    settings = small_settings(content, **changed)
    put(settings, {"small.onnx": content})
    return settings


@contextmanager
def shelf_with(folder: Path, *names: str) -> Iterator[BackboneSettings]:
    """Put the small backbone on a shelf in a folder, under these names; it is the shelf until the block is left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SHELF_VARIABLE, str(folder))
        patch.setenv("EARMARK_ENGINE", "onnxruntime")
        made = [put_small(name=name) for name in names]
        yield made[0]


def sound(seconds: float, *, level: float = 1.0, rate: int = 8000) -> DecodedAudio:
    """A chord with noise."""
    made = made_sound(MusicnnMel(sample_rate=rate), seconds)
    return DecodedAudio((made.samples * np.float32(level)).astype(np.float32), made.sample_rate, made.facts)
