"""Learn the weights of the evidence for a tempo, and write ``src/earmark/audio/tempo_weights.py``.

A conditional logit (softmax over a recording's candidates) with a quadratic penalty, learnt from the parts of
`benchmarks.tempo_truth` that ``benchmarks/tempo.py`` does not report on, and a demo catalogue of another seed, each of
its recordings also at other speeds. Each kind of music counts the same; within a kind, a recording counts as its tempo
is common (125 BPM most, 95 and 165 BPM six tenths as much), so that the many fast ones among few do not make every slow
one look like half of something. The penalty and the temperature of the probabilities are those that foretell
each kind of music best from the others: a user's music is of yet another kind.

    earmark demo-catalogue /tmp/seed-7 --seed 7 --tracks-per-label 6
    python -m benchmarks.tempo_weights /tmp/seed-7
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.tempo_truth import Known, from_demo, from_lmms, from_modules
from scipy.optimize import minimize, minimize_scalar

from earmark.audio.decode import decode
from earmark.audio.measure_settings import DEFAULT_BPM_RANGE
from earmark.audio.onsets import REGISTERS, Onsets, onset_strength
from earmark.audio.tempo import candidates
from earmark.audio.tempogram import EVIDENCE, PERIOD_RATIOS, evidence, repetition

SPEEDS = (0.65, 0.8, 1.0, 1.15, 1.35)
"""At which a demo track is heard; its tempi are too few otherwise."""

COMMON_BPM, COMMON_OCTAVES = 125.0, 0.4

PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
TARGET = Path("src/earmark/audio/tempo_weights.py")
RIGHT = 0.02
WANTED = 0.95
"""Share of recordings that should be right or doubtful."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A recording's candidates: their evidence, and which are right."""

    kind: str
    path: Path
    evidence: Floats
    right: npt.NDArray[np.bool_]
    weight: float


def cases(known: Known) -> list[Case]:
    """Make the cases of a recording, at each speed that its tempo stays in range at."""
    audio = decode(known.path)
    heard = onset_strength(audio.samples, audio.sample_rate)
    made = []
    for speed in SPEEDS if known.kind == "demo" else (1.0,):
        found = repetition(Onsets(heard.strength, heard.frames_per_second * speed))
        rough = candidates(found)
        rough = rough[(rough >= DEFAULT_BPM_RANGE[0]) & (rough <= DEFAULT_BPM_RANGE[1])]
        right = np.abs(rough / (known.bpm * speed) - 1) <= RIGHT
        if right.any():
            made.append(Case(known.kind, known.path, evidence(found, rough), right, commonness(known.bpm * speed)))
    return made


def commonness(bpm: float) -> float:
    """How common a tempo is in dance music, against 125 BPM: log-normal."""
    return float(np.exp(-0.5 * (np.log2(bpm / COMMON_BPM) / COMMON_OCTAVES) ** 2))


def shares_of(learnt: Sequence[Case]) -> Floats:
    """How much each case counts: its commonness, and each kind of music the same."""
    totals: dict[str, float] = {}
    for case in learnt:
        totals[case.kind] = totals.get(case.kind, 0.0) + case.weight
    return np.array([case.weight / totals[case.kind] / len(totals) for case in learnt])


def fit(learnt: Sequence[Case], spread: Floats, penalty: float) -> Floats:
    """Return the weights that make right candidates most probable."""
    shares = shares_of(learnt)

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = penalty * float(weights @ weights), 2 * penalty * weights
        for case, share in zip(learnt, shares, strict=True):
            columns = case.evidence / spread
            odds = probabilities(columns @ weights)
            wanted = np.where(case.right, odds, 0)
            total -= share * np.log(wanted.sum() + 1e-12)
            slope = slope - share * ((wanted / (wanted.sum() + 1e-12) - odds) @ columns)
        return total, slope

    found: Floats = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x
    return found / spread


