"""One track from its sound's numbers to samples.

Loops are made once and placed: a section is its stems' loops under moving levels, with the chords and the bass
ducked by the kick, plus what marks its edges (risers, rolls, crashes, impacts).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earmark.demo import drums, effects, voices
from earmark.demo.arrangement import LEVELS, Section, Stem, arrange, levels_at
from earmark.demo.drums import LOOP_BARS, Grid
from earmark.demo.oscillators import SAMPLE_RATE, Samples
from earmark.demo.styles import Sound

_DUCKED: frozenset[Stem] = frozenset(("bass", "chords_dark", "chords_bright", "arp_dark", "arp_bright", "lead"))
_LOUDEST_RMS = 0.27
_CEILING = 0.97


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished track.

    Args:
        pcm: int16 samples of shape (n, 2) at `SAMPLE_RATE`.
        bpm: The exact tempo, which sample-aligned bars move by up to 0.02 % from the planned one.
        sections: What was played, with times in seconds.
    """

    pcm: npt.NDArray[np.int16]
    bpm: float
    sections: tuple[tuple[str, float, float], ...]

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / SAMPLE_RATE


def render_track(sound: Sound, rng: np.random.Generator) -> Rendered:
    """Render one track, the same samples for the same sound and generator state.

    Args:
        sound: What to play.
        rng: Randomness of phases, noises and fills; nothing else is drawn from anywhere.

    Returns:
        Stereo 16-bit samples that stay below full scale, their exact tempo and section times.
    """
    grid = Grid.at_bpm(sound.bpm)
    sections = arrange(sound.form, sound.length, grid)
    end = (sections[-1].first_bar + sections[-1].bars) * grid.bar
    mix = np.zeros((2, end + int(rng.uniform(0.8, 2.2) * SAMPLE_RATE)), np.float32)
    stems = _stems(sound, grid, rng)
    duck = np.tile(effects.ducking(grid, 0.6 + 0.3 * sound.density), LOOP_BARS)
    for section in sections:
        _play_section(mix, section, stems=stems, duck=duck, grid=grid, rng=rng)
    _mark_edges(mix, sections, sound, grid, rng)
    drive = _LOUDEST_RMS * 10 ** (sound.loudness / 20) / _loudest_rms(mix, sections, grid)
    mix = effects.limited(mix, drive, _CEILING)
    times = tuple(
        (s.kind, s.first_bar * grid.bar / SAMPLE_RATE, (s.first_bar + s.bars) * grid.bar / SAMPLE_RATE)
        for s in sections
    )
    return Rendered(_to_pcm(mix), grid.bpm, times)


def _stems(sound: Sound, grid: Grid, rng: np.random.Generator) -> Mapping[Stem, Samples]:
    """Every loop over four bars, mono (loop,) or stereo (2, loop), levels set by density, rooms added."""
    response = effects.room(sound.reverb, rng)
    chords = voices.chords(sound, grid, rng)
    arp = voices.arpeggio(sound, grid, rng)
    melody = voices.lead(sound, grid, rng)
    wet = 1.1 * sound.reverb

    def roomy(loop: Samples, level: float, echo: float) -> Samples:
        echoed = effects.with_echo(loop, grid, echo) if echo else loop
        return effects.with_room(echoed, response, wet) * np.float32(level)

    fullness = 0.7 + 0.75 * sound.density
    return {
        "kick": np.tile(drums.kick_loop(sound, grid), LOOP_BARS),
        "hats": np.tile(drums.hat_loop(sound, grid, rng), LOOP_BARS) * np.float32(0.6 + 0.6 * sound.brightness),
        "clap": np.tile(drums.clap_loop(sound, grid, rng), LOOP_BARS),
        "percussion": drums.percussion_loop(sound, grid, rng),
        "bass": voices.bass_loop(sound, grid, rng),
        "chords_dark": roomy(chords.dark, fullness, 0),
        "chords_bright": roomy(chords.bright, fullness, 0),
        "arp_dark": roomy(arp.dark, 1.35, 0.3 + 0.3 * sound.reverb),
        "arp_bright": roomy(arp.bright, 0.9 + 0.6 * sound.density, 0.3 + 0.3 * sound.reverb),
        "lead": roomy(melody, 0.65 + 0.9 * sound.density, 0.35),
    }


