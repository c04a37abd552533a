"""Every format decodes to the same sound, channels mix at unit gain, and what cannot be decoded says why."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_files import Samples, WriteAudio, chord, stereo_chord
from scipy.signal import correlate

from earmark.audio import decode as decode_module
from earmark.audio.decode import DECODERS, DecodedAudio, decode
from earmark.errors import DecodeError, InputError

FORMATS = {
    "a.wav": ("wav", "pcm_s16", None, 1e-4),
    "b.wav": ("wav", "pcm_s24", "PCM_24", 1e-6),
    "c.wav": ("wav", "pcm_f32", "FLOAT", 0.0),
    "d.wav": ("wav", "pcm_u8", "PCM_U8", 1e-2),
    "a.aiff": ("aiff", "pcm_s16", None, 1e-4),
    "a.flac": ("flac", "flac", None, 1e-4),
    "a.ogg": ("ogg", "vorbis", None, 0.05),
    "a.opus": ("ogg", "opus", None, 0.05),
    "a.mp3": ("mp3", "mp3", None, 0.05),
    "a.m4a": ("mp4", "aac", None, 0.05),
    "b.m4a": ("mp4", "alac", "alac", 1e-4),
    "a.wma": ("asf", "wmav2", None, 0.05),
}


def only(monkeypatch: pytest.MonkeyPatch, decoder: str) -> None:
    monkeypatch.setattr(decode_module, "DECODERS", {decoder: DECODERS[decoder]})


def aligned_difference(first: Samples, second: Samples) -> float:
    """Return the largest difference at the best alignment within 3,000 samples, ends left out."""
    reference = first[4_000:20_000].astype(np.float64)
    searched = second[1_000:23_000].astype(np.float64)
    sums = np.cumsum(np.r_[0, searched**2])
    squared_distances = sums[16_000:] - sums[:-16_000] - 2 * correlate(searched, reference, mode="valid")
    best = int(squared_distances.argmin())
    return float(np.abs(searched[best : best + 16_000] - reference).max())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_decoded_to_the_mean_of_its_channels(name: str, write_audio: WriteAudio) -> None:
    container, codec, subtype, tolerance = FORMATS[name]
    sound = stereo_chord(1.0, 48_000)
    audio = decode(write_audio(name, sound, 48_000, subtype=subtype))
    assert audio.samples.dtype == np.float32
    assert audio.samples.ndim == 1
    assert audio.sample_rate == audio.facts.sample_rate == 48_000
    assert (audio.facts.container, audio.facts.codec, audio.facts.channels) == (container, codec, 2)
    assert audio.facts.seconds == pytest.approx(1.0, abs=0.06)
    assert not audio.facts.truncated
    assert aligned_difference(sound.mean(axis=1), audio.samples) <= tolerance


@pytest.mark.parametrize("name", ["a.wav", "b.wav", "c.wav", "a.aiff", "a.flac", "a.ogg", "a.opus", "a.mp3"])
def test_the_decoders_agree(name: str, write_audio: WriteAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_audio(name, stereo_chord(1.0, 48_000), 48_000, subtype=FORMATS[name][2])
    decoded: dict[str, DecodedAudio] = {}
    for decoder in DECODERS:
        only(monkeypatch, decoder)
        decoded[decoder] = decode(path)
        assert decoded[decoder].facts.decoder == decoder
    ours, theirs = decoded["soundfile"], decoded["pyav"]
    assert aligned_difference(ours.samples, theirs.samples) < 1e-3
    assert (ours.facts.container, ours.facts.codec) == (theirs.facts.container, theirs.facts.codec)
    assert ours.facts.side_ratio == pytest.approx(theirs.facts.side_ratio, rel=0.02)
    assert ours.facts.rms_db == pytest.approx(theirs.facts.rms_db, abs=0.1)


@pytest.mark.parametrize("decoder", DECODERS)
def test_channels_mix_at_unit_gain(decoder: str, write_audio: WriteAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, decoder)
    sine = np.sin(2 * np.pi * 441 * np.arange(22_050) / 44_100).astype(np.float32)
    both = decode(write_audio("both.wav", np.stack([sine, sine], 1), subtype="FLOAT"))
    left = decode(write_audio("left.wav", np.stack([sine, 0 * sine], 1), subtype="FLOAT"))
    assert np.abs(both.samples).max() == pytest.approx(1.0, abs=1e-6)
    assert np.abs(left.samples).max() == pytest.approx(0.5, abs=1e-6)
    assert both.facts.side_ratio == 0
    assert left.facts.side_ratio == pytest.approx(1.0, rel=1e-4)
    assert both.facts.rms_db == pytest.approx(-3.01, abs=0.01)
    assert left.facts.peak == pytest.approx(1.0, abs=1e-6)


def test_mono_and_many_channels(write_audio: WriteAudio) -> None:
    mono = chord(0.5)
    audio = decode(write_audio("mono.wav", mono, subtype="FLOAT"))
    assert np.array_equal(audio.samples, mono)
    assert (audio.facts.channels, audio.facts.side_ratio) == (1, 0.0)
    six = np.stack([chord(0.5, phase=k) for k in range(6)], axis=1)
    audio = decode(write_audio("six.wav", six, subtype="FLOAT"))
    np.testing.assert_allclose(audio.samples, six.mean(axis=1), atol=1e-6)
    assert audio.facts.channels == 6


def test_bit_rates(write_audio: WriteAudio) -> None:
    sound = stereo_chord(2.0)
    wav = decode(write_audio("a.wav", sound)).facts.bit_rate
    mp3 = decode(write_audio("a.mp3", sound)).facts.bit_rate
    assert wav == pytest.approx(2 * 16 * 44_100, rel=0.01)
    assert mp3 is not None
    assert 32_000 <= mp3 <= 330_000


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a"])
def test_only_as_much_as_was_asked_for(name: str, write_audio: WriteAudio) -> None:
    path = write_audio(name, stereo_chord(4.0))
    whole, part = decode(path), decode(path, max_seconds=1.5)
    assert len(part.samples) == 66_150
    assert np.array_equal(part.samples, whole.samples[:66_150])
    assert part.facts.seconds == 1.5
    assert not part.facts.truncated
    assert part.facts.bit_rate == pytest.approx(whole.facts.bit_rate, rel=0.05)
    assert np.array_equal(decode(path, max_seconds=100).samples, whole.samples)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_length_that_is_none_is_refused(seconds: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="max_seconds must be above 0"):
        decode(tmp_path / "a.wav", max_seconds=seconds)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.wav"])
def test_what_is_left_of_a_cut_file_is_kept(name: str, write_audio: WriteAudio) -> None:
    path = write_audio(name, stereo_chord(10.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    audio = decode(path)
    assert 3 < audio.facts.seconds < 8
    # OGG declares no length, and libsndfile corrects a WAV's header from the file's size.
    assert audio.facts.truncated == (name in ("a.mp3", "a.flac"))


def test_an_mp3_that_does_not_tell_its_length_is_read_to_its_end(write_audio: WriteAudio, tmp_path: Path) -> None:
    sound = stereo_chord(20.0)
    sound[: len(sound) // 2] *= 1e-3  # a quiet start has a low bit rate, from which libsndfile would guess wrongly
    path = tmp_path / "a.mp3"
    vbr = {"subtype": "MPEG_LAYER_III", "compression_level": 0.5, "bitrate_mode": "VARIABLE"}
    with soundfile.SoundFile(path, "w", 44_100, 2, format="MP3", **vbr) as file:
        file.write(sound)
    data = path.read_bytes()
    assert decode(path).facts.decoder == "soundfile"
    path.write_bytes(data[data.index(data[:2], 4) :])
    facts = decode(path).facts
    assert facts.decoder == "pyav"
    assert facts.seconds == pytest.approx(20, abs=0.1)
    assert not facts.truncated
    path.write_bytes(b"ID3\x04\0\0\0\0\x1f\x76" + bytes(0x1F << 7 | 0x76) + data)
    assert decode(path).facts.decoder == "soundfile"


def test_a_damaged_mp3_is_read_by_whichever_decoder_reads_more(write_audio: WriteAudio) -> None:
    path = write_audio("a.mp3", stereo_chord(20.0))
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(0)
    for start in rng.integers(3_000, len(data) - 100, 30):
        data[start : start + 50] = rng.bytes(50)
    path.write_bytes(data)
    assert decode(path).facts.seconds > 15


@pytest.mark.parametrize("count", [0, 1])
def test_a_file_without_sound_and_one_with_a_single_sample(count: int, write_audio: WriteAudio) -> None:
    path = write_audio("a.wav", np.full(count, 0.5, dtype=np.float32), subtype="FLOAT")
    if count:
        assert decode(path).samples.tolist() == [0.5]
        return
    with pytest.raises(DecodeError, match="soundfile: no samples in the file; pyav: no samples in the file"):
        decode(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("position", [10, 300_000])
def test_samples_that_are_not_finite_are_refused(value: float, position: int, write_audio: WriteAudio) -> None:
    sound = np.zeros(310_000, dtype=np.float32)
    sound[position] = value
    with pytest.raises(DecodeError, match=r"soundfile: samples that are not finite.*; pyav: samples that"):
        decode(write_audio("a.wav", sound, subtype="FLOAT"))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["noise.mp3", "noise.raw", "noise.wav", "noise"])
def test_noise_is_no_sound_whatever_its_name(seed: int, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(seed).bytes(40_000))
    with pytest.raises(DecodeError) as caught:
        decode(path)
    assert list(caught.value.reasons) == ["soundfile", "pyav"]
    assert all(caught.value.reasons.values())


def test_a_play_list_opens_nothing_else(write_audio: WriteAudio, tmp_path: Path) -> None:
    sound = write_audio("a.mp3", chord(1.0))
    for name, text in {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{sound}\n#EXT-X-ENDLIST\n",
        "list.mp3": f"ffconcat version 1.0\nfile {sound.name}\n",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(DecodeError):
            decode(tmp_path / name)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "empty.mp3").touch()
    for name, reason in {
        "pipe.wav": "expected a regular file, but this is a pipe",
        ".": "expected a regular file, but this is a folder",
        "empty.mp3": "it is empty",
        "missing.mp3": "No such file",
    }.items():
        with pytest.raises(DecodeError, match=reason) as caught:
            decode(tmp_path / name)
        assert list(caught.value.reasons) == ["file"]


@pytest.mark.parametrize("name", ["two words ü♯.mp3", os.fsdecode(b"latin1-\xfc.m4a"), "http:x?y#z.m4a", "%d.flac"])
def test_any_name_opens(name: str, write_audio: WriteAudio) -> None:
    path = write_audio("plain" + Path(name).suffix, chord(0.5))
    renamed = path.rename(path.with_name(name))
    assert np.array_equal(decode(renamed).samples, decode(str(renamed)).samples)


def test_two_equal_signals_that_cancel_are_all_side(write_audio: WriteAudio) -> None:
    tone = chord(0.3)
    facts = decode(write_audio("a.wav", np.stack([tone, -tone], 1), subtype="FLOAT")).facts
    assert (facts.side_ratio, facts.rms_db) == (1e6, -120.0)


def test_decoding_prints_nothing_from_python(write_audio: WriteAudio, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_audio("a.m4a", stereo_chord(3.0))
    path.write_bytes(path.read_bytes()[:-3_000])
    with pytest.raises(DecodeError):
        decode(path)
    assert capfd.readouterr() == ("", "")


def test_the_decoder_errors_survive_the_way_out_of_a_worker(tmp_path: Path) -> None:
    program = (
        "import sys, multiprocessing.pool, multiprocessing as m\n"
        "from earmark.audio.decode import decode\n"
        "from earmark.errors import DecodeError\n"
        "if __name__ == '__main__':\n"
        "    with m.get_context('spawn').Pool(1) as pool:\n"
        "        try: pool.apply(decode, (sys.argv[1],))\n"
        "        except DecodeError as error: print(sorted(error.reasons))\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    command = [sys.executable, str(script), str(tmp_path / "none.mp3")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "['file']\n"


def test_the_files_are_written_as_named(write_audio: WriteAudio) -> None:
    assert soundfile.info(write_audio("a.opus", chord(0.2, 48_000), 48_000)).subtype == "OPUS"
