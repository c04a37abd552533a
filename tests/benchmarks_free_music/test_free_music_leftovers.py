from pathlib import Path

import numpy as np
import pytest
import soundfile
from benchmarks.free_music import leftovers
from benchmarks.free_music.leftovers import accuracies, measure
from free_music_parts import tone


def test_what_is_left_in_a_track_is_measured() -> None:
    samples = np.concatenate([tone(4, 16_000, amplitude=0.5), tone(1, 16_000, amplitude=0.0005)])
    told = measure(samples, 16_000, file_bytes=100_000)
    assert told["length"] == 5
    assert told["bit rate of the FLAC file"] == pytest.approx(160)
    assert told["peak"] == pytest.approx(0.5, abs=0.001)
    # A sine of amplitude a has a level of 20 log10(a) - 3.01 dB.
    assert told["1st percentile of the level"] == pytest.approx(20 * np.log10(0.0005) - 3.01, abs=0.1)
    assert told["level of 7.0 to 7.8 kHz"] < -60
    assert measure(tone(1, 16_000, hertz=7400), 16_000, file_bytes=1)["level of 7.0 to 7.8 kHz"] > 9


def test_white_noise_has_as_much_in_the_high_band_as_anywhere() -> None:
    noise = np.random.default_rng(1).standard_normal(160_000).astype(np.float32)
    assert measure(noise, 16_000, file_bytes=1)["level of 7.0 to 7.8 kHz"] == pytest.approx(0, abs=0.2)


def test_a_number_that_tells_the_label_is_found_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(2)
    labels = ["a", "b"] * 100
    numbers = {"telling": np.array([0.0, 5.0] * 100) + rng.standard_normal(200), "noise": rng.standard_normal(200)}
    found = accuracies(numbers, labels)
    assert found["telling"] > 0.95
    assert found["noise"] == pytest.approx(0.5, abs=0.12)


def test_the_command_prints_a_line_for_each_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "collection").mkdir()
    lines = ["file,label,loudness_before"]
    for number in range(12):
        label = "loud" if number % 2 else "quiet"
        sound = tone(1, 16_000, amplitude=0.4 if number % 2 else 0.1 + 0.01 * number)
        soundfile.write(tmp_path / "collection" / f"{number}.flac", sound, 16_000)
        lines.append(f"{number}.flac,{label},{-20 - number}")
    (tmp_path / "collection.csv").write_text("\n".join(lines) + "\n")
    leftovers.main(["--dir", str(tmp_path)])
    said = capsys.readouterr().out
    assert "12 tracks, 2 labels" in said
    assert any(line.split() == ["peak", "1.00"] for line in said.splitlines())
    assert any(line.split() == ["majority", "0.50"] for line in said.splitlines())
