"""Training of Earmark's own network (see `earmark.models.dictionary`): dictionaries without labels, then a classifier.

Only the last layer sees labels. Its out-of-fold predictions cost next to nothing, because everything below it is
shared, and so do the rounds without a label from which the threshold of "none of these" comes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from earmark.errors import InputError
from earmark.models.dictionary import DictionaryNetwork, Textures
from earmark.models.fusion import Fusion, fit_fusion
from earmark.models.inputs import FloatArray, checked_features, read_slice, song_level
from earmark.models.networks import build_network
from earmark.models.spec import DictionarySettings, ModelSpec
from earmark.training.curves import write_curves
from earmark.training.held_out import (
    HeldOutFit,
    Linear,
    Rows,
    fit_with_held_out,
    fused_without,
    regression_curves,
    without_labels,
)
from earmark.training.songs import FitRequest, FitResult, HeldOut, Progress, SongSet, WithoutLabel

_STACK = 64
"""Slices that go through the network at once."""
_SLICES_FOR_PATCHES = 8
"""Slices of a song from which patches are drawn: enough places to meet its textures, few enough to read quickly."""


def fit_dictionary(request: FitRequest) -> FitResult:
    """Make the network from the training and validation songs together.

    Raises:
        InputError: The songs do not fit the model, or are of fewer than two labels.
    """
    began = time.perf_counter()
    settings = _settings(request.spec)
    network = build_network(request.spec, len(request.labels))
    if not isinstance(network, DictionaryNetwork):
        raise InputError(f"model {request.spec.name} is not Earmark's own network")
    songs = request.all_songs()
    blocks = _learn_blocks(request, network, songs, settings)
    fits = [_fit(request, rows, settings) for rows in blocks]
    fusing = fuse_blocks(fits, songs.labels, shrinkage=settings.shrinkage)
    _set_head(network, fits, fusing.weights)
    curves = regression_curves(fits[int(np.argmax(fusing.weights))])
    write_curves(request.run_dir, list(curves))
    without_label = _without_label(request, blocks, fits, fusing.weights, settings)
    return FitResult(
        spec=request.spec,
        labels=request.labels,
        seed=request.seed,
        model=network.eval(),
        curves=curves,
        best_epoch=1 + min(range(len(curves)), key=lambda at: curves[at]["val_loss"]),
        stopped="max_epochs",
        seconds=time.perf_counter() - began,
        precision="float32",
        songs=request.songs_per_label(),
        slices=_slices_per_label(request, blocks[0]),
        held_out=HeldOut(fusing.held_out, songs.labels, songs.groups, out_of_fold=True),
        without_label=without_label,
    )


def _fit(request: FitRequest, rows: Rows, settings: DictionarySettings) -> HeldOutFit:
    return fit_with_held_out(
        rows,
        n_labels=len(request.labels),
        penalties=settings.inverse_penalties,
        parts=settings.parts,
        balanced=settings.balanced,
        # The same parts for every block, so that no song is ever judged by one that learnt it.
        rng=np.random.default_rng([request.seed, 2]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class FusedBlocks:
    """How blocks are weighted.

    Attributes:
        weights: float64 of shape (blocks,), at least 0.
        held_out: Log-probabilities (songs, labels) of each song, by classifiers and weights that never learnt it.
    """

    weights: NDArray[np.float64]
    held_out: NDArray[np.float64]


def fuse_blocks(fits: Sequence[HeldOutFit], labels: NDArray[np.int64], *, shrinkage: float) -> FusedBlocks:
    """Choose the blocks' weights by what each said of songs that it had not learnt (`earmark.models.fusion`).

    Args:
        fits: The blocks' classifiers, which held out the same parts.
        labels: Label index of each song, shape (songs,).
        shrinkage: Strength of the pull of the weights towards their mean.
    """
    said = {f"{at:03d}": one.held_out.log_probs for at, one in enumerate(fits)}
    every = tuple(said)

    def weights(use: NDArray[np.bool_]) -> tuple[Fusion, NDArray[np.float64]]:
        some = {name: values[use] for name, values in said.items()}
        fusion = fit_fusion(some, labels[use], shrinkage=shrinkage, tags_needed=False)
        return fusion, np.array(fusion.weights[every])

    held_out = np.zeros_like(said[every[0]])
    for part in np.unique(fits[0].part_of):
        left_out = fits[0].part_of == part
        fusion, _ = weights(~left_out) if not left_out.all() else weights(left_out)
        held_out[left_out] = fusion.combine({name: values[left_out] for name, values in said.items()})
    return FusedBlocks(weights(np.ones(len(labels), dtype=bool))[1], held_out)


def _set_head(network: DictionaryNetwork, fits: Sequence[HeldOutFit], weights: NDArray[np.float64]) -> None:
    """The weighted sum of the blocks' log-probabilities is, but for what is the same for all labels, that of logits."""
    pairs = list(zip(weights, (one.linear for one in fits), strict=True))
    weight = np.concatenate([share * linear.weight for share, linear in pairs], axis=1)
    set_linear(network.head, Linear(weight, np.sum([share * linear.bias for share, linear in pairs], axis=0)))


