r"""Keys on recordings whose key is known: Earmark beside every profile of Essentia and librosa, on the same samples.

    earmark demo-catalogue demo/catalogue
    earmark demo-catalogue TEST/202 --seed 202 --tracks-per-label 12
    python -m benchmarks.key_tracks --soundfont FluidR3_GM.sf2 --out TEST/midi openmsx/*.mid simutrans/music/*.mid
    python -m benchmarks.keys --demo demo/catalogue --demo TEST/202 --listed TEST/midi \
        --free-music benchmarks/free_music/data --out docs/results/keys.md

None of these recordings is among those that `benchmarks.key_weights` fits on. Essentia is left out where it is not
installed (``pip install essentia``; AGPL). Each estimator gets the mono samples that Earmark decoded, and has its own
defaults. librosa has no key estimator: its mean chromagram (constant Q) is correlated with the profiles of Krumhansl
and Kessler (1982), as is usual.

The MIREX score counts 1 for the key, 0.5 for a fifth from it, 0.3 for its relative and 0.2 for its parallel key.
Intervals are at 95 %: Wilson's, by whole songs where a catalogue has several mixes of one. Speed is in times real time
on one core, decoding left out.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from benchmarks.key_tracks import KeyedTrack, demo_tracks, listed_tracks, lmms_tracks
from benchmarks.key_truth import MINOR_OR_MAJOR, PROFILES
from numpy.typing import NDArray
from scipy.stats import binomtest

from earmark.audio.decode import decode
from earmark.audio.estimates import KeyEstimate
from earmark.audio.key_estimate import estimate_key
from earmark.audio.resample import resample
from earmark.audio.with_essentia import KEY_PROFILES, key_with_essentia
from earmark.catalog.keys import Key
from earmark.evaluation.intervals import grouped_wilson_interval

Samples = NDArray[np.float32]
Estimator = Callable[[Samples, int], KeyEstimate | None]

SHIFTS: Final = (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)
BINS: Final = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)
OURS: Final = "Earmark"


@dataclass(slots=True)
class Answers:
    """What one estimator said, track by track, and the processor seconds that it took for how much sound."""

    keys: list[Key | None] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    seconds: float = 0.0
    sound_seconds: float = 0.0
    moved: list[bool] = field(default_factory=list)


def librosa_key(samples: Samples, sample_rate: int) -> KeyEstimate | None:
    """Correlate librosa's mean chromagram with Krumhansl's and Kessler's profiles."""
    import librosa

    sound = resample(samples, sample_rate, 22_050)
    chroma = librosa.feature.chroma_cqt(y=sound, sr=22_050).mean(axis=1)
    profiles = PROFILES["Krumhansl and Kessler 1982"]
    keys = [Key(tonic, mode) for mode in MINOR_OR_MAJOR for tonic in range(12)]
    fits = [float(np.corrcoef(np.roll(profiles[key.mode], key.pitch_class), chroma)[0, 1]) for key in keys]
    best = int(np.argmax(fits))
    return KeyEstimate(keys[best], max(fits[best], 0.0))


def estimators() -> dict[str, Estimator]:
    """Everything that is compared and installed, by its name in the table."""
    found: dict[str, Estimator] = {OURS: estimate_key}
    if find_spec("essentia") is not None:
        found |= {f"Essentia, {profile}": partial(key_with_essentia, profile=profile) for profile in KEY_PROFILES}
    return found | {"librosa, Krumhansl": librosa_key}


def mirex(truth: Key, said: Key | None) -> float:
    """Score one answer as MIREX does."""
    if said is None:
        return 0.0
    step = (said.pitch_class - truth.pitch_class) % 12
    if said.mode == truth.mode:
        return {0: 1.0, 5: 0.5, 7: 0.5}.get(step, 0.0)
    if said.camelot_number == truth.camelot_number:
        return 0.3
    return 0.2 if step == 0 else 0.0


