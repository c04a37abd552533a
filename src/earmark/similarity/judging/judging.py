"""Judges rankings of a collection by questions with known answers; see `earmark.similarity.judging.questions`."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.hubness import Hubness, hubness
from earmark.evaluation.retrieval import DEFAULT_CUTOFFS, expected_by_chance, query_scores, ranked
from earmark.similarity.judging.judged import TaskScores
from earmark.similarity.judging.questions import Question, QuestionSet
from earmark.similarity.judging.rivals import Ranker
from earmark.similarity.vectors.search import top

HUB_NEIGHBOURS = 10
"""Neighbours of each track that are counted for hubness."""


def judge(
    questions: QuestionSet,
    rankers: Sequence[Ranker],
    *,
    cutoffs: Sequence[int] = DEFAULT_CUTOFFS,
    progress: Callable[[int, int], None] | None = None,
) -> TaskScores:
    """Ask every ranker every question.

    Args:
        questions: The questions.
        rankers: Rankers of the questions' tracks, of different names.
        cutoffs: Ranks at which rankings are cut.
        progress: Called with questions done and questions in all.

    Raises:
        InputError: Two rankers have one name, or a cut-off is below 1.
    """
    names = [ranker.name for ranker in rankers]
    if len(set(names)) != len(names) or min(cutoffs, default=1) < 1:
        raise InputError(f"expected rankers of different names and cut-offs from 1, got {names} and {list(cutoffs)}")
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for done, question in enumerate(questions, start=1):
        for ranker in rankers:
            rows[ranker.name].append(_scored(ranker, question, cutoffs))
        if progress is not None:
            progress(done, len(questions))
    scores = {
        name: {measure: np.array([one[measure] for one in of]) for measure in (of[0] if of else ())}
        for name, of in rows.items()
    }
    return TaskScores(questions.task, questions.groups, questions.left_out, scores)


def _scored(ranker: Ranker, question: Question, cutoffs: Sequence[int]) -> dict[str, float]:
    scores = ranker.scores(question.query)
    if scores is None:
        return expected_by_chance(len(question.candidates), int(question.relevant.sum()), cutoffs)
    return query_scores(question.relevant[ranked(scores[question.candidates])], cutoffs)


def hubness_of(ranker: Ranker, queries: Sequence[int], n_tracks: int, *, k: int = HUB_NEIGHBOURS) -> Hubness | None:
    """How unevenly tracks come up as neighbours of others under a ranker; None for a random order.

    Args:
        ranker: The ranker.
        queries: Rows to ask about: all of them, or a sample drawn by chance.
        n_tracks: Tracks of the collection, at least 2.
        k: Neighbours of each; all others where there are fewer.

    Raises:
        InputError: There is no query, or no second track.
    """
    kept = min(k, n_tracks - 1)
    if kept < 1 or not queries:
        raise InputError(f"hubness needs a query and two tracks, got {len(queries)} queries of {n_tracks} tracks")
    found: list[NDArray[np.int64]] = []
    for row in queries:
        scores = ranker.scores(row)
        if scores is None:
            return None
        scores[row] = -np.inf
        found.append(top(scores, kept))
    return hubness(np.stack(found), n_tracks)
