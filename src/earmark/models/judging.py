"""Judges a trained model on songs with known labels, through the same path that predicts new ones.

Three readings of the same slices stand side by side: the verdict by mean log-probability, the paper's vote, and the
slices by themselves. Intervals are over songs, since slices of one song are not independent, and over whole groups
of songs where the split keeps groups together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.baselines import ARTIST_LOOKUP, MAJORITY, BaselineResult, artist_lookup, majority
from earmark.evaluation.comparison import ComparisonRow, comparison_row
from earmark.evaluation.groups import Song
from earmark.evaluation.intervals import Interval
from earmark.evaluation.metrics import Scores, score
from earmark.models.inputs import SongSource
from earmark.models.song import SongModel, SongPrediction
from earmark.models.spec import ModelSpec

Reading = Literal["mean", "vote", "slice"]
"""``"mean"``, ``"vote"`` (song level) or ``"slice"``."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """How a model did on some songs.

    Attributes:
        labels: Names of the labels, in the order of the indices.
        truth: Label index of each song, int64 of shape (songs,).
        predictions: What the model said of each song.
        rows: A table row for each reading: ``mean``, ``vote``, and ``slice`` for a model that cuts slices.
        scores: Every metric of each reading.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    predictions: tuple[SongPrediction, ...]
    rows: dict[Reading, ComparisonRow]
    scores: dict[Reading, Scores]

    @property
    def estimate(self) -> NDArray[np.int64]:
        """The verdict's label index for each song, int64 of shape (songs,)."""
        return np.asarray([prediction.verdict.label for prediction in self.predictions], dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """Rows and scores of each reading as plain values."""
        return {name: {"row": row.to_json(), **self.scores[name].to_json()} for name, row in self.rows.items()}


def judge(
    spec: ModelSpec,
    model: SongModel,
    songs: SongSource,
    truth: NDArray[np.int64],
    labels: Sequence[str],
    *,
    rng: np.random.Generator,
    groups: NDArray[np.int64] | None = None,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Judgement:
    """Predict songs and compare with the truth.

    Args:
        spec: What the model reads.
        model: The trained model.
        songs: The songs.
        truth: Label index of each, shape (songs,).
        labels: Names of the labels.
        rng: The source of chance for the bootstrap intervals.
        groups: Number of the group of songs that each hangs together with, shape (songs,); None where they stand
            alone.
        seconds: What training took, for the table.
        progress: Called with songs done and songs in all.

    Raises:
        MetadataError: The model needs values that a song lacks.
    """
    predictions = []
    for index in range(len(songs)):
        predictions.append(model.predict(songs, index))
        if progress is not None:
            progress(index + 1, len(songs))
    readings = _readings(spec, predictions, truth, hanging_together(groups))
    rows = {
        name: comparison_row(
            spec.name,
            reading.truth,
            reading.estimate,
            n_labels=len(labels),
            rng=rng,
            level="slice" if name == "slice" else "song",
            groups=reading.groups,
            seconds=seconds,
            note=reading.note,
        )
        for name, reading in readings.items()
    }
    scores = {name: score(reading.truth, reading.estimate, labels) for name, reading in readings.items()}
    return Judgement(tuple(labels), truth, tuple(predictions), rows, scores)


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    truth: NDArray[np.int64]
    estimate: NDArray[np.int64]
    groups: NDArray[np.int64] | None
    note: str


def _readings(
    spec: ModelSpec,
    predictions: Sequence[SongPrediction],
    truth: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
) -> dict[Reading, _Reading]:
    means = np.asarray([prediction.mean.label for prediction in predictions], dtype=np.int64)
    votes = np.asarray([prediction.vote.label for prediction in predictions], dtype=np.int64)
    if spec.heard_slice_seconds is None:  # a song is one input: vote and mean are the same
        return {"mean": _Reading(truth, means, groups, "")}
    counts = [len(prediction.slice_log_probs) for prediction in predictions]
    winners = [prediction.slice_log_probs.argmax(axis=1) for prediction in predictions]
    slices = np.concatenate(winners).astype(np.int64) if winners else np.zeros(0, dtype=np.int64)
    song_of = np.repeat(np.arange(len(truth)), counts)
    together = song_of if groups is None else groups[song_of]
    return {
        "mean": _Reading(truth, means, groups, "fused" if spec.parts else "slices' mean"),
        "vote": _Reading(truth, votes, groups, "slices' vote"),
        "slice": _Reading(truth[song_of], slices, together, f"of {spec.heard_slice_seconds:g} s"),
    }


def hanging_together(groups: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    """The groups, or None where each song is a group of its own and plain intervals hold."""
    return None if groups is None or len(np.unique(groups)) == len(groups) else groups


@dataclass(frozen=True, slots=True, eq=False)
class NamedBaseline:
    """What a baseline said of some test songs.

    Attributes:
        name: Its name in tables.
        result: What it said.
        note: Anything else a reader must know.
    """

    name: str
    result: BaselineResult
    note: str = ""


def baseline_rows(
    train: Sequence[Song],
    test: Sequence[Song],
    labels: Sequence[str],
    *,
    rng: np.random.Generator,
    groups: NDArray[np.int64] | None = None,
    further: Sequence[NamedBaseline] = (),
) -> tuple[ComparisonRow, ...]:
    """The rows that no model may be shown without: the largest label, a look-up of the artists' names, and others.

    Args:
        train: Songs with known labels.
        test: Songs to call.
        labels: Names of the labels.
        rng: The source of chance for the bootstrap intervals.
        groups: Number of the group of each song to call, as in `judge`.
        further: Baselines that need more than the songs' names, on the same test songs.
    """
    places = {label: index for index, label in enumerate(labels)}
    truth = np.asarray([places[song.label] for song in test], dtype=np.int64)
    largest = majority([places[song.label] for song in train], len(test), n_labels=len(labels))
    looked_up = artist_lookup(train, test, labels=labels)
    baselines = (
        NamedBaseline(MAJORITY, largest),
        NamedBaseline(ARTIST_LOOKUP, looked_up, f"knows {int(looked_up.known.sum())} of them"),
        *further,
    )
    together = hanging_together(groups)
    return tuple(
        comparison_row(
            one.name, truth, one.result.estimate, n_labels=len(labels), rng=rng, groups=together, note=one.note
        )
        for one in baselines
    )


def stored_row(data: Mapping[str, Any]) -> ComparisonRow:
    """Read a row that `ComparisonRow.to_json` made, as a bundle's card holds them."""
    means = {name: float("nan") if data[name] is None else data[name] for name in ("accuracy", "macro_f1")}
    intervals = {name: Interval(**data[name]) for name in ("accuracy_interval", "macro_f1_interval")}
    return ComparisonRow(**{**data, **means, **intervals})
