"""Questions to which a library knows the answer, so that a search can be judged by them.

Two kinds. *Which tracks are on the label of this one*, as music of one label is what a label means it to be; asked
once among all other tracks, and once among tracks by other artists only: those who share an artist with the query
are no candidates at all, since finding an artist's other songs is easier than finding a label's sound (the artist
effect: Flexer and Schnitzer, "Effects of album and artist filters in audio similarity computed for very large music
databases", Computer Music Journal 34(3), 2010). And *what was played after this one*, where playlists or histories are
known: one relevant track, the next one.

Questions are made one at a time: with many tracks all of them at once would fill the memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.groups import Song, group_ids
from earmark.similarity.vectors.filters import Columns

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Task = Literal["label", "label by other artists", "played next"]
"""What is asked: the label's tracks, those of them by other artists among tracks by other artists, or what was played
next."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One query with its candidates.

    Attributes:
        query: Row of the query among the tracks.
        candidates: int64 of shape (candidates,): rows of the tracks that may be found, rising.
        relevant: bool of shape (candidates,): which of these answer the question.
        group: Number of what the question hangs together with: the query's artists, or its playlist.
    """

    query: int
    candidates: IntArray
    relevant: BoolArray
    group: int


@dataclass(frozen=True, slots=True, eq=False)
class QuestionSet:
    """All questions of a task.

    Attributes:
        task: What is asked.
        columns: The tracks.
        queries: int64 of shape (questions,): the row of each query.
        answers: int64 of shape (questions,): the row of what was played next; empty for labels.
        groups: int64 of shape (questions,): as in `Question`.
        left_out: Queries that nothing among the candidates answers, or of which that is not known.
    """

    task: Task
    columns: Columns
    queries: IntArray
    answers: IntArray
    groups: IntArray
    left_out: int

    def __len__(self) -> int:
        return len(self.queries)

    def __iter__(self) -> Iterator[Question]:
        for at, query in enumerate(self.queries.tolist()):
            allowed = np.ones(len(self.columns), dtype=np.bool_)
            allowed[query] = False
            if self.task == "label by other artists":
                allowed &= _by_others(self.columns, query)
            rows = np.flatnonzero(allowed)
            if self.task == "played next":
                relevant = rows == self.answers[at]
            else:
                relevant = self.columns.labels[rows] == self.columns.labels[query]
            yield Question(query, rows, relevant, int(self.groups[at]))


def label_questions(columns: Columns, queries: Sequence[int], *, other_artists: bool) -> QuestionSet:
    """Ask for the tracks of each query's label.

    Args:
        columns: The tracks that may be found, in an order that does not tell labels (ties keep it).
        queries: Rows to ask about; those without a label, without another track of it or, where other artists are
            asked for, without a credit are left out and counted.
        other_artists: Whether tracks by the query's artists, and those whose artists nobody knows, are no candidates.
    """
    groups = artist_groups(columns)
    task: Task = "label by other artists" if other_artists else "label"
    kept = [row for row in queries if _has_answer(columns, row, other_artists=other_artists)]
    rows = np.array(kept, dtype=np.int64)
    return QuestionSet(task, columns, rows, np.zeros(0, np.int64), groups[rows], len(queries) - len(kept))


def played_questions(columns: Columns, lists: Sequence[Sequence[str]], queries: Sequence[int]) -> QuestionSet:
    """Ask what was played after each track of playlists or histories.

    Args:
        columns: The tracks that may be found.
        lists: Audio ids in the order in which they were played; a text that is none of the tracks breaks the list in
            two there, and a track that follows itself is no question.
        queries: Rows that may be asked about; transitions from another track are left out and counted.
    """
    allowed = set(queries)
    asked: list[tuple[int, int, int]] = []
    left_out = 0
    for number, entries in enumerate(lists):
        for one, following in pairwise(entries):
            query, answer = columns.row(one), columns.row(following)
            if query is None or answer is None or query == answer:
                continue
            if query in allowed:
                asked.append((query, answer, number))
            else:
                left_out += 1
    table = np.array(asked, dtype=np.int64).reshape(-1, 3)
    return QuestionSet("played next", columns, table[:, 0], table[:, 1], table[:, 2], left_out)


def artist_groups(columns: Columns) -> IntArray:
    """The connected component of artists of each track, int64 of shape (tracks,); see `earmark.evaluation.groups`."""
    songs = [
        Song(id=audio_id, label=label, artist_keys=artists)
        for audio_id, label, artists in zip(
            columns.audio_ids.tolist(), columns.labels.tolist(), columns.artists, strict=True
        )
    ]
    return group_ids(songs, "artist")


def _has_answer(columns: Columns, row: int, *, other_artists: bool) -> bool:
    if not columns.labels[row] or (other_artists and not columns.artists[row]):
        return False
    same = columns.labels == columns.labels[row]
    same[row] = False
    return bool((same & _by_others(columns, row) if other_artists else same).any())


def _by_others(columns: Columns, row: int) -> BoolArray:
    """Which tracks are certainly by other artists than a track: bool of shape (tracks,)."""
    own = columns.artists[row]
    return np.array([bool(one) and own.isdisjoint(one) for one in columns.artists], dtype=np.bool_)