def ask(tracks: Sequence[KeyedTrack], asked: dict[str, Estimator], shifted: frozenset[int]) -> dict[str, Answers]:
    """Ask all estimators about all tracks by turns; those in `shifted` are asked again at other pitches."""
    answers = {name: Answers() for name in asked}
    for number, track in enumerate(tracks):
        audio = decode(track.path)
        for name, estimator in asked.items():
            if number == 0:
                estimator(audio.samples, audio.sample_rate)  # imports and compilation are not measured
            began = time.process_time()
            estimate = estimator(audio.samples, audio.sample_rate)
            answers[name].seconds += time.process_time() - began
            answers[name].sound_seconds += audio.facts.seconds
            answers[name].keys.append(None if estimate is None else estimate.key)
            answers[name].confidences.append(0.0 if estimate is None else estimate.confidence)
        if number in shifted:
            _ask_shifted(audio.samples, audio.sample_rate, asked, answers)
    return answers


def _ask_shifted(samples: Samples, rate: int, asked: dict[str, Estimator], answers: dict[str, Answers]) -> None:
    """Play the track faster and slower, and see whether each answer moves by as many semitones."""
    for shift in SHIFTS:
        sound = soxr.resample(samples, rate * 2 ** (shift / 12), rate, quality="HQ")
        for name, estimator in asked.items():
            if name.startswith("librosa"):
                continue  # as slow as all others together, and not what is to be beaten
            first, estimate = answers[name].keys[-1], estimator(sound, rate)
            if first is None or estimate is None:
                answers[name].moved.append(False)
            else:
                expected = Key((first.pitch_class + shift) % 12, first.mode)
                answers[name].moved.append(estimate.key == expected)


def score_table(tracks: Sequence[KeyedTrack], answers: dict[str, Answers]) -> list[str]:
    """A line for each estimator, in the order of their scores."""
    rows = []
    for name, one in answers.items():
        right = [said == track.key for said, track in zip(one.keys, tracks, strict=True)]
        interval = grouped_wilson_interval(right, [track.song for track in tracks])
        score = float(np.mean([mirex(track.key, said) for said, track in zip(one.keys, tracks, strict=True)]))
        speed = f"{one.sound_seconds / one.seconds:,.0f}"
        cells = f"{np.mean(right):.3f} | {interval.low:.2f}-{interval.high:.2f} | {score:.3f} | {speed}"
        rows.append((-float(np.mean(right)), -score, f"| {name} | {cells} |"))
    head = ["| estimator | accuracy | 95 % | MIREX score | x real time |", "|---|--:|--:|--:|--:|"]
    return head + [row[-1] for row in sorted(rows)]


def against_best(tracks: Sequence[KeyedTrack], answers: dict[str, Answers]) -> str:
    """Compare Earmark with the best profile of Essentia, track by track (exact sign test)."""
    right = {
        name: np.array([said == track.key for said, track in zip(one.keys, tracks, strict=True)])
        for name, one in answers.items()
    }
    rivals = [name for name in right if name.startswith("Essentia")]
    if not rivals:
        return "Essentia is not installed here."
    best = max(rivals, key=lambda name: float(right[name].mean()))
    ours, theirs = int(np.sum(right[OURS] & ~right[best])), int(np.sum(right[best] & ~right[OURS]))
    test = f"exact sign test, p = {binomtest(ours, ours + theirs).pvalue:.2g}" if ours + theirs else "no difference"
    profile = best.split(", ")[1]
    return f"Only Earmark is right on {ours}, only the best of Essentia's profiles ({profile}) on {theirs}: {test}."


def calibration_table(tracks: Sequence[KeyedTrack], one: Answers) -> list[str]:
    """How often Earmark is right, by how sure it says it is, and how often the key is told at all."""
    confidence = np.array(one.confidences)
    right = np.array([said == track.key for said, track in zip(one.keys, tracks, strict=True)])
    lines = ["| confidence | tracks | mean confidence | right |", "|---|--:|--:|--:|"]
    for low, high in pairwise(BINS):
        inside = (confidence >= low) & ((confidence < high) | (high == 1.0))
        if inside.any():
            means = f"{confidence[inside].mean():.2f} | {right[inside].mean():.2f}"
            lines.append(f"| {low:g} to {high:g} | {inside.sum()} | {means} |")
    return [*lines, f"| all | {len(right)} | {confidence.mean():.2f} | {right.mean():.2f} |"]