def probabilities(scores: Floats) -> Floats:
    """Softmax."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def held_out(learnt: Sequence[Case], spread: Floats, penalty: float) -> list[tuple[Case, Floats]]:
    """Return each case with its scores under weights that learnt from other kinds of music only."""
    told = []
    for kind in sorted({case.kind for case in learnt}):
        weights = fit([case for case in learnt if case.kind != kind], spread, penalty)
        told += [(case, case.evidence @ weights) for case in learnt if case.kind == kind]
    return told


def log_loss(told: Sequence[tuple[Case, Floats]], temperature: float = 1.0) -> float:
    """Mean surprise at the right tempo."""
    right = [probabilities(scores / temperature)[case.right].sum() for case, scores in told]
    return float(shares_of([case for case, _ in told]) @ -np.log(np.array(right) + 1e-12))


def doubt_limit(told: Sequence[tuple[Case, Floats]], temperature: float) -> float:
    """The least confidence below which `WANTED` of the recordings are right or doubtful."""
    shares = shares_of([case for case, _ in told])
    confidence = np.array([probabilities(scores / temperature).max() for _, scores in told])
    wrong = np.array([not case.right[scores.argmax()] for case, scores in told])
    limits = np.arange(0.0, 1.001, 0.01)
    return float(next(limit for limit in limits if shares @ (wrong & (confidence >= limit)) <= 1 - WANTED))


def accuracy(told: Sequence[tuple[Case, Floats]]) -> dict[str, str]:
    """How many cases of each kind are right."""
    counts: dict[str, list[bool]] = {}
    for case, scores in told:
        counts.setdefault(case.kind, []).append(bool(case.right[scores.argmax()]))
    return {kind: f"{sum(right)} of {len(right)}" for kind, right in counts.items()}


def source(weights: Floats) -> str:
    """Return the module that holds the weights."""
    count = len(PERIOD_RATIOS)
    rows = [weights[start : start + count] for start in range(0, len(REGISTERS) * count, count)]
    rows.append(weights[len(REGISTERS) * count :])
    names = (*REGISTERS, "tempo")
    lines = [
        f"    {', '.join(f'{value:.2f}' for value in row)},  # {name}" for row, name in zip(rows, names, strict=True)
    ]
    return "\n".join(
        [
            '"""What evidence for a tempo weighs; written by ``benchmarks/tempo_weights.py``, which says how."""',
            "",
            "from typing import Final",
            "",
            "import numpy as np",
            "import numpy.typing as npt",
            "",
            "# fmt: off",
            "EVIDENCE_WEIGHTS: Final[npt.NDArray[np.float64]] = np.array([",
            *lines,
            "])",
            "# fmt: on",
            '"""One weight for each of `earmark.audio.tempogram.EVIDENCE`; temperature included."""',
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn the weights of the evidence for a tempo.")
    parser.add_argument("catalogue", type=Path, help="a rendered demo catalogue that is not the reported one")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    options = parser.parse_args()
    known = [*from_demo(options.catalogue, learnt=True), *from_lmms(), *from_modules()]
    learnt = [case for one in known if one.learnt for case in cases(one)]
    spread = np.concatenate([case.evidence for case in learnt]).std(axis=0)
    told = {penalty: held_out(learnt, spread, penalty) for penalty in PENALTIES}
    for penalty, scores in told.items():
        print(f"penalty {penalty:g}: log loss {log_loss(scores):.3f}, right {accuracy(scores)}")
    best = min(told, key=lambda penalty: log_loss(told[penalty]))
    temperature = float(minimize_scalar(lambda one: log_loss(told[best], one), bounds=(0.2, 5), method="bounded").x)
    print(f"penalty {best:g}, temperature {temperature:.2f}, log loss {log_loss(told[best], temperature):.3f}")
    print(f"{WANTED:.0%} are right or below a confidence of {doubt_limit(told[best], temperature):.2f}")
    weights = fit(learnt, spread, best) / temperature
    for name, weight in zip(EVIDENCE, weights, strict=True):
        print(f"  {name:32s} {weight:6.2f}")
    if not options.dry:
        TARGET.write_text(source(weights))


if __name__ == "__main__":
    main()