def _without_label(
    request: FitRequest,
    blocks: Sequence[Rows],
    fits: Sequence[HeldOutFit],
    weights: NDArray[np.float64],
    settings: DictionarySettings,
) -> tuple[WithoutLabel, ...]:
    n_labels = len(request.labels)
    each = [
        without_labels(rows, fitted, n_labels=n_labels, balanced=settings.balanced)
        for rows, fitted in zip(blocks, fits, strict=True)
    ]
    return tuple(fused_without(together, weights) for together in zip(*each, strict=True))


def _learn_blocks(
    request: FitRequest, network: DictionaryNetwork, songs: SongSet, settings: DictionarySettings
) -> list[Rows]:
    """Set everything below the classifier, and return each block's embeddings of the songs' slices."""
    rng, steps = np.random.default_rng([request.seed, 1]), len(network.blocks) + 1
    with torch.inference_mode():
        drawn, _ = _slices(request.spec, songs, most=_SLICES_FOR_PATCHES, rng=rng)
        for at, block in enumerate(network.blocks):
            if isinstance(block, Textures):
                learn_textures(block, drawn, settings=settings, rng=rng)
            _tell(request, at + 1, steps)
        slices, song_of = _slices(request.spec, songs, most=settings.slices_per_song)
        statistics = _statistics(network, slices)
        per_song = 1.0 / np.bincount(song_of)[song_of]
        blocks = []
        for project, values in zip(network.projections, statistics, strict=True):
            if isinstance(project, nn.Linear):
                set_projection(project, values, per_song)
                embedded = project(torch.from_numpy(values)).numpy()
                blocks.append(Rows(embedded, song_of, songs.labels, songs.groups))
        _tell(request, steps, steps)
    return blocks


def learn_textures(
    textures: Textures,
    slices: FloatArray,
    *,
    settings: DictionarySettings,
    rng: np.random.Generator,
) -> None:
    """Set one dictionary from slices: whitening, atoms by spherical k-means, thresholds.

    Args:
        textures: What is set.
        slices: Level-free slices, float32 of shape (slices, frames, n_mels).
        settings: Numbers of patches and rounds.
        rng: Draws patches and first atoms.
    """
    frames = textures.whiten.kernel_size[0]
    patches = _draw_patches(slices, frames, textures.together, settings.patches, rng)
    mean = patches.mean(dim=0)
    centred = patches - mean
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(centred))
    keep = min(textures.whiten.out_channels, centred.shape[1], len(centred))
    variances, directions = variances.flip(0)[:keep].clamp(min=0), directions.flip(1)[:, :keep]
    scale = torch.zeros(textures.whiten.out_channels)
    scale[:keep] = 1 / torch.sqrt(variances + settings.ridge * variances[0] + 1e-12)
    basis = torch.zeros(centred.shape[1], textures.whiten.out_channels)
    basis[:, :keep] = directions
    basis = basis * scale
    white = centred @ basis
    atoms = spherical_k_means(white, textures.atoms.out_channels, rounds=settings.rounds, rng=rng)
    likeness = white[:_ROWS_FOR_THRESHOLDS] @ atoms.T
    thresholds = torch.quantile(likeness, settings.silent, dim=0)
    n_mels = slices.shape[2]
    # A patch is (frames, n_mels) in a row; a convolution's kernel is (n_mels, frames).
    textures.whiten.weight.copy_(basis.T.reshape(-1, frames, n_mels).transpose(1, 2))
    textures.whiten.bias.copy_(-(mean @ basis))  # type: ignore[union-attr]  # a Conv1d has a bias unless told otherwise
    textures.atoms.weight.copy_(atoms.unsqueeze(2))
    textures.atoms.bias.copy_(-thresholds)  # type: ignore[union-attr]


_ROWS_FOR_THRESHOLDS = 5000


def spherical_k_means(rows: torch.Tensor, k: int, *, rounds: int, rng: np.random.Generator) -> torch.Tensor:
    """Unit vectors that point where rows do (Coates and Ng 2012): each row goes to the most alike, which turns to it.

    Args:
        rows: Shape (n, columns), float32.
        k: How many vectors.
        rounds: How often they turn.
        rng: Draws the first vectors, and new ones for those to which no row goes.

    Returns:
        float32 of shape (k, columns), each of length 1.
    """

    def draw(n: int) -> torch.Tensor:
        return rows[torch.from_numpy(rng.choice(len(rows), n, replace=n > len(rows)))]

    centres = nn.functional.normalize(draw(k))
    for _ in range(rounds):
        likeness, nearest = (rows @ centres.T).max(dim=1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, rows * likeness.unsqueeze(1))
        empty = sums.norm(dim=1) < _EMPTY
        if bool(empty.any()):
            sums[empty] = draw(int(empty.sum()))
        centres = nn.functional.normalize(sums)
    return centres


