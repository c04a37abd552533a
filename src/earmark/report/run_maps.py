"""The maps of one model: its songs and slices laid out by what it has learnt, and what holds without a projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inspection import Inspection
from earmark.report.bands import BpmBands
from earmark.report.map_figures import MapPoint, embedding_map
from earmark.report.maps import balanced_sample, map_vectors, neighbour_agreement
from earmark.report.page import Block, FigureBlock, NoteBlock, TextBlock
from earmark.report.score_texts import percent_range
from earmark.report.theme import LabelStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """How maps are made.

    Attributes:
        perplexity: About how many neighbours a point minds.
        seed: Seed of the layout and of the sample of slices.
        max_songs: Songs on a map of songs at most.
        max_slices: Slices on a map of slices at most.
        bands: The bands of tempo.
    """

    perplexity: float
    seed: int
    max_songs: int
    max_slices: int
    bands: BpmBands


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """What is mapped: vectors of the model's last layer but one, and what each of them is."""

    unit: str
    vectors: NDArray[np.float32]
    points: Sequence[MapPoint]
    told: str = ""


def map_blocks(inspection: Inspection, *, styles: Mapping[str, LabelStyle], settings: MapSettings) -> list[Block]:
    """Map the songs and, where the model cuts slices, the slices.

    Args:
        inspection: The model with all that it says of its split.
        styles: The labels' looks.
        settings: How maps are made.
    """
    if inspection.bundle.spec.kind == "metadata":
        told = "There is no map of this model: a regression has no inner layer in which songs could lie close."
        return [NoteBlock("plain", told)]
    layers = [_songs(inspection, settings)]
    if inspection.bundle.spec.heard_slice_seconds is not None:
        layers.append(_slices(inspection, settings))
    blocks = [_block(inspection.name, layer, styles, settings) for layer in layers]
    return [*_side_by_side(blocks), _neighbours(inspection)]


def _songs(inspection: Inspection, settings: MapSettings) -> _Layer:
    labels, everything = inspection.bundle.labels, inspection.songs
    label_of = np.array([song.truth for song in everything], dtype=np.int64)
    rng, each = np.random.default_rng(settings.seed), np.arange(len(everything), dtype=np.int64)
    songs = [everything[at] for at in balanced_sample(label_of, each, settings.max_songs, rng=rng).tolist()]
    points = [MapPoint(song.track, labels[song.truth], song.part) for song in songs]
    told = _sampled(len(songs), len(everything), "songs")
    vectors = [song.prediction.embedding for song in songs]
    return _Layer("songs", np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32), points, told)


def _sampled(shown: int, total: int, unit: str) -> str:
    if shown == total:
        return ""
    return f" A sample of {shown:,} of {total:,} {unit}, as many of each label where it has them."


def _slices(inspection: Inspection, settings: MapSettings) -> _Layer:
    songs, labels = inspection.songs, inspection.bundle.labels
    counts = [len(song.embeddings) for song in songs]
    song_of = np.repeat(np.arange(len(counts)), counts)
    label_of = np.array([song.truth for song in songs], dtype=np.int64)[song_of]
    kept = balanced_sample(label_of, song_of, settings.max_slices, rng=np.random.default_rng(settings.seed))
    vectors = np.concatenate([song.embeddings for song in songs])[kept]
    starts = np.concatenate([song.prediction.slice_starts_seconds for song in songs])[kept]
    points = [
        MapPoint(songs[place].track, labels[songs[place].truth], songs[place].part, start)
        for place, start in zip(song_of[kept].tolist(), starts.tolist(), strict=True)
    ]
    told = " Of training songs only some slices are shown, spread over each song."
    return _Layer("slices", vectors, points, told + _sampled(len(kept), len(label_of), "slices"))


def _block(name: str, layer: _Layer, styles: Mapping[str, LabelStyle], settings: MapSettings) -> Block:
    try:
        made = map_vectors(layer.vectors, perplexity=settings.perplexity, seed=settings.seed)
    except InputError as error:
        return NoteBlock("plain", f"There is no map of {layer.unit}: {error}.")
    caption = (
        f"t-SNE of the {layer.vectors.shape[1]} values before the last layer, {len(layer.points):,} {layer.unit}, "
        f"perplexity {made.perplexity:.0f}. A projection: what lies close is alike, but distances between groups, and "
        f"their sizes, mean nothing.{layer.told} {settings.bands.origin}"
    )
    figure = embedding_map(made.points, layer.points, bands=settings.bands, styles=styles)
    return FigureBlock(figure, f"Map of {layer.unit}", caption, f"{name}-map-{layer.unit}")


def _side_by_side(blocks: Sequence[Block]) -> list[Block]:
    """Two maps share a row; one alone has it to itself."""
    figures = [block for block in blocks if isinstance(block, FigureBlock)]
    return [replace(one, half=len(figures) > 1) if isinstance(one, FigureBlock) else one for one in blocks]


def _neighbours(inspection: Inspection) -> Block:
    found = neighbour_agreement(
        np.stack([song.prediction.embedding for song in inspection.songs]),
        np.array([song.truth for song in inspection.songs], dtype=np.int64),
        [inspection.groups[song.track.audio_id].artist_keys for song in inspection.songs],
        np.array([song.part == "test" for song in inspection.songs], dtype=np.bool_),
    )
    left_out = ""
    if found.unknown:
        left_out = f" Songs without any artist are left out ({found.unknown}), since they may be by anyone."
    if found.n == 0:
        told = "No test song has a neighbour by other artists, so nothing can be counted in the full space."
        return TextBlock(told + left_out)
    return TextBlock(
        f"Without any projection: of {found.n} test songs, {found.same} ({found.same / found.n:.0%}, 95 % interval "
        f"{percent_range(found.interval.low, found.interval.high)}) have a song of their own label as the nearest one "
        f"among songs by other artists. A neighbour picked blindly would be right for {found.chance:.0%}."
        f"{left_out}"
    )
