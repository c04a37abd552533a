"""Triage: a folder of demos, ranked for one label.

Each file is heard as `earmark predict` hears it. What is asked is turned round: not which label the track is of, but
how likely it is of this one. Evidence, margin and loudest section are those of the asked label against the most
probable other label.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import UnknownNameError
from earmark.evaluation.conformal import DEFAULT_COVERAGE
from earmark.executors import Executor
from earmark.library.discovery import FoundFile
from earmark.models.bundle import Bundle
from earmark.models.explaining import explain_song
from earmark.models.heard_shelf import HeardShelf
from earmark.models.predict import FailedFile, FilePrediction, predict_files
from earmark.models.references import Neighbour, References
from earmark.models.sections import Section, find_sections
from earmark.models.why import Explanation

TIE = 5e-4
"""Probabilities that are shown alike, to a tenth of a percent, are a tie."""
NEARLY_THE_SAME = 0.995
"""Likeness of two demos from which on they may be one recording, if they are as long."""
SAME_LENGTH_SECONDS = 1.0
"""Difference of two lengths below which demos are as long as each other."""


@dataclass(frozen=True, slots=True, eq=False)
class TriageRow:
    """A demo, judged for the label.

    Attributes:
        rank: From 1 by the label's probability; demos that are tied have the same.
        tied: Whether another demo has the same rank.
        track: What its tags and its name say.
        probability: The label's, calibrated where the bundle is, in [0, 1].
        label_rank: The label's place among all labels, from 1.
        verdict: The most probable label.
        other: The most probable other label.
        margin: Log-odds of the label against that one; below 0 where the other leads.
        in_set: Whether the label is in the set that holds the right one; None where the bundle is not calibrated.
        is_none: Whether it sounds like none of the labels; None where that cannot be told.
        loudest: The section that speaks most for the label; None where none does, or the model hears tracks at once.
        nearest: The nearest catalogue song by another artist; None where the bundle knows no catalogue.
        in_training: Whether the model learnt from this very recording.
        duplicate_of: Paths of demos before it in the list of files that are the same recording or nearly so.
        explanation: Why the verdict is what it is.
        notes: What a reader has to know, in sentences.
    """

    rank: int
    tied: bool
    track: Track
    probability: float
    label_rank: int
    verdict: str
    other: str
    margin: float
    in_set: bool | None
    is_none: bool | None
    loudest: Section | None
    nearest: Neighbour | None
    in_training: bool
    duplicate_of: tuple[str, ...]
    explanation: Explanation
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Triage:
    """A folder of demos, ranked.

    Attributes:
        label: The label that was asked for.
        coverage: How often the sets hold the right label.
        rows: The demos, the most probable first.
        failures: Files that could not be heard.
        remembered: How many had been heard by an earlier run.
        calibrated: Whether the probabilities are calibrated.
        notes: What holds for all of them, in sentences.
    """

    label: str
    coverage: float
    rows: tuple[TriageRow, ...]
    failures: tuple[FailedFile, ...]
    remembered: int
    calibrated: bool
    notes: tuple[str, ...]

    def with_unreadable(self, unreadable: Mapping[str, str]) -> "Triage":
        """This triage with files and folders that could not even be opened among its failures.

        Args:
            unreadable: The system's reasons, by path.
        """
        more = [FailedFile(path, {"system": reason}) for path, reason in unreadable.items()]
        return replace(self, failures=tuple(sorted((*self.failures, *more), key=lambda one: one.path)))


def label_place(labels: Sequence[str], wanted: str) -> int:
    """The place of a label that is named in any case and spacing.

    Raises:
        UnknownNameError: The bundle does not know it.
    """
    for place, label in enumerate(labels):
        if label == wanted or normalise(label) == normalise(wanted):
            return place
    raise UnknownNameError("label of this bundle", wanted, tuple(labels))


def triage(
    bundle: Bundle,
    files: Sequence[FoundFile],
    label: str,
    *,
    coverage: float = DEFAULT_COVERAGE,
    shelf: HeardShelf | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Triage:
    """Hear files and rank them for a label.

    Args:
        bundle: The model.
        files: The demos.
        label: The label, in any case.
        coverage: How often the sets of labels are to hold the right one, in (0, 1).
        shelf: Where predictions are kept as they are made, and looked up; None keeps nothing.
        executor: Where files are decoded; this process where None.
        progress: Called with files done and files in all.

    Raises:
        UnknownNameError: The bundle does not know the label.
        InputError: The coverage is not between 0 and 1.
    """
    place = label_place(bundle.labels, label)
    predictions, failures, remembered = _heard(bundle, files, shelf, executor, progress)
    knowledge = bundle.knowledge
    same = _duplicates(predictions, knowledge.references)
    songs = () if knowledge.references is None else knowledge.references.songs
    learnt = {song.audio_id for song in songs if song.part == "train"}
    rows = [
        judged(
            prediction,
            explain_song(prediction.song, prediction.track, knowledge, coverage=coverage),
            place,
            duplicate_of=same[prediction.track.path],
            in_training=prediction.in_training or prediction.track.audio_id in learnt,
        )
        for prediction in predictions
    ]
    return Triage(
        label=bundle.labels[place],
        coverage=coverage,
        rows=ranked(rows),
        failures=tuple(failures),
        remembered=remembered,
        calibrated=knowledge.confidence is not None,
        notes=_common_notes(rows),
    )


def _heard(
    bundle: Bundle,
    files: Sequence[FoundFile],
    shelf: HeardShelf | None,
    executor: Executor | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[FilePrediction], list[FailedFile], int]:
    """Predictions in the files' order, failures, and how many predictions were there already."""
    known = {} if shelf is None else {file.path: shelf.find(file, bundle.labels) for file in files}
    found = {path: one for path, one in known.items() if one is not None}
    remembered, failures = len(found), []
    by_path = {file.path: file for file in files}
    waiting = [file.path for file in files if file.path not in found]
    if progress is not None:
        progress(remembered, len(files))
    with closing(predict_files(bundle, waiting, executor=executor)) as results:
        for done, one in enumerate(results, start=remembered + 1):
            if isinstance(one, FailedFile):
                failures.append(one)
            else:
                found[one.track.path] = one
                if shelf is not None:
                    shelf.put(by_path[one.track.path], one)
            if progress is not None:
                progress(done, len(files))
    predictions = [found[file.path] for file in files if file.path in found]
    return predictions, sorted(failures, key=lambda one: one.path), remembered


