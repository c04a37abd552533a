"""How sure a trained model is, from what it said of songs that it had not learnt."""

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence, fit_confidence
from earmark.evaluation.open_scores import open_scores
from earmark.evaluation.open_set import HeldBackRound, OpenSetCalibration, fit_open_set
from earmark.models.ensemble import song_log_probs
from earmark.models.song import SongModel
from earmark.training.songs import FitResult, HeldOut, SongSet

OPEN_SCORE = "max-probability"
"""The score of strangeness: as good as the others tried, within noise, and the plainest (docs/results/model-log.md)."""

_FEWEST_SONGS = 2


def confidence_of(fitted: FitResult, validation: HeldOut | None, *, seed: int) -> Confidence | None:
    """Temperature, sets and threshold of a trained model.

    Args:
        fitted: The training.
        validation: What the model says of its validation songs, where training kept nothing out of fold.
        seed: Deals the songs for the cross-validated score.

    Returns:
        The confidence, or None where no song was held out, or a single one.
    """
    held_out = fitted.held_out or validation
    if held_out is None or len(held_out.truth) < _FEWEST_SONGS:
        return None
    return fit_confidence(
        held_out.log_probs,
        held_out.truth,
        source="out-of-fold songs" if held_out.out_of_fold else "validation songs",
        rng=np.random.default_rng([seed, 4]),
        groups=held_out.groups,
        open_set=open_set_of(fitted),
    )


def open_set_of(fitted: FitResult, *, score: str = OPEN_SCORE) -> OpenSetCalibration | None:
    """From where on a song is like none of the labels; None where no label was held back.

    Args:
        fitted: The training.
        score: A name of `earmark.evaluation.open_scores.OPEN_SCORES`.
    """
    if not fitted.without_label or fitted.held_out is None:
        return None
    groups = fitted.held_out.groups
    rounds = []
    for one in fitted.without_label:
        others = np.arange(one.log_probs.shape[1]) != one.label
        scores = open_scores(one.log_probs[:, others], score)
        unknown = one.truth == one.label
        known = one.asked & ~unknown
        if not known.any():
            continue  # none of another label was left for this round
        rounds.append(
            HeldBackRound(
                label=fitted.labels[one.label],
                known=scores[known],
                unknown=scores[unknown],
                known_groups=_ids(groups, len(scores))[known].tolist(),
            )
        )
    if not rounds:
        return None
    return fit_open_set(rounds, score=score, known=open_scores(fitted.held_out.log_probs, score))


def said_of(model: SongModel, songs: SongSet) -> HeldOut:
    """What a model says of songs that it did not learn from.

    Raises:
        InputError: There is no song.
    """
    if len(songs.labels) == 0:
        raise InputError("expected at least one song that the model did not learn from, got none")
    said = [song_log_probs(model.predict(songs.songs, index)) for index in range(len(songs.labels))]
    return HeldOut(np.stack(said), songs.labels, songs.groups, out_of_fold=False)


def _ids(groups: NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
    return np.arange(n) if groups is None else groups
