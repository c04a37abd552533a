"""Which function trains which kind of model; each is imported when it is asked for, since torch takes seconds."""

from collections.abc import Callable

from earmark.models.spec import ModelKind
from earmark.training.songs import FitRequest, FitResult

Fitter = Callable[[FitRequest], FitResult]


def fitter(kind: ModelKind) -> Fitter:
    """The function that trains a kind of model."""
    return _FITTERS[kind]


def _network(request: FitRequest) -> FitResult:
    from earmark.training.network import fit_network

    return fit_network(request)


def _regression(request: FitRequest) -> FitResult:
    from earmark.training.regression import fit_regression

    return fit_regression(request)


def _dictionary(request: FitRequest) -> FitResult:
    from earmark.training.dictionary import fit_dictionary

    return fit_dictionary(request)


def _ensemble(request: FitRequest) -> FitResult:
    from earmark.training.ensemble import fit_ensemble

    return fit_ensemble(request)


_FITTERS: dict[ModelKind, Fitter] = {
    "crnn": _network,
    "mfcc": _network,
    "metadata": _regression,
    "earmark": _dictionary,
    "probe": _regression,
    "ensemble": _ensemble,
}
