"""What came out of judging rankings: scores query by query, and lines that put rankers beside each other.

A line is one measure of one task. Its means are over queries, each counting the same; intervals and tests go by whole
groups of queries that hang together (by one artist, out of one playlist), since a hundred questions about one artist's
songs know little more than one. A mean has Wilson's interval of the effective number of queries
(`earmark.evaluation.intervals.grouped_wilson_interval`), which is too wide rather than too narrow for scores between
0 and 1; differences have Student's t by groups and a permutation test, corrected by Holm's procedure over the rivals of
a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.comparison import paired_permutation
from earmark.evaluation.differences import Difference, holm, mean_difference
from earmark.evaluation.hubness import Hubness
from earmark.evaluation.intervals import Interval, grouped_wilson_interval
from earmark.similarity.judging.questions import IntArray, Task

FloatArray = NDArray[np.float64]

RESAMPLES = 2_000
"""Sign patterns of a permutation test: p is known to 0.0005, and there are many lines to be tested."""

SHOWN = {"AP": "MAP", "RR": "MRR"}
"""What the mean of a query's score is called, where it has a name of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class TaskScores:
    """What rankers are worth on the questions of a task, question by question.

    Attributes:
        task: What was asked.
        groups: int64 of shape (questions,): what each question hangs together with.
        left_out: Queries that had no answer.
        scores: By ranker and by measure (as `earmark.evaluation.retrieval.query_scores` names them), float64 of shape
            (questions,) in [0, 1].
    """

    task: Task
    groups: IntArray
    left_out: int
    scores: Mapping[str, Mapping[str, FloatArray]]

    def __len__(self) -> int:
        return len(self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure of one task, rankers side by side.

    Attributes:
        task: What was asked.
        measure: What was measured, such as ``"P@10"`` or ``"MAP"``.
        ours: The ranker that is judged.
        means: Mean over the questions by ranker.
        intervals: Its 95 % interval by ranker.
        differences: The judged ranker minus each rival.
        n_questions: How many questions.
    """

    task: Task
    measure: str
    ours: str
    means: Mapping[str, float]
    intervals: Mapping[str, Interval]
    differences: tuple[Difference, ...]
    n_questions: int

    @property
    def ahead(self) -> tuple[Difference, ...]:
        """Differences to the rivals that have a greater mean, the greatest first; empty where ours is first."""
        return tuple(sorted((one for one in self.differences if one.mean < 0), key=lambda one: one.mean))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "task": self.task,
            "measure": self.measure,
            "questions": self.n_questions,
            "ours": self.ours,
            "rankers": {
                name: {"mean": mean, "interval": self.intervals[name].to_json()} for name, mean in self.means.items()
            },
            "differences": [one.to_json() for one in self.differences],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchJudgement:
    """A whole evaluation.

    Attributes:
        lines: Every measure of every task.
        hubs: By ranker, how unevenly tracks come up.
        left_out: By task, queries that had no answer.
        tracks: Candidates in all.
        learnt: Whether queries are among the songs that the model learnt from, so that its scores flatter it.
        asked: Which songs were queries, in words.
        notes: What a reader has to know.
    """

    lines: tuple[Line, ...]
    hubs: Mapping[str, Hubness]
    left_out: Mapping[str, int]
    tracks: int
    learnt: bool
    asked: str
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> tuple[str, ...]:
        """On which lines ours is first, and where it is not, in sentences."""
        return verdict(self.lines)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "tracks": self.tracks,
            "queries": self.asked,
            "queries_were_learnt": self.learnt,
            "lines": [line.to_json() for line in self.lines],
            "hubness": {name: one.to_json() for name, one in self.hubs.items()},
            "left_out": dict(self.left_out),
            "verdict": list(self.verdict),
            "notes": list(self.notes),
        }


def joined(parts: Sequence[TaskScores]) -> TaskScores:
    """Questions of one task from several folds as one: every ranker and measure that all of them have.

    Args:
        parts: At least one; their groups are numbered alike.

    Raises:
        InputError: There is none, or they are of several tasks.
    """
    if len({one.task for one in parts}) != 1:
        raise InputError(f"expected questions of one task to join, got {sorted({one.task for one in parts})}")
    told = [one for one in parts if len(one)] or [parts[0]]
    first = told[0].scores
    rankers = [name for name in first if all(name in one.scores for one in told)]
    scores = {
        name: {measure: np.concatenate([one.scores[name][measure] for one in told]) for measure in first[name]}
        for name in rankers
    }
    groups = np.concatenate([one.groups for one in told])
    return TaskScores(parts[0].task, groups, sum(one.left_out for one in parts), scores)


def lines_of(scores: TaskScores, *, ours: str, rivals: Sequence[str], seed: int = 0) -> tuple[Line, ...]:
    """Put the rankers of a task beside each other, a line for each measure.

    Args:
        scores: The scores; no line comes of a task without questions.
        ours: The ranker that is judged.
        rivals: Those that it is compared with, each tested.
        seed: Seed of the permutation tests.
    """
    if len(scores) == 0:
        return ()
    return tuple(_line(scores, measure, ours, rivals, seed) for measure in _measures(scores))


def verdict(lines: Sequence[Line]) -> tuple[str, ...]:
    """Say in sentences on which lines ours is first, and where it is not.

    Args:
        lines: The lines.
    """
    if not lines:
        return ("There was no question to judge by.",)
    behind = [line for line in lines if line.ahead]
    told = f"Ours ({' and '.join(dict.fromkeys(line.ours for line in lines))}) is first on"
    told = f"{told} {len(lines) - len(behind)} of {len(lines)} lines"
    if level := sum(not line.ahead and any(one.mean == 0 for one in line.differences) for line in lines):
        told = f"{told}, level with another on {level} of these"
    return (f"{told}{'; not on:' if behind else '.'}", *map(_behind, behind))


def _behind(line: Line) -> str:
    worst, ours = line.ahead[0], line.ours
    sure = "can be told apart" if worst.better else "cannot be told apart"
    return (
        f"{line.task}, {line.measure}: {worst.second} has {line.means[worst.second]:.3f}, {ours} "
        f"{line.means[ours]:.3f} "
        f"({100 * worst.mean:+.1f} points, {100 * worst.low:+.1f} to {100 * worst.high:+.1f}, corrected p = "
        f"{worst.p_corrected:.2g}): {sure} on {worst.n_songs} questions in {worst.n_groups} groups."
    )


def _measures(scores: TaskScores) -> list[str]:
    """The measures that suit a task: where one track is right, precision and recall say what hit@k says better.

    nDCG@1 is P@1 by another name.
    """
    unsuited = ("P@", "recall@", "AP", "R-prec") if scores.task == "played next" else ("hit@", "RR")
    known = next(iter(scores.scores.values()))
    suited = (name for name in known if not name.startswith(unsuited) and name != "nDCG@1")
    return sorted(suited, key=lambda name: "@" in name)


def _line(scores: TaskScores, measure: str, ours: str, rivals: Sequence[str], seed: int) -> Line:
    values = {name: of[measure] for name, of in scores.scores.items()}
    return Line(
        task=scores.task,
        measure=SHOWN.get(measure, measure),
        ours=ours,
        means={name: float(one.mean()) for name, one in values.items()},
        intervals={name: grouped_wilson_interval(one, scores.groups) for name, one in values.items()},
        differences=_differences(values, scores.groups, ours, [name for name in rivals if name in values], seed),
        n_questions=len(scores),
    )


def _differences(
    values: Mapping[str, FloatArray], groups: IntArray, ours: str, rivals: Sequence[str], seed: int
) -> tuple[Difference, ...]:
    found = []
    for rival in rivals:
        pair = (values[ours], values[rival])
        p = paired_permutation(*pair, rng=np.random.default_rng(seed), groups=groups, resamples=RESAMPLES)
        found.append((p, *mean_difference(*pair, groups=groups)))
    corrected = holm([p for p, *_ in found])
    n_groups = len(np.unique(groups))
    return tuple(
        Difference(ours, rival, mean, low, high, p, adjusted, len(groups), n_groups)
        for rival, (p, mean, low, high), adjusted in zip(rivals, found, corrected, strict=True)
    )
