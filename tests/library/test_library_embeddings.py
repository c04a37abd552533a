"""Embeddings in a library: stored, found again and made anew as any feature is."""

from pathlib import Path

import numpy as np
import pytest
from library_sounds import scan_serially, write_sound
from made_backbones import put_small, small_graph, small_settings

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.backbones.embed import embed
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import SHELF_VARIABLE, remove
from earmark.errors import InputError, UnknownNameError
from earmark.executors import ProcessExecutor, SerialExecutor
from earmark.library.analysis import decode_quietly
from earmark.library.library import Library
from earmark.library.rows import StoredFeature
from earmark.library.scan import ensure_features
from earmark.library.storage import Storage

SMALL = FeatureSettings(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=16)


@pytest.fixture
def backbone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackboneSettings:
    monkeypatch.setenv(SHELF_VARIABLE, str(tmp_path / "shelf"))
    monkeypatch.setenv("EARMARK_ENGINE", "onnxruntime")
    return put_small()


@pytest.fixture
def scanned(library: Library, music: Path) -> Library:
    scan_serially(library, music, settings=[SMALL])
    return library


def ids(library: Library) -> list[str]:
    return [track.audio_id for track in library.tracks()]


def test_embeddings_are_stored_beside_features(scanned: Library, backbone: BackboneSettings) -> None:
    assert ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor()) == {}
    records = scanned.feature_records([SMALL, backbone])
    assert set(records) == {(audio_id, one.key) for audio_id in ids(scanned) for one in (SMALL, backbone)}
    for track in scanned.tracks():
        stored = scanned.features(track.audio_id, backbone)
        assert stored.dtype == np.float16
        np.testing.assert_array_equal(stored, embed(decode_quietly(track.path), backbone))
        record = records[track.audio_id, backbone.key]
        assert (record.frames, record.bands) == stored.shape
        assert len(stored) == len(backbone.start_seconds(track.seconds))
        # The log-mel is what it was.
        assert scanned.features(track.audio_id, SMALL).shape[1] == 16


def test_worker_processes_store_the_same(scanned: Library, backbone: BackboneSettings) -> None:
    assert ensure_features(scanned, ids(scanned), backbone, executor=ProcessExecutor(1)) == {}
    for track in scanned.tracks():
        expected = embed(decode_quietly(track.path), backbone)
        np.testing.assert_allclose(scanned.features(track.audio_id, backbone), expected, rtol=2e-3, atol=2e-3)


def test_a_scan_stores_what_is_asked_for_and_nothing_twice(
    library: Library, music: Path, backbone: BackboneSettings
) -> None:
    first = scan_serially(library, music, settings=[SMALL, backbone])
    assert (first.analysed, first.unchanged) == (4, 0)
    again = scan_serially(library, music, settings=[SMALL, backbone])
    assert (again.analysed, again.unchanged) == (0, 4)
    other = small_settings(small_graph(), patch_hop=3)
    with pytest.raises(UnknownNameError, match="no backbone with the numbers"):
        scan_serially(library, music, settings=[SMALL, other])


def test_a_backbone_that_is_not_there_is_no_fault_of_the_files(scanned: Library, backbone: BackboneSettings) -> None:
    remove(backbone.name)
    with pytest.raises(UnknownNameError, match="earmark backbones get musicnn"):
        ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor())
    assert scanned.failures() == []
    assert scanned.feature_records([backbone]) == {}


def test_a_backbone_that_is_damaged_is_no_fault_of_the_files(
    scanned: Library, backbone: BackboneSettings, tmp_path: Path
) -> None:
    (tmp_path / "shelf" / "small" / "small.onnx").write_bytes(b"cut off")
    with pytest.raises(InputError, match="is not the one that was put there"):
        ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor())
    assert scanned.failures() == []


def test_stored_embeddings_are_read_without_the_backbone(scanned: Library, backbone: BackboneSettings) -> None:
    ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor())
    remove(backbone.name)
    assert ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor()) == {}
    assert scanned.features(ids(scanned)[0], backbone).shape[1] == 6


def test_a_damaged_array_is_made_anew(scanned: Library, backbone: BackboneSettings) -> None:
    ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor())
    record = next(iter(scanned.feature_records([backbone]).values()))
    before = np.array(scanned.features(record.audio_id, backbone))
    Storage(scanned.address).write(record.name, b"cut off")
    assert ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor()) == {}
    np.testing.assert_array_equal(scanned.features(record.audio_id, backbone), before)


def test_a_file_that_is_gone_has_a_reason(scanned: Library, backbone: BackboneSettings) -> None:
    track = scanned.tracks()[0]
    Path(track.path).unlink()
    lost = ensure_features(scanned, ids(scanned), backbone, executor=SerialExecutor())
    assert lost == {track.audio_id: "its file is gone"}


def test_other_backbones_and_presets_never_meet(backbone: BackboneSettings) -> None:
    kept: list[StoredFeature] = [*PRESETS.values(), SMALL, backbone, small_settings(small_graph(), max_patches=2)]
    keys = {one.key for one in kept}
    assert len(keys) == len(PRESETS) + 3


def test_a_track_shorter_than_a_patch_has_one_row(library: Library, tmp_path: Path, backbone: BackboneSettings) -> None:
    write_sound(tmp_path / "short" / "one.wav", 1, seconds=0.05, label="Alpha")
    scan_serially(library, tmp_path / "short", settings=[backbone])
    assert library.features(ids(library)[0], backbone).shape == (1, 6)
