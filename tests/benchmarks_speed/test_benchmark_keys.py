"""The tables of the key benchmark, on estimators and tracks that are made up."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from benchmarks.key_tracks import KeyedTrack, demo_tracks, listed_tracks
from benchmarks.keys import SHIFTS, Answers, against_best, ask, calibration_table, mirex, score_table

from earmark.audio.estimates import KeyEstimate
from earmark.catalog.keys import Key

A_MINOR, C_MAJOR, E_MINOR, A_MAJOR, B_MINOR = (
    Key(9, "minor"), Key(0, "major"), Key(4, "minor"), Key(9, "major"), Key(11, "minor"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "score"),
    [(A_MINOR, 1.0), (E_MINOR, 0.5), (Key(2, "minor"), 0.5), (C_MAJOR, 0.3), (A_MAJOR, 0.2), (B_MINOR, 0), (None, 0)],
)
def test_mirex(said: Key | None, score: float) -> None:
    assert mirex(A_MINOR, said) == score


def tracks_of(*keys: Key) -> list[KeyedTrack]:
    return [KeyedTrack(Path(f"{number}.wav"), key, str(number)) for number, key in enumerate(keys)]


def answers_of(*keys: Key | None) -> Answers:
    return Answers(list(keys), [0.9] * len(keys), seconds=2.0, sound_seconds=200.0)


def test_the_best_stands_first_with_its_speed() -> None:
    tracks = tracks_of(A_MINOR, A_MINOR, C_MAJOR, E_MINOR)
    right, half = answers_of(A_MINOR, A_MINOR, C_MAJOR, E_MINOR), answers_of(A_MINOR, E_MINOR, None, E_MINOR)
    table = score_table(tracks, {"Essentia, edma": half, "Earmark": right})
    assert table[2].startswith("| Earmark | 1.000 |")
    assert table[2].endswith("| 1.000 | 100 |")
    assert table[3].startswith("| Essentia, edma | 0.500 |")
    assert "| 0.625 |" in table[3]


def test_the_best_profile_is_the_one_compared() -> None:
    tracks = tracks_of(A_MINOR, A_MINOR, C_MAJOR)
    told = {
        "Earmark": answers_of(A_MINOR, A_MINOR, C_MAJOR),
        "Essentia, edma": answers_of(A_MINOR, E_MINOR, C_MAJOR),
        "Essentia, noland": answers_of(None, None, None),
    }
    assert against_best(tracks, told).startswith(
        "Only Earmark is right on 1, only the best of Essentia's profiles (edma)"
    )
    assert "not installed" in against_best(tracks, {"Earmark": told["Earmark"]})


def test_confidence_by_bins() -> None:
    one = Answers([A_MINOR, A_MINOR, C_MAJOR], [0.4, 0.97, 1.0])
    table = calibration_table(tracks_of(A_MINOR, E_MINOR, C_MAJOR), one)
    assert table[2] == "| 0 to 0.5 | 1 | 0.40 | 1.00 |"
    assert table[3] == "| 0.95 to 1 | 2 | 0.98 | 0.50 |"
    assert table[4] == "| all | 3 | 0.79 | 0.67 |"


@pytest.fixture
def tone(tmp_path: Path) -> Callable[[str, float], Path]:
    def write(name: str, hertz: float) -> Path:
        time = np.arange(4 * 22_050) / 22_050
        soundfile.write(tmp_path / name, 0.3 * np.sin(2 * np.pi * hertz * time), 22_050)
        return tmp_path / name

    return write


def test_answers_that_follow_the_pitch(tone: Callable[[str, float], Path]) -> None:
    def loudest(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int) -> KeyEstimate:
        hertz = np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples)
        return KeyEstimate(Key(round(69 + 12 * np.log2(hertz / 440)) % 12, "minor"), 0.5)

    def stuck(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int) -> KeyEstimate | None:
        return KeyEstimate(C_MAJOR, 0.5)

    tracks = [KeyedTrack(tone("a.wav", 440), A_MINOR, "a")]
    told = ask(tracks, {"follows": loudest, "stuck": stuck}, frozenset({0}))
    assert told["follows"].keys == [A_MINOR]
    assert told["follows"].moved == [True] * len(SHIFTS)
    assert told["stuck"].moved == [False] * len(SHIFTS)


def test_tracks_of_a_catalogue_and_of_a_list(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "A - B (Club Mix).mp3").touch()
    (tmp_path / "truth.json").write_text(
        '{"tracks": {"labels/A - B (Club Mix).mp3": {"tonic": 9, "mode": "minor"},'
        ' "labels/gone.mp3": {"tonic": 0, "mode": "major"}}}',
        "utf-8",
    )
    (found,) = demo_tracks(tmp_path)
    assert found.key == A_MINOR
    assert found.song.endswith("/A - B")
    (tmp_path / "keys.csv").write_text("file,key\nx.flac,8A\n", "utf-8")
    assert listed_tracks(tmp_path) == [KeyedTrack(tmp_path / "x.flac", A_MINOR, "x.flac")]