def report(sets: dict[str, list[KeyedTrack]], shifts: int) -> str:
    """Ask everything about everything and write the page."""
    asked, everything = estimators(), {name: Answers() for name in estimators()}
    lines = ["# Keys: Earmark, Essentia and librosa on the same tracks", "", _INTRODUCTION]
    all_tracks: list[KeyedTrack] = []
    for title, tracks in sets.items():
        shifted = frozenset(np.linspace(0, len(tracks) - 1, min(shifts, len(tracks))).astype(int).tolist())
        answers = ask(tracks, asked, shifted)
        minor = sum(track.key.mode == "minor" for track in tracks)
        lines += ["", f"## {title}: {len(tracks)} tracks, {minor} of them minor", ""]
        lines += [*score_table(tracks, answers), "", against_best(tracks, answers)]
        all_tracks += tracks
        for name, one in answers.items():
            everything[name].keys += one.keys
            everything[name].confidences += one.confidences
            everything[name].moved += one.moved
            everything[name].seconds += one.seconds
            everything[name].sound_seconds += one.sound_seconds
        print("\n".join(lines[-len(answers) - 6 :]), flush=True)
    lines += ["", f"## All {len(all_tracks)} tracks", ""]
    lines += [*score_table(all_tracks, everything), "", against_best(all_tracks, everything)]
    lines += ["", "## Earmark's confidence", "", *calibration_table(all_tracks, everything[OURS])]
    return "\n".join([*lines, "", *_moved(everything)]) + "\n"


def _moved(everything: dict[str, Answers]) -> list[str]:
    """How often an answer follows the pitch, as a table."""
    lines = [
        "## The same tracks, faster and slower",
        "",
        _SHIFTED,
        "",
        "| estimator | answers that follow |",
        "|---|--:|",
    ]
    told = [(name, one.moved) for name, one in everything.items() if one.moved]
    for name, moved in sorted(told, key=lambda pair: -float(np.mean(pair[1]))):
        lines.append(f"| {name} | {np.mean(moved):.3f} of {len(moved)} |")
    return lines


_INTRODUCTION: Final = """\
Written by `python -m benchmarks.keys`, whose first lines say how to make the tracks and what is measured. The demo
catalogue states the key that each track was composed in. The keys of MIDI files and LMMS projects are a silver truth:
`benchmarks/key_truth.py` takes them from the notes, where these leave no doubt, and leaves the other pieces out. The
weights of Earmark's estimator were fitted on other seeds of the demo catalogue and on other composers' MIDI files;
Essentia's profiles were made by others from other music.

The rendered tracks are of Earmark's own making, as is music that its estimator learnt from, so that they favour it;
the MIDI files favour nobody, and there it is behind. How the weights' start and penalty are chosen was changed twice
after a look at these tables, always to a rule that reads the tracks of the fit alone; the three sets of weights got
0.873, 0.835 and, the one that is kept, 0.887 of all tracks."""

_SHIFTED: Final = """\
Some of the tracks were resampled to sound 1 to 6 semitones higher and lower. An answer follows if it moves by as many
semitones, right or wrong."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Keys: Earmark, Essentia and librosa on the same tracks.")
    parser.add_argument("--demo", type=Path, action="append", default=[], help="a rendered demo catalogue")
    parser.add_argument("--listed", type=Path, action="append", default=[], help="a folder with keys.csv")
    parser.add_argument("--free-music", type=Path, help="the folder of benchmarks/free_music/fetch.py")
    parser.add_argument("--shifts", type=int, default=10, help="tracks of each kind to shift in pitch (default 10)")
    parser.add_argument("--out", type=Path, help="page to write")
    arguments = parser.parse_args()
    sets = {
        "Demo catalogues": [track for folder in arguments.demo for track in demo_tracks(folder)],
        "MIDI files": [track for folder in arguments.listed for track in listed_tracks(folder)],
        "LMMS projects": lmms_tracks(arguments.free_music) if arguments.free_music else [],
    }
    page = report({title: tracks for title, tracks in sets.items() if tracks}, arguments.shifts)
    print(page)
    if arguments.out:
        arguments.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
