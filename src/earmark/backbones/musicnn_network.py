"""musicnn's network in torch: as its authors wrote it, and the same function folded for speed.

J. Pons and X. Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging" (arXiv 1909.06654);
the layers are those of ``build_musicnn`` in their package. Patches of log-mel, shape (batch, 187 frames, 96 bands), go
through wide filters over frequency (timbre) and tall ones over time (rhythm), each pooled over all of frequency; three
convolutions over time with residuals; mean and maximum over time; and a dense layer of 200, which is the embedding.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from earmark.errors import InputError

Variables = Mapping[str, npt.NDArray[np.float32]]

PATCH_FRAMES: Final = 187
BANDS: Final = 96
EMBEDDING_SIZE: Final = 200

_TIMBRAL_KERNELS: Final = ((7, 38), (7, 67))
_TIMBRAL_FILTERS: Final = 204
_TEMPORAL_KERNELS: Final = (128, 64, 32)
_TEMPORAL_FILTERS: Final = 51
_FRONT: Final = 2 * _TIMBRAL_FILTERS + 3 * _TEMPORAL_FILTERS
_MIDDLE: Final = 64
_MIDDLE_LENGTH: Final = 7
_ALL: Final = _FRONT + 3 * _MIDDLE
_EPSILON: Final = 1e-3
"""Batch norm's epsilon in TensorFlow."""


