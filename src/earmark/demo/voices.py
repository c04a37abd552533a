"""The pitched parts, each one pass of the chord progression: bass, supersaw chords, arpeggio and lead.

Every part is float32 at 44.1 kHz over four bars. Chords and arpeggio come as a dark and a bright loop of the same
notes; fading from one to the other is the filter sweep that the arrangement plays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from earmark.demo.drums import LOOP_BARS, Grid, place
from earmark.demo.harmony import ARPEGGIOS, chord_note, frequency
from earmark.demo.labels import BassPattern
from earmark.demo.oscillators import (
    SAMPLE_RATE,
    Samples,
    Spectrum,
    decay,
    faded,
    lowpass,
    shaped,
    tone_spectrum,
    window_length,
)
from earmark.demo.styles import Sound

BASS_STEPS: Mapping[BassPattern, tuple[tuple[int, int, float], ...]] = {
    "off_beat": ((2, 2, 1.0),),
    "rolling": ((1, 1, 0.75), (2, 1, 1.0), (3, 1, 0.85)),
    "gallop": ((2, 1, 1.0), (3, 1, 0.9)),
    "driving": ((0, 1, 0.5), (1, 1, 0.8), (2, 1, 1.0), (3, 1, 0.8)),
    "pulse": ((0, 2, 0.8), (2, 2, 1.0)),
}
"""Per beat: step in the beat, length in steps, gain."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The same loop with its filter closed and open, each of shape (2, loop)."""

    dark: Samples
    bright: Samples


def _pitch(sound: Sound, semitones: int, octave: int) -> float:
    """Frequency in Hz of a note so many semitones above the tonic, the tonic being in MIDI octave ``octave``."""
    return frequency(12 * (octave + 1) + sound.song.key.tonic + semitones)


def _root(sound: Sound, bar: int) -> int:
    """The bar's chord root within half an octave of the tonic, so that bass lines stay in their register."""
    root = sound.song.key.chord(sound.song.progression[bar])[0]
    return root - 12 if root > 6 else root


def bass_loop(sound: Sound, grid: Grid, rng: np.random.Generator) -> Samples:
    """The bass under each bar's chord, in the label's pattern; shape (loop,)."""
    loop = np.zeros(grid.loop, np.float32)
    # Tonics above G would put the bass into the pads' register.
    octave = 1 if sound.song.key.tonic > 7 else 2
    octave_up = rng.random() < 0.3
    for bar in range(LOOP_BARS):
        for start, steps, gain in BASS_STEPS[sound.bass]:
            semitones = _root(sound, bar) + 12 * (octave_up and start == 3)
            note = _bass_note(sound, _pitch(sound, semitones, octave), steps * grid.step, rng)
            for beat in range(4):
                place(loop, note, bar * grid.bar + beat * grid.beat + start * grid.step, 0.34 * gain)
    return loop


def _bass_note(sound: Sound, pitch: float, samples: int, rng: np.random.Generator) -> Samples:
    window = window_length(2 * samples)
    spectrum = tone_spectrum(window, [pitch], timbre="saw", detune=4, voices=2, rng=rng)
    cutoff = 220 + 1100 * sound.brightness**1.5
    body = shaped(spectrum, lowpass(window, cutoff, resonance=0.5), samples)
    snap = shaped(spectrum, lowpass(window, 3.5 * cutoff), samples)
    return faded(body * decay(samples, 0.16) + snap * decay(samples, 0.03), 0.004)


def chords(sound: Sound, grid: Grid, rng: np.random.Generator) -> Swept:
    """Supersaw chords, seven voices a note and side, one chord a bar, gated where the artist gates."""
    dark, bright = (np.zeros((2, grid.loop), np.float32) for _ in range(2))
    window = window_length(grid.bar)
    closed = lowpass(window, 350 + 700 * sound.brightness)
    opened = lowpass(window, 1800 + 9000 * sound.brightness**1.4)
    gate = _gate(sound.gate, grid)
    for bar in range(LOOP_BARS):
        triad = sound.song.key.chord(sound.song.progression[bar])
        notes = [_pitch(sound, note, 3) for note in (*triad, triad[0] + 12)]
        span = slice(bar * grid.bar, (bar + 1) * grid.bar)
        for side in range(2):
            spectrum = tone_spectrum(window, notes, timbre="supersaw", detune=sound.detune, voices=7, rng=rng)
            dark[side, span] = faded(0.075 * shaped(spectrum, closed, grid.bar), 0.006) * gate
            bright[side, span] = faded(0.06 * shaped(spectrum, opened, grid.bar), 0.006) * gate
    return Swept(dark, bright)


