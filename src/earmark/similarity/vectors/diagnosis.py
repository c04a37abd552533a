"""Looks over an installation and a library, and says what is there, what is stale, and what to do about it.

Nothing is changed. The search engines are timed on vectors of the library itself, and their recall is the one that was
measured when the index was built, or is measured anew where that is asked for.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from earmark.audio.settings import PRESETS
from earmark.backbones.shelf import backbones
from earmark.errors import EarmarkError
from earmark.library.library import Library
from earmark.library.vectors import VectorTable, vector_keys
from earmark.models.bundle import load_card
from earmark.models.shelf import bundle_paths
from earmark.similarity.vectors.indexing import Index, index_bytes, load_index
from earmark.similarity.vectors.ivf_search import IvfSearch
from earmark.similarity.vectors.recall import PROMISED, measure_recall
from earmark.similarity.vectors.sources import VectorSource, backbone_source, bundle_source, mfcc_source, vector_size

PARTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "soundfile": ("soundfile", "", "decodes WAV, FLAC, OGG, MP3; tried first"),
    "PyAV": ("av", "", "decodes everything else"),
    "ONNX Runtime": ("onnxruntime", "", "runs bundles and backbones"),
    "Lance": ("lancedb", "", "keeps the library's tables"),
    "OpenVINO": ("openvino", "openvino", "runs backbones faster on some processors"),
    "PyTorch": ("torch", "train", "trains models"),
    "scikit-learn": ("sklearn", "train", "trains models"),
    "Plotly": ("plotly", "report", "draws pictures and pages"),
    "openTSNE": ("openTSNE", "report", "places tracks on maps"),
    "Kaleido": ("kaleido", "images", "writes PNG and SVG pictures"),
    "pyrekordbox": ("pyrekordbox", "dj", "reads and writes rekordbox XML"),
    "Essentia": ("essentia", "", "a second estimator of tempo and key, yours to install"),
}
"""What may be installed: its module, the extra that brings it, and what for."""

_DISTRIBUTIONS = {"sklearn": "scikit-learn"}

_TIMED = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A part that may be installed: its version, None where it is not; the extra that brings it; and what for."""

    name: str
    version: str | None
    extra: str
    purpose: str


