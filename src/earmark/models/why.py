"""Why a verdict is what it is: everything that `earmark predict` says beside the label, as one value.

`explain` looks at one prediction and adds nothing to it: the evidence along the track and its sections
(`earmark.models.sections`), the catalogue's songs that are nearest (`earmark.models.references`), how tempo, key and
length fit (`earmark.models.habits`), what each part of an ensemble adds, and what would change the verdict. Numbers are
natural log-odds of the label that the verdict names against the runner-up: 0 is a tie, 1 is odds of 2.7 to 1, 3 of 20.

It tells why the *model* says so. Whether removing what is said to matter does change the verdict is measured by
`earmark.models.faithfulness`; why a human would say so is not known to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.confidence import SureVerdict
from earmark.models.evidence import Evidence, make_evidence, normalised
from earmark.models.habits import Habits, find_habits
from earmark.models.references import Neighbour, References
from earmark.models.sections import Change, Section, find_sections, what_would_change
from earmark.models.song import SongPrediction

NEIGHBOURS = 10
"""So many songs of the catalogue are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a verdict is what it is.

    Attributes:
        labels: Names of the labels.
        probabilities: float64 of shape (labels,): the verdict's, as it is told.
        winner: Index of the most probable label.
        runner_up: Index of the second.
        margin: Log-odds of the winner against the runner-up, at least 0.
        evidence: What the slices say along the track.
        sections: Sections of the track, in its order; a single one for a model that hears a track at once.
        parts: By part of an ensemble (``"own network"``, ``"metadata"``, ...), what it adds to the margin; empty for a
            single model. They sum to the margin where the parts are all that the ensemble is made of.
        neighbours: The nearest songs of the catalogue by other artists, the nearest first; None where the bundle
            carries no references, or the song cannot be compared with them.
        habits: How tempo, key and length fit the labels; None where the bundle carries no references.
        change: Which sections would have to go for another label to win; None where that never happens.
        sure: The set of labels, and whether it sounds like none of them; None where the bundle is not calibrated.
        notes: What a reader has to know, in sentences.
    """

    labels: tuple[str, ...]
    probabilities: NDArray[np.float64]
    winner: int
    runner_up: int
    margin: float
    evidence: Evidence
    sections: tuple[Section, ...]
    parts: Mapping[str, float]
    neighbours: tuple[Neighbour, ...] | None
    habits: Habits | None
    change: Change | None
    sure: SureVerdict | None
    notes: tuple[str, ...]

    @property
    def label(self) -> str:
        """The most probable label."""
        return self.labels[self.winner]

    @property
    def second(self) -> str:
        """The runner-up."""
        return self.labels[self.runner_up]

    @property
    def probability_margin(self) -> float:
        """Probability of the winner less that of the runner-up, 0 to 1."""
        return float(self.probabilities[self.winner] - self.probabilities[self.runner_up])

    @property
    def sound(self) -> float:
        """What all slices together add to the margin; the sections' evidence sums to it."""
        return float(self.evidence.log_odds(self.winner, self.runner_up).sum())

    def sentence(self) -> str:
        """The verdict in a sentence: the label, the set, or that it sounds like none of the labels."""
        label = f"{self.label} ({self.probabilities[self.winner]:.0%})"
        if self.sure is None:
            return f"It sounds most like {label}."
        if self.sure.outside:
            return f"{self.sure.outside} Of the labels that the model knows, it would be {label}."
        if self.sure.is_none:
            return f"It sounds like none of the labels that the model knows; the nearest is {label}."
        names = [self.labels[place] for place in self.sure.label_set]
        if len(names) == len(self.labels) > 1:
            return f"It sounds most like {label}, but no label can be ruled out at {self.sure.coverage:.0%}."
        held = "no other" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return (
            f"It sounds most like {label}; in {self.sure.coverage:.0%} of cases the right label is in a set like this "
            f"one, which holds {held}."
        )

    def loudest(self, *, most: int = 3) -> tuple[Section, ...]:
        """Sections that speak for the winner more than the others do, those that matter most first.

        Args:
            most: How many at most.
        """
        speaking = [section for section in self.sections if section.evidence > 0 and section.effect > 0]
        return tuple(sorted(speaking, key=lambda section: (-section.effect, section.first))[:most])

    def opposing(self, *, most: int = 3) -> tuple[Section, ...]:
        """Sections that speak against the winner, those that matter most first.

        Args:
            most: How many at most.
        """
        speaking = [section for section in self.sections if section.evidence < 0]
        return tuple(sorted(speaking, key=lambda section: (section.effect, section.first))[:most])

    def ranked(self) -> list[int]:
        """Indices of the labels, most probable first."""
        return [int(place) for place in np.argsort(-self.probabilities, kind="stable")]

    def to_json(self) -> dict[str, Any]:
        """The whole explanation as plain values."""
        evidence, labels = self.evidence, self.labels
        return {
            "label": self.label,
            "runner_up": self.second,
            "margin": {"log_odds": round(self.margin, 4), "probability": round(self.probability_margin, 4)},
            "probabilities": {labels[place]: float(self.probabilities[place]) for place in self.ranked()},
            "evidence": {
                "starts_seconds": np.round(evidence.starts_seconds, 3).tolist(),
                "ends_seconds": np.round(evidence.ends_seconds, 3).tolist(),
                "log_odds": np.round(evidence.log_odds(self.winner, self.runner_up), 5).tolist(),
                "log_probabilities": np.round(evidence.log_probs, 4).tolist(),
                "labels": list(labels),
                "weight": evidence.weight,
                "sound": round(self.sound, 4),
            },
            "sections": [section.to_json(labels) for section in self.sections],
            "loudest": [self.sections.index(section) for section in self.loudest()],
            "parts": {name: round(value, 4) for name, value in self.parts.items()},
            "neighbours": None if self.neighbours is None else [one.to_json() for one in self.neighbours],
            "habits": None if self.habits is None else self.habits.to_json(),
            "change": None if self.change is None else self.change.to_json(labels),
            "set": None if self.sure is None else _sure_json(self.sure, labels),
            "notes": list(self.notes),
        }


