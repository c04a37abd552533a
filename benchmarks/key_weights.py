"""Fit the weights of the key estimator and write them to src/earmark/audio/key_weights.py.

    earmark demo-catalogue TUNE/101 --seed 101 --tracks-per-label 8
    earmark demo-catalogue TUNE/303 --seed 303 --tracks-per-label 8
    python -m benchmarks.key_tracks --soundfont FluidR3_GM.sf2 --out TUNE/midi freedoom*.wad planetblupi/*.mid
    python -m benchmarks.key_weights --demo TUNE/101 --demo TUNE/303 --listed TUNE/midi

A multinomial logistic regression over the 24 keys with one set of weights for each mode, turned to every tonic. The
weights are held by a quadratic penalty near to a start: for the pitch classes the profiles of Sha'ath (2011,
"Estimation of key in digital music recordings", KeyFinder), made for dance music, and 0 for the triads.

Each track is learnt from at five pitches, by resampling, since no key should be told by where a kick drum or the
lowest string happens to lie. Accuracy, log loss and confidence are printed from cross-validation whose folds hold each
song with all its mixes apart, and from foretelling each kind of music (rendered, MIDI) from the other. The start (the
profiles of Sha'ath, of Faraldo et al. 2016, or their mean; its size) and the penalty have the least sum of the four
log losses: known kinds of music and unknown ones count alike. None of the tracks that `benchmarks.keys` reports may be
among these.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from benchmarks.key_tracks import KeyedTrack, demo_tracks, listed_tracks
from numpy.typing import NDArray
from scipy.optimize import minimize

from earmark.audio.chroma import RATE, note_frames
from earmark.audio.decode import decode
from earmark.audio.key_estimate import KEYS
from earmark.audio.key_features import SUMMARIES, key_features
from earmark.catalog.keys import Key

PENALTY: Final = 2.0
START: Final = 1.0
"""The start's standard deviation over the twelve pitch classes."""

SHIFTS: Final = (0, -6, -3, 3, 6)
"""Semitones; the first is the track as it is."""

FOLDS: Final = 8
OUT: Final = Path(__file__).parents[1] / "src" / "earmark" / "audio" / "key_weights.py"

SHAATH_MINOR: Final = (6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2)
SHAATH_MAJOR: Final = (6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4)

Doubles = NDArray[np.float64]


def features_of(track: KeyedTrack) -> Doubles:
    """A track's summaries at each of `SHIFTS`, turned to every tonic, shape (shifts, 12, 3 * 12)."""
    audio = decode(track.path)
    rows = []
    for shift in SHIFTS:
        sound = soxr.resample(audio.samples, audio.sample_rate * 2 ** (shift / 12), RATE, quality="HQ")
        notes = note_frames(sound)
        if notes is None:
            raise SystemExit(f"{track.path} is silent")
        summaries = key_features(notes)
        rows.append([np.roll(summaries, -tonic, axis=1).ravel() for tonic in range(12)])
    return np.array(rows)


def keys_of(track: KeyedTrack) -> list[int]:
    """The place of a track's key in `KEYS` at each of `SHIFTS`."""
    return [KEYS.index(Key((track.key.pitch_class + shift) % 12, track.key.mode)) for shift in SHIFTS]


def scores(features: Doubles, parameters: Doubles) -> Doubles:
    """Score the 24 keys, minor first, shape (rows, 24)."""
    weights, biases = parameters[:-2].reshape(2, -1), parameters[-2:]
    return np.concatenate([features @ weights[mode] + biases[mode] for mode in (0, 1)], axis=1)


def log_loss(found: Doubles, truth: NDArray[np.int64]) -> tuple[float, Doubles]:
    """Summed negative log likelihood, and its gradient by the scores."""
    shifted = found - found.max(axis=1, keepdims=True)
    likely = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    at = np.arange(len(truth)), truth
    loss = -float(np.log(likely[at] + 1e-12).sum())
    likely[at] -= 1
    return loss, likely


def foretold(
    features: Doubles, truth: NDArray[np.int64], rendered: NDArray[np.bool_]
) -> dict[str, tuple[float, float]]:
    """Accuracy and log loss on each kind of music by weights that were fitted on the other kind alone."""
    found = {}
    for name, asked in (("rendered catalogues", rendered), ("MIDI files", ~rendered)):
        told = scores(features[asked, 0], fit(features[~asked], truth[~asked]))
        right = float((told.argmax(axis=1) == truth[asked, 0]).mean())
        found[name] = (right, log_loss(told, truth[asked, 0])[0] / int(asked.sum()))
    return found


