from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from made_backbones import shelf_with

from earmark.audio.settings import PRESETS
from earmark.errors import InputError
from earmark.models.bundle import Bundle
from earmark.models.inputs import OneSong, SongMetadata
from earmark.models.networks import build_network
from earmark.models.registry import MODELS
from earmark.models.saving import Told, save_bundle
from earmark.similarity.vectors.embedder import Embedder, embedder, mfcc_vector
from earmark.similarity.vectors.sources import backbone_source, bundle_source, mfcc_source

PAPER = PRESETS["paper"]
RATE = PAPER.frames_per_second
COUNTS = {part: dict.fromkeys(("A", "B"), 1) for part in ("train", "validation")}


def two_sounds(quiet_share: float, *, gain: float = 0.0, seed: int = 0) -> np.ndarray:
    """Log-mel of 60 s: a quiet sound in some bands, then a loud one in others."""
    rng = np.random.default_rng(seed)
    frames = int(60 * RATE)
    shape = np.full((frames, 128), -70.0)
    turn = int(frames * quiet_share)
    shape[:turn, :40] += 20
    shape[turn:, 50:] += 45
    return (shape + rng.normal(0, 2, shape.shape) + gain).astype(np.float16)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_mfccs_of_a_track_with_a_quiet_intro_are_those_of_its_energetic_part() -> None:
    whole, loud, quiet = (mfcc_vector(two_sounds(share), PAPER) for share in (0.4, 0.0, 1.0))
    assert whole.shape == (80,)
    assert np.linalg.norm(whole - loud) < 0.2 * np.linalg.norm(quiet - loud)


def test_a_part_without_a_frame_takes_no_weight() -> None:
    # 188 frames last 6.016 s, so that a third part of 3 s begins, but the last frame is before it; and it is loud.
    log_mel = two_sounds(0.5)[:188].copy()
    log_mel[-1] += 40.0
    assert np.isfinite(mfcc_vector(log_mel, PAPER)).all()


def test_gain_changes_no_mfcc_vector() -> None:
    plain, louder = (mfcc_vector(two_sounds(0.3, gain=gain), PAPER) for gain in (0.0, 8.0))
    assert louder == pytest.approx(plain, abs=0.2)


def test_a_backbones_patches_are_pooled_by_loudness(tmp_path: Path) -> None:
    with shelf_with(tmp_path, "small") as settings:
        maker = embedder(backbone_source(settings))
        assert set(maker.needs) == {settings, PAPER}
        starts = settings.start_seconds(60.0)
        patches = np.zeros((len(starts), 6), dtype=np.float16)
        patches[:, 0], patches[starts < 24, 0] = 1.0, 0.0
        patches[:, 1] = 1.0 - patches[:, 0]
        song = OneSong(
            {settings.key: patches, PAPER.key: two_sounds(0.4)}, SongMetadata(bpm=None, key=None, seconds=60.0)
        )
        vector = maker.embed(song)
        plain = patches.astype(np.float32).mean(axis=0)
        energetic = np.eye(6)[0]
        assert cosine(vector, energetic) > 0.99 > 0.9 > cosine(plain, energetic)


@pytest.fixture(scope="module")
def crnn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    spec = MODELS["crnn"].with_slice_seconds(1)
    path = tmp_path_factory.mktemp("bundle") / "crnn"
    told = Told(songs=COUNTS, slices=COUNTS, training={"seed": 0})
    save_bundle(path, model=build_network(spec, 2).eval(), spec=spec, labels=("A", "B"), told=told)
    return path


def test_a_bundles_slices_are_pooled_by_loudness(crnn: Path) -> None:
    maker = embedder(bundle_source(crnn))
    assert maker.needs == (PAPER,)
    assert maker.bundle is not None

    def song(share: float) -> OneSong:
        return OneSong({PAPER.key: two_sounds(share)[: int(20 * RATE)]}, SongMetadata(bpm=None, key=None, seconds=20.0))

    turning = OneSong(
        {PAPER.key: np.concatenate([two_sounds(1.0)[: int(8 * RATE)], two_sounds(0.0)[: int(12 * RATE)]])},
        SongMetadata(bpm=None, key=None, seconds=20.0),
    )
    energetic = maker.embed(song(0.0))
    plain = maker.bundle.predict_song(turning).embedding
    pooled = maker.embed(turning)
    assert pooled.shape == (32,)
    assert np.linalg.norm(pooled - energetic) < 0.3 * np.linalg.norm(plain - energetic)


def test_one_slice_is_its_own_vector(crnn: Path) -> None:
    maker = embedder(bundle_source(crnn))
    song = OneSong({PAPER.key: two_sounds(0.0)[:10]}, SongMetadata(bpm=None, key=None, seconds=0.3))
    assert maker.bundle is not None
    assert (maker.embed(song) == maker.bundle.predict_song(song).slice_embeddings[0]).all()


def test_numbers_that_are_none_are_refused() -> None:
    maker = embedder(mfcc_source())
    song = OneSong({PAPER.key: np.full((100, 128), np.inf, dtype=np.float16)})
    with np.errstate(all="ignore"), pytest.raises(InputError, match="MFCCs should give 80 finite numbers"):
        maker.embed(song)


def test_an_ensembles_parts_stand_side_by_side_at_length_one(crnn: Path) -> None:
    source = bundle_source(crnn)
    part = embedder(source).bundle
    assert part is not None
    names = [
        SimpleNamespace(name=name, kind=kind) for name, kind in (("a", "crnn"), ("tags", "metadata"), ("b", "crnn"))
    ]
    fused = SimpleNamespace(spec=SimpleNamespace(parts=names, stored=(PAPER,)), parts={"a": part, "b": part})
    song = OneSong({PAPER.key: two_sounds(0.2)[:200]}, SongMetadata(bpm=None, key=None, seconds=6.0))
    vector = Embedder(replace(source, size=64), cast(Bundle, fused)).embed(song)
    alone = embedder(source).embed(song)
    assert vector == pytest.approx(np.tile(alone / np.linalg.norm(alone), 2), abs=1e-6)
