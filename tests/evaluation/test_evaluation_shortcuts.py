import numpy as np
import pytest

from earmark.evaluation.shortcuts import MASTERING_COLUMNS, ShortcutFacts, shortcut_table

FULL = ShortcutFacts(
    codec="mp3",
    container="mp3",
    bit_rate=320_000,
    sample_rate=44_100,
    channels=2,
    loudness_db=-9.5,
    peak=1.0,
    side_ratio=0.1,
    bandwidth_hz=20_000.0,
)


def test_the_table_has_every_shortcut_that_is_known_of() -> None:
    table = shortcut_table([FULL])
    assert dict(zip(table.numeric_names, table.numeric[0].tolist(), strict=True)) == {
        "bit rate (bit/s)": 320_000.0,
        "level (dB)": -9.5,
        "peak": 1.0,
        "stereo width (dB)": pytest.approx(-10.0),
        "bandwidth (Hz)": 20_000.0,
    }
    assert dict(zip(table.categorical_names, table.categorical, strict=True)) == {
        "codec": ("mp3",),
        "container": ("mp3",),
        "sample rate": ("44100 Hz",),
        "channels": ("2",),
    }


def test_what_mastering_changes_too_are_columns_of_the_table() -> None:
    assert set(MASTERING_COLUMNS) < set(shortcut_table([]).columns)


def test_what_is_unknown_stays_so() -> None:
    table = shortcut_table([FULL, ShortcutFacts()])
    assert np.isnan(table.numeric[1]).all()
    assert [values[1] for values in table.categorical] == [None] * 4
    assert table.known().tolist() == [True, False]


@pytest.mark.parametrize(("ratio", "decibels"), [(0.0, -60.0), (1e-9, -60.0), (1.0, 0.0), (1e6, 60.0)])
def test_width_is_in_decibels_and_mono_is_the_narrowest(ratio: float, decibels: float) -> None:
    assert shortcut_table([ShortcutFacts(side_ratio=ratio)]).numeric[0, 3] == pytest.approx(decibels)


def test_no_file_at_all_is_an_empty_table() -> None:
    table = shortcut_table([])
    assert len(table) == 0
    assert table.columns == shortcut_table([FULL]).columns
