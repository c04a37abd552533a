import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from earmark.errors import InputError
from earmark.models.crnn import CRNN, EMBEDDING_SIZE, MIN_FRAMES, parameter_count

LENGTHS = [16, 32, 86, 94, 157, 258, 313, 911]


@pytest.fixture(autouse=True)
def _seeded_on_one_thread() -> Iterator[None]:
    """Small tensors gain nothing from a second thread, which waits for its turn where the machine is busy."""
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def slices(batch: int, frames: int, n_mels: int = 128) -> Tensor:
    return torch.randn(batch, frames, n_mels) * 15 - 40


def test_it_has_the_published_number_of_parameters() -> None:
    network = CRNN(20)
    assert parameter_count(network) == 394_516
    trained = sum(parameter.numel() for parameter in network.parameters())
    assert trained == 393_364
    assert parameter_count(network) - trained == 1_152


@pytest.mark.parametrize(
    ("part", "count"),
    [
        ("band_norm", 4 * 128),
        ("blocks.0", 9 * 64 + 64 + 4 * 64),
        ("blocks.1", 9 * 64 * 128 + 128 + 4 * 128),
        ("blocks.2", 9 * 128 * 128 + 128 + 4 * 128),
        ("blocks.3", 9 * 128 * 128 + 128 + 4 * 128),
        ("gru", 3 * 32 * (128 + 32 + 2) + 3 * 32 * (32 + 32 + 2)),
        ("head", 32 * 20 + 20),
    ],
)
def test_parameters_of_each_part(part: str, count: int) -> None:
    assert parameter_count(CRNN(20).get_submodule(part)) == count


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("frames", LENGTHS)
def test_output_shape_of_each_layer(frames: int, training: bool) -> None:
    network = CRNN(6).train(training)
    shapes: dict[str, tuple[int, ...]] = {}

    def note(name: str) -> None:
        def hook(_module: nn.Module, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
            shapes[name] = tuple((output[0] if isinstance(output, tuple) else output).shape)

        network.get_submodule(name).register_forward_hook(hook)

    for name in ("band_norm", "blocks.0", "blocks.1", "blocks.2", "blocks.3", "gru", "head"):
        note(name)
    with torch.no_grad():
        network(slices(2, frames))
    assert shapes == {
        "band_norm": (2 * frames, 128),
        "blocks.0": (2, 64, frames // 2, 64),
        "blocks.1": (2, 128, frames // 4, 16),
        "blocks.2": (2, 128, frames // 8, 4),
        "blocks.3": (2, 128, frames // 16, 1),
        "gru": (2, frames // 16, 32),
        "head": (2, 6),
    }


def test_the_embedding_feeds_the_head() -> None:
    network = CRNN(5).eval()
    x = slices(3, 94)
    with torch.no_grad():
        embedding = network.embed(x)
        assert torch.equal(network.head(embedding), network(x))
    assert embedding.shape == (3, EMBEDDING_SIZE)
    assert embedding.dtype == torch.float32
    assert embedding.abs().max() <= 1


def test_more_mel_bands_are_taken() -> None:
    network = CRNN(3, n_mels=300)
    assert network(slices(2, 32, 300)).shape == (2, 3)
    assert network.gru.input_size == 256


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((2, 15, 128), "at least 16 frames, got (2, 15, 128)"),
        ((2, 94, 96), "(batch, frames, 128)"),
        ((94, 128), "got (94, 128)"),
        ((2, 1, 94, 128), "got (2, 1, 94, 128)"),
    ],
)
def test_another_shape_is_refused_by_name(shape: tuple[int, ...], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        CRNN(4)(torch.zeros(shape))


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1 label to choose from, got 0"):
        CRNN(0)
    with pytest.raises(InputError, match=r"pools 128 mel bands into one.*got 64"):
        CRNN(4, n_mels=64)
    assert MIN_FRAMES == 16


def test_each_mel_band_has_its_own_statistics() -> None:
    network = CRNN(2)
    x = slices(4, 40)
    x[..., 7] = 5.0
    network(x)
    assert network.band_norm.running_mean is not None
    expected = 0.1 * x.mean((0, 1))
    torch.testing.assert_close(network.band_norm.running_mean, expected)
    assert network.band_norm.eps == network.get_submodule("blocks.0.norm").eps == 1e-3


def test_weights_start_as_in_keras() -> None:
    network = CRNN(8)
    for name, parameter in network.named_parameters():
        if "bias" in name:
            assert not parameter.any(), name
    kernel = network.get_parameter("blocks.1.conv.weight")
    limit = (6 / (9 * 64 + 9 * 128)) ** 0.5
    assert 0.99 * limit < kernel.abs().max() <= limit
    inputs = network.get_parameter("gru.weight_ih_l0")
    limit = (6 / (128 + 96)) ** 0.5
    assert 0.98 * limit < inputs.abs().max() <= limit
    recurrent = network.get_parameter("gru.weight_hh_l1")
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(32), atol=1e-5, rtol=0)


def train(seed: int, *, steps: int = 3, precision: torch.dtype | None = None) -> tuple[list[float], dict[str, Tensor]]:
    """Losses and weights of a short training on noise."""
    torch.manual_seed(seed)
    network = CRNN(4).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        x, y = slices(4, 36), torch.randint(0, 4, (4,))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision is not None):
            loss = nn.functional.cross_entropy(network(x), y)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(float(loss.detach()))
    return losses, {name: value.clone() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_training_is_repeatable_bit_for_bit(precision: torch.dtype | None) -> None:
    torch.set_num_threads(2)
    losses, weights = train(11, precision=precision)
    again, weights_again = train(11, precision=precision)
    assert losses == again
    assert all(torch.equal(weights[name], weights_again[name]) for name in weights)
    other, _ = train(12, precision=precision)
    assert other != losses


def test_every_parameter_learns_in_bfloat16() -> None:
    network = CRNN(4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = network(slices(4, 94))
    assert logits.dtype == torch.float32
    torch.autograd.backward(nn.functional.cross_entropy(logits, torch.arange(4)))
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_gradients_equal_those_of_the_plain_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network with each block's five layers called one by one, dropout off: the textbook model."""
    network = CRNN(3)
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    x, y = slices(4, 64), torch.tensor([0, 1, 2, 1])

    def gradients() -> tuple[float, dict[str, Tensor]]:
        network.zero_grad()
        loss = nn.functional.cross_entropy(network(x), y)
        torch.autograd.backward(loss)
        return float(loss.detach()), {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}

    fused_loss, fused = gradients()
    for block in network.blocks:
        monkeypatch.setattr(block, "forward", block.forward_plain)
    plain_loss, plain = gradients()
    assert fused_loss == pytest.approx(plain_loss, rel=1e-5)
    for name, expected in plain.items():
        scale = max(float(expected.abs().max()), 1e-3)  # a bias before a norm has no gradient but rounding
        torch.testing.assert_close(fused[name], expected, rtol=0, atol=5e-3 * scale, msg=name)


def test_evaluation_in_bfloat16_stays_close() -> None:
    network = CRNN(4).eval()
    x = slices(4, 94)
    with torch.no_grad():
        exact = network(x).softmax(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = network(x).softmax(1)
    torch.testing.assert_close(rough, exact, atol=0.02, rtol=0)


@pytest.mark.parametrize("frames", [32, 94])
def test_it_exports_to_a_graph_of_standard_operators(frames: int, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    network = CRNN(5)
    with torch.no_grad():
        network(slices(8, frames))  # running statistics other than at the start
    network.eval()
    file = tmp_path / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own notices of deprecation
        torch.onnx.export(
            network,
            (slices(2, frames),),
            file,
            input_names=["x"],
            output_names=["logits"],
            dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
            dynamo=False,
        )
    model = onnx.load(file)
    assert {node.domain for node in model.graph.node} == {""}
    kinds = [node.op_type for node in model.graph.node]
    counts = {kind: kinds.count(kind) for kind in ("Conv", "Elu", "MaxPool", "BatchNormalization", "GRU")}
    # The exporter folds nothing here: a norm stands behind ELU and not behind the convolution.
    assert counts == {"Conv": 4, "Elu": 4, "MaxPool": 4, "BatchNormalization": 5, "GRU": 2}
    session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
    x = slices(7, frames)
    (logits,) = session.run(None, {"x": x.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(logits, network(x).numpy(), atol=1e-4)