class _Block(nn.Module):
    """A convolution, ReLU and batch norm, in this order.

    Args:
        convolution: The convolution, over time or over time and frequency.
        norm: The norm over its output.
    """

    def __init__(self, convolution: nn.Conv1d | nn.Conv2d, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        super().__init__()
        self.convolution, self.norm = convolution, norm

    def forward(self, values: Tensor) -> Tensor:
        heard: Tensor = self.norm(functional.relu(self.convolution(_padded_in_time(values, self.convolution))))
        return heard


class Musicnn(nn.Module):
    """The network as its authors wrote it, up to the penultimate layer; its weights are drawn by torch's defaults."""

    def __init__(self) -> None:
        super().__init__()
        self.input_norm = nn.BatchNorm2d(1, eps=_EPSILON)
        front = [nn.Conv2d(1, _TIMBRAL_FILTERS, kernel) for kernel in _TIMBRAL_KERNELS]
        front += [nn.Conv2d(1, _TEMPORAL_FILTERS, (length, 1)) for length in _TEMPORAL_KERNELS]
        middle = [nn.Conv1d(size, _MIDDLE, _MIDDLE_LENGTH) for size in (_FRONT, _MIDDLE, _MIDDLE)]
        self.front = tuple(_Block(one, nn.BatchNorm2d(one.out_channels, eps=_EPSILON)) for one in front)
        self.middle = tuple(_Block(one, nn.BatchNorm1d(_MIDDLE, eps=_EPSILON)) for one in middle)
        self.blocks = nn.ModuleList([*self.front, *self.middle])
        self.pool_norm = nn.BatchNorm1d(2 * _ALL, eps=_EPSILON)
        self.dense = nn.Linear(2 * _ALL, EMBEDDING_SIZE)
        self.dense_norm = nn.BatchNorm1d(EMBEDDING_SIZE, eps=_EPSILON)

    def forward(self, patches: Tensor) -> Tensor:
        """Embed patches of shape (batch, frames, 96) as (batch, 200)."""
        normed = self.input_norm(patches.unsqueeze(1))
        front = torch.cat([block(normed).amax(dim=3) for block in self.front], dim=1)
        everything = torch.cat(_with_middle(front, self.middle), dim=1)
        # Maximum and mean stand beside each other for each channel, as TensorFlow flattened them.
        statistics = torch.stack([everything.amax(dim=2), everything.mean(dim=2)], dim=2).flatten(1)
        embedded: Tensor = self.dense_norm(functional.relu(self.dense(self.pool_norm(statistics))))
        return embedded

    def norms(self) -> list[nn.BatchNorm1d | nn.BatchNorm2d]:
        """Return the norms in the order in which TensorFlow numbered them."""
        blocks = (*self.front, *self.middle)
        return [self.input_norm, *(block.norm for block in blocks), self.pool_norm, self.dense_norm]


class FoldedMusicnn(nn.Module):
    """The same function with less work, for export.

    In a front block batch norm scales by g, and then the maximum over frequency is taken. Where g is negative, as it
    is for most filters of these networks, that is g times the minimum. So the filters of negative g are turned over,
    the maximum is taken of the bare convolution, and bias, ReLU and batch norm see one value a frame in place of 59.
    The norm over the pooled statistics goes into the dense layer.

    Args:
        network: The network, in evaluation mode.
    """

    signs: Tensor
    biases: Tensor

    def __init__(self, network: Musicnn) -> None:
        super().__init__()
        self.input_affine = _Affine(network.input_norm)
        affines = [_Affine(block.norm) for block in network.front]
        signs = [torch.where(affine.scale < 0, -1.0, 1.0) for affine in affines]
        self.front = tuple(_turned(block.convolution, sign) for block, sign in zip(network.front, signs, strict=True))
        self.middle = tuple(_FoldedBlock(block) for block in network.middle)
        self.blocks = nn.ModuleList([*self.front, *self.middle])
        self.register_buffer("signs", torch.cat(signs)[:, None])
        self.register_buffer("biases", torch.cat([_bias(block.convolution) for block in network.front])[:, None])
        self.front_affine = _Affine.of_all(affines)
        self.dense = _folded_dense(network.pool_norm, network.dense)
        self.dense_affine = _Affine(network.dense_norm)

    def forward(self, patches: Tensor) -> Tensor:
        """Embed patches of shape (batch, frames, 96) as (batch, 200)."""
        normed = self.input_affine(patches.unsqueeze(1))
        largest = torch.cat([turned(_padded_in_time(normed, turned)).amax(dim=3) for turned in self.front], dim=1)
        front = self.front_affine(functional.relu(largest * self.signs + self.biases))
        everything = torch.cat(_with_middle(front, self.middle), dim=1)
        statistics = torch.cat([everything.amax(dim=2), everything.mean(dim=2)], dim=1)
        embedded: Tensor = self.dense_affine(functional.relu(self.dense(statistics)))
        return embedded


class _Affine(nn.Module):
    """A batch norm in evaluation: each channel (axis 1) scaled and shifted."""

    scale: Tensor
    shift: Tensor

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        super().__init__()
        mean, variance = _statistics(norm)
        scale = norm.weight.data / torch.sqrt(variance + norm.eps)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", norm.bias.data - mean * scale)

    @classmethod
    def of_all(cls, affines: "Sequence[_Affine]") -> "_Affine":
        """Return one over the channels of all of them."""
        made = cls(nn.BatchNorm1d(1))
        made.scale = torch.cat([one.scale for one in affines])
        made.shift = torch.cat([one.shift for one in affines])
        return made

    def forward(self, values: Tensor) -> Tensor:
        axes = (1, -1, *([1] * (values.dim() - 2)))
        return values * self.scale.view(axes) + self.shift.view(axes)


class _FoldedBlock(nn.Module):
    """A block whose norm is an affine map."""

    def __init__(self, block: _Block) -> None:
        super().__init__()
        self.convolution, self.affine = block.convolution, _Affine(block.norm)

    def forward(self, values: Tensor) -> Tensor:
        heard: Tensor = self.affine(functional.relu(self.convolution(_padded_in_time(values, self.convolution))))
        return heard


def _with_middle(front: Tensor, middle: Sequence[nn.Module]) -> list[Tensor]:
    """Return the front and what the middle blocks make of it, each but the first added to the one before."""
    layers = [front]
    for block in middle:
        heard = block(layers[-1])
        layers.append(heard if len(layers) == 1 else heard + layers[-1])
    return layers


def _turned(convolution: nn.Conv1d | nn.Conv2d, sign: Tensor) -> nn.Conv2d:
    """Return a front convolution without bias, its filters of negative sign turned over."""
    turned = nn.Conv2d(1, convolution.out_channels, _kernel(convolution), bias=False)
    turned.weight.data = convolution.weight.data * sign[:, None, None, None]
    return turned


def _folded_dense(norm: nn.BatchNorm1d, dense: nn.Linear) -> nn.Linear:
    """Take the norm before a dense layer into it, and all maxima before all means."""
    affine = _Affine(norm)
    folded = nn.Linear(dense.in_features, dense.out_features)
    weight = dense.weight.data * affine.scale
    folded.weight.data = torch.cat([weight[:, 0::2], weight[:, 1::2]], dim=1)
    folded.bias.data = dense.bias.data + dense.weight.data @ affine.shift
    return folded


def _padded_in_time(values: Tensor, convolution: nn.Conv1d | nn.Conv2d) -> Tensor:
    """Pad time so that a convolution keeps the number of frames, as TensorFlow's ``same`` does.

    Time is the last axis of (batch, channels, frames) and the last but one of (batch, 1, frames, bands).
    """
    length = convolution.kernel_size[0]
    before, after = (length - 1) // 2, length - 1 - (length - 1) // 2
    return functional.pad(values, (before, after) if values.dim() == 3 else (0, 0, before, after))


def with_variables(variables: Variables) -> Musicnn:
    """Return the network with the weights of a checkpoint, in evaluation mode.

    Args:
        variables: What `earmark.backbones.from_tf_checkpoint.read_variables` read.

    Raises:
        InputError: A variable is missing or has another shape than the network's.
    """
    network = Musicnn()
    for number, block in enumerate((*network.front, *network.middle)):
        name, convolution = _numbered("conv2d", number), block.convolution
        kernel = _variable(variables, f"{name}/kernel").transpose(3, 2, 0, 1)
        # TensorFlow's middle kernels lie over all that was heard as if it were bands; here it is channels.
        _set(convolution.weight, kernel if isinstance(convolution, nn.Conv2d) else kernel[:, 0].swapaxes(1, 2))
        _set(_bias(convolution), _variable(variables, f"{name}/bias"))
    _set(network.dense.weight, _variable(variables, "dense/kernel").T)
    _set(network.dense.bias, _variable(variables, "dense/bias"))
    for number, norm in enumerate(network.norms()):
        name = _numbered("batch_normalization", number)
        mean, variance = _statistics(norm)
        for tensor, told in ((norm.weight, "gamma"), (norm.bias, "beta"), (mean, "moving_mean")):
            _set(tensor, _variable(variables, f"{name}/{told}"))
        _set(variance, _variable(variables, f"{name}/moving_variance"))
    return network.eval()


def with_random_weights(seed: int, patches: npt.NDArray[np.float32]) -> Musicnn:
    """Return the network with weights that have learnt nothing, in evaluation mode: the control.

    Kernels are normal with the variance 2 / inputs (K. He et al., arXiv 1502.01852), biases 0. Each batch norm gets
    mean and variance of what it sees of the patches, so that every layer works in its range, as in a trained network.

    Args:
        seed: Of the weights.
        patches: Log-mel of any sound, shape (patches, 187, 96), by which the norms are set.
    """
    rng = np.random.default_rng(seed)
    network = Musicnn()
    convolutions = [block.convolution for block in (*network.front, *network.middle)]
    for layer in (*convolutions, network.dense):
        deviation = np.sqrt(2 / np.prod(layer.weight.shape[1:]))
        _set(layer.weight, rng.normal(0.0, deviation, tuple(layer.weight.shape)))
        _bias(layer).data.zero_()
    for norm in network.norms():
        norm.momentum = None  # the statistics are those of the one pass below, not a blend with their start
    with torch.no_grad():
        network.train()(torch.from_numpy(patches))
    return network.eval()


def _set(tensor: Tensor, values: npt.NDArray[np.floating]) -> None:
    if tuple(tensor.shape) != values.shape:
        raise InputError(f"expected musicnn's weights of shape {tuple(tensor.shape)}, but {values.shape} came")
    tensor.data.copy_(torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)))


def _variable(variables: Variables, name: str) -> npt.NDArray[np.float32]:
    if name not in variables:
        raise InputError(f"expected a checkpoint of musicnn, but it has no variable {name}")
    return variables[name]


def _numbered(name: str, number: int) -> str:
    """Return a layer's name as TensorFlow numbers them: the first has no number."""
    return f"{name}_{number}" if number else name


def _bias(layer: nn.Conv1d | nn.Conv2d | nn.Linear) -> Tensor:
    """Return a layer's bias, which torch's types allow to be absent and no layer here leaves out."""
    return torch.empty(0) if layer.bias is None else layer.bias.data


def _statistics(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return a norm's mean and variance, which torch's types allow to be absent and no norm here leaves out."""
    empty = torch.empty(0)
    return (
        empty if norm.running_mean is None else norm.running_mean,
        empty if norm.running_var is None else norm.running_var,
    )


def _kernel(convolution: nn.Conv1d | nn.Conv2d) -> tuple[int, int]:
    rows, *bands = convolution.kernel_size
    return rows, bands[0] if bands else 1
