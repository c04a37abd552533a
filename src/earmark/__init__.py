"""Earmark learns what a record label sounds like, and says which label a track belongs to and why.

The short way from Python is the short way of the command line::

    import earmark

    if __name__ == "__main__":  # scanning starts worker processes, which import this program anew
        library = earmark.Library.create("trance")
        earmark.scan(library, ["~/Music/labels"], executor=earmark.ProcessExecutor())
        trained = earmark.train(library)
        for result in earmark.predict_files(earmark.load_model(trained.bundle.path), ["demo.mp3"]):
            print(result)

Everything named in `__all__` is public and stays; importing this package loads nothing heavy, since each name brings
in its own module at first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from earmark.audio.settings import FeatureSettings
    from earmark.catalog.select import Selection
    from earmark.catalog.track import Track
    from earmark.comparing.compare import ComparisonRequest, compare, cross_validate
    from earmark.comparing.comparison import Comparison
    from earmark.comparing.contestants import make_contestants
    from earmark.demo.catalogue import render_catalogue
    from earmark.errors import EarmarkError
    from earmark.evaluation.splits import Split, make_split
    from earmark.executors import ProcessExecutor, SerialExecutor
    from earmark.interop.exporting import write_export
    from earmark.interop.importing import import_collection
    from earmark.library.library import Library
    from earmark.library.scan import scan
    from earmark.models.bundle import Bundle
    from earmark.models.bundle import load_bundle as load_model
    from earmark.models.evaluate import evaluate
    from earmark.models.predict import FilePrediction, predict_files
    from earmark.models.registry import MODELS, model_spec
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.similar import find_similar
    from earmark.similarity.finding.suggestions import suggest_next
    from earmark.similarity.finding.versions import Fingerprints
    from earmark.similarity.judging.evaluate import evaluate_search
    from earmark.similarity.labels.atlas import atlas_of
    from earmark.similarity.sets.setlist import make_setlist
    from earmark.similarity.vectors.embedding import embed_library
    from earmark.similarity.vectors.opening import open_collection
    from earmark.similarity.vectors.sources import find_source
    from earmark.training.train import TrainedModel, TrainRequest, train

__all__ = [
    "MODELS",
    "Bundle",
    "Comparison",
    "ComparisonRequest",
    "EarmarkError",
    "FeatureSettings",
    "FilePrediction",
    "Fingerprints",
    "Library",
    "ProcessExecutor",
    "Selection",
    "SerialExecutor",
    "Split",
    "Track",
    "TrainRequest",
    "TrainedModel",
    "atlas_of",
    "compare",
    "cross_validate",
    "embed_library",
    "evaluate",
    "evaluate_search",
    "find_similar",
    "find_source",
    "import_collection",
    "load_model",
    "make_contestants",
    "make_query",
    "make_setlist",
    "make_split",
    "model_spec",
    "open_collection",
    "predict_files",
    "render_catalogue",
    "scan",
    "suggest_next",
    "train",
    "write_export",
]

_HOMES = {
    "MODELS": "earmark.models.registry",
    "Bundle": "earmark.models.bundle",
    "Comparison": "earmark.comparing.comparison",
    "ComparisonRequest": "earmark.comparing.compare",
    "EarmarkError": "earmark.errors",
    "FeatureSettings": "earmark.audio.settings",
    "FilePrediction": "earmark.models.predict",
    "Fingerprints": "earmark.similarity.finding.versions",
    "Library": "earmark.library.library",
    "ProcessExecutor": "earmark.executors",
    "Selection": "earmark.catalog.select",
    "SerialExecutor": "earmark.executors",
    "Split": "earmark.evaluation.splits",
    "Track": "earmark.catalog.track",
    "TrainRequest": "earmark.training.train",
    "TrainedModel": "earmark.training.train",
    "atlas_of": "earmark.similarity.labels.atlas",
    "compare": "earmark.comparing.compare",
    "cross_validate": "earmark.comparing.compare",
    "embed_library": "earmark.similarity.vectors.embedding",
    "evaluate": "earmark.models.evaluate",
    "evaluate_search": "earmark.similarity.judging.evaluate",
    "find_similar": "earmark.similarity.finding.similar",
    "find_source": "earmark.similarity.vectors.sources",
    "import_collection": "earmark.interop.importing",
    "load_model": "earmark.models.bundle:load_bundle",
    "make_contestants": "earmark.comparing.contestants",
    "make_query": "earmark.similarity.finding.lookup",
    "make_setlist": "earmark.similarity.sets.setlist",
    "make_split": "earmark.evaluation.splits",
    "model_spec": "earmark.models.registry",
    "open_collection": "earmark.similarity.vectors.opening",
    "predict_files": "earmark.models.predict",
    "render_catalogue": "earmark.demo.catalogue",
    "scan": "earmark.library.scan",
    "suggest_next": "earmark.similarity.finding.suggestions",
    "train": "earmark.training.train",
    "write_export": "earmark.interop.exporting",
}


def __getattr__(name: str) -> Any:
    """Bring in a public name's module at its first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'earmark' has no attribute {name!r}")
    module, _, renamed = home.partition(":")
    value = getattr(import_module(module), renamed or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, whether or not they have been used yet."""
    return sorted({*globals(), *__all__})
