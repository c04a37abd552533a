"""Reads the float32 variables of a TensorFlow checkpoint, without TensorFlow.

A checkpoint ("V2", ``tensorflow/core/util/tensor_bundle``) is two files. ``.index`` is a table as LevelDB writes it
(``table_format.md`` of LevelDB): blocks of sorted keys with shared prefixes, and a footer that points to the block of
blocks. Each value is a ``BundleEntryProto``: type, shape, offset and size. ``.data-00000-of-00001`` holds the numbers,
little-endian. Nothing is executed, and what does not look as described is refused.
"""

import math
import struct
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.errors import InputError

_MAGIC: Final = 0xDB4775248B80FB57
_FOOTER_BYTES: Final = 48
_BLOCK_TRAILER_BYTES: Final = 5
_FLOAT32: Final = 1
"""``DT_FLOAT`` of TensorFlow's ``types.proto``."""

# Field numbers of BundleEntryProto and of TensorShapeProto.
_TYPE, _SHAPE, _OFFSET, _SIZE = 1, 2, 4, 5
_DIMENSION, _LENGTH = 2, 1

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def read_variables(index: bytes, data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """Return all float32 variables of a checkpoint that lies in one data file, by name.

    Args:
        index: Content of the file ``.index``.
        data: Content of the file ``.data-00000-of-00001``.

    Raises:
        InputError: The bytes are no such checkpoint, or are cut off.
    """
    try:
        return dict(_variables(index, data))
    except (IndexError, struct.error, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"expected a whole TensorFlow checkpoint, but it cannot be read ({error})") from error


def _variables(index: bytes, data: bytes) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    footer = index[-_FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise InputError("expected the index of a TensorFlow checkpoint, but its last bytes are not those of one")
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for _, handle in _entries(index, offset, size):
        block_offset, at = _varint(handle, 0)
        block_size, _ = _varint(handle, at)
        for key, value in _entries(index, block_offset, block_size):
            entry = _fields(value)
            # The first key is empty: it holds the bundle's header.
            if key and _number(entry, _TYPE) == _FLOAT32:
                yield key.decode(), _array(key.decode(), entry, data)


def _array(name: str, entry: dict[int, list[int | bytes]], data: bytes) -> npt.NDArray[np.float32]:
    shape = [_number(_fields(dimension), _LENGTH) for dimension in _messages(entry, _SHAPE, _DIMENSION)]
    offset, size = _number(entry, _OFFSET), _number(entry, _SIZE)
    content = data[offset : offset + size]
    if len(content) != size or size != 4 * math.prod(shape):
        raise InputError(
            f"the checkpoint's variable {name} of shape {shape} needs {size} bytes; {len(content)} are there"
        )
    return np.frombuffer(content, dtype="<f4").reshape(shape).astype(np.float32)


def _entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block, in which each key leaves out what it shares with the one before."""
    if table[offset + size] != 0:
        raise InputError("the checkpoint's index is compressed, which TensorFlow's own are not")
    block = table[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    at, key = 0, b""
    while at < len(block) - 4 - 4 * restarts:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Read a protocol buffer's fields by number, each with its values in order."""
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if wire == _VARINT:
            value, at = _varint(message, at)
        elif wire == _BYTES:
            length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        elif wire in {_FOUR_BYTES, _EIGHT_BYTES}:
            length = 4 if wire == _FOUR_BYTES else 8
            value, at = int.from_bytes(message[at : at + length], "little"), at + length
        else:
            raise InputError(f"the checkpoint's index holds a field of the unknown kind {wire}")
        found.setdefault(number, []).append(value)
    return found


def _number(entry: dict[int, list[int | bytes]], field: int) -> int:
    """Return a number; one that is not written is 0, as protocol buffers have it."""
    value = entry.get(field, [0])[0]
    if not isinstance(value, int):
        raise InputError(f"field {field} in the checkpoint's index is not a number")
    return value


def _messages(entry: dict[int, list[int | bytes]], outer: int, inner: int) -> list[bytes]:
    """Return the messages in a field of the message in a field."""
    held = entry.get(outer, [b""])[0]
    within = _fields(held) if isinstance(held, bytes) else {}
    return [message for message in within.get(inner, []) if isinstance(message, bytes)]


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, least first; return it and where the next thing starts."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