def judged(
    prediction: FilePrediction,
    told: Explanation,
    place: int,
    *,
    duplicate_of: tuple[str, ...] = (),
    in_training: bool = False,
) -> TriageRow:
    """One demo judged for a label; its rank is still 1.

    Args:
        prediction: What the bundle says of it.
        told: Why.
        place: The label's place.
        duplicate_of: Paths of demos that are the same.
        in_training: Whether the model learnt from it.
    """
    order = told.ranked()
    other = next(one for one in order if one != place)
    log_p = np.log(np.maximum(told.probabilities, np.finfo(np.float64).tiny))
    sections = find_sections(told.evidence, winner=place, runner_up=other) if len(told.evidence) > 1 else ()
    speaking = [one for one in sections if one.evidence > 0]
    row = TriageRow(
        rank=1,
        tied=False,
        track=prediction.track,
        probability=float(told.probabilities[place]),
        label_rank=order.index(place) + 1,
        verdict=told.label,
        other=told.labels[other],
        margin=float(log_p[place] - log_p[other]),
        in_set=None if told.sure is None else place in told.sure.label_set,
        is_none=None if told.sure is None else told.sure.is_none,
        loudest=max(speaking, key=lambda one: one.evidence / one.seconds, default=None),
        nearest=told.neighbours[0] if told.neighbours else None,
        in_training=in_training,
        duplicate_of=duplicate_of,
        explanation=told,
        notes=(),
    )
    return replace(row, notes=tuple(_notes(row, padded=prediction.song.padded)))


def ranked(rows: Sequence[TriageRow]) -> tuple[TriageRow, ...]:
    """Rows in the order of the label's probability, with their ranks.

    Demos whose probability is within `TIE` of the first of their rank share it, and stand in the order of their names.

    Args:
        rows: The demos, in any order.
    """
    order = sorted(rows, key=lambda row: (-row.probability, row.track.display, row.track.path))
    tiers: list[list[TriageRow]] = []
    for row in order:
        if tiers and tiers[-1][0].probability - row.probability < TIE:
            tiers[-1].append(row)
        else:
            tiers.append([row])
    made, rank = [], 1
    for tier in tiers:
        named = sorted(tier, key=lambda row: (row.track.display, row.track.path))
        made += [replace(row, rank=rank, tied=len(tier) > 1) for row in named]
        rank += len(tier)
    return tuple(made)


def _duplicates(predictions: Sequence[FilePrediction], references: References | None) -> dict[str, tuple[str, ...]]:
    """By path, the demos before it that are the same recording, or as good as: as long, and nearly as it sounds.

    Likeness is taken with the catalogue's mean off, as all of `earmark.models.references`; without one, only equal
    recordings are found.
    """
    middle = None if references is None else references.embeddings.mean(axis=0, dtype=np.float64)
    directions = [_direction(one.song.embedding, middle) for one in predictions]
    found: dict[str, tuple[str, ...]] = {}
    for at, one in enumerate(predictions):
        earlier = []
        for before, direction in zip(predictions[:at], directions[:at], strict=True):
            near = direction.shape == directions[at].shape and float(direction @ directions[at]) >= NEARLY_THE_SAME
            as_long = abs(before.track.seconds - one.track.seconds) < SAME_LENGTH_SECONDS
            if before.track.audio_id == one.track.audio_id or (near and as_long):
                earlier.append(before.track.path)
        found[one.track.path] = tuple(earlier)
    return found


def _direction(embedding: NDArray[np.floating], middle: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The embedding's direction as seen from the middle; zeros, like nothing, where there is none."""
    if middle is None or embedding.shape != middle.shape:
        return np.zeros(1)
    centred = np.asarray(embedding.astype(np.float64) - middle)
    length = float(np.linalg.norm(centred))
    return centred / length if length > 0 else centred


def _notes(row: TriageRow, *, padded: bool) -> list[str]:
    notes = []
    if row.in_training:
        notes.append("The model learnt from this very recording, so its place proves nothing.")
    if row.duplicate_of:
        notes.append(f"The same recording as, or nearly: {', '.join(row.duplicate_of)}.")
    if row.is_none:
        outside = "" if row.explanation.sure is None else row.explanation.sure.outside
        notes.append(outside or "It sounds like none of the labels that the model knows.")
    if padded:
        notes.append("It is shorter than one slice and was padded.")
    if row.nearest is not None and not row.track.artist_keys:
        notes.append("The file names no artist, so the nearest song may be by its own.")
    return notes


def _common_notes(rows: Sequence[TriageRow]) -> tuple[str, ...]:
    """What all explanations say alike; what only some of them say is in their own rows."""
    if not rows:
        return ()
    first, *others = (row.explanation.notes for row in rows)
    return tuple(text for text in first if all(text in notes for notes in others) and "names no artist" not in text)