_EMPTY = 1e-3


def set_projection(layer: torch.nn.Linear, statistics: FloatArray, weights: NDArray[np.float64]) -> None:
    """Standardise columns and project them on their principal components, in one linear layer.

    The components keep their variances: a penalty on the classifier's weights then trusts strong directions more, as
    it does in front of the projection.

    Args:
        layer: What is set; outputs beyond the number of components stay 0.
        statistics: float32 of shape (rows, columns).
        weights: Weight of each row, shape (rows,).
    """
    share = weights / weights.sum()
    exact = statistics.astype(np.float64)
    mean = share @ exact
    deviation = np.sqrt(share @ (exact - mean) ** 2)
    scale = np.where(deviation > 1e-6, 1 / np.maximum(deviation, 1e-6), 0.0)
    columns = (exact - mean) * scale
    variances, directions = np.linalg.eigh((columns * share[:, None]).T @ columns)
    keep = min(layer.out_features, len(variances), len(statistics))
    basis = np.zeros((layer.out_features, statistics.shape[1]))
    basis[:keep] = directions[:, ::-1][:, :keep].T
    weight = basis * scale
    layer.weight.copy_(torch.from_numpy(weight).float())
    layer.bias.copy_(torch.from_numpy(-(weight @ mean)).float())


def set_linear(layer: torch.nn.Linear, linear: Linear) -> None:
    """Give a layer the weights of a fitted classifier."""
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(linear.weight).float())
        layer.bias.copy_(torch.from_numpy(linear.bias).float())


def _settings(spec: ModelSpec) -> DictionarySettings:
    if not isinstance(spec.training, DictionarySettings):
        raise InputError(f"model {spec.name} is not Earmark's own network")
    return spec.training


def _slices(
    spec: ModelSpec, songs: SongSet, *, most: int, rng: np.random.Generator | None = None
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Level-free slices of every song, and the song of each: at random places, or evenly over it without chance."""
    frames = spec.slice_frames
    if frames is None:
        raise InputError(f"model {spec.name} has no slices")
    slices, song_of = [], []
    for index in range(len(songs.labels)):
        features = checked_features(spec, songs.songs, index)
        level = song_level(features)
        for start in _starts(len(features), frames, most, rng):
            slices.append(read_slice(features, start, frames=frames) - level)
            song_of.append(index)
    return np.stack(slices), np.asarray(song_of, dtype=np.int64)


def _starts(n_frames: int, frames: int, most: int, rng: np.random.Generator | None) -> list[int]:
    last = max(n_frames - frames, 0)
    n = min(most, max(n_frames // frames, 1))
    if rng is not None:
        return sorted(int(start) for start in rng.integers(0, last, n, endpoint=True))
    return [round(last * (at + 0.5) / n) if n > 1 else last // 2 for at in range(n)]


def _statistics(network: DictionaryNetwork, slices: FloatArray) -> list[FloatArray]:
    """The statistics of each block, float32 (slices, size of the block)."""
    stacks = (torch.from_numpy(slices[first : first + _STACK]) for first in range(0, len(slices), _STACK))
    each = [[one.numpy() for one in network.statistics(stack)] for stack in stacks]
    return [np.concatenate(parts) for parts in zip(*each, strict=True)]


def _draw_patches(slices: FloatArray, frames: int, together: int, n: int, rng: np.random.Generator) -> torch.Tensor:
    """Patches at random places, float32 of shape (n, frames * n_mels)."""
    which = rng.integers(0, len(slices), n)
    starts = rng.integers(0, slices.shape[1] - frames * together, n, endpoint=True)
    patches = np.empty((n, frames, slices.shape[2]), dtype=np.float32)
    for first in range(0, n, _PATCHES_AT_ONCE):
        some = slice(first, first + _PATCHES_AT_ONCE)
        places = starts[some, None] + np.arange(frames * together)
        fine = slices[which[some, None], places]
        patches[some] = fine.reshape(len(fine), frames, together, -1).mean(axis=2)
    return torch.from_numpy(patches.reshape(n, -1))


_PATCHES_AT_ONCE = 2000


def _slices_per_label(request: FitRequest, rows: Rows) -> dict[str, dict[str, int]]:
    n_train = len(request.train.labels)
    counts = {}
    for part, inside in (("train", rows.song_of < n_train), ("validation", rows.song_of >= n_train)):
        each = np.bincount(rows.labels[rows.song_of[inside]], minlength=len(request.labels))
        counts[part] = {label: int(n) for label, n in zip(request.labels, each, strict=True)}
    return counts


def _tell(request: FitRequest, step: int, steps: int) -> None:
    if request.progress is not None:
        request.progress(Progress(1, 1, step, steps, {}))
