"""Whole tracks: level, tempo, key, sections and repeatability, all measured from the samples."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from earmark.demo.harmony import Key
from earmark.demo.labels import LABELS
from earmark.demo.oscillators import SAMPLE_RATE
from earmark.demo.planning import PlannedTrack, plan_catalogue
from earmark.demo.render import Rendered, render_track

PLANNED = plan_catalogue(3, tracks_per_label=2).tracks[::2]
FloatArray = npt.NDArray[np.float64]


def render(track: PlannedTrack, **changes: object) -> Rendered:
    sound = replace(track.sound, length=52.0, **changes)  # type: ignore[arg-type]  # field names are the caller's
    return render_track(sound, np.random.default_rng(track.index))


@pytest.fixture(scope="module")
def rendered() -> list[tuple[PlannedTrack, Rendered]]:
    return [(track, render(track)) for track in PLANNED]


def section_samples(track: Rendered, kind: str) -> FloatArray:
    """Mono samples in -1..1 of the first section of a kind."""
    _, start, end = next(section for section in track.sections if section[0] == kind)
    span = track.pcm[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    mono: FloatArray = span.mean(axis=1) / 32768
    return mono


def test_samples_are_stereo_and_below_full_scale(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    for track, result in rendered:
        assert result.pcm.dtype == np.int16
        assert result.pcm.shape == (round(result.seconds * SAMPLE_RATE), 2)
        assert result.pcm.flags.c_contiguous
        assert 0.5 < np.abs(result.pcm.astype(int)).max() / 32767 < 0.98
        assert not np.array_equal(result.pcm[:, 0], result.pcm[:, 1])
        assert abs(result.pcm.mean()) < 100
        assert 50 < result.seconds < 62
        assert result.bpm == pytest.approx(track.sound.bpm, rel=2e-4)


def test_kicks_are_a_beat_apart(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    lowpass = signal.butter(4, 80, fs=SAMPLE_RATE, output="sos")
    for _, result in rendered:
        beat = 60 / result.bpm * SAMPLE_RATE / 100
        low = signal.sosfilt(lowpass, section_samples(result, "intro")) ** 2
        frames = low[: int(16 * beat) * 100].reshape(-1, 100).mean(axis=1)
        envelope = np.convolve(frames, np.hanning(15), mode="same")
        alike = np.correlate(envelope, envelope, mode="full")[envelope.size - 1 :]
        shortest = round(0.6 * beat)
        lag = shortest + np.argmax(alike[shortest : round(1.4 * beat)])
        assert lag == pytest.approx(beat, rel=0.02)
        # Two bars later the same things happen again, which makes the tempo exact to half a BPM.
        around = round(7.6 * beat)
        far = around + np.argmax(alike[around : round(8.4 * beat)])
        assert far / 8 == pytest.approx(beat, rel=0.003)


def chroma(samples: FloatArray) -> FloatArray:
    """Energy of each pitch class between 100 and 800 Hz, from C; shape (12,)."""
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    frequencies = np.fft.rfftfreq(samples.size, 1 / SAMPLE_RATE)
    heard = (frequencies > 100) & (frequencies < 800)
    notes = np.rint(69 + 12 * np.log2(frequencies[heard] / 440)).astype(int) % 12
    return np.bincount(notes, power[heard], 12).astype(float)


@pytest.mark.parametrize("key", [Key(9, "minor"), Key(2, "major"), Key(6, "minor"), Key(10, "major")])
def test_strongest_pitch_classes_are_the_keys(key: Key) -> None:
    track = PLANNED[0]
    song = replace(track.sound.song, key=key, progression=(0, 5, 3, 4))
    result = render(track, song=song, timbre="saw")
    energy = chroma(section_samples(result, "breakdown"))
    strongest = np.argsort(energy)[::-1]
    assert set(strongest[:6].tolist()) <= key.pitch_classes()
    assert key.tonic in strongest[:3]
    assert energy[list(key.pitch_classes())].sum() > 0.9 * energy.sum()


def test_breakdowns_have_no_kick(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    lowpass = signal.butter(4, 90, fs=SAMPLE_RATE, output="sos")
    for _, result in rendered:
        intro = signal.sosfilt(lowpass, section_samples(result, "intro")).std()
        breakdown = signal.sosfilt(lowpass, section_samples(result, "breakdown")[SAMPLE_RATE * 2 :]).std()
        assert breakdown < 0.2 * intro


def test_sections_are_told_in_order(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    for _, result in rendered:
        ends = [end for _, _, end in result.sections]
        assert [start for _, start, _ in result.sections] == [0.0, *ends[:-1]]
        assert 0.8 < result.seconds - ends[-1] < 2.3


def test_the_same_state_gives_the_same_samples(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    track, result = rendered[0]
    assert np.array_equal(render(track).pcm, result.pcm)
    other = render_track(replace(track.sound, length=52.0), np.random.default_rng(999))
    assert other.pcm.shape != result.pcm.shape or not np.array_equal(other.pcm, result.pcm)


def test_louder_is_louder_and_brighter_is_brighter() -> None:
    track = PLANNED[1]
    quiet, loud = (render(track, loudness=level).pcm.std() for level in (-2.0, 2.0))
    assert loud > 1.2 * quiet
    dull, brilliant = (middle(render(track, brightness=amount)) for amount in (0.1, 0.95))
    assert high_share(brilliant) > 2 * high_share(dull)


def middle(result: Rendered) -> FloatArray:
    """The breakdown between the crashes at its ends."""
    samples = section_samples(result, "breakdown")
    return samples[samples.size // 2 : samples.size * 7 // 10]


def high_share(samples: FloatArray) -> float:
    """Share of the energy above 2.5 kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(power[int(power.size * 2500 / (SAMPLE_RATE / 2)) :].sum() / power.sum())


def test_every_label_has_a_track_here(rendered: list[tuple[PlannedTrack, Rendered]]) -> None:
    assert [track.label for track, _ in rendered] == [label.name for label in LABELS]
