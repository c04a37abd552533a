"""Who is signed where: artists in small circles that credit one another, and nobody else.

Splits that keep artists apart work on the connected components of shared credits, so the circles are what such a
split can move. They are kept small (one to three artists, at most six tracks), and many: five local ones for
each label, and one that joins each pair of labels by two artists who remix one another across.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from earmark.demo.labels import LABELS, LabelStyle
from earmark.demo.names import ARTISTS, PROJECTS
from earmark.demo.styles import Habits, draw_habits

_LOCAL_SIZES: tuple[tuple[int, ...], ...] = (
    (1, 1, 1, 2, 2),
    (1, 1, 2, 2, 2),
    (1, 2, 2, 2, 1),
    (1, 1, 1, 2, 3),
    (1, 1, 1, 1, 2),
)
_SMALLEST_WITH_BRIDGES = 12
_BRIDGE_TRACKS = 2


@dataclass(frozen=True, slots=True)
class Artist:
    """A performer with habits and, for some, a side project's name."""

    name: str
    project: str | None
    habits: Habits


@dataclass(frozen=True, slots=True)
class Circle:
    """Artists who credit one another on one label, whoever leads standing first, and the tracks they release there."""

    label: LabelStyle
    artists: tuple[Artist, ...]
    tracks: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Every circle of the catalogue, and an artist whom none of them knows."""

    circles: tuple[Circle, ...]
    outsider: Artist
    outsider_label: LabelStyle


def draw_roster(rng: np.random.Generator, *, tracks_per_label: int) -> Roster:
    """Sign artists to labels.

    Args:
        rng: The plan's randomness.
        tracks_per_label: Tracks that each label's circles release together.

    Returns:
        A roster in which each label has exactly ``tracks_per_label`` tracks. Below twelve a label, no circle joins
        two labels and some may release nothing.
    """
    people = _people(rng)
    bridged = tracks_per_label >= _SMALLEST_WITH_BRIDGES
    circles: list[Circle] = []
    for label in LABELS:
        sizes = _LOCAL_SIZES[rng.integers(len(_LOCAL_SIZES))]
        local = tracks_per_label - _BRIDGE_TRACKS * bridged
        for size, tracks in zip(rng.permutation(sizes), _shared_out(local, len(sizes)), strict=True):
            artists = tuple(_signed(rng, people, label) for _ in range(size))
            circles.append(Circle(label, artists, tracks))
    if bridged:
        circles += _bridges(rng, people)
    outsider_label = LABELS[rng.integers(len(LABELS))]
    outsider = _signed(rng, people, outsider_label)
    return Roster(tuple(circles), outsider, outsider_label)


def _bridges(rng: np.random.Generator, people: Iterator[tuple[str, str | None]]) -> list[Circle]:
    """One pair of artists for each pair of labels, each leading on their own."""
    circles = []
    order = rng.permutation(len(LABELS))
    for first, second in zip(order[::2], order[1::2], strict=True):
        one = _signed(rng, people, LABELS[first])
        other = _signed(rng, people, LABELS[second])
        circles.append(Circle(LABELS[first], (one, other), _BRIDGE_TRACKS))
        circles.append(Circle(LABELS[second], (other, one), _BRIDGE_TRACKS))
    return circles


def _people(rng: np.random.Generator) -> Iterator[tuple[str, str | None]]:
    """Names in a drawn order; about one in five has a side project."""
    projects = iter(rng.permutation(PROJECTS).tolist())
    for name in rng.permutation(ARTISTS).tolist():
        yield str(name), next(projects, None) if rng.random() < 0.2 else None


def _signed(rng: np.random.Generator, people: Iterator[tuple[str, str | None]], home: LabelStyle) -> Artist:
    name, project = next(people)
    return Artist(name, project, draw_habits(rng, home))


def _shared_out(total: int, parts: int) -> list[int]:
    return [total // parts + (index < total % parts) for index in range(parts)]
