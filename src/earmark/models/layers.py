"""The CRNN's convolution block: conv 3x3 same, ELU, batch norm per channel, max-pool, dropout.

`ConvBlock` is that chain of five. In evaluation it runs as five plain `torch.nn` layers, so that an exported graph
holds standard operators only. In training on a CPU the same mathematics is done in fewer passes over memory, since
there the elementwise passes, and not the convolutions, took most of the step:

* ELU is computed by exp2, twice as fast as torch's expm1.
* Batch norm follows max-pool. Its affine map is monotone in each channel, so that ``pool(norm(a)) == norm(pool(a))``
  where gamma is not negative (elsewhere the minimum is pooled); only the statistics need the whole map. Its gradients
  need sums over the pooled places alone.
* Dropout's mask comes from 16 random bits an element of a fast generator; its factor is folded into the affine map.
* The gradient at the input of a convolution with one input channel is a 1x1 convolution to 9 taps, shifted and summed.

Images are (batch, channels, time, frequency) in ``torch.channels_last`` memory, float32 or, under
``torch.autocast("cpu", torch.bfloat16)``, bfloat16; statistics and parameters are float32 throughout.
Results do not depend on the path beyond rounding and, for dropout, the draw; both paths follow ``torch.manual_seed``.

References:
    Clevert, Unterthiner, Hochreiter: Fast and accurate deep network learning by exponential linear units (2016).
    Ioffe, Szegedy: Batch normalization (2015), the gradients in section 3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from earmark.errors import InputError

BATCH_NORM_EPSILON = 1e-3
"""Keras' default, which the published script used; torch's is 1e-5."""

BATCH_NORM_MOMENTUM = 0.1
"""Share of the newest batch in the running statistics: torch's default, not Keras' 0.01.

