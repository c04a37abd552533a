"""The convolutional recurrent network: slices of log-mel spectrogram in, label logits out.

The layers are those of Nasrullah and Zhao (2019), for the defaults of 128 mel bands and 94 frames:

======================================  =====================  ============
layer                                   output, without batch  parameters
======================================  =====================  ============
batch norm, each mel band its own       94 x 128               512
block 1: 64 filters, pool 2 x 2         47 x 64 x 64           896
block 2: 128 filters, pool 2 x 4        23 x 16 x 128          74,368
block 3: 128 filters, pool 2 x 4        11 x 4 x 128           148,096
block 4: 128 filters, pool 2 x 4        5 x 1 x 128            148,096
GRU 32, the sequence                    5 x 32                 15,552
GRU 32, the last state (the embedding)  32                     6,336
dropout 0.3, dense                      labels                 33 a label
======================================  =====================  ============

A block is `earmark.models.layers.ConvBlock`, its output above is (frames, mel bands, channels) and its pool (time,
frequency). With 20 labels that is 394,516 parameters as Keras counts them (`parameter_count`), of which 1,152 are
batch norm's moving means and variances and 393,364 are trained. Weights start as in Keras: Glorot uniform, orthogonal
recurrent ones, biases at 0; batch norm's constants are explained where they stand in `earmark.models.layers`.

Precision: under ``torch.autocast("cpu", dtype=torch.bfloat16)`` the blocks work in bfloat16; the norm at the input,
the GRUs and the dense layer always in float32, as they cost next to nothing.

References:
    Nasrullah, Zhao: Music artist classification with convolutional recurrent neural networks. IJCNN 2019,
    arXiv 1901.04555.
    Glorot, Bengio (2010) and Saxe, McClelland, Ganguli (2014), for the initial weights.
"""

import torch
from torch import Tensor, nn

from earmark.errors import InputError
from earmark.models.layers import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, ConvBlock

FILTERS = (64, 128, 128, 128)
"""Filters of the four blocks."""

POOLS = ((2, 2), (2, 4), (2, 4), (2, 4))
"""Pools of the four blocks as (time, frequency)."""

EMBEDDING_SIZE = 32
"""Size of the bottleneck, the last GRU's state."""

MIN_FRAMES = 16
"""The shortest input of which a frame is left after four pools."""

MIN_MELS = 128
"""The fewest mel bands of which one is left after four pools."""


class CRNN(nn.Module):
    """The CRNN of the paper.

    Args:
        n_labels: Number of labels, at least 1.
        n_mels: Mel bands of the input, at least `MIN_MELS`.

    Raises:
        InputError: There is no label, or there are too few mel bands.
    """

    def __init__(self, n_labels: int, *, n_mels: int = 128) -> None:
        super().__init__()
        if n_labels < 1:
            raise InputError(f"a CRNN needs at least 1 label to choose from, got {n_labels}")
        if n_mels < MIN_MELS:
            raise InputError(f"a CRNN pools {MIN_MELS} mel bands into one, so it needs that many or more, got {n_mels}")
        self.n_labels, self.n_mels = n_labels, n_mels
        self.band_norm = nn.BatchNorm1d(n_mels, eps=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM)
        sizes = zip((1, *FILTERS[:-1]), FILTERS, POOLS, strict=True)
        self.blocks = nn.Sequential(*(ConvBlock(i, o, pool=pool, dropout=0.1) for i, o, pool in sizes))
        bands_left = n_mels // MIN_MELS
        self.gru = nn.GRU(FILTERS[-1] * bands_left, EMBEDDING_SIZE, num_layers=2, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(EMBEDDING_SIZE, n_labels)
        self._start_as_keras()

    def embed(self, x: Tensor) -> Tensor:
        """The bottleneck in front of the last dropout and the dense layer.

        Args:
            x: (batch, frames, n_mels), float32, log-mel power in dB; at least `MIN_FRAMES` frames.

        Returns:
            (batch, 32), float32, in [-1, 1].

        Raises:
            InputError: The shape is another one.
        """
        # A traced graph has its shape already, and cannot raise.
        if not torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]  # torch leaves it unlisted
            self._check(x)
        # One channel, with the strides of channels_last, so that the convolutions choose that layout.
        batch, frames, bands = x.shape
        image = self.band_norm(x.flatten(0, 1)).reshape(batch, frames, bands, 1).permute(0, 3, 1, 2)
        maps = self.blocks(image)
        with torch.autocast(x.device.type, enabled=False):
            sequence = maps.permute(0, 2, 3, 1).flatten(2).float()
            last: Tensor = self.gru(sequence)[0][:, -1]
        return last

    def forward(self, x: Tensor) -> Tensor:
        """Logits of slices.

        Args:
            x: (batch, frames, n_mels), float32, log-mel power in dB; at least `MIN_FRAMES` frames.

        Returns:
            (batch, n_labels), float32; their softmax are the labels' probabilities.

        Raises:
            InputError: The shape is another one.
        """
        embedding = self.embed(x)
        with torch.autocast(x.device.type, enabled=False):
            logits: Tensor = self.head(self.dropout(embedding))
        return logits

    def _check(self, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[2] != self.n_mels or x.shape[1] < MIN_FRAMES:
            raise InputError(
                f"a CRNN takes (batch, frames, {self.n_mels}) with at least {MIN_FRAMES} frames, got {tuple(x.shape)}; "
                "lengthen the slices, or use the feature settings that the model was made for"
            )

    @torch.no_grad()
    def _start_as_keras(self) -> None:
        for name, parameter in self.named_parameters():
            if "norm" in name:
                continue  # scale 1 and offset 0 in Keras and torch alike
            if parameter.ndim == 1:
                nn.init.zeros_(parameter)
            elif "weight_hh" in name:
                nn.init.orthogonal_(parameter)
            else:
                nn.init.xavier_uniform_(parameter)


def parameter_count(module: nn.Module) -> int:
    """Number of parameters as Keras counts them: trained ones and batch norm's moving means and variances.

    Args:
        module: Any network.

    Returns:
        The number of elements of all parameters and all floating point buffers.
    """
    moving = (buffer for buffer in module.buffers() if buffer.is_floating_point())
    return sum(tensor.numel() for tensor in (*module.parameters(), *moving))
