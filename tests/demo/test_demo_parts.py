"""Grid and drums, voices, effects and arrangement: each by what can be heard of it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.demo import drums, effects, voices
from earmark.demo.arrangement import FORMS, LEVELS, arrange, levels_at
from earmark.demo.drums import LOOP_BARS, Grid, place
from earmark.demo.harmony import Key
from earmark.demo.labels import LABELS, Form
from earmark.demo.oscillators import SAMPLE_RATE, Samples
from earmark.demo.planning import plan_catalogue
from earmark.demo.styles import Sound

SOUND = plan_catalogue(0, tracks_per_label=1).tracks[0].sound
GRID = Grid.at_bpm(SOUND.bpm)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@given(st.integers(100, 180))
def test_grid_keeps_the_tempo_in_whole_steps(bpm: int) -> None:
    grid = Grid.at_bpm(bpm)
    assert grid.bpm == pytest.approx(bpm, rel=2e-4)
    assert 16 * grid.step == 4 * grid.beat == grid.bar == grid.loop // LOOP_BARS


@given(st.integers(0, 400), st.integers(1, 100))
def test_placing_keeps_the_whole_hit(position: int, length: int) -> None:
    loop, hit = np.zeros((2, 100), np.float32), np.arange(1, length + 1, dtype=np.float32)
    place(loop, hit, position, 0.5)
    assert loop.sum() == pytest.approx(hit.sum())
    assert loop[0, position % 100] == 0.5


def step_levels(loop: Samples) -> Samples:
    """RMS of each sixteenth of the first bar."""
    mono = loop if loop.ndim == 1 else loop.mean(axis=0)
    power = (mono[: GRID.bar].reshape(16, GRID.step) ** 2).mean(axis=1)
    levels: Samples = np.sqrt(power)
    return levels


def test_kick_falls_on_the_beats() -> None:
    levels = step_levels(drums.kick_loop(SOUND, GRID))
    assert set(np.argsort(levels)[-4:].tolist()) == {0, 4, 8, 12}


def test_clap_falls_on_two_and_four() -> None:
    levels = step_levels(drums.clap_loop(SOUND, GRID, rng()))
    assert set(np.argsort(levels)[-2:].tolist()) == {4, 12}


def test_open_hats_fall_on_the_off_beats_and_density_fills_the_rest() -> None:
    sparse = drums.hat_loop(replace(SOUND, density=0.05), GRID, rng())
    dense = drums.hat_loop(replace(SOUND, density=1.0), GRID, rng())
    assert set(np.argsort(step_levels(sparse))[-4:].tolist()) == {2, 6, 10, 14}
    assert (step_levels(dense) > 1e-3).sum() > (step_levels(sparse) > 1e-3).sum()


def test_percussion_thickens_with_density() -> None:
    sparse = drums.percussion_loop(replace(SOUND, density=0.1), GRID, rng())
    dense = drums.percussion_loop(replace(SOUND, density=0.9), GRID, rng())
    assert dense.shape == (2, GRID.loop)
    assert dense.std() > 1.5 * sparse.std()


def test_roll_grows_towards_its_end() -> None:
    roll = drums.snare_roll(4 * GRID.bar, GRID, rng())
    quarters = np.abs(roll).reshape(4, -1).mean(axis=1)
    assert np.all(np.diff(quarters) > 0)


@pytest.mark.parametrize("pattern", voices.BASS_STEPS)
def test_bass_plays_its_pattern(pattern: str) -> None:
    sound = replace(SOUND, bass=pattern)  # type: ignore[arg-type]  # every key of the table is a pattern
    levels = step_levels(voices.bass_loop(sound, GRID, rng())).reshape(4, 4).mean(axis=0)
    sounding = {start + step for start, steps, _ in voices.BASS_STEPS[sound.bass] for step in range(steps)}
    assert set(np.flatnonzero(levels > 0.02).tolist()) == sounding


def pitch_class_energy(signal: Samples) -> Samples:
    """Energy of each pitch class between 110 and 1,000 Hz, from C; shape (12,)."""
    mono = signal.mean(axis=0)
    power = np.abs(np.fft.rfft(mono * np.hanning(mono.size))) ** 2
    frequencies = np.fft.rfftfreq(mono.size, 1 / SAMPLE_RATE)
    heard = (frequencies > 110) & (frequencies < 1000)
    notes = np.rint(69 + 12 * np.log2(frequencies[heard] / 440)).astype(int) % 12
    return np.bincount(notes, power[heard], 12).astype(np.float32)


def chord_classes(sound: Sound, bar: int) -> set[int]:
    key = sound.song.key
    return {(key.tonic + note) % 12 for note in key.chord(sound.song.progression[bar])}


def test_chords_hold_their_three_notes() -> None:
    sound = replace(SOUND, gate="")
    swept = voices.chords(sound, GRID, rng())
    for bar in range(LOOP_BARS):
        span = slice(bar * GRID.bar, (bar + 1) * GRID.bar)
        strongest = np.argsort(pitch_class_energy(swept.dark[:, span]))[-3:]
        assert set(strongest.tolist()) == chord_classes(sound, bar)


def test_bright_chords_are_brighter_and_gates_make_gaps() -> None:
    swept = voices.chords(replace(SOUND, gate=""), GRID, rng())
    gated = voices.chords(replace(SOUND, gate="x...x...x...x..."), GRID, rng())

    def brilliance(loop: Samples) -> float:
        power = np.abs(np.fft.rfft(loop[0])) ** 2
        return float(power[power.size // 8 :].sum() / power.sum())

    assert brilliance(swept.bright) > 5 * brilliance(swept.dark)
    levels = step_levels(gated.dark)
    assert levels[2] < 0.3 * levels[4]


def test_wide_detune_differs_from_narrow() -> None:
    narrow, wide = (voices.chords(replace(SOUND, detune=d, gate=""), GRID, rng()).dark for d in (3.0, 25.0))
    assert not np.allclose(narrow, wide)


def test_arpeggio_plays_chord_notes() -> None:
    sound = replace(SOUND, timbre="saw", arpeggio=0)
    energy = pitch_class_energy(voices.arpeggio(sound, GRID, rng()).dark[:, : GRID.bar])
    assert chord_classes(sound, 0) == set(np.argsort(energy)[-3:].tolist())


def test_melody_belongs_to_the_song_and_repeats_its_rhythm() -> None:
    notes = voices.melody_notes(SOUND)
    assert notes == voices.melody_notes(replace(SOUND, detune=40.0, lead_timbre="reed"))
    assert sum(length for _, length, _ in notes) <= 64
    scale = SOUND.song.key.pitch_classes()
    assert all((SOUND.song.key.tonic + note) % 12 in scale for _, _, note in notes)
    assert voices.lead(SOUND, GRID, rng()).shape == (2, GRID.loop)


def test_tonics_keep_basses_low() -> None:
    for tonic in range(12):
        sound = replace(SOUND, song=replace(SOUND.song, key=Key(tonic, "minor")))
        power = np.abs(np.fft.rfft(voices.bass_loop(sound, GRID, rng()))) ** 2
        strongest = np.argmax(power) * SAMPLE_RATE / GRID.loop
        assert 30 < strongest < 200


def test_room_rings_round_the_loop_at_unit_energy() -> None:
    response = effects.room(0.5, rng())
    assert (response**2).sum(axis=1).mean() == pytest.approx(1, rel=1e-3)
    loop = np.zeros((2, 80_000), np.float32)
    loop[:, 79_000] = 1
    wet = effects.with_room(loop, response, 0.5) - loop
    assert (wet**2).sum() == pytest.approx(0.25 * (response**2).sum(), rel=0.01)
    assert np.abs(wet[:, :1000]).max() > 0
    longer = effects.room(0.9, rng())
    assert np.abs(longer[:, 30_000:]).mean() > 2 * np.abs(effects.room(0.1, rng())[:, 30_000:]).mean()


def test_echo_changes_sides() -> None:
    loop = np.zeros((2, GRID.loop), np.float32)
    loop[0, 0] = 1
    wet = effects.with_echo(loop, GRID, 0.5)
    assert wet[1, 3 * GRID.step] == 0.5
    assert wet[0, 6 * GRID.step] == 0.25
    assert np.count_nonzero(wet) == 3


def test_ducking_dips_at_every_beat() -> None:
    gain = effects.ducking(GRID, 0.8)
    assert gain.shape == (GRID.bar,)
    assert gain[:: GRID.beat] == pytest.approx([0.2] * 4)
    assert gain.max() == 1


def test_sweeps_and_hits_move_as_named() -> None:
    rise = effects.riser(SAMPLE_RATE, rng())
    assert np.abs(rise[:, -8000:]).mean() > 3 * np.abs(rise[:, :8000]).mean()
    ring = effects.crash(SAMPLE_RATE, 0.5, rng())
    assert np.abs(ring[:, :8000]).mean() > 3 * np.abs(ring[:, -8000:]).mean()
    boom = np.abs(np.fft.rfft(effects.impact(SAMPLE_RATE, 50)))
    assert 40 < np.argmax(boom) < 110


@given(st.floats(0.1, 50), st.floats(0.1, 1))
def test_limiter_never_passes_its_ceiling(drive: float, ceiling: float) -> None:
    mix = np.random.default_rng(0).normal(0, 1, (2, 500)).astype(np.float32)
    assert np.abs(effects.limited(mix, drive, ceiling)).max() <= np.float32(ceiling)


@given(st.sampled_from(sorted(FORMS)), st.floats(52, 106), st.integers(126, 142))
def test_sections_fill_the_length_without_gaps(form: Form, length: float, bpm: int) -> None:
    grid = Grid.at_bpm(bpm)
    sections = arrange(form, length, grid)
    assert [section.kind for section in sections] == [kind for kind, _ in FORMS[form]]
    assert sections[0].first_bar == 0
    for section, following in pairwise(sections):
        assert section.first_bar + section.bars == following.first_bar
    assert all(section.bars >= 2 and section.bars % 2 == 0 for section in sections)
    bars = sections[-1].first_bar + sections[-1].bars
    assert bars * grid.bar / SAMPLE_RATE == pytest.approx(length, abs=6)


def test_levels_run_from_begin_to_end() -> None:
    assert levels_at("intro", "hats", 0) == pytest.approx(LEVELS["intro"]["hats"][0])
    assert levels_at("intro", "hats", 1) == pytest.approx(LEVELS["intro"]["hats"][1])
    assert levels_at("breakdown", "kick", 0.5) == 0


def test_every_form_has_what_trance_has() -> None:
    for sections in FORMS.values():
        kinds = [kind for kind, _ in sections]
        assert kinds[0] == "intro"
        assert kinds[-1] == "outro"
        assert {"breakdown", "build"} <= set(kinds)
    assert {form for label in LABELS for form in label.forms} == set(FORMS)
