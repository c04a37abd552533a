"""A finished training as a model that predicts songs, by torch."""

from earmark.models.ensemble import FusedModel
from earmark.models.networks import TorchClassifier
from earmark.models.song import SingleModel, SongModel
from earmark.training.songs import FitResult


def trained_model(fitted: FitResult) -> SongModel:
    """The model of a finished training.

    Args:
        fitted: What `earmark.training.fit.fit` returned.
    """
    if fitted.fusion is None:
        return SingleModel(fitted.spec, TorchClassifier(fitted.network))
    parts = {name: trained_model(part) for name, part in fitted.parts.items()}
    return FusedModel(fitted.spec, parts, fitted.fusion)
