"""The audio id is that of the sound: names and tags do not change it, sound does."""

import shutil

import mutagen
import numpy as np
import numpy.typing as npt
from audio_files import WriteAudio, chord, stereo_chord
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.decode import decode
from earmark.audio.identity import audio_id

SOUND: npt.NDArray[np.float32] = chord(4.0)


def identity(path: object) -> str:
    audio = decode(str(path))
    return audio_id(audio.samples, audio.sample_rate)


def test_a_moved_and_retagged_file_is_the_same_track(write_audio: WriteAudio) -> None:
    for name in ("a.flac", "a.mp3"):
        path = write_audio(name, stereo_chord(1.0))
        before = identity(path)
        moved = path.with_name("moved" + path.suffix)
        shutil.copy(path, moved)
        if path.suffix == ".flac":
            tags = mutagen.File(moved)
            tags["title"] = "Another title"
            tags.save()
        else:
            tags = mutagen.File(moved, easy=True)
            tags.add_tags()
            tags["title"] = "Another title " * 100
            tags.save()
        assert moved.read_bytes() != path.read_bytes()
        assert identity(moved) == before


def test_lossless_copies_are_the_same_track_and_lossy_ones_are_not(write_audio: WriteAudio) -> None:
    sound = np.round(stereo_chord(0.5) * 32_767).astype(np.int16)
    wav, flac, mp3 = (identity(write_audio(name, sound)) for name in ("a.wav", "a.flac", "a.mp3"))
    assert wav == flac
    assert wav != mp3


def test_the_id_is_stable_and_short() -> None:
    ramp = np.linspace(-1.5, 1.5, 200_001, dtype=np.float32)
    assert audio_id(ramp, 44_100) == "1bc911d91dd5a6aec835210f74423d27"
    assert len(audio_id(ramp[:1], 44_100)) == 32


@given(st.integers(0, 150_000), st.sampled_from([-1, 1]))
def test_any_audible_change_makes_another_track(position: int, sign: int) -> None:
    changed = SOUND.copy()
    changed[position] += sign * 1e-3
    assert audio_id(changed, 44_100) != audio_id(SOUND, 44_100)


def test_rate_and_length_count_and_the_last_bits_do_not() -> None:
    on_grid = (np.round(SOUND * 32_767) / 32_767).astype(np.float32)
    assert audio_id(on_grid, 44_100) != audio_id(on_grid, 48_000)
    assert audio_id(on_grid, 44_100) != audio_id(on_grid[:-1], 44_100)
    assert audio_id(on_grid, 44_100) == audio_id(on_grid * np.float32(1 + 1e-6), 44_100)
    assert audio_id(np.array([1.0], dtype=np.float32), 1) == audio_id(np.array([7.0], dtype=np.float32), 1)
