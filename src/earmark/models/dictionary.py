"""Earmark's own network: dictionaries of sound textures learnt without labels, and rhythm, under a linear classifier.

A song's level (the mean over all its values in dB) is taken off before it is cut into slices, so that gain says nothing
and the difference between a quiet intro and a loud drop is kept. A slice then goes through blocks side by side.

A block of textures, one for each time scale:

1. Frames are averaged in groups (1 for the finest scale), and every patch of some groups is whitened: projected on the
   principal components of all patches and scaled to equal variance (a convolution).
2. Each whitened patch is compared with the atoms of a dictionary; what exceeds an atom's threshold passes (a 1 x 1
   convolution and a rectifier). An atom is a spectro-temporal texture: a kick with its tail, a chord's partials, hiss.
3. Over the slice, mean and deviation of each atom's activity are taken, and their square roots: how much of each
   texture there is, and how unevenly.

A block of rhythm: the power at which each of some bands of frequency swings at each of some rates, on a logarithmic
scale (a modulation spectrum): how fast, how straight, how gated.

The statistics of each block are standardised and projected on their principal components, which side by side are the
embedding, and a linear layer gives a logit for each label.

Textures are single-layer unsupervised feature learning (Coates and Ng, "Learning feature representations with k-means",
2012), which Dieleman and Schrauwen ("Multiscale approaches to music audio feature learning", ISMIR 2013) took to music
at several time scales; modulation spectra go back to Houtgast and Steeneken (1985) and, for music, to Pampalk, Rauber
and Merkl, "Content-based organization and visualization of music archives" (2002). Nothing up to the embedding has seen
a label, so that with a few dozen songs of a label there is little to overfit; `earmark.training.dictionary` says how
each layer is set, and ``docs/results/model-log.md`` what else was tried.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from earmark.errors import InputError

_TINY = 1e-8

RHYTHM_BANDS = 16
"""Bands of frequency of which rhythm is told."""

RHYTHM_EDGES = np.geomspace(0.25, 15.6, 15)
"""Edges of the ranges of rates in hertz, from a bar to half the rate of the frames."""


class Textures(nn.Module):
    """Statistics of one dictionary's activity over a slice.

    Args:
        n_mels: Mel bands of the input.
        together: Frames that are averaged into one.
        frames: Averaged frames of a patch.
        components: Principal components kept.
        atoms: Atoms of the dictionary.
        hop: Averaged frames from one patch to the next.
    """

    def __init__(self, *, n_mels: int, together: int, frames: int, components: int, atoms: int, hop: int) -> None:
        super().__init__()
        self.together = together
        self.size = 2 * atoms
        self.whiten = nn.Conv1d(n_mels, components, frames, stride=hop)
        self.atoms = nn.Conv1d(components, atoms, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Square roots of mean and deviation of each activity, (batch, 2 * atoms), of x (batch, n_mels, frames)."""
        coarse = nn.functional.avg_pool1d(x, self.together) if self.together > 1 else x
        active = torch.relu(self.atoms(self.whiten(coarse)))
        mean = active.mean(dim=2)
        variance = (active - mean.unsqueeze(2)).square().mean(dim=2)
        return torch.cat([(mean + _TINY).sqrt(), (variance + _TINY).sqrt().sqrt()], dim=1)


class Rhythm(nn.Module):
    """Modulation spectrum of a slice: the logarithmic power at which bands swing at rates, each over its own range.

    Args:
        n_mels: Mel bands of the input, at least `RHYTHM_BANDS`.
        frames: Frames of a slice.
        frames_per_second: Frames in a second.
    """

    fourier: Tensor
    rates: Tensor

    def __init__(self, *, n_mels: int, frames: int, frames_per_second: float) -> None:
        super().__init__()
        self.bands = min(RHYTHM_BANDS, n_mels)
        self.width = n_mels // self.bands
        hertz = np.fft.rfftfreq(frames, 1 / frames_per_second)
        # Each range holds a line of the spectrum at least: for short slices some of them hold the same one.
        middles = np.sqrt(RHYTHM_EDGES[:-1] * RHYTHM_EDGES[1:])
        inside = (hertz >= RHYTHM_EDGES[:-1, None]) & (hertz < RHYTHM_EDGES[1:, None])
        nearest = np.abs(hertz[None] - middles[:, None]).argmin(axis=1)
        inside[np.arange(len(middles)), nearest] = True
        time = np.arange(frames)[:, None] * np.arange(len(hertz))[None] * (2 * np.pi / frames)
        taper = np.hanning(frames + 2)[1:-1, None]
        waves = np.concatenate([np.cos(time) * taper, np.sin(time) * taper], axis=1)
        self.size = self.bands * len(middles)
        self.register_buffer("fourier", torch.from_numpy(waves).float(), persistent=False)
        shares = inside / inside.sum(axis=1, keepdims=True)
        self.register_buffer("rates", torch.from_numpy(shares.T.copy()).float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logarithmic powers (batch, bands * rates) of x (batch, n_mels, frames)."""
        used = x[:, : self.bands * self.width]
        bands = used.reshape(-1, self.bands, self.width, self.fourier.shape[0]).mean(dim=2)
        swing = (bands - bands.mean(dim=2, keepdim=True)) @ self.fourier
        real, imaginary = swing.chunk(2, dim=2)
        spectrum = (real.square() + imaginary.square() + 1.0).log()
        return (spectrum @ self.rates).flatten(1)


class DictionaryNetwork(nn.Module):
    """The network.

    Args:
        n_labels: Number of labels, at least 1.
        blocks: Its blocks, each with the ``size`` of its statistics.
        n_mels: Mel bands of the input.
        frames: Frames of a slice.
        embedding_size: Size of each block's share of the embedding.

    Raises:
        InputError: A number is below 1, or there is no block.
    """

    def __init__(
        self,
        n_labels: int,
        blocks: Sequence[Textures | Rhythm],
        *,
        n_mels: int,
        frames: int,
        embedding_size: int,
    ) -> None:
        super().__init__()
        if not blocks or min(n_labels, n_mels, frames, embedding_size) < 1:
            raise InputError("an own network has a block, a label, a band and a frame at least")
        self.n_mels, self.frames, self.embedding_size = n_mels, frames, embedding_size
        self.blocks = nn.ModuleList(blocks)
        self.projections = nn.ModuleList(nn.Linear(block.size, embedding_size) for block in blocks)
        self.head = nn.Linear(embedding_size * len(blocks), n_labels)

    def statistics(self, x: Tensor) -> list[Tensor]:
        """The statistics of each block, (batch, size of the block).

        Args:
            x: (batch, frames, n_mels), float32, log-mel power in dB above the song's mean.

        Raises:
            InputError: The shape is another one.
        """
        if not torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]  # torch leaves it unlisted
            self._check(x)
        bands = x.transpose(1, 2)
        return [block(bands) for block in self.blocks]

    def embed(self, x: Tensor) -> Tensor:
        """The embedding (batch, blocks * embedding_size) of slices; raises as `statistics`."""
        pairs = zip(self.projections, self.statistics(x), strict=True)
        return torch.cat([project(statistics) for project, statistics in pairs], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (batch, n_labels) of slices; raises as `statistics`."""
        logits: Tensor = self.head(self.embed(x))
        return logits

    def _check(self, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[1:] != (self.frames, self.n_mels):
            raise InputError(
                f"this network takes (batch, {self.frames}, {self.n_mels}), got {tuple(x.shape)}; use the slice length "
                "and the feature settings that the model was made for"
            )
