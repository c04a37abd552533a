"""A space that has learnt from labels which differences of sound do not matter.

Two tracks of one label differ in ways that say nothing of the label: the drop or the breakdown, the one singer, the
one synth. Within-class covariance normalisation (Hatch, Kajarekar and Stolcke, "Within-class covariance normalization
for SVM-based speaker recognition", Interspeech 2006) measures these differences on songs with known labels and shrinks
every direction by how much of them it holds. With few songs and many dimensions the covariance W is not known well,
so it is drawn towards a multiple of the identity with the same mean variance (Ledoit and Wolf 2004):

    S = (1 - s) W + s tr(W) / size * I,        placed = (embedding - mean) S^(-1/2)

Unlike a discriminant analysis, which keeps only the directions that tell the learnt labels apart, nothing is thrown
away, so that music of labels that nobody has learnt yet is placed about as well as before; ``docs/results/search.md``
has both, and what else was tried.

Only songs that the bundle had learnt from anyway take part: a test song says nothing here either.
"""

from collections.abc import Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.bundle import load_card
from earmark.similarity.vectors.sources import VectorSource
from earmark.similarity.vectors.space import Space, fit_space

SHRINKAGE: Final = 0.5
"""How far the covariance within labels is drawn towards the identity, in [0, 1]; chosen on training songs alone."""

_LEAST = 1e-9
"""Share of the mean variance below which a direction counts as empty, as all are where songs of a label are equal."""


def space_of(
    source: VectorSource, audio_ids: Sequence[str], labels: Sequence[str], embeddings: NDArray[np.floating]
) -> Space:
    """The space in which a source's embeddings of a collection are compared.

    A bundle's own training songs teach it which differences do not matter; a backbone's or MFCCs' is the plain one.

    Args:
        source: What made the embeddings.
        audio_ids: The tracks.
        labels: Each track's label, in one spelling; empty where not known.
        embeddings: Shape (tracks, size), at least one track, finite.

    Raises:
        InputError: There is no embedding, or the bundle's card is damaged or gone.
        FormatVersionError: The bundle is of another format version.
    """
    if source.folder is None:
        return fit_space(embeddings)
    return fit_supervised_space(
        embeddings, audio_ids=audio_ids, labels=labels, learnt=load_card(source.folder).learnt_ids
    )


def fit_supervised_space(
    embeddings: NDArray[np.floating],
    *,
    audio_ids: Sequence[str],
    labels: Sequence[str],
    learnt: Set[str],
    shrinkage: float = SHRINKAGE,
) -> Space:
    """Fit a space to a collection: its mean, and the differences within the labels of its learnt songs.

    Args:
        embeddings: Shape (tracks, size), at least one track, finite.
        audio_ids: The tracks.
        labels: Each track's label, in one spelling; empty where not known.
        learnt: Audio ids of the songs that may be learnt from.
        shrinkage: How far the covariance is drawn towards the identity, in (0, 1].

    Returns:
        The space; the plain one (`fit_space`) where fewer than two learnt songs share a label.

    Raises:
        InputError: There is no embedding, or the numbers do not fit each other.
    """
    if not len(embeddings) == len(audio_ids) == len(labels) or not 0 < shrinkage <= 1:
        raise InputError(
            f"embeddings, ids and labels go together, and shrinkage is above 0 and at most 1; got {len(embeddings)}, "
            f"{len(audio_ids)}, {len(labels)} and {shrinkage}"
        )
    plain = fit_space(embeddings)
    by_label: dict[str, list[int]] = {}
    for row, (audio_id, label) in enumerate(zip(audio_ids, labels, strict=True)):
        if label and audio_id in learnt:
            by_label.setdefault(label, []).append(row)
    within = within_covariance([np.asarray(embeddings[rows], dtype=np.float64) for rows in by_label.values()])
    if within is None:
        return plain
    return Space(plain.mean, _inverse_root(within, shrinkage))


def within_covariance(classes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """The covariance within classes, the mean over these, so that a class of many songs counts no more than another.

    Args:
        classes: Shape (songs, size) each; those of fewer than two songs have no say.

    Returns:
        float64 of shape (size, size); None where no class has two songs, or where songs of a class never differ.
    """
    told = [rows - rows.mean(axis=0) for rows in classes if len(rows) > 1]
    if not told:
        return None
    covariance = np.mean([rows.T @ rows / (len(rows) - 1) for rows in told], axis=0)
    return np.asarray(covariance) if np.trace(covariance) > 0 else None


def _inverse_root(covariance: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
    size = len(covariance)
    typical = float(np.trace(covariance)) / size
    drawn = (1 - shrinkage) * covariance + shrinkage * typical * np.eye(size)
    variances, directions = np.linalg.eigh(drawn)
    # Scaled so that a direction with the typical variance stays as long as it was.
    shrunk = np.sqrt(typical / np.maximum(variances, _LEAST * typical))
    return np.asarray((directions * shrunk) @ directions.T)
