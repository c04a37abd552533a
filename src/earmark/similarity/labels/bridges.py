"""Labels for whoever loves some: "you love A and B: try C", with the tracks of C that lie between them.

A label is as near to several as to the **furthest** of them: C has to be near to A *and* to B, and one that is very
near to A alone is no answer. The same rule chooses the bridge tracks: those of C whose distance from the furthest of
the loved labels is least, by artists who are on none of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError, UnknownNameError
from earmark.similarity.labels.label_choice import Choice
from earmark.similarity.labels.label_distances import LabelDistances, middle
from earmark.similarity.labels.profiles import one_per_lead

MOST_SUGGESTIONS = 5
MOST_BRIDGES = 3


@dataclass(frozen=True, slots=True)
class Bridge:
    """A track that lies between the loved labels.

    Attributes:
        track: The track.
        nearest: For each loved label, its track by another artist that is nearest.
        likeness: For each loved label, the cosine with that track, -1 to 1.
    """

    track: Track
    nearest: tuple[Track, ...]
    likeness: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "audio_id": self.track.audio_id,
            "track": self.track.display,
            "nearest": [
                {"audio_id": one.audio_id, "track": one.display, "label": one.label, "likeness": round(likeness, 4)}
                for one, likeness in zip(self.nearest, self.likeness, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label to try.

    Attributes:
        label: Its name.
        distance: Its distance from the furthest of the loved labels.
        interval: The 95 % interval of that.
        distances: Its distance from each of the loved labels.
        first: In which share of the resampled atlases it is the nearest of all, 0 to 1.
        bridges: Its tracks that lie between them, the nearest first.
    """

    label: str
    distance: float
    interval: tuple[float, float]
    distances: tuple[float, ...]
    first: float
    bridges: tuple[Bridge, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "label": self.label,
            "distance": round(self.distance, 4),
            "interval": [round(end, 4) for end in self.interval],
            "distances": [round(one, 4) for one in self.distances],
            "first": round(self.first, 3),
            "bridges": [one.to_json() for one in self.bridges],
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """Labels to try for whoever loves some.

    Attributes:
        loved: The loved labels.
        between: Largest distance between two of the loved labels; 0 where there is one.
        suggestions: The labels, the nearest first.
    """

    loved: tuple[str, ...]
    between: float
    suggestions: tuple[Suggestion, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "loved": list(self.loved),
            "between": round(self.between, 4),
            "suggestions": [one.to_json() for one in self.suggestions],
        }


def advise(choice: Choice, distances: LabelDistances, loved: Sequence[str]) -> Advice:
    """Suggest labels that are near to all of the loved ones.

    Args:
        choice: The labels and their tracks.
        distances: The labels' distances.
        loved: Names of labels, one or more; case and accents do not count.

    Raises:
        UnknownNameError: There is no such label.
        InputError: A loved label is left out of the atlas, or no other label is on it.
    """
    places = find_labels(choice, loved)
    others = [at for at in range(len(choice.placed.labels)) if at not in places]
    if not others:
        raise InputError("all labels of the atlas are loved already, so that there is none to suggest; name fewer")
    furthest = distances.draws[:, others][:, :, places].max(axis=2)
    times_first = np.bincount(furthest[1:].argmin(axis=1), minlength=len(others)) / max(1, len(furthest) - 1)
    order = np.argsort(furthest[0], kind="stable")[:MOST_SUGGESTIONS]
    suggestions = tuple(
        Suggestion(
            label=choice.placed.labels[others[at]],
            distance=max(0.0, float(furthest[0, at])),
            interval=middle(np.maximum(furthest[1:, at], 0)),
            distances=tuple(float(distances.matrix[others[at], place]) for place in places),
            first=float(times_first[at]),
            bridges=_bridges(choice, distances, others[at], places),
        )
        for at in order.tolist()
    )
    between = float(distances.matrix[np.ix_(places, places)].max())
    return Advice(tuple(choice.placed.labels[place] for place in places), between, suggestions)


def find_labels(choice: Choice, names: Sequence[str]) -> list[int]:
    """Places of labels by their names, each once.

    Args:
        choice: The labels of an atlas.
        names: The names; case and accents do not count.

    Raises:
        UnknownNameError: There is no such label.
        InputError: One is left out of the atlas.
    """
    labels = choice.placed.labels
    known = {normalise(label): place for place, label in enumerate(labels)}
    out = {normalise(one.label): one for one in choice.left_out}
    found = []
    for name in names:
        if (gone := out.get(normalise(name))) is not None:
            raise InputError(f"{gone.label} is not on the atlas: {gone.why}")
        if normalise(name) not in known:
            raise UnknownNameError("label on the atlas", name, labels)
        found.append(known[normalise(name)])
    return list(dict.fromkeys(found))


def _bridges(choice: Choice, distances: LabelDistances, label: int, loved: Sequence[int]) -> tuple[Bridge, ...]:
    placed, rows = choice.placed, choice.placed.rows_of(label)
    of_loved = [placed.rows_of(place) for place in loved]
    known = frozenset[str]().union(*(key for some in of_loved for key in placed.keys[some]))
    scores = distances.track_scores(rows)[:, loved].max(axis=1)
    order = [row for row in (np.argsort(scores, kind="stable") + rows.start).tolist() if not placed.keys[row] & known]
    found = []
    for row in one_per_lead(order, placed.lead_of)[:MOST_BRIDGES]:
        likeness = [placed.units[some] @ placed.units[row] for some in of_loved]
        nearest = [some.start + int(own.argmax()) for some, own in zip(of_loved, likeness, strict=True)]
        found.append(
            Bridge(
                choice.tracks[row],
                tuple(choice.tracks[at] for at in nearest),
                tuple(float(np.clip(own.max(), -1, 1)) for own in likeness),
            )
        )
    return tuple(found)
