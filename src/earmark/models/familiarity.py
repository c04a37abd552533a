"""Whether a song is music of quite another kind than a catalogue, by how near its nearest songs are.

Held-back labels (`earmark.evaluation.open_set`) tell what is strange among labels *like* the catalogue's. Of quite
other music a linear classifier is the surer the further away it lies, so its probabilities cannot tell; the place can.
The catalogue's own songs say what is near: each one's likeness to its nearest songs by other artists. A new song whose
nearest songs are less alike than those of 99 in 100 catalogue songs lies outside (Sun, Ming, Zhu and Li, *Out-of-
Distribution Detection with Deep Nearest Neighbors*, ICML 2022; the threshold is a conformal quantile).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from earmark.models.references import References

NEAREST = 3
"""Likeness is the mean to so many nearest songs; a single one may be a chance."""

OUTSIDE_SHARE = 0.01
"""Share of the catalogue's own songs that may lie outside."""

_FEWEST_SONGS = 20
_MOST_ASKED = 2000
"""So many songs of a larger catalogue, evenly over it, are asked for the threshold: each costs a pass over all."""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What is near in a catalogue.

    Attributes:
        threshold: Likeness to the nearest songs below which a song lies outside, -1 to 1.
        share: Share of the catalogue's own songs that lie outside by chance, in (0, 1).
        songs: How many songs the threshold is made of.
    """

    threshold: float
    share: float
    songs: int

    def sentence(self, likeness: float) -> str:
        """Why a song with this likeness lies outside."""
        return (
            f"It is music of another kind than the catalogue: its nearest songs are alike by {likeness:.2f} only, "
            f"while {1 - self.share:.0%} of the catalogue's own songs have some by other artists alike by "
            f"{self.threshold:.2f} or more. A high probability means nothing there."
        )


def likeness_to_nearest(references: References, embedding: NDArray[np.floating]) -> float:
    """Mean cosine of an embedding with its nearest songs, -1 to 1.

    Args:
        references: The catalogue.
        embedding: Shape (size,), finite.

    Raises:
        InputError: It does not fit the references.
    """
    return float(np.sort(references.similarities(embedding))[-NEAREST:].mean())


@lru_cache(maxsize=4)
def familiarity_of(references: References) -> Familiarity | None:
    """What is near in a catalogue; None where it has too few songs to tell.

    Args:
        references: The catalogue. A song counts where there are others by other artists.
    """
    asked = np.unique(np.linspace(0, len(references) - 1, min(len(references), _MOST_ASKED)).astype(np.int64))
    rows_of = _rows_by_artist(references)
    found = [_to_others(references, int(row), rows_of) for row in asked]
    near = np.sort([one for one in found if one is not None])
    if len(near) < _FEWEST_SONGS:
        return None
    # The song of this rank from below: one more song of the catalogue would lie below it with the share's probability.
    rank = max(1, int(OUTSIDE_SHARE * (len(near) + 1)))
    return Familiarity(float(near[rank - 1]), rank / (len(near) + 1), len(near))


def _rows_by_artist(references: References) -> Mapping[str, list[int]]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, song in enumerate(references.songs):
        for key in song.artist_keys:
            rows[key].append(row)
    return rows


def _to_others(references: References, row: int, rows_of: Mapping[str, list[int]]) -> float | None:
    """Likeness of a catalogue song to its nearest by other artists; None where too few are there."""
    likeness = references.similarities(references.embeddings[row])
    own = {row}.union(*(rows_of[key] for key in references.songs[row].artist_keys))
    likeness[sorted(own)] = -np.inf
    nearest = np.sort(likeness)[-NEAREST:]
    return float(nearest.mean()) if len(likeness) - len(own) >= NEAREST else None
