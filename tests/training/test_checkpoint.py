import collections
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import FormatVersionError, InputError
from earmark.training import checkpoint as module
from earmark.training.checkpoint import (
    SafetensorsCheckpointIO,
    checkpoint_path,
    decode_checkpoint,
    encode_checkpoint,
    newest_checkpoint,
    prune_checkpoints,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    """Equal in value and in the type of every part."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(k, m) and same(a[k], b[k]) for k, m in zip(a, b, strict=True))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@given(content=st.dictionaries(st.text(), plain, max_size=4))
def test_plain_values_come_back_with_their_types(content: dict[str, Any]) -> None:
    assert same(decode_checkpoint(encode_checkpoint(content), name="x"), content)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool]
)
@pytest.mark.parametrize("shape", [(), (0,), (3, 2)])
def test_tensors_come_back_bit_for_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 3).to(dtype)
    back = decode_checkpoint(encode_checkpoint({"a": [{7: tensor}]}), name="x")["a"][0][7]
    assert back.dtype == dtype
    assert torch.equal(back, tensor)


def test_tensors_that_share_memory_or_are_views_are_stored_apart() -> None:
    base = torch.arange(6.0)
    back = decode_checkpoint(encode_checkpoint({"a": base, "b": base, "c": base.reshape(2, 3).t()}), name="x")
    assert torch.equal(back["b"], base)
    assert torch.equal(back["c"], base.reshape(2, 3).t())
    assert back["a"].data_ptr() != back["b"].data_ptr()


def test_numbers_that_are_not_finite_come_back() -> None:
    back = decode_checkpoint(encode_checkpoint({"a": [math.inf, -math.inf, math.nan]}), name="x")["a"]
    assert back[:2] == [math.inf, -math.inf]
    assert math.isnan(back[2])


def test_an_ordered_dict_keeps_its_order() -> None:
    ordered = collections.OrderedDict(b=1, a=2)
    assert list(decode_checkpoint(encode_checkpoint({"x": ordered}), name="x")["x"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"x": {1, 2}}, r"checkpoint\['x'\] is a set"),
        ({"x": [1, object()]}, r"checkpoint\['x'\]\[1\] is a object"),
        ({"x": lambda: 1}, "is a function"),
        ({"x": {(1, 2): 3}}, r"checkpoint\['x'\] has the key \(1, 2\)"),
        ({True: 1}, "has the key True"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_its_place(value: dict[Any, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode_checkpoint(value)


@pytest.fixture
def content() -> bytes:
    return encode_checkpoint({"weights": torch.arange(64.0), "epoch": 3})


def test_every_truncation_is_noticed(content: bytes) -> None:
    for length in range(0, len(content), 7):
        with pytest.raises(InputError, match="checkpoint x is damaged"):
            decode_checkpoint(content[:length], name="x")


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(place: float, bit: int) -> None:
    good = encode_checkpoint({"weights": torch.arange(64.0), "epoch": 3})
    bad = bytearray(good)
    bad[int(place * len(bad))] ^= 1 << bit
    try:
        back = decode_checkpoint(bytes(bad), name="x")
    except (InputError, FormatVersionError):
        return
    # What is not noticed must be harmless, such as a changed blank that pads the header.
    assert torch.equal(back["weights"], torch.arange(64.0))
    assert back["epoch"] == 3


def test_another_version_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_VERSION", 9)
    newer = encode_checkpoint({"a": 1})
    monkeypatch.undo()
    with pytest.raises(FormatVersionError, match="format version 9, but this Earmark reads version 1"):
        decode_checkpoint(newer, name="x")


def test_the_newest_undamaged_checkpoint_is_taken(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None
    io = SafetensorsCheckpointIO()
    for epochs in (9, 10, 11):
        io.save_checkpoint({"epoch": epochs}, checkpoint_path(tmp_path, epochs))
    prune_checkpoints(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "checkpoint-00010.safetensors",
        "checkpoint-00011.safetensors",
    ]
    assert newest_checkpoint(tmp_path) == (checkpoint_path(tmp_path, 11), {"epoch": 11})

    checkpoint_path(tmp_path, 11).write_bytes(b"half")
    assert newest_checkpoint(tmp_path) == (checkpoint_path(tmp_path, 10), {"epoch": 10})
    checkpoint_path(tmp_path, 10).write_bytes(b"")
    with pytest.raises(InputError, match=r"00011.*damaged.*00010.*damaged.*Delete the folder"):
        newest_checkpoint(tmp_path)


def test_the_plugin_reads_what_it_wrote_and_takes_no_options(tmp_path: Path) -> None:
    io, path = SafetensorsCheckpointIO(), tmp_path / "deep" / "c.safetensors"
    io.save_checkpoint({"a": (1, 2)}, str(path))
    assert io.load_checkpoint(str(path), weights_only=False) == {"a": (1, 2)}
    with pytest.raises(InputError, match="no storage options"):
        io.save_checkpoint({}, path, storage_options={"x": 1})
    io.remove_checkpoint(path)
    assert not path.exists()