def fit(features: Doubles, truth: NDArray[np.int64]) -> Doubles:
    """Fit to (tracks, shifts, 12, 36) and keys (tracks, shifts); return weights of minor, of major, and both biases."""
    features, truth = features.reshape(-1, *features.shape[2:]), truth.ravel()
    start = np.zeros((2, len(SUMMARIES), 12))
    for mode, profile in enumerate((SHAATH_MINOR, SHAATH_MAJOR)):
        start[mode, 0] = START * (np.array(profile) - np.mean(profile)) / np.std(profile)
    begin = np.append(start.ravel(), [0.0, 0.0])
    held = len(SHIFTS) * PENALTY * np.append(np.ones(start.size), [0.1, 0.1])

    def objective(parameters: Doubles) -> tuple[float, Doubles]:
        loss, by_score = log_loss(scores(features, parameters), truth)
        minor, major = by_score[:, :12], by_score[:, 12:]
        by_weight = [np.einsum("nt,ntf->f", part, features) for part in (minor, major)]
        away = parameters - begin
        gradient = np.concatenate([*by_weight, [minor.sum(), major.sum()]]) + held * away
        return loss + 0.5 * float(held @ away**2), gradient

    return np.asarray(minimize(objective, begin, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)


def cross_validated(features: Doubles, truth: NDArray[np.int64], songs: Sequence[str]) -> Doubles:
    """Score every track, as it is, by weights that were fitted without its song; shape (tracks, 24)."""
    names = np.unique(songs)
    dealt = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    fold = np.array([dealt[song] for song in songs])
    found = np.zeros((len(truth), 24))
    for number in range(FOLDS):
        held_out = fold == number
        found[held_out] = scores(features[held_out, 0], fit(features[~held_out], truth[~held_out]))
    return found


def written(parameters: Doubles, tracks: int, songs: int) -> str:
    """The module's source."""
    weights = parameters[:-2].reshape(2, len(SUMMARIES), 12)
    lines = [
        '"""Weights of the key estimator: made by `benchmarks/key_weights.py`, not to be edited by hand.',
        "",
        f"Fitted on {tracks} tracks of {songs} songs. For minor, then for major: one row for each of",
        "`earmark.audio.key_features.SUMMARIES`, over the semitones above the tonic.",
        '"""',
        "",
        "from typing import Final",
        "",
        "import numpy as np",
        "import numpy.typing as npt",
        "",
        "WEIGHTS: Final[npt.NDArray[np.float64]] = np.array(",
        "    [",
    ]
    for mode in weights:
        lines += ["        ["]
        lines += [f"            [{', '.join(f'{weight:.3f}' for weight in row)}]," for row in mode]
        lines += ["        ],"]
    lines += [
        "    ]",
        ")",
        '"""float64 of shape (2, 3, 12)."""',
        "",
        f"BIASES: Final[npt.NDArray[np.float64]] = np.array([{parameters[-2]:.3f}, {parameters[-1]:.3f}])",
        '"""Added to the scores of minor and major, float64 of shape (2,)."""',
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the key estimator's weights.")
    parser.add_argument("--demo", type=Path, action="append", default=[], help="a rendered demo catalogue")
    parser.add_argument("--listed", type=Path, action="append", default=[], help="a folder with keys.csv")
    arguments = parser.parse_args()
    tracks = [track for folder in arguments.demo for track in demo_tracks(folder)]
    rendered = len(tracks)
    tracks += [track for folder in arguments.listed for track in listed_tracks(folder)]
    features, songs = np.array([features_of(track) for track in tracks]), [track.song for track in tracks]
    keys = np.array([keys_of(track) for track in tracks])
    truth, found = keys[:, 0], cross_validated(features, keys, songs)
    likely = np.exp(found - found.max(axis=1, keepdims=True))
    confidence, right = (likely / likely.sum(axis=1, keepdims=True)).max(axis=1), found.argmax(axis=1) == truth
    print(f"{len(tracks)} tracks of {len(set(songs))} songs, cross-validated: accuracy {right.mean():.3f},")
    print(f"mean confidence {confidence.mean():.3f}, log loss {log_loss(found, truth)[0] / len(truth):.3f}")
    kinds = foretold(features, keys, np.arange(len(tracks)) < rendered) if 0 < rendered < len(tracks) else {}
    for name, (accuracy, loss) in kinds.items():
        print(f"{name}, foretold from the others: accuracy {accuracy:.3f}, log loss {loss:.3f}")
    OUT.write_text(written(fit(features, keys), len(tracks), len(set(songs))), encoding="utf-8")


if __name__ == "__main__":
    main()
