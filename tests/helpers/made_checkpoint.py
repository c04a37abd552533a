"""Writes TensorFlow checkpoints as TensorFlow does, with weights drawn at random in place of trained ones."""

import io
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

MAGIC = 0xDB4775248B80FB57

SHAPES: dict[str, tuple[int, ...]] = {
    "conv2d": (7, 38, 1, 204),
    "conv2d_1": (7, 67, 1, 204),
    "conv2d_2": (128, 1, 1, 51),
    "conv2d_3": (64, 1, 1, 51),
    "conv2d_4": (32, 1, 1, 51),
    "conv2d_5": (7, 561, 1, 64),
    "conv2d_6": (7, 64, 1, 64),
    "conv2d_7": (7, 64, 1, 64),
    "dense": (1506, 200),
    "dense_1": (200, 50),
}
NORMS = (1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)


def musicnn_variables(seed: int) -> dict[str, Array]:
    """Variables of the shapes of musicnn's; many of the norms' factors are negative, as the trained ones are."""
    rng = np.random.default_rng(seed)
    made: dict[str, Array] = {"beta1_power": np.array(0.9, dtype=np.float32)}
    for name, shape in SHAPES.items():
        made[f"{name}/kernel"] = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)
        made[f"{name}/bias"] = rng.normal(0, 0.1, shape[-1]).astype(np.float32)
    for number, size in enumerate(NORMS):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        made[f"{name}/gamma"] = rng.normal(0, 1, size).astype(np.float32)
        made[f"{name}/beta"] = rng.normal(0, 0.2, size).astype(np.float32)
        made[f"{name}/moving_mean"] = rng.normal(0, 0.2, size).astype(np.float32)
        made[f"{name}/moving_variance"] = rng.uniform(0.5, 2, size).astype(np.float32)
    return made


def wheel(seeds: tuple[int, int] = (1, 2)) -> bytes:
    """A wheel with two checkpoints where musicnn's has them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for folder, seed in zip(("MSD_musicnn", "MTT_musicnn"), seeds, strict=True):
            index, data = checkpoint(musicnn_variables(seed))
            archive.writestr(f"musicnn/{folder}/.index", index)
            archive.writestr(f"musicnn/{folder}/.data-00000-of-00001", data)
    return content.getvalue()


def checkpoint(variables: Mapping[str, Array], *, kind: int = 1) -> tuple[bytes, bytes]:
    """The index and the data of a checkpoint, its keys in two blocks."""
    data, entries = b"", [(b"", b"\x08\x01")]
    for name in sorted(variables):
        values = variables[name]
        shape = b"".join(field(2, field(1, axis)) for axis in values.shape)
        told = field(1, kind) + field(2, shape)
        if data:  # a zero is not written
            told += field(4, len(data))
        content = values.astype("<f4").tobytes()
        entries.append((name.encode(), told + field(5, len(content)) + b"\x35\x01\x02\x03\x04"))
        data += content
    half = len(entries) // 2
    table, handles = b"", []
    for part in (entries[:half], entries[half:]):
        block = pack(part)
        handles.append((part[-1][0], varint(len(table)) + varint(len(block))))
        table += block + b"\x00crc!"
    at, index = len(table), pack(handles)
    footer = varint(0) + varint(0) + varint(at) + varint(len(index))
    return table + index + b"\x00crc!" + footer.ljust(40, b"\x00") + struct.pack("<Q", MAGIC), data


def pack(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block of a LevelDB table, each key without what it shares with the one before."""
    block, before = b"", b""
    for key, value in entries:
        shared = next(
            (at for at, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), min(len(before), len(key))
        )
        block += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return block + struct.pack("<II", 0, 1)


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """A number of seven bits a byte."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
