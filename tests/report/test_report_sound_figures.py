import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.report.sound_figures import band_centres, label_picture, sound_picture, track_picture
from earmark.report.theme import label_styles

PAPER = PRESETS["paper"]
LABELS = ("Amber", "Basalt")
STYLES = label_styles(LABELS)


def log_mel(frames: int) -> np.ndarray:
    values = np.full((frames, 128), -70.0, dtype=np.float16)
    values[:, 30] = -10
    values[frames // 2 :, 90] = -20
    return values


@given(frames=st.integers(1, 2000), columns=st.integers(1, 400))
def test_a_picture_is_no_larger_than_asked_and_spans_the_sound(frames: int, columns: int) -> None:
    picture = sound_picture(log_mel(frames), PAPER, columns=columns)
    assert picture.decibels.dtype == np.int8
    assert picture.decibels.shape == (128, len(picture.seconds))
    assert len(picture.seconds) <= columns
    assert picture.decibels.max() == 0
    assert 0 < picture.seconds[0] <= picture.seconds[-1] < frames / PAPER.frames_per_second


def test_what_is_loud_stays_where_and_when_it_was() -> None:
    picture = sound_picture(log_mel(1000), PAPER, columns=100, bands=64)
    assert picture.decibels.shape == (64, 100)
    assert picture.decibels.argmax(axis=0).tolist() == [15] * 100, "bands 30 and 31 are one"
    assert picture.decibels[45, 0] < picture.decibels[45, -1]
    assert np.diff(picture.hertz).min() > 0
    later = sound_picture(log_mel(1000), PAPER, columns=100, first=500)
    assert later.seconds[0] - picture.seconds[0] == pytest.approx(500 / PAPER.frames_per_second)


def test_what_is_too_quiet_lies_on_the_floor() -> None:
    values = np.zeros((10, 128))
    values[:, 5] = -500
    assert sound_picture(values, PAPER).decibels.min() == -80


@pytest.mark.parametrize("settings", [PAPER, PRESETS["study"], FeatureSettings(n_fft=256, hop_length=128)])
def test_band_centres_rise_to_the_highest_frequency(settings: FeatureSettings) -> None:
    centres = band_centres(settings)
    assert centres.shape == (128,)
    assert np.isfinite(centres).all()
    assert (np.diff(centres) >= 0).all()
    figure = label_picture(sound_picture(log_mel(20), settings), style=STYLES["Amber"])
    assert len(set(figure.data[0].y)) == 128, "a row for each band"
    assert 0 < centres[0] < 70
    assert 0.9 * settings.highest_frequency < centres[-1] < settings.highest_frequency


def test_a_track_is_drawn_with_what_the_model_says_along_it() -> None:
    picture = sound_picture(log_mel(300), PAPER)
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    figure = track_picture(
        picture, starts=np.array([0.0, 3.0, 6.0]), probabilities=probabilities, labels=LABELS, styles=STYLES
    )
    heat, amber, basalt = figure.data
    assert heat.z.shape == (128, 300)
    assert heat.y[0].endswith(" Hz")
    assert len(set(heat.y)) == 128
    assert [float(x) for x in amber.x] == [0, 3, 6, 9], "the last slice ends, too"
    np.testing.assert_allclose(basalt.y, [0.1, 0.8, 0.5, 0.5], rtol=1e-6)
    assert amber.line.color == STYLES["Amber"].colour
    assert "8 kHz" in figure.layout.yaxis.ticktext


def test_of_many_labels_the_most_probable_are_drawn_along_a_track() -> None:
    many = [f"Label {n:02d}" for n in range(20)]
    probabilities = np.tile(np.arange(20) / 190, (3, 1))
    figure = track_picture(
        sound_picture(log_mel(60), PAPER),
        starts=np.arange(3.0),
        probabilities=probabilities,
        labels=many,
        styles=label_styles(many),
    )
    assert [trace.name for trace in figure.data[1:]] == many[12:]


def test_a_model_of_whole_songs_has_nothing_to_say_along_a_track() -> None:
    figure = track_picture(
        sound_picture(log_mel(30), PAPER),
        starts=np.zeros(1),
        probabilities=np.ones((1, 2)) / 2,
        labels=LABELS,
        styles=STYLES,
    )
    assert len(figure.data) == 1


def test_a_small_picture_is_small_and_wears_its_labels_colour() -> None:
    figure = label_picture(sound_picture(log_mel(5000), PAPER, columns=170, bands=64), style=STYLES["Basalt"])
    assert figure.layout.shapes[0].fillcolor == STYLES["Basalt"].colour
    assert len(figure.to_json()) < 30_000
    large = track_picture(
        sound_picture(log_mel(5000), PAPER),
        starts=np.zeros(1),
        probabilities=np.ones((1, 2)),
        labels=LABELS,
        styles=STYLES,
    )
    assert len(large.to_json()) < 75_000