@dataclass(frozen=True, slots=True)
class VectorState:
    """The vectors of one source.

    Attributes:
        key: The source's key.
        source: How it is shown.
        current: Whether what made the vectors is still there as it was.
        vectors: Vectors in the library.
        lacking: Tracks of the library without one.
        gone: Vectors of tracks that are in the library no more.
        engine: What searches them; None where there is no index yet.
        stale: Whether vectors or tracks have changed since the index was made.
        recall: Share of the ten nearest that the engine finds, by filter; None where it is exact.
        ms: Median time of a search for ten tracks in milliseconds; None where there is no index.
        megabytes: Size of the index.
        trouble: Why the index cannot be opened; empty where it can.
    """

    key: str
    source: str
    current: bool
    vectors: int
    lacking: int
    gone: int
    engine: str | None
    stale: bool
    recall: Mapping[str, float] | None
    ms: float | None
    megabytes: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LibraryState:
    """A library in numbers.

    Attributes:
        address: Where it is.
        tracks: Tracks.
        features: Tracks with a stored log-mel as scans make it.
        measured: Tracks whose tempo, key and loudness were measured as the last scan would.
        failures: Files that could not be read.
        bundles: Names of its bundles, newest first.
        vectors: Its vectors by source.
        trouble: Why its bundles cannot be looked at; empty where they can.
    """

    address: str
    tracks: int
    features: int
    measured: int
    failures: int
    bundles: tuple[str, ...]
    vectors: tuple[VectorState, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, and what to do: sentences, the most important first."""

    parts: tuple[Part, ...]
    library: LibraryState
    advice: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def examine(library: Library, *, recall: bool = False, seed: int = 1) -> Diagnosis:
    """Look a library and the installation over.

    Args:
        library: The library.
        recall: Measure the recall of indexes anew, on other queries than they were built with.
        seed: Decides these queries.

    A damaged bundle or index is part of what is told.
    """
    tracks = {track.audio_id for track in library.tracks()}
    stored = {audio_id for audio_id, _ in library.feature_records([PRESETS["paper"]])}
    settings = library.measure_settings().key
    measured = {audio_id for audio_id, key in library.measured_by().items() if key == settings}
    bundles: tuple[str, ...] = ()
    current: dict[str, VectorSource] | None = None
    trouble = ""
    try:
        bundles = tuple(path.name for path in bundle_paths(library))
        current = {source.key: source for source in known_sources(library)}
    except EarmarkError as error:
        trouble = str(error)
    vectors = [
        _vector_state(library, key, current, tracks, seed if recall else None) for key in vector_keys(library.storage)
    ]
    state = LibraryState(
        address=library.address,
        tracks=len(tracks),
        features=len(tracks & stored),
        measured=len(tracks & measured),
        failures=len(library.failures()),
        bundles=bundles,
        vectors=tuple(sorted(vectors, key=lambda one: (not one.current, one.source))),
        trouble=trouble,
    )
    return Diagnosis(installed_parts(), state, tuple(advise(state)))


def known_sources(library: Library) -> list[VectorSource]:
    """Everything that could make vectors of a library now: its bundles, the shelf's backbones, MFCCs.

    Args:
        library: The library.
    """
    hearing = [path for path in bundle_paths(library) if vector_size(load_card(path).spec)]
    return [*map(bundle_source, hearing), *map(backbone_source, backbones().values()), mfcc_source()]


def installed_parts() -> tuple[Part, ...]:
    """The parts of `PARTS` with their versions; none of them is imported."""
    return tuple(Part(name, _version(module), extra, purpose) for name, (module, extra, purpose) in PARTS.items())


def _version(module: str) -> str | None:
    if find_spec(module) is None:
        return None
    try:
        return version(_DISTRIBUTIONS.get(module, module))
    except PackageNotFoundError:  # installed in a way that leaves no record, from a system package say
        return "unknown version"


def _vector_state(
    library: Library,
    key: str,
    sources: Mapping[str, VectorSource] | None,
    tracks: set[str],
    recall_seed: int | None,
) -> VectorState:
    """What is known of one source's vectors; where the sources are not known, it counts as still there."""
    table = VectorTable(library.storage, key, 0)
    vectors = table.audio_ids()
    index, trouble = None, ""
    try:
        index = load_index(library.storage, key)
    except EarmarkError as error:
        trouble = str(error)
    return VectorState(
        key=key,
        source=_shown(key, index, sources or {}),
        current=sources is None or key in sources,
        vectors=len(vectors),
        lacking=len(tracks - vectors),
        gone=len(vectors - tracks),
        engine=None if index is None else index.facts.engine,
        stale=index is not None and index.facts.versions != table.versions(),
        recall=None if index is None else _recall(index, recall_seed),
        ms=None if index is None else _latency(index),
        megabytes=round(index_bytes(library.storage, key) / 1e6, 1),
        trouble=trouble,
    )


def _shown(key: str, index: Index | None, sources: Mapping[str, VectorSource]) -> str:
    if index is not None:
        return f"{index.facts.source['kind']} {index.facts.source['name']}"
    return f"{sources[key].kind} {sources[key].name}" if key in sources else "an unknown source"


def _recall(index: Index, seed: int | None) -> Mapping[str, float] | None:
    if index.facts.recall is None:
        return None
    search = index.search()
    if seed is not None and isinstance(search, IvfSearch):
        return measure_recall(search, seed=seed).shares
    shares: Mapping[str, float] = index.facts.recall["shares"]
    return shares


def _latency(index: Index) -> float:
    """Median milliseconds of a search for ten tracks like one of the collection."""
    search = index.search()
    rows = np.random.default_rng(0).choice(len(search), min(_TIMED, len(search)), replace=False)
    times = []
    for vector in np.asarray(index.units[np.sort(rows)]):
        started = time.perf_counter()
        search.search(vector, 10)
        times.append(1000 * (time.perf_counter() - started))
    return round(statistics.median(times), 3)


def advise(state: LibraryState) -> Sequence[str]:
    """What to do about a library, in sentences; none where all is well.

    Args:
        state: The library in numbers.
    """
    if not state.tracks:
        return ["The library is empty; fill it with `earmark scan FOLDER`."]
    advice = [state.trouble] if state.trouble else []
    if state.features < state.tracks or state.measured < state.tracks:
        left = max(state.tracks - state.features, state.tracks - state.measured)
        advice.append(f"{_counted(left, 'track')} not fully analysed; run `earmark scan`.")
    if state.failures:
        advice.append(f"{_counted(state.failures, 'file')} not readable; see `earmark failures`.")
    if not any(one.current for one in state.vectors):
        advice.append("No track can be compared yet; run `earmark embed`.")
    for one in state.vectors:
        advice += _advise_on(one)
    if not state.bundles and not state.trouble:
        advice.append("There is no trained model; `earmark train` makes one, whose vectors tell your labels apart.")
    return advice


def _counted(n: int, what: str) -> str:
    return f"1 {what} is" if n == 1 else f"{n} {what}s are"


def _advise_on(state: VectorState) -> list[str]:
    if not state.current:
        return [
            f"The vectors by {state.source} ({state.key}) are of a source that is gone or was trained again; "
            "`earmark embed --drop-old` deletes them."
        ]
    advice = []
    if state.trouble:
        advice.append(state.trouble)
    elif state.engine is None:
        advice.append(f"The vectors by {state.source} are unfinished; run `earmark embed` again, it goes on there.")
    elif state.stale or state.lacking or state.gone:
        told = (
            f"tracks without one: {state.lacking}, tracks that have left: {state.gone}, "
            if state.lacking or state.gone
            else ""
        )
        advice.append(f"The vectors by {state.source} are behind the library ({told}tags may have changed); embed.")
    if state.recall is not None and min(state.recall.values()) < PROMISED:
        advice.append(
            f"The search by {state.source} finds only {100 * min(state.recall.values()):.0f} % of the nearest tracks; "
            "make its index anew with `earmark embed --rebuild`."
        )
    return advice
