"""From a decoded recording to the embeddings that are stored: resample, analyse, cut into patches, run the graphs."""

from collections.abc import Mapping
from functools import lru_cache
from multiprocessing import parent_process
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import DecodedAudio
from earmark.audio.resample import resample
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import read_graphs
from earmark.errors import EarmarkError, InputError, UnknownNameError
from earmark.inference.graph import Graph
from earmark.inference.open import open_graph

FloatArray = npt.NDArray[np.float32]

_BATCH_VALUES: Final = 80_000
"""Patches go through in batches of about so many input values, so that what lies between layers stays small."""

_LARGEST_FLOAT16: Final = 65_504.0


def embed(audio: DecodedAudio, settings: BackboneSettings) -> npt.NDArray[np.float16]:
    """Compute a recording's embeddings as they are stored.

    Args:
        audio: A decoded recording.
        settings: A backbone of the shelf.

    Returns:
        Shape (patches, embedding_size), float16: one row for each of `BackboneSettings.start_seconds`. A recording
        that is shorter than a patch is repeated until it fills one.

    Raises:
        UnknownNameError: No backbone on the shelf gives these numbers.
        InputError: A file of it is damaged, or the settings do not fit its graphs.
        EarmarkError: The backbone gave numbers that are not finite.
    """
    return embed_with(_graphs(settings), audio, settings)


def embed_with(graphs: tuple[Graph, ...], audio: DecodedAudio, settings: BackboneSettings) -> npt.NDArray[np.float16]:
    """Compute a recording's embeddings with graphs that are open already; see `embed`.

    Raises:
        InputError: The settings do not fit the graphs.
        EarmarkError: The backbone gave numbers that are not finite.
    """
    patches = patches_of(audio, settings)
    embedded = np.concatenate([run_patches(graph, patches, settings) for graph in graphs], axis=1)
    if not np.isfinite(embedded).all():
        raise EarmarkError(f"the backbone {settings.name} gave numbers that are not finite for this recording")
    stored: npt.NDArray[np.float16] = np.clip(embedded, -_LARGEST_FLOAT16, _LARGEST_FLOAT16).astype(np.float16)
    return stored


def patches_of(audio: DecodedAudio, settings: BackboneSettings) -> FloatArray:
    """Cut a recording into the patches that the graphs take.

    Returns:
        Shape (patches, patch_rows, bands), float32.
    """
    front_end = settings.front_end
    samples = resample(audio.samples, audio.sample_rate, front_end.sample_rate)
    # The resampler may round the length otherwise than `start_seconds` does; a sample more or less is not heard.
    length = settings.n_samples(len(audio.samples) / audio.sample_rate)
    samples = np.pad(samples[:length], (0, max(0, length - len(samples))), mode="edge")
    rows = front_end.rows(samples)
    if len(rows) < settings.patch_rows:
        repeats = -(-settings.patch_rows // len(rows))
        rows = np.tile(rows, (repeats, 1))[: settings.patch_rows]
    starts = settings.patch_starts(len(rows))
    patches = np.stack([rows[start : start + settings.patch_rows] for start in starts])
    return front_end.prepare(patches)


def run_patches(graph: Graph, patches: FloatArray, settings: BackboneSettings) -> FloatArray:
    """Run one graph over patches.

    Args:
        graph: The graph.
        patches: Shape (patches, patch_rows, bands).
        settings: Whose layout, batch and output are meant.

    Returns:
        Shape (patches, size), float32.

    Raises:
        InputError: The settings do not fit the graph.
    """
    inputs = laid_out(patches, settings)
    size = settings.batch or max(1, _BATCH_VALUES // (inputs[0].size))
    parts = []
    for first in range(0, len(inputs), size):
        batch = inputs[first : first + size]
        if settings.batch is not None and len(batch) < settings.batch:
            # The graph takes no other number: the last rows are filled up and what comes of the filling is cut off.
            batch = np.concatenate([batch, np.zeros((settings.batch - len(batch), *batch.shape[1:]), np.float32)])
        parts.append(_kept(graph.run(batch), settings)[: len(inputs) - first])
    return np.concatenate(parts)


def _kept(outputs: Mapping[str, FloatArray], settings: BackboneSettings) -> FloatArray:
    """Return the output that is kept, averaged over time where it has any."""
    if settings.output_name not in outputs:
        raise UnknownNameError("output of the graph", settings.output_name, outputs)
    output = outputs[settings.output_name]
    averaged: FloatArray = output.mean(axis=1) if output.ndim == 3 else output
    if averaged.ndim != 2:
        raise InputError(
            f"the backbone {settings.name} should give (batch, size) or (batch, time, size), but gave {output.shape}"
        )
    return averaged


def laid_out(patches: FloatArray, settings: BackboneSettings) -> FloatArray:
    """Put patches of shape (patches, rows, bands) into the axes of the settings' layout."""
    axes = settings.layout.split(",")
    laid = patches.transpose(0, 2, 1) if "bands" in axes and axes.index("bands") < axes.index("rows") else patches
    if "bands" not in axes:
        laid = laid[:, :, 0]
    return laid[:, np.newaxis] if axes[0] == "1" else laid


@lru_cache(maxsize=4)
def _graphs(settings: BackboneSettings) -> tuple[Graph, ...]:
    """Open a backbone's graphs, once in a process; in a worker, beside others, each runs on one thread."""
    threads = 0 if parent_process() is None else 1
    return tuple(open_graph(content, threads=threads) for content in read_graphs(settings))
