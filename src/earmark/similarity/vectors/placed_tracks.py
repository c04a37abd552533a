"""Tracks of labels as the atlas compares them: sorted by label, and in it by the artist who leads each track."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedTracks:
    """Tracks of labels as the atlas compares them, sorted by label and lead artist.

    Attributes:
        labels: The labels' names.
        units: float32 of shape (tracks, dimensions), rows of length 1.
        label_of: int64 of shape (tracks,): each track's label, rising.
        lead_of: int64 of shape (tracks,): each track's lead artist within its label, rising; numbered over all labels.
        lead_names: What each lead artist is called; the same name at two labels is the same artist.
        keys: What tracks must not share to be compared: everyone credited.
        order: int64 of shape (tracks,): each track's place among those that `place_tracks` was given.
    """

    labels: tuple[str, ...]
    units: FloatArray
    label_of: IntArray
    lead_of: IntArray
    lead_names: tuple[str, ...]
    keys: tuple[frozenset[str], ...]
    order: IntArray

    @property
    def lead_label(self) -> IntArray:
        """Each lead artist's label, int64 of shape (leads,), rising."""
        found = np.zeros(len(self.lead_names), dtype=np.int64)
        found[self.lead_of] = self.label_of
        return found

    def rows_of(self, label: int) -> slice:
        """The rows of a label's tracks."""
        first, last = np.searchsorted(self.label_of, [label, label + 1]).tolist()
        return slice(first, last)


def lead_artists(keys: Sequence[frozenset[str]]) -> list[str]:
    """Each track's lead artist: of everyone credited on it, the one who is credited on most of these tracks.

    Ties are settled by name. Connected groups of artists, which splits use, would join most of a scene into one.

    Args:
        keys: Everyone credited on each track (or what stands in for them), at least one.

    Raises:
        InputError: Nobody is credited on a track.
    """
    if not all(keys):
        raise InputError("each track needs at least one key, such as its own id where nobody is credited")
    times = Counter(key for own in keys for key in own)
    return [min(own, key=lambda key: (-times[key], key)) for own in keys]


def place_tracks(
    units: NDArray[np.floating],
    label_of: Sequence[int],
    keys: Sequence[frozenset[str]],
    *,
    labels: Sequence[str],
    leads: Sequence[str] | None = None,
) -> PlacedTracks:
    """Sort tracks by label and lead artist.

    Args:
        units: Shape (tracks, dimensions), rows of length 1.
        label_of: Each track's label, as a place in ``labels``.
        keys: Everyone credited on each track (or what stands in for them), at least one.
        labels: The labels' names.
        leads: Each track's lead artist, one of its keys; found among these tracks where None.

    Raises:
        InputError: The arguments do not go together, or nobody is credited on a track.
    """
    leads = lead_artists(keys) if leads is None else leads
    if not units.ndim == 2 or not len(units) == len(label_of) == len(keys) == len(leads):
        raise InputError(f"vectors, labels and keys go together, got {units.shape}, {len(label_of)} and {len(keys)}")
    pairs = list(zip(label_of, leads, strict=True))
    order = np.array(sorted(range(len(pairs)), key=lambda at: (*pairs[at], at)), dtype=np.int64)
    numbers = {pair: number for number, pair in enumerate(sorted(set(pairs)))}
    return PlacedTracks(
        labels=tuple(labels),
        units=np.asarray(units, dtype=np.float32)[order],
        label_of=np.array([label_of[at] for at in order], dtype=np.int64),
        lead_of=np.array([numbers[pairs[at]] for at in order], dtype=np.int64),
        lead_names=tuple(lead for _, lead in numbers),
        keys=tuple(keys[at] for at in order),
        order=order,
    )
