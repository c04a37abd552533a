"""Fitting of the multinomial logistic regressions (``metadata`` and ``probe`` models) by scikit-learn.

The penalty is L2; its inverse strength C is chosen in one of two ways (`RegressionSettings.parts`). As published: the
one with the best accuracy on the validation songs, the smallest of equals (the strongest penalty), learnt from the
training songs alone. Ours: the one that makes held-out songs most likely, each part of training and validation songs
being held out once; the last fit is on all of them. The bias is not penalised. The result is the same kind of network
as the others.
"""

import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, SongSource, metadata_matrix, song_inputs
from earmark.models.linear import LinearClassifier
from earmark.models.networks import TorchClassifier
from earmark.models.song import mean_log_probability
from earmark.models.spec import ModelSpec, RegressionSettings
from earmark.models.standardise import Standardise
from earmark.training.curves import write_curves
from earmark.training.held_out import Rows, fit_with_held_out, regression_curves, without_labels
from earmark.training.songs import FitRequest, FitResult, Progress

_MAX_ITERATIONS = 1000


def fit_regression(request: FitRequest) -> FitResult:
    """Fit one regression for each penalty and keep the best.

    Raises:
        MetadataError: The model refuses missing values and songs lack BPM or key.
        InputError: The training songs have fewer than two labels.
    """
    began, settings = time.perf_counter(), _settings(request)
    if settings.parts is not None:
        return _fit_with_parts(request, settings, settings.parts, began)
    rows: dict[str, FloatArray] = {
        name: metadata_matrix(request.spec, one.songs) for name, one in request.parts().items()
    }
    if len(np.unique(request.train.labels)) < 2:
        raise InputError("a regression needs training songs of at least 2 labels; take more songs or another split")
    models, curves = [], []
    for trial, penalty in enumerate(sorted(settings.inverse_penalties), start=1):
        models.append(_fit_one(request, rows["train"], penalty, balanced=settings.balanced))
        curves.append({"epoch": trial, "inverse_penalty": penalty, **_scores(request, models[-1], rows)})
        if request.progress is not None:
            n = len(settings.inverse_penalties)
            request.progress(Progress(trial, n, 1, 1, curves[-1]))
    write_curves(request.run_dir, curves)
    best = max(range(len(curves)), key=lambda index: curves[index]["val_song_accuracy"])
    counts = request.songs_per_label()
    return FitResult(
        spec=request.spec,
        labels=request.labels,
        seed=request.seed,
        model=models[best].eval(),
        curves=tuple(curves),
        best_epoch=best + 1,
        stopped="max_epochs",
        seconds=time.perf_counter() - began,
        precision="float32",
        songs=counts,
        slices=counts,
    )


def _rows(spec: ModelSpec, songs: SongSource) -> tuple[FloatArray, NDArray[np.int64]]:
    """What a regression reads of songs, float32 of shape (rows, columns), and the song of each row."""
    if spec.kind == "metadata":
        matrix = metadata_matrix(spec, songs)
        return matrix, np.arange(len(matrix))
    each = [song_inputs(spec, songs, index).values for index in range(len(songs))]
    return np.concatenate(each), np.repeat(np.arange(len(each)), [len(one) for one in each])


