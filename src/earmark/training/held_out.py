"""Multinomial logistic regression with predictions of songs that it has not learnt.

Songs are dealt into parts, and each part is once held out. The held-out predictions choose the penalty, and later make
the probabilities honest; the regression that is kept has learnt all songs. Rows (slices) of a song count as one song
together, so that long tracks weigh no more than short ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from earmark.errors import InputError
from earmark.evaluation.splits import deal_parts
from earmark.training.songs import HeldOut, WithoutLabel

_MAX_ITERATIONS = 300
_NEVER = -100.0
"""Added to the bias of a label that was not learnt: its probability is 0 to float32, yet finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a regression reads of some songs.

    Attributes:
        values: Standardised columns, float of shape (rows, columns).
        song_of: The song of each row, int64 of shape (rows,).
        labels: Label index of each song, int64 of shape (songs,).
        groups: Group of each song, or None where songs stand alone.
    """

    values: NDArray[np.floating]
    song_of: NDArray[np.int64]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    def of_songs(self, songs: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which rows are of these songs."""
        chosen: NDArray[np.bool_] = songs[self.song_of]
        return chosen


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear classifier.

    Attributes:
        weight: float64 of shape (labels, columns).
        bias: float64 of shape (labels,).
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]

    def log_probs(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Log-probabilities (rows, labels) of rows."""
        return _log_softmax(values @ self.weight.T + self.bias)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutFit:
    """A regression on all songs, and what regressions without them said of them.

    Attributes:
        linear: The regression on all songs.
        best: Place of the chosen value of C among the trials.
        held_out: The predictions of songs that were not learnt, under that value.
        part_of: The part of each song, int64 of shape (songs,).
        trials: A record for each value of C, in order: ``inverse_penalty``, the held-out songs' ``loss`` and
            ``accuracy``, and those of the songs that were learnt.
    """

    linear: Linear
    best: int
    held_out: HeldOut
    part_of: NDArray[np.int64]
    trials: tuple[dict[str, float], ...]


def fit_with_held_out(
    rows: Rows,
    *,
    n_labels: int,
    penalties: Sequence[float],
    parts: int,
    balanced: bool,
    rng: np.random.Generator,
) -> HeldOutFit:
    """Fit a regression for each penalty and part, choose the penalty, and fit all songs with it.

    Args:
        rows: The songs.
        n_labels: Number of labels.
        penalties: Values of C, which weighs the songs' loss against the squared weights.
        parts: Parts that are held out in turn, at most as many as there are songs.
        balanced: Whether each song is weighted by the inverse frequency of its label.
        rng: Deals the songs.

    Raises:
        InputError: There are not songs of two labels.
    """
    part_of = deal_parts(rows.labels, k=min(parts, len(rows.labels)), rng=rng, groups=rows.groups)
    ordered = sorted(penalties)
    tried = [held_out_log_probs(rows, part_of, n_labels=n_labels, penalty=one, balanced=balanced) for one in ordered]
    losses = [_loss(log_probs, rows.labels) for log_probs in tried]
    best = int(np.argmin(losses))
    linear = fit_linear(rows, n_labels=n_labels, penalty=ordered[best], balanced=balanced)
    learnt = song_means(linear.log_probs(rows.values), rows.song_of, len(rows.labels))
    trials = tuple(
        {
            "inverse_penalty": penalty,
            "loss": loss,
            "accuracy": _accuracy(log_probs, rows.labels),
            "train_loss": _loss(learnt, rows.labels),
            "train_accuracy": _accuracy(learnt, rows.labels),
        }
        for penalty, loss, log_probs in zip(ordered, losses, tried, strict=True)
    )
    held_out = HeldOut(tried[best], rows.labels, rows.groups, out_of_fold=True)
    return HeldOutFit(linear, best, held_out, part_of, trials)


def without_labels(
    rows: Rows, fitted: HeldOutFit, *, n_labels: int, balanced: bool, most: int = 12
) -> tuple[WithoutLabel, ...]:
    """What regressions that never learnt a label say of its songs, and of the other songs that they had not learnt.

    Args:
        rows: The songs.
        fitted: Their fit, whose parts and penalty are kept.
        n_labels: Number of labels.
        balanced: As the fit.
        most: Labels that are left out in turn, at most; the first ones with songs.

    Returns:
        One for each label but those without which a single label would be left to learn; empty where fewer than three
        labels have songs.
    """
    present = np.unique(rows.labels)
    if len(present) <= _FEWEST_LEFT:
        return ()
    penalty = fitted.trials[fitted.best]["inverse_penalty"]
    rounds = []
    parts = np.unique(fitted.part_of)
    for turn, label in enumerate(present[:most].tolist()):
        # One part a label is held out, in turn: all parts for every label would cost more than the training itself.
        left_out = fitted.part_of == parts[turn % len(parts)]
        unknown = rows.labels == label
        learnt = ~left_out & ~unknown
        if len(np.unique(rows.labels[learnt])) < 2:
            continue  # a label of one group or song, held out by chance: a single one alone says nothing
        linear = fit_linear(rows, n_labels=n_labels, penalty=penalty, balanced=balanced, use=rows.of_songs(learnt))
        asked = rows.of_songs(left_out | unknown)
        said = song_means(linear.log_probs(rows.values[asked]), rows.song_of[asked], len(rows.labels))
        said[:, label] = -np.inf
        rounds.append(WithoutLabel(label, said, rows.labels, left_out | unknown))
    return tuple(rounds)


_FEWEST_LEFT = 2


def fused_without(together: Sequence[WithoutLabel], weights: NDArray[np.float64]) -> WithoutLabel:
    """What several classifiers that never learnt a label said, as a weighted sum of log-probabilities, normalised.

    Args:
        together: One for each classifier, all without the same label.
        weights: Weight of each, shape (classifiers,).
    """
    first = together[0]
    known = np.arange(first.log_probs.shape[1]) != first.label
    fused = np.full(first.log_probs.shape, -np.inf)
    sums = np.sum([weight * one.log_probs[:, known] for weight, one in zip(weights, together, strict=True)], axis=0)
    fused[:, known] = _log_softmax(sums)
    return WithoutLabel(first.label, fused, first.truth, first.asked)


def held_out_log_probs(
    rows: Rows, part_of: NDArray[np.int64], *, n_labels: int, penalty: float, balanced: bool
) -> NDArray[np.float64]:
    """Log-probabilities (songs, labels) of every song by the regression that did not learn its part."""
    result = np.zeros((len(rows.labels), n_labels))
    for part in np.unique(part_of):
        left_out = part_of == part
        learnt = rows.of_songs(~left_out)
        linear = fit_linear(rows, n_labels=n_labels, penalty=penalty, balanced=balanced, use=learnt)
        said = song_means(linear.log_probs(rows.values[~learnt]), rows.song_of[~learnt], len(rows.labels))
        result[left_out] = said[left_out]
    return result


def fit_linear(
    rows: Rows, *, n_labels: int, penalty: float, balanced: bool, use: NDArray[np.bool_] | None = None
) -> Linear:
    """Fit a regression on some rows.

    Args:
        rows: The songs.
        n_labels: Number of labels; one that is not learnt gets a probability of 0.
        penalty: Value of C.
        balanced: Whether songs are weighted by the inverse frequency of their label.
        use: Which rows, shape (rows,); all where None.

    Raises:
        InputError: There are not songs of two labels.
    """
    chosen = np.ones(len(rows.song_of), dtype=bool) if use is None else use
    song_of = rows.song_of[chosen]
    labels = rows.labels[song_of]
    if len(np.unique(labels)) < 2:
        raise InputError("training needs songs of at least 2 labels in every part; take more songs or another split")
    solver = LogisticRegression(C=penalty, solver="lbfgs", max_iter=_MAX_ITERATIONS, tol=1e-4)
    solver.fit(rows.values[chosen], labels, sample_weight=_weights(song_of, rows.labels, balanced=balanced))
    weight, bias = solver.coef_, solver.intercept_
    if len(solver.classes_) == 2:
        # scikit-learn gives one row for two classes: the log-odds of the second, that is half for it, half against.
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    weights, biases = np.zeros((n_labels, weight.shape[1])), np.full(n_labels, bias.min() + _NEVER)
    weights[solver.classes_], biases[solver.classes_] = weight, bias
    return Linear(weights, biases)


def song_means(log_probs: NDArray[np.float64], song_of: NDArray[np.int64], n_songs: int) -> NDArray[np.float64]:
    """Log-probabilities of songs: the mean over their rows, normalised; 0 for a song without rows.

    Args:
        log_probs: Shape (rows, labels).
        song_of: The song of each row, shape (rows,).
        n_songs: Number of songs.
    """
    sums = np.zeros((n_songs, log_probs.shape[1]))
    np.add.at(sums, song_of, log_probs)
    return _log_softmax(sums / np.maximum(np.bincount(song_of, minlength=n_songs), 1)[:, None])


def _weights(song_of: NDArray[np.int64], labels: NDArray[np.int64], *, balanced: bool) -> NDArray[np.float64]:
    """Weight of each row: those of a song sum to 1, or to its label's inverse frequency."""
    rows_of_song = np.bincount(song_of, minlength=len(labels))
    weights = 1.0 / rows_of_song[song_of]
    if balanced:
        present = labels[rows_of_song > 0]
        counts = np.bincount(present)
        weights *= len(present) / (np.count_nonzero(counts) * counts[labels[song_of]])
    return np.asarray(weights, dtype=np.float64)


def _loss(log_probs: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return float(-log_probs[np.arange(len(labels)), labels].mean())


def _accuracy(log_probs: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return float((log_probs.argmax(axis=1) == labels).mean())


def _log_softmax(values: NDArray[np.floating]) -> NDArray[np.float64]:
    exact = np.asarray(values, dtype=np.float64)
    shifted = exact - exact.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float64)


def regression_curves(fitted: HeldOutFit) -> tuple[dict[str, float], ...]:
    """A record for each penalty, in the form of a training's curves; held-out songs stand as validation."""
    return tuple(
        {
            "epoch": at,
            "inverse_penalty": trial["inverse_penalty"],
            "train_loss": trial["train_loss"],
            "train_accuracy": trial["train_accuracy"],
            "val_loss": trial["loss"],
            "val_slice_accuracy": trial["accuracy"],
            "val_song_accuracy": trial["accuracy"],
            "val_song_vote_accuracy": trial["accuracy"],
        }
        for at, trial in enumerate(fitted.trials, start=1)
    )