def _gate(pattern: str, grid: Grid) -> Samples:
    """One bar's envelope of a trance gate, smoothed over 4 ms; ones for an empty pattern."""
    if not pattern:
        return np.ones(grid.bar, np.float32)
    steps = np.array([1.0 if mark == "x" else 0.12 for mark in pattern], np.float32)
    edge = np.hanning(int(0.008 * SAMPLE_RATE)).astype(np.float32)
    smooth = np.convolve(np.repeat(steps, grid.step), edge / edge.sum(), mode="same")
    return smooth.astype(np.float32)


def arpeggio(sound: Sound, grid: Grid, rng: np.random.Generator) -> Swept:
    """Plucked chord notes in the artist's pattern, an octave above the chords."""
    pattern = ARPEGGIOS[sound.arpeggio]
    dark, bright = (np.zeros((2, grid.loop), np.float32) for _ in range(2))
    played: dict[int, tuple[Samples, Samples]] = {}
    for bar in range(LOOP_BARS):
        triad = sound.song.key.chord(sound.song.progression[bar])
        for step, index in enumerate(pattern):
            if index < 0:
                continue
            note = chord_note(triad, index)
            if note not in played:
                played[note] = _pluck(sound, _pitch(sound, note, 4), 4 * grid.step, rng)
            position = bar * grid.bar + step * grid.step
            # Left and right take turns, which widens the part without another voice.
            sides = np.array([[1.0], [0.6]] if step % 2 else [[0.6], [1.0]], np.float32)
            place(dark, played[note][0] * sides, position, 0.13)
            place(bright, played[note][1] * sides, position, 0.13)
    return Swept(dark, bright)


def _pluck(sound: Sound, pitch: float, samples: int, rng: np.random.Generator) -> tuple[Samples, Samples]:
    """One plucked note, filter closed and open; each of shape (samples,)."""
    window = window_length(2 * samples)
    spectrum = tone_spectrum(window, [pitch], timbre=sound.timbre, detune=sound.detune / 2, voices=2, rng=rng)
    closed = lowpass(window, 1.5 * pitch + 500 * sound.brightness)
    opened = lowpass(window, 2 * pitch + 6500 * sound.brightness, resonance=0.25)
    body = shaped(spectrum, closed, samples) * decay(samples, 0.12)
    return body, 0.5 * body + 0.6 * shaped(spectrum, opened, samples) * decay(samples, 0.07)


def lead(sound: Sound, grid: Grid, rng: np.random.Generator) -> Samples:
    """The melody of the drop: chord and scale notes in a rhythm that both half-loops share; shape (2, loop)."""
    loop = np.zeros((2, grid.loop), np.float32)
    window = window_length(4 * grid.step + 2)
    gains = lowpass(window, 2500 + 7000 * sound.brightness)
    melody = melody_notes(sound)
    sides: dict[tuple[int, int], Samples] = {}
    for position, length, note in melody:
        if (note, length) not in sides:
            samples, notes = length * grid.step, [_pitch(sound, note, 4)]
            envelope = decay(samples, 0.35)
            sides[note, length] = np.stack(
                [envelope * shaped(_lead_spectrum(sound, window, notes, rng), gains, samples) for _ in range(2)]
            )
        place(loop, sides[note, length], position * grid.step, 0.13)
    return loop


def _lead_spectrum(sound: Sound, window: int, notes: Sequence[float], rng: np.random.Generator) -> Spectrum:
    return tone_spectrum(window, notes, timbre=sound.lead_timbre, detune=sound.detune, voices=5, rng=rng)


def melody_notes(sound: Sound) -> list[tuple[int, int, int]]:
    """The song's melody, the same for each of its mixes.

    Returns:
        (step in the loop, length in steps, semitones above the tonic) in the order played. Long and accented notes
        belong to the bar's chord; two bars' rhythm is played twice.
    """
    rng = np.random.default_rng(sound.song.melody_seed)
    lengths: list[int] = []
    while sum(lengths) < 32:
        lengths.append(min(int(rng.choice((2, 3, 3, 4))), 32 - sum(lengths)))
    notes, position = [], 0
    for length in lengths * 2:
        triad = sound.song.key.chord(sound.song.progression[position // 16])
        if rng.random() < 0.9 or position % 16 == 0:
            notes.append((position, length, chord_note(triad, int(rng.integers(1, 5)))))
        position += length
    return notes
