import copy
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from earmark.errors import InputError
from earmark.models.layers import ConvBlock, conv_one_channel, draw_mask, elu_norm_pool

POOLS = [(2, 2), (2, 4), (4, 2), (1, 2), (2, 1)]


def norm_of(channels: int, *, signs: str, dtype: torch.dtype = torch.float64) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, eps=1e-3, dtype=dtype)
    with torch.no_grad():
        norm.weight.copy_(torch.rand(channels) + 0.1)
        if signs == "mixed":
            norm.weight[::2] *= -1
        norm.bias.copy_(torch.randn(channels))
    return norm


def plain_chain(z: Tensor, norm: nn.BatchNorm2d, pool: tuple[int, int], factor: Tensor | None = None) -> Tensor:
    y = functional.max_pool2d(norm(functional.elu(z)), pool)
    return y if factor is None else y * factor


def image(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=dtype).to(memory_format=torch.channels_last).requires_grad_()


@pytest.fixture(autouse=True)
def _seeded_on_one_thread() -> Iterator[None]:
    """Small tensors gain nothing from a second thread, which waits for its turn where the machine is busy."""
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("signs", ["positive", "mixed"])
@pytest.mark.parametrize("pool", POOLS)
def test_fused_chain_passes_gradcheck(pool: tuple[int, int], signs: str) -> None:
    norm = norm_of(3, signs=signs)
    z = image(2, 3, 4, 5)
    mask = draw_mask((2, 4 // pool[0], 5 // pool[1], 3), probability=0.3, dtype=z.dtype)

    def chain(z: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        trial = copy.deepcopy(norm)
        del trial.weight, trial.bias
        trial.weight, trial.bias = weight, bias  # type: ignore[assignment]  # plain tensors, to be differentiated
        return elu_norm_pool(z, trial, pool=pool, mask=mask)

    assert torch.autograd.gradcheck(chain, (z, norm.weight, norm.bias))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
@pytest.mark.parametrize("signs", ["positive", "mixed"])
@pytest.mark.parametrize("pool", POOLS)
def test_fused_chain_equals_the_plain_one(
    pool: tuple[int, int], signs: str, dtype: torch.dtype, tolerance: float
) -> None:
    norm = norm_of(5, signs=signs, dtype=dtype)
    twin = copy.deepcopy(norm)
    z = image(3, 5, 11, 13, dtype=dtype)
    z_twin = z.detach().clone().requires_grad_()
    mask = draw_mask((3, 11 // pool[0], 13 // pool[1], 5), probability=0.25, dtype=dtype)
    factor = (mask.keep.permute(0, 3, 1, 2) != 0).to(dtype) * mask.scale

    y = elu_norm_pool(z, norm, pool=pool, mask=mask)
    expected = plain_chain(z_twin, twin, pool, factor)
    upstream = torch.randn_like(expected)
    torch.autograd.backward(y, upstream)
    torch.autograd.backward(expected, upstream)

    def close(one: Tensor | None, other: Tensor | None) -> None:
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)

    close(y, expected)
    close(z.grad, z_twin.grad)
    close(norm.weight.grad, twin.weight.grad)
    close(norm.bias.grad, twin.bias.grad)
    close(norm.running_mean, twin.running_mean)
    close(norm.running_var, twin.running_var)
    assert norm.num_batches_tracked == twin.num_batches_tracked == 1


def relative_error(tensor: Tensor, truth: Tensor) -> float:
    return float((tensor.double() - truth).norm() / truth.norm())


@pytest.mark.parametrize("signs", ["positive", "mixed"])
def test_in_bfloat16_the_fused_chain_is_no_worse_than_the_plain_one(signs: str) -> None:
    exact = norm_of(16, signs=signs)
    z = image(8, 16, 20, 24, dtype=torch.bfloat16)
    upstream = torch.randn(8, 16, 10, 6)

    def gradient(norm: nn.BatchNorm2d, dtype: torch.dtype, *, fused: bool) -> tuple[Tensor, Tensor]:
        leaf = z.detach().to(dtype).requires_grad_()
        y = elu_norm_pool(leaf, norm, pool=(2, 4)) if fused else plain_chain(leaf, norm, (2, 4))
        torch.autograd.backward(y, upstream.to(dtype))
        assert leaf.grad is not None
        return y.detach(), leaf.grad

    truth = gradient(exact, torch.float64, fused=False)
    plain = gradient(copy.deepcopy(exact).float(), torch.bfloat16, fused=False)
    fused = gradient(copy.deepcopy(exact).float(), torch.bfloat16, fused=True)
    assert fused[0].dtype == fused[1].dtype == torch.bfloat16
    for ours, theirs, true in zip(fused, plain, truth, strict=True):
        assert relative_error(ours, true) <= 1.05 * relative_error(theirs, true)
    assert relative_error(fused[0], truth[0]) < 4e-3


def test_the_gradient_of_equal_places_goes_to_the_first_as_in_torch() -> None:
    norm = norm_of(2, signs="positive", dtype=torch.float32)
    z = torch.tensor([[1.0, 2.0, 2.0, 0.0], [2.0, 2.0, 1.0, 2.0]]).expand(2, 2, 2, 4).contiguous().requires_grad_()
    twin = z.detach().clone().requires_grad_()
    torch.autograd.backward(elu_norm_pool(z, copy.deepcopy(norm), pool=(2, 4)).sum())
    torch.autograd.backward(plain_chain(twin, norm, (2, 4)).sum())
    torch.testing.assert_close(z.grad, twin.grad)


def test_a_value_that_is_not_a_number_is_not_hidden() -> None:
    z = torch.randn(1, 2, 4, 4)
    z[0, 1, 2, 2] = torch.nan
    y = elu_norm_pool(z, nn.BatchNorm2d(2), pool=(2, 2))
    assert not y[:, 0].isnan().any()
    assert y[:, 1].isnan().any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_elu_of_large_tensors_is_whole(dtype: torch.dtype) -> None:
    """More elements than one chunk, and not a multiple of it; statistics switched off by an identity norm."""
    z = (torch.randn(1, 3, 700, 601) * 4).to(dtype)
    norm = nn.BatchNorm2d(3, eps=0.0, momentum=1.0)
    y = elu_norm_pool(z, norm, pool=(1, 1))
    elu = functional.elu(z.float())
    torch.testing.assert_close(norm.running_mean, elu.mean((0, 2, 3)), rtol=1e-3, atol=1e-3)
    mean, deviation = elu.mean((0, 2, 3), keepdim=True), elu.std((0, 2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(
        y.float(), (elu - mean) / deviation, rtol=1e-2, atol=1e-4 if dtype == torch.float32 else 1e-2
    )


def test_conv_one_channel_passes_gradcheck_and_equals_torchs() -> None:
    x, weight = image(2, 1, 5, 6), torch.randn(4, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(conv_one_channel, (x, weight, bias))
    torch.testing.assert_close(conv_one_channel(x, weight, bias), functional.conv2d(x, weight, bias, padding=1))


def test_conv_one_channel_needs_no_gradient_at_its_input() -> None:
    x, weight, bias = torch.randn(2, 1, 5, 6), torch.randn(4, 1, 3, 3, requires_grad=True), torch.randn(4)
    torch.autograd.backward(conv_one_channel(x, weight, bias).sum())
    assert weight.grad is not None
    assert x.grad is None


def test_mask_drops_as_often_as_asked_and_keeps_the_expectation() -> None:
    mask = draw_mask((500, 2001), probability=0.1, dtype=torch.float32)
    dropped = float((mask.keep == 0).double().mean())
    deviation = (0.1 * 0.9 / mask.keep.numel()) ** 0.5
    assert abs(dropped - 0.1) < 5 * deviation + 1 / 32768
    assert mask.scale * (1 - round(0.1 * 32768) / 32768) == pytest.approx(1, abs=1e-12)


def test_the_four_places_of_a_random_word_are_fair_and_independent() -> None:
    kept = (draw_mask((200_000, 4), probability=0.5, dtype=torch.bfloat16).keep != 0).double()
    torch.testing.assert_close(kept.mean(0), torch.full((4,), 0.5, dtype=torch.float64), atol=6e-3, rtol=0)
    off_diagonal = torch.corrcoef(kept.T) - torch.eye(4, dtype=torch.float64)
    assert off_diagonal.abs().max() < 0.012


@settings(deadline=None, max_examples=60)
@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    probability=st.floats(0, 0.99),
    dtype=st.sampled_from([torch.bfloat16, torch.float32, torch.float64]),
    seed=st.integers(0, 2**32),
)
def test_a_mask_only_ever_keeps_or_drops(shape: list[int], probability: float, dtype: torch.dtype, seed: int) -> None:
    x = torch.randn(shape).to(dtype) + 10
    torch.manual_seed(seed)
    mask = draw_mask(shape, probability=probability, dtype=dtype)
    y = mask.apply(x)
    assert bool(((y == x) | (y == 0)).all())
    torch.manual_seed(seed)
    assert torch.equal(draw_mask(shape, probability=probability, dtype=dtype).keep, mask.keep)
    assert mask.scale >= 1


@pytest.mark.parametrize("pool", [(3, 2), (2, 0), (2, -4)])
def test_a_pool_that_halving_cannot_reach_is_refused(pool: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="powers of two"):
        ConvBlock(1, 4, pool=pool, dropout=0.1)


def test_a_block_in_evaluation_is_five_plain_layers() -> None:
    block = ConvBlock(3, 4, pool=(2, 4), dropout=0.1).eval()
    x = torch.randn(2, 3, 6, 8)
    assert torch.equal(block(x), block.forward_plain(x))
    expected = functional.max_pool2d(block.norm(functional.elu(block.conv(x))), (2, 4))
    assert torch.equal(block(x), expected)


@pytest.mark.parametrize("in_channels", [1, 3])
def test_a_block_in_training_equals_its_plain_layers(in_channels: int) -> None:
    block = ConvBlock(in_channels, 4, pool=(2, 2), dropout=0.0)
    twin = copy.deepcopy(block)
    x = image(3, in_channels, 9, 8, dtype=torch.float32)
    x_twin = x.detach().clone().requires_grad_()
    y, expected = block(x), twin.forward_plain(x_twin)
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-5)
    upstream = torch.randn_like(expected)
    torch.autograd.backward(y, upstream)
    torch.autograd.backward(expected, upstream)
    torch.testing.assert_close(x.grad, x_twin.grad, rtol=1e-4, atol=1e-4)
    for one, other in zip(block.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-4)


def test_a_block_drops_in_training_only() -> None:
    block = ConvBlock(1, 64, pool=(2, 2), dropout=0.1)
    x = torch.randn(4, 1, 32, 32)
    zeros = float((block(x) == 0).float().mean())
    assert zeros == pytest.approx(0.1, abs=0.01)
    assert not (block.eval()(x) == 0).any()


def test_a_block_with_a_frozen_norm_uses_the_running_statistics() -> None:
    block = ConvBlock(2, 3, pool=(2, 2), dropout=0.0)
    block.norm.eval()
    before = copy.deepcopy(block.norm.state_dict())
    x = torch.randn(2, 2, 4, 4)
    torch.testing.assert_close(block(x), block.forward_plain(x))
    assert all(torch.equal(before[name], value) for name, value in block.norm.state_dict().items())


@pytest.mark.parametrize("in_channels", [1, 3])
def test_autocast_reaches_every_block(in_channels: int) -> None:
    block = ConvBlock(in_channels, 4, pool=(2, 2), dropout=0.1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = block(image(2, in_channels, 8, 8, dtype=torch.float32))
    assert y.dtype == torch.bfloat16
    torch.autograd.backward(y.float().sum())
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in block.parameters())
