"""Judges the search of a library: ours beside simple rivals, on songs that the model did not learn from.

Rankers that stand side by side:

- what `earmark similar` goes by (the source's vectors, hubs damped), and the same without damping;
- what `earmark next` goes by, where it is asked what was played next;
- a random order; BPM and key alone; the mean of 40 MFCCs; and each backbone of which the library holds embeddings,
  their plain mean compared by cosine.

Candidates are all other tracks with vectors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earmark.errors import InputError
from earmark.evaluation.hubness import Hubness
from earmark.evaluation.retrieval import DEFAULT_CUTOFFS
from earmark.models.bundle import load_card
from earmark.similarity.judging.judged import Line, SearchJudgement, lines_of
from earmark.similarity.judging.judging import hubness_of, judge
from earmark.similarity.judging.questions import QuestionSet, label_questions, played_questions
from earmark.similarity.judging.rankers import field, mixing_ranker
from earmark.similarity.judging.rivals import Ranker
from earmark.similarity.vectors.filters import Columns, columns_of
from earmark.similarity.vectors.opening import Collection
from earmark.similarity.vectors.sources import VectorSource

QueryPart = Literal["test", "all"]
"""Which songs are asked about: those of the bundle's test part, or all."""

MOST_QUERIES = 1_000
"""Questions of a task; of more songs, so many are drawn."""

Progress = Callable[[int, int, str], None]
"""Told of work done, of all work, and what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTest:
    """How a search is to be judged.

    Attributes:
        part: Which songs are asked about.
        cutoffs: Ranks at which rankings are cut, each at least 1.
        most_queries: Songs that are asked about at most, drawn by the seed where there are more.
        seed: Seed of the draw and of the permutation tests, at least 0.

    Raises:
        InputError: A number is out of range.
    """

    part: QueryPart = "test"
    cutoffs: tuple[int, ...] = DEFAULT_CUTOFFS
    most_queries: int = MOST_QUERIES
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.cutoffs or min(self.cutoffs) < 1 or self.most_queries < 1 or self.seed < 0:
            raise InputError(
                f"cut-offs and queries are at least 1 and the seed at least 0, got {list(self.cutoffs)}, "
                f"{self.most_queries} and {self.seed}"
            )


def evaluate_search(
    collection: Collection, test: SearchTest | None = None, *, progress: Progress | None = None
) -> SearchJudgement:
    """Judge the search of a collection.

    Args:
        collection: The collection, opened with the vectors that are to be judged.
        test: How; by default on the test songs of the bundle.
        progress: Told how far it is.

    Raises:
        InputError: The collection holds no song to ask about.
        LibraryError: Stored features are damaged.
    """
    test = test or SearchTest()
    # Ties keep the order of the candidates. That of a library tells labels; that of audio ids, which are hashes, none.
    compared = (one for one in collection.all_tracks() if collection.columns.row(one.audio_id) is not None)
    tracks = tuple(sorted(compared, key=lambda one: one.audio_id))
    columns = columns_of(tracks)
    queries, asked = _queries(collection.source, columns, test)
    rankers, notes = field(collection, columns)
    tasks = [label_questions(columns, queries, other_artists=others) for others in (False, True)]
    lists = [[one.audio_id or "" for one in playlist.entries] for playlist in collection.library.playlists()]
    played = played_questions(columns, lists, queries)
    total = sum(map(len, tasks)) + len(played)
    lines: list[Line] = []
    told = _Told(progress, total)
    for questions in tasks:
        lines += _lines(questions, rankers, rankers[0].name, test, told)
    if len(played):
        mixing = mixing_ranker(collection, tracks)
        lines += _lines(played, [mixing, *rankers], mixing.name, test, told)
    return SearchJudgement(
        lines=tuple(lines),
        hubs=_hubs(rankers, len(tracks), test),
        left_out={one.task: one.left_out for one in (*tasks, played)},
        tracks=len(tracks),
        learnt=test.part == "all" and collection.source.kind == "bundle",
        asked=asked,
        notes=(*collection.notes, *notes),
    )


class _Told:
    """Progress over several tasks."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def of(self, task: str) -> Callable[[int, int], None]:
        """Take the progress of one task."""
        before = self._done

        def advance(done: int, _of: int) -> None:
            self._done = before + done
            if self._progress is not None:
                self._progress(self._done, self._total, task)

        return advance


def _lines(
    questions: QuestionSet, rankers: Sequence[Ranker], ours: str, test: SearchTest, told: _Told
) -> tuple[Line, ...]:
    scores = judge(questions, rankers, cutoffs=test.cutoffs, progress=told.of(questions.task))
    rivals = [ranker.name for ranker in rankers if not ranker.ours]
    return lines_of(scores, ours=ours, rivals=rivals, seed=test.seed)


def _queries(source: VectorSource, columns: Columns, test: SearchTest) -> tuple[list[int], str]:
    """Rows to ask about, and which they are in words.

    Raises:
        InputError: There is none.
    """
    rows, asked = list(range(len(columns))), "all tracks"
    if source.folder is not None and test.part == "test":
        card = load_card(source.folder)
        ids = set(card.split.get("test", ())) - card.learnt_ids
        rows = [row for row, audio_id in enumerate(columns.audio_ids.tolist()) if audio_id in ids]
        asked = f"the test songs of {source.name} ({len(rows)} of {len(ids)} are in the library)"
        if not rows:
            raise InputError(
                f"the library holds no test song of the bundle {source.name}, so nothing can be asked that it did not "
                "learn from; train it on this library, name another with --bundle, or ask about all songs with "
                "--split all, whose scores flatter it"
            )
    if len(rows) > test.most_queries:
        drawn = np.random.default_rng(test.seed).choice(len(rows), size=test.most_queries, replace=False)
        rows, asked = [rows[at] for at in np.sort(drawn).tolist()], f"{test.most_queries} of {asked}, drawn by chance"
    return rows, asked


def _hubs(rankers: Sequence[Ranker], n_tracks: int, test: SearchTest) -> dict[str, Hubness]:
    """Hubness of each ranker over all tracks, or over a sample of queries: no label is read, so none can flatter."""
    if n_tracks < 2:
        return {}
    rows: list[int] = list(range(n_tracks))
    if n_tracks > test.most_queries:
        rows = np.sort(np.random.default_rng(test.seed).choice(n_tracks, test.most_queries, replace=False)).tolist()
    found = {ranker.name: hubness_of(ranker, rows, n_tracks) for ranker in rankers}
    return {name: one for name, one in found.items() if one is not None}