def _play_section(
    mix: Samples,
    section: Section,
    *,
    stems: Mapping[Stem, Samples],
    duck: Samples,
    grid: Grid,
    rng: np.random.Generator,
) -> None:
    """Add one section to the mix, a loop's length at a time."""
    for bar in range(0, section.bars, LOOP_BARS):
        bars = min(LOOP_BARS, section.bars - bar)
        start, samples = (section.first_bar + bar) * grid.bar, bars * grid.bar
        span = mix[:, start : start + samples]
        progress = (bar / section.bars, (bar + bars) / section.bars)
        for stem in LEVELS[section.kind]:
            level = _moving_level(section, stem, progress, samples) * np.float32(rng.uniform(0.92, 1.08))
            if stem in _DUCKED:
                span += level * stems[stem][..., :samples]
        if "kick" in LEVELS[section.kind]:
            span *= duck[:samples]
        for stem in LEVELS[section.kind]:
            if stem not in _DUCKED:
                span += _moving_level(section, stem, progress, samples) * stems[stem][..., :samples]
        if bar + bars == section.bars and section.kind != "outro" and "kick" in LEVELS[section.kind]:
            # A section announces its end by leaving out its last beat's kick.
            span[:, -grid.beat :] -= stems["kick"][-grid.beat :]


def _moving_level(section: Section, stem: Stem, progress: tuple[float, float], samples: int) -> Samples:
    begin, end = (levels_at(section.kind, stem, moment) for moment in progress)
    if begin == end:
        return np.full(1, begin, np.float32)
    return np.linspace(begin, end, samples, dtype=np.float32)


def _mark_edges(
    mix: Samples, sections: tuple[Section, ...], sound: Sound, grid: Grid, rng: np.random.Generator
) -> None:
    """Add risers and rolls to builds, and a crash (with an impact where the kick comes in) to each new section."""
    crash = effects.crash(2 * grid.bar, sound.brightness, rng)
    boom = effects.impact(grid.bar, sound.kick_pitch)
    for section in sections[1:]:
        start = section.first_bar * grid.bar
        if section.kind == "build":
            samples = section.bars * grid.bar
            span = mix[:, start : start + samples]
            span += np.float32(0.28) * effects.riser(samples, rng)
            span += drums.snare_roll(samples, grid, rng)
        else:
            mix[:, start : start + crash.shape[-1]] += np.float32(0.3) * crash
            mix[:, start : start + boom.size] += np.float32(0.35) * boom
        lead_in = mix[:, start - grid.bar : start]
        lead_in += np.float32(0.18) * crash[:, grid.bar - 1 :: -1]
    end = (sections[-1].first_bar + sections[-1].bars) * grid.bar
    tail = mix[:, end:]
    ringing = min(tail.shape[-1], crash.shape[-1])
    tail[:, :ringing] += np.float32(0.25) * crash[:, :ringing]


def _loudest_rms(mix: Samples, sections: tuple[Section, ...], grid: Grid) -> float:
    # Every seventh sample is enough for a level, and seven does not divide the steps.
    spans = (mix[0, s.first_bar * grid.bar : (s.first_bar + s.bars) * grid.bar : 7] for s in sections)
    return float(max(np.sqrt(np.mean(span**2)) for span in spans))


def _to_pcm(mix: Samples) -> npt.NDArray[np.int16]:
    mix *= np.float32(32767)
    np.rint(mix, out=mix)
    return np.ascontiguousarray(mix.T.astype(np.int16))
