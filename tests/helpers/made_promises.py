"""The made-up comparison of `made_comparison` with a third model: an ensemble that says how sure it is."""

from dataclasses import replace

import numpy as np
from made_comparison import LABELS, N_SONGS, REPEATS, make_comparison
from numpy.typing import NDArray

from earmark.comparing.comparison import Comparison
from earmark.comparing.results import FoldResult
from earmark.evaluation.confidence import Confidence, fit_confidence
from earmark.evaluation.open_set import HeldBackRound, OpenSetCalibration, fit_open_set

TRUTH = np.arange(N_SONGS) % len(LABELS)


def said(hit_rate: float, seed: int, *, sure: float = 0.9) -> NDArray[np.float64]:
    """Probabilities of all songs by a model that is right in about this share of them, and always this sure."""
    rng = np.random.default_rng(seed)
    called = np.where(rng.random(N_SONGS) < hit_rate, TRUTH, (TRUTH + 1) % len(LABELS))
    spread = rng.uniform(sure - 0.05, sure + 0.05, N_SONGS)
    probabilities = np.repeat((1 - spread)[:, None] / (len(LABELS) - 1), len(LABELS), axis=1)
    probabilities[np.arange(N_SONGS), called] = spread
    return probabilities


def open_set(seed: int) -> OpenSetCalibration:
    """A threshold from rounds in which unknown songs are clearly stranger."""
    rng = np.random.default_rng(seed)
    rounds = [HeldBackRound(label, rng.uniform(0, 0.3, 40), rng.uniform(0.2, 0.6, 20)) for label in LABELS]
    return fit_open_set(rounds, score="max-probability", known=rng.uniform(0, 0.3, 60))


def confidence(hit_rate: float, seed: int, *, held_back: bool = True) -> Confidence:
    """What held-out songs say of a model of this hit rate."""
    return fit_confidence(
        np.log(said(hit_rate, seed)),
        TRUTH,
        source="out-of-fold songs",
        rng=np.random.default_rng(seed),
        open_set=open_set(seed) if held_back else None,
    )


def ensemble_fold(repeat: int) -> FoldResult:
    """An ensemble that is right in about 70 %, claims 90 %, and gains from its probe and not from its tags."""
    full = said(0.7, 40 + repeat)
    return FoldResult(
        "ensemble",
        f"d{repeat}",
        tuple(str(at) for at in range(N_SONGS)),
        full,
        None,
        None,
        1.5,
        confidence=confidence(0.7, 60 + repeat),
        variants={
            "without metadata": full,
            "without probe": said(0.35, 50 + repeat),
            "without earmark": said(0.6, 55 + repeat),
            "only earmark": said(0.4, 57 + repeat),
        },
    )


def make_promising() -> Comparison:
    """The made-up comparison with the ensemble before its other contestants."""
    made = make_comparison()
    folds = tuple(ensemble_fold(repeat) for repeat in range(REPEATS))
    return replace(made, contestants=("ensemble", *made.contestants), results={"ensemble": folds, **made.results})