def explain(
    song: SongPrediction,
    labels: Sequence[str],
    *,
    track: Track,
    slice_seconds: float | None = None,
    offset_seconds: float = 0.0,
    log_probs: NDArray[np.floating] | None = None,
    weight: float = 1.0,
    parts: Mapping[str, NDArray[np.floating]] | None = None,
    references: References | None = None,
    comparable: bool = True,
    sure: SureVerdict | None = None,
) -> Explanation:
    """Explain the verdict of one song.

    Args:
        song: The prediction.
        labels: Names of the labels, in the order of its outputs; at least two.
        track: What is known of the track; its audio id and its artists are kept from being its own neighbours.
        slice_seconds: Length of the model's slices; None takes their distance.
        offset_seconds: Where in the track the analysed sound starts: half of what an excerpt from the middle leaves.
        log_probs: The verdict's final log-probabilities, calibrated and with all parts of an ensemble, shape
            (labels,); None takes the mean over the slices, to the power of ``weight``.
        weight: Share of the slices' mean log-probabilities in ``log_probs``: 1/T behind temperature scaling, times
            the network's weight in an ensemble.
        parts: What each part of an ensemble adds to ``log_probs``, by name, each of shape (labels,).
        references: The bundle's catalogue.
        comparable: Whether the song's embedding is of the kind that the references hold; it is not where the part of
            an ensemble that makes it had nothing to say.
        sure: What a calibrated bundle says of this song.

    Raises:
        InputError: Shapes do not fit each other.
    """
    names = tuple(labels)
    _check(song, names, log_probs, parts or {})
    evidence = make_evidence(
        song.slice_log_probs,
        song.slice_starts_seconds,
        slice_seconds=slice_seconds,
        verdict=log_probs,
        weight=weight,
        offset_seconds=offset_seconds,
        track_seconds=track.seconds or None,
    )
    final = evidence.verdict() if log_probs is None else normalised(np.asarray(log_probs, dtype=np.float64))
    winner, runner_up = (int(place) for place in np.argsort(-final, kind="stable")[:2])
    added = {name: float(values[winner] - values[runner_up]) for name, values in (parts or {}).items()}
    sections = find_sections(evidence, winner=winner, runner_up=runner_up)
    told: tuple[tuple[Neighbour, ...] | None, Habits | None] = (None, None)
    if references is not None:
        pair = (names[winner], names[runner_up])
        told = _of_catalogue(
            references, track, song.embedding if comparable else None, pair, metadata_log_odds=added.get("metadata")
        )
    return Explanation(
        labels=names,
        probabilities=np.exp(final),
        winner=winner,
        runner_up=runner_up,
        margin=float(final[winner] - final[runner_up]),
        evidence=evidence,
        sections=sections,
        parts=added,
        neighbours=told[0],
        habits=told[1],
        change=what_would_change(evidence, sections, winner=winner),
        sure=sure,
        notes=_notes(evidence, track, references, sure, comparable=comparable),
    )


def _of_catalogue(
    references: References,
    track: Track,
    embedding: NDArray[np.floating] | None,
    pair: tuple[str, str],
    *,
    metadata_log_odds: float | None,
) -> tuple[tuple[Neighbour, ...] | None, Habits]:
    label, runner_up = pair
    habits = find_habits(references, track, label=label, runner_up=runner_up, metadata_log_odds=metadata_log_odds)
    if embedding is None:
        return None, habits
    near = references.nearest(
        embedding,
        k=NEIGHBOURS,
        without_artists=references.keys_of(track),
        without_ids=frozenset({track.audio_id}),
    )
    return tuple(near), habits


def _sure_json(sure: SureVerdict, labels: Sequence[str]) -> dict[str, Any]:
    return {
        "coverage": sure.coverage,
        "labels": [labels[place] for place in sure.label_set],
        "is_none": sure.is_none,
        "note": sure.note,
        "outside": sure.outside,
    }


def _check(
    song: SongPrediction,
    labels: Sequence[str],
    log_probs: NDArray[np.floating] | None,
    parts: Mapping[str, NDArray[np.floating]],
) -> None:
    expected = (len(labels),)
    shapes = {"the slices": song.slice_log_probs.shape[1:]} | {name: values.shape for name, values in parts.items()}
    if log_probs is not None:
        shapes["the verdict"] = log_probs.shape
    for name, shape in shapes.items():
        if shape != expected or len(labels) < 2:
            raise InputError(
                f"expected log-probabilities of {len(labels)} labels, at least two, from {name}, got shape {shape}"
            )


def _notes(
    evidence: Evidence, track: Track, references: References | None, sure: SureVerdict | None, *, comparable: bool
) -> tuple[str, ...]:
    notes = []
    if len(evidence) == 1:
        notes.append("This model hears the track at once, so there is no evidence along it.")
    if sure is None:
        notes.append(
            "This bundle is not calibrated, so its probabilities are no promise and there is no set of labels; "
            "train it again to have them."
        )
    elif sure.note:
        notes.append(sure.note)
    if references is None:
        notes.append(
            "This bundle carries no references, so its nearest songs and its labels' habits are not known; train it "
            "again to have them."
        )
    elif not comparable:
        notes.append("This song's sound was not heard as the catalogue's was, so no nearest songs are named.")
    elif not track.artist_keys:
        notes.append("The file names no artist, so songs by its own artist may be among the nearest.")
    return tuple(notes)