The running statistics start at 0 and 1 while the input is tens of decibels below 0. At 0.01 a third of that start is
left after 100 steps, an epoch or more of a small collection, and early stopping would watch that and not the network.
"""

_CHUNK = 3 << 19  # elements worked on at a time, so that what one pass writes the next one finds in the cache
_DROP_LEVELS = 1 << 15  # a dropout probability is a multiple of 1 / 32768
_BITS = {
    torch.bfloat16: torch.int16,
    torch.float16: torch.int16,
    torch.float32: torch.int32,
    torch.float64: torch.int64,
}


class ConvBlock(nn.Module):
    """Conv 3x3 same, ELU, batch norm per channel, max-pool, dropout.

    Args:
        in_channels: Channels of the input.
        out_channels: Filters.
        pool: Window and stride of the max-pool as (time, frequency), powers of two; a remainder at the end is dropped.
        dropout: Probability of zeroing an element while training, in [0, 1).

    Raises:
        InputError: A side of the pool is not a power of two.
    """

    def __init__(self, in_channels: int, out_channels: int, *, pool: tuple[int, int], dropout: float) -> None:
        super().__init__()
        if any(side < 1 or side & (side - 1) for side in pool):
            raise InputError(f"a block pools by powers of two, as it halves axes while it trains, got {pool}")
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.activation = nn.ELU()
        self.norm = nn.BatchNorm2d(out_channels, eps=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM)
        self.pool = nn.MaxPool2d(pool)
        self.dropout = nn.Dropout(dropout)
        self._pool_size = pool

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block.

        Args:
            x: (batch, in_channels, time, frequency), floating point, best in ``torch.channels_last`` memory.

        Returns:
            (batch, out_channels, time // pool[0], frequency // pool[1]), of the convolution's type.
        """
        if self.norm.training and x.device.type == "cpu":
            return self._forward_fused(x)
        return self.forward_plain(x)

    def forward_plain(self, x: Tensor) -> Tensor:
        """Apply the block as five plain layers: its definition, and what is exported.

        Args:
            x: As for `forward`.

        Returns:
            As `forward`.
        """
        y: Tensor = self.dropout(self.pool(self.norm(self.activation(self.conv(x)))))
        return y

    def _forward_fused(self, x: Tensor) -> Tensor:
        z = self._convolve(x)
        batch, channels, time, frequency = z.shape
        with torch.autocast("cpu", enabled=False):
            mask = None
            if self.dropout.training and self.dropout.p > 0:
                pooled = (batch, time // self._pool_size[0], frequency // self._pool_size[1], channels)
                mask = draw_mask(pooled, probability=self.dropout.p, dtype=z.dtype)
            return elu_norm_pool(z, self.norm, pool=self._pool_size, mask=mask)

    def _convolve(self, x: Tensor) -> Tensor:
        if self.conv.in_channels > 1 or self.conv.bias is None:
            return cast(Tensor, self.conv(x))
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        with torch.autocast("cpu", enabled=False):
            return conv_one_channel(x.to(dtype), self.conv.weight.to(dtype), self.conv.bias.to(dtype))


def conv_one_channel(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """3x3 same convolution of one channel, with a cheap gradient at its input.

    Args:
        x: (batch, 1, time, frequency).
        weight: (filters, 1, 3, 3), of x's type.
        bias: (filters,), of x's type.

    Returns:
        (batch, filters, time, frequency).
    """
    return cast(Tensor, _ConvOneChannel.apply(x, weight, bias))  # type: ignore[no-untyped-call]  # torch's is untyped


class _ConvOneChannel(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return functional.conv2d(x, weight, bias, padding=1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        ones, zeros = [1, 1], [0, 0]
        _, grad_weight, grad_bias = torch.ops.aten.convolution_backward(
            grad, x, weight, [len(weight)], ones, ones, ones, False, zeros, 1, [False, True, True]
        )
        return (_input_gradient(grad, weight) if ctx.needs_input_grad[0] else None), grad_weight, grad_bias


def _input_gradient(grad: Tensor, weight: Tensor) -> Tensor:
    """Sum over the filters first (one matrix product), then over the 9 taps; oneDNN's own takes 5 times as long."""
    batch, _, time, frequency = grad.shape
    taps = functional.conv2d(grad, weight.reshape(-1, 9).t().reshape(9, -1, 1, 1))
    wide = torch.promote_types(grad.dtype, torch.float32)
    padded = torch.zeros(batch, time + 2, frequency + 2, dtype=wide)
    for tap in range(9):
        row, column = divmod(tap, 3)
        padded[:, row : row + time, column : column + frequency].add_(taps[:, tap])
    return padded[:, None, 1:-1, 1:-1].to(grad.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class DropoutMask:
    """Which elements dropout keeps, and their factor.

    Attributes:
        keep: Integers as wide as the elements: -1, all bits, keeps and 0 drops; combined with them by bitwise and.
        scale: Factor of the elements kept, by which the expectation stays.
    """

    keep: Tensor
    scale: float

    def apply(self, x: Tensor) -> Tensor:
        """A copy of x, of the mask's shape, with the dropped elements at 0 and the kept ones without their factor."""
        return torch.bitwise_and(x.view(self.keep.dtype), self.keep).view(x.dtype)


def draw_mask(shape: Sequence[int], *, probability: float, dtype: torch.dtype) -> DropoutMask:
    """Draw a dropout mask, following torch's default CPU generator.

    `torch.nn.functional.dropout` draws a double for each element from a Mersenne twister, which took a sixth of the
    training step. Here 15 bits decide, so that the probability is rounded to a multiple of 1 / 32768 (0.1 becomes
    0.100006), and numpy's SFC64 delivers them, seeded by one draw from torch's generator.

    Args:
        shape: The mask's shape.
        probability: Probability of dropping an element, in [0, 1).
        dtype: Floating point type of the elements to be masked.

    Returns:
        The mask; its factor is 1 / (1 - the rounded probability).
    """
    threshold = round(probability * _DROP_LEVELS)
    count = math.prod(shape)
    seed = int(torch.randint(torch.iinfo(torch.int64).max, ()))
    words = torch.from_numpy(np.random.SFC64(seed).random_raw((count + 3) // 4).view(np.int64))
    draws = words.view(torch.int16)[:count].bitwise_and_(_DROP_LEVELS - 1)
    keep = (threshold - 1 - draws).bitwise_right_shift_(15)  # negative, then all bits set, from the threshold on
    return DropoutMask(keep.view(*shape).to(_BITS[dtype]), _DROP_LEVELS / (_DROP_LEVELS - threshold))


def elu_norm_pool(z: Tensor, norm: nn.BatchNorm2d, *, pool: tuple[int, int], mask: DropoutMask | None = None) -> Tensor:
    """ELU, batch norm with the batch's statistics, max-pool and dropout, as one differentiable step.

    Args:
        z: (batch, channels, time, frequency), floating point.
        norm: The affine parameters, epsilon and momentum; its running statistics are updated.
        pool: Window and stride as (time, frequency), powers of two.
        mask: Dropout's mask of shape (batch, time // pool[0], frequency // pool[1], channels), or None for no dropout.

    Returns:
        (batch, channels, time // pool[0], frequency // pool[1]) of z's type, in ``torch.channels_last`` memory. It can
        be differentiated once.
    """
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.add_(1)
    chain = _Chain(norm, pool, mask)
    y = _EluNormPool.apply(z, norm.weight, norm.bias, chain)  # type: ignore[no-untyped-call]  # torch's is untyped
    return cast(Tensor, y)


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """What the fused step needs beside tensors to be differentiated."""

    norm: nn.BatchNorm2d
    pool: tuple[int, int]
    mask: DropoutMask | None

    @property
    def scale(self) -> float:
        return self.mask.scale if self.mask else 1.0

    @property
    def axes(self) -> list[int]:
        """Axes of a map to halve one after the other; time last, so that of equals the first in reading order wins."""
        return [2] * (self.pool[1].bit_length() - 1) + [1] * (self.pool[0].bit_length() - 1)


class _EluNormPool(torch.autograd.Function):
    """Works on views with the channels last, (batch, time, frequency, channels), called maps below."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, gamma: Tensor, beta: Tensor, chain: _Chain) -> Tensor:
        norm = chain.norm
        a = _elu(z.permute(0, 2, 3, 1).contiguous())
        mean, variance = torch.batch_norm_update_stats(
            a.permute(0, 3, 1, 2), norm.running_mean, norm.running_var, cast(float, norm.momentum)
        )
        # Where gamma is negative the largest result comes of the smallest input: turn those channels over.
        sign = None if bool((gamma >= 0).all()) else torch.where(gamma < 0, -1.0, 1.0).to(a.dtype)
        rounds = [a if sign is None else a * sign]
        for axis in chain.axes:
            rounds.append(torch.maximum(*_pairs(rounds[-1], axis)))
        best = rounds.pop() if sign is None else rounds.pop() * sign
        y = _affine(best, gamma * chain.scale, beta * chain.scale, mean=mean, variance=variance, eps=norm.eps)
        if chain.mask:
            y = chain.mask.apply(y)
        ctx.chain = chain
        ctx.save_for_backward(a, best, gamma, mean, variance, *rounds)
        return y.permute(0, 3, 1, 2)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        a, best, gamma, mean, variance, *rounds = ctx.saved_tensors
        chain, eps = ctx.chain, ctx.chain.norm.eps
        g = grad.permute(0, 2, 3, 1)
        g = chain.mask.apply(g) if chain.mask else g
        # Batch norm's output is used at the pooled places only, so that its sums over the map run over those.
        g_best, grad_gamma, grad_beta = torch.ops.aten.native_batch_norm_backward(
            *(t.permute(0, 3, 1, 2) for t in (g, best)),
            gamma * chain.scale,
            mean,
            variance,
            None,
            None,
            False,
            eps,
            [True] * 3,
        )
        grad_gamma, grad_beta = grad_gamma * chain.scale, grad_beta * chain.scale
        # What flows back through the mean and the variance is affine in the map: slope * a + offset.
        count = a.numel() // a.shape[-1]
        inverse = (variance + eps).rsqrt()
        slope = -gamma * inverse.square() * grad_gamma / count
        offset = -gamma * inverse * grad_beta / count - slope * mean
        unit = {"mean": torch.zeros_like(mean), "variance": torch.ones_like(mean)}
        g_best, grad_z = g_best.permute(0, 2, 3, 1), torch.empty_like(a)
        for part in _parts(a):
            grad_a = _unpool(g_best[part], [played[part] for played in rounds], chain.axes)
            grad_a.add_(_affine(a[part], slope, offset, eps=0.0, **unit))
            torch.ops.aten.elu_backward.grad_input(grad_a, 1.0, 1.0, 1.0, True, a[part], grad_input=grad_z[part])
        return grad_z.permute(0, 3, 1, 2), grad_gamma, grad_beta, None


def _parts(maps: Tensor) -> list[slice]:
    """Runs of samples that are small enough for the cache, at least one sample each."""
    size = max(1, round(_CHUNK / maps[0].numel()))
    return [slice(start, start + size) for start in range(0, len(maps), size)]


def _elu(z: Tensor) -> Tensor:
    """ELU of a contiguous tensor, to float32's precision around 0 (an absolute 6e-8) or better."""
    wide, bits = torch.promote_types(z.dtype, torch.float32), _BITS[z.dtype]
    out = torch.empty_like(z)
    buffer = torch.empty(min(_CHUNK, z.numel()), dtype=wide)
    for start in range(0, z.numel(), _CHUNK):
        source, target = (t.view(-1)[start : start + _CHUNK] for t in (z, out))
        power = buffer[: len(source)].copy_(source)
        target.copy_(power.clamp_max_(0).mul_(math.log2(math.e)).exp2_().sub_(1))
        # The power is +0 where z is positive, and z's bits are a positive integer there and only there: or them in.
        target.view(bits).bitwise_or_(source.view(bits).clamp_min(0))
    return out


def _affine(x: Tensor, weight: Tensor, bias: Tensor, *, mean: Tensor, variance: Tensor, eps: float) -> Tensor:
    """Map each channel by (x - mean) / sqrt(variance + eps) * weight + bias, in float32 inside, in one pass."""
    y = functional.batch_norm(x.permute(0, 3, 1, 2), mean, variance, weight, bias, training=False, eps=eps)
    return y.permute(0, 2, 3, 1)


def _pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Views of the even and of the odd places of an axis, as many of either."""
    end = x.shape[axis] // 2 * 2
    before = (slice(None),) * axis
    return x[(*before, slice(0, end, 2))], x[(*before, slice(1, end, 2))]


def _unpool(grad: Tensor, rounds: Sequence[Tensor], axes: Sequence[int]) -> Tensor:
    """Send the pooled gradient to the places that won, by playing the rounds of the pooling backwards.

    The sign bit of ``even - odd`` spreads to a mask of the elements that the odd place won: integer passes of a
    vector's width, where comparisons to bool cost several times as much.
    """
    bits = _BITS[grad.dtype]
    for played, axis in zip(reversed(rounds), reversed(axes), strict=True):
        even, odd = _pairs(played, axis)
        odd_won = (even - odd).view(bits).bitwise_right_shift_(torch.iinfo(bits).bits - 1)
        # An axis of odd length ends with a place outside all pairs, whose gradient is 0.
        spread = torch.zeros_like(played) if played.shape[axis] % 2 else torch.empty_like(played)
        to_even, to_odd = _pairs(spread.view(bits), axis)
        torch.bitwise_and(grad.view(bits), odd_won, out=to_odd)
        torch.bitwise_xor(grad.view(bits), to_odd, out=to_even)
        grad = spread
    return grad