def _fit_with_parts(request: FitRequest, settings: RegressionSettings, parts: int, began: float) -> FitResult:
    songs = request.all_songs()
    rows, song_of = _rows(request.spec, songs.songs)
    network = LinearClassifier(len(request.labels), n_columns=rows.shape[1])
    if request.spec.standardise:
        network.standardise.set_statistics(rows)
    # Statistics of columns say nothing of labels, so that those of all songs may serve every part.
    columns = Rows(_standardised(network.standardise, rows), song_of, songs.labels, songs.groups)
    fitted = fit_with_held_out(
        columns,
        n_labels=len(request.labels),
        penalties=settings.inverse_penalties,
        parts=parts,
        balanced=settings.balanced,
        rng=np.random.default_rng([request.seed, 2]),
    )
    network.set_coefficients(fitted.linear.weight, fitted.linear.bias)
    curves, counts = regression_curves(fitted), request.songs_per_label()
    write_curves(request.run_dir, list(curves))
    if request.progress is not None:
        request.progress(Progress(1, 1, 1, 1, curves[-1]))
    return FitResult(
        spec=request.spec,
        labels=request.labels,
        seed=request.seed,
        model=network.eval(),
        curves=curves,
        best_epoch=fitted.best + 1,
        stopped="max_epochs",
        seconds=time.perf_counter() - began,
        precision="float32",
        songs=counts,
        slices=counts,
        held_out=fitted.held_out,
        without_label=without_labels(columns, fitted, n_labels=len(request.labels), balanced=settings.balanced),
    )


def _settings(request: FitRequest) -> RegressionSettings:
    if not isinstance(request.spec.training, RegressionSettings):
        raise InputError(f"model {request.spec.name} is not a regression")
    return request.spec.training


def _fit_one(request: FitRequest, rows: FloatArray, penalty: float, *, balanced: bool) -> LinearClassifier:
    n_labels = len(request.labels)
    network = LinearClassifier(n_labels, n_columns=rows.shape[1])
    if request.spec.standardise:
        network.standardise.set_statistics(rows)
    # The study's columns differ by five orders of magnitude, on which lbfgs stops far from the optimum after thousands
    # of iterations. Newton's method on centred columns reaches it in about ten; centring moves the bias only, which has
    # no penalty, so that the optimum is that of the columns as they are.
    solver = LogisticRegression(
        C=penalty,
        solver="newton-cholesky",
        max_iter=_MAX_ITERATIONS,
        class_weight="balanced" if balanced else None,
    )
    columns = _standardised(network.standardise, rows)
    centre = columns.mean(axis=0)
    solver.fit(columns - centre, request.train.labels)
    weight, bias = _for_all_labels(solver, n_labels)
    network.set_coefficients(weight, bias - weight @ centre)
    return network


def _for_all_labels(solver: Any, n_labels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (labels, columns) and biases (labels,) with a row for each label, also those without training songs."""
    weight, bias = solver.coef_, solver.intercept_
    if len(solver.classes_) == 2:
        # scikit-learn gives one row for two classes: the log-odds of the second, that is half for it, half against.
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    # A label never seen gets a bias so low that its probability is 0 to float32, yet finite.
    weights, biases = np.zeros((n_labels, weight.shape[1])), np.full(n_labels, bias.min() - 100.0)
    weights[solver.classes_], biases[solver.classes_] = weight, bias
    return weights, biases


def _standardised(layer: Standardise, rows: FloatArray) -> NDArray[np.float64]:
    with torch.no_grad():
        columns: NDArray[np.float64] = layer(torch.from_numpy(rows)).double().numpy()
    return columns


def _scores(request: FitRequest, network: LinearClassifier, rows: dict[str, FloatArray]) -> dict[str, float]:
    """Loss and accuracy on both parts; a song is one input, so slice and song level are the same."""
    train_loss, train_accuracy = _loss_and_accuracy(network, rows["train"], request.train.labels)
    val_loss, val_accuracy = _loss_and_accuracy(network, rows["validation"], request.validation.labels)
    return {
        "train_loss": train_loss,
        "train_accuracy": train_accuracy,
        "val_loss": val_loss,
        "val_slice_accuracy": val_accuracy,
        "val_song_accuracy": val_accuracy,
        "val_song_vote_accuracy": val_accuracy,
    }


def _loss_and_accuracy(network: LinearClassifier, rows: FloatArray, labels: NDArray[np.int64]) -> tuple[float, float]:
    log_probs = TorchClassifier(network).classify(rows).log_probs.astype(np.float64)
    estimates = [mean_log_probability(row[None]).label for row in log_probs]
    loss = -log_probs[np.arange(len(labels)), labels].mean()
    return float(loss), float(np.mean(estimates == labels))
