from pathlib import Path

import pytest
from library_sounds import retouch, write_broken, write_sound

from earmark.audio.settings import FeatureSettings
from earmark.errors import DecodeError
from earmark.library import analysis
from earmark.library.analysis import AnalysisJob, analyse
from earmark.library.discovery import find_audio
from earmark.library.rows import feature_name
from earmark.library.storage import Storage

SMALL = FeatureSettings(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=16)
OTHER = FeatureSettings(sample_rate=4_000, n_fft=256, hop_length=256, n_mels=16)


def job(path: Path, address: Path, *settings: FeatureSettings) -> AnalysisJob:
    (file,) = find_audio([path]).files
    return AnalysisJob(file, settings, str(address))


def test_everything_about_a_file(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", 1, seconds=2.0, title="One", label="Alpha")
    done = analyse(job(path, tmp_path / "lib", SMALL, OTHER))
    record = done.file
    assert (record.path, record.size, record.mtime_ns) == (str(path), path.stat().st_size, path.stat().st_mtime_ns)
    assert (record.facts.seconds, record.facts.decoder, record.facts.codec) == (2.0, "soundfile", "flac")
    assert (record.values.title, record.values.label) == ("One", "Alpha")
    assert [one.settings for one in done.features] == [SMALL.key, OTHER.key]
    storage = Storage(tmp_path / "lib")
    for one in done.features:
        assert one.audio_id == record.audio_id
        assert storage.read_array(one.name).shape == (one.frames, one.bands)
        assert storage.size(one.name) == one.bytes


def test_features_that_are_there_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.flac", 1)
    first = analyse(job(path, tmp_path / "lib", SMALL))
    retouch(path)
    monkeypatch.delattr(analysis, "extract")
    again = analyse(job(path, tmp_path / "lib", SMALL))
    assert again.features == first.features
    assert again.file.mtime_ns != first.file.mtime_ns


def test_a_cut_array_is_made_again(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", 1)
    first = analyse(job(path, tmp_path / "lib", SMALL))
    stored = tmp_path / "lib" / feature_name(first.file.audio_id, SMALL)
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-7])
    assert analyse(job(path, tmp_path / "lib", SMALL)) == first
    assert stored.read_bytes() == whole


def test_no_settings_are_no_features(tmp_path: Path) -> None:
    assert analyse(job(write_sound(tmp_path / "a.flac", 1), tmp_path / "lib")).features == ()
    assert not (tmp_path / "lib").exists()


def test_a_file_that_vanished_meanwhile(tmp_path: Path) -> None:
    asked = job(write_sound(tmp_path / "a.flac", 1), tmp_path / "lib", SMALL)
    (tmp_path / "a.flac").unlink()
    with pytest.raises(DecodeError, match="No such file"):
        analyse(asked)


def test_what_is_no_audio_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(DecodeError) as caught:
        analyse(job(write_broken(tmp_path / "a.flac"), tmp_path / "lib", SMALL))
    assert caught.value.reasons.keys() == {"soundfile", "pyav"}
    assert not (tmp_path / "lib").exists()
