"""Checkpoints of a training in progress, without pickles: one safetensors file each, written whole or not at all.

Lightning hands over a nested dict of tensors, numbers, strings, lists, tuples and dicts. Tensors go into the file as
they are, the rest as JSON in its header, each container with its type, so that tuples and whole-number keys come back
as they went. A checksum over both tells damage from truth. Anything else is refused: nothing is ever pickled.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins import CheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from typing_extensions import override

from earmark.errors import FormatVersionError, InputError
from earmark.models.files import write_file

CHECKPOINT_VERSION = 1
KEPT = 2
"""Checkpoints kept in a run's folder: the newest, and the one before in case the newest is damaged."""


class SafetensorsCheckpointIO(CheckpointIO):
    """Lightning's checkpoints as safetensors files."""

    @override
    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint atomically.

        Raises:
            InputError: It holds something that is neither tensor, number, text nor a container of such.
        """
        if storage_options is not None:
            raise InputError(f"checkpoints are plain files and take no storage options, got {storage_options!r}")
        write_file(Path(path), encode_checkpoint(checkpoint))

    @override
    def load_checkpoint(
        self,
        path: Any,
        map_location: Any | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Read a checkpoint, to the CPU: there is nothing but data in it, and Lightning moves what it needs.

        Raises:
            InputError: The file is damaged.
            FormatVersionError: It was written by another format version.
        """
        return decode_checkpoint(Path(path).read_bytes(), name=str(path))

    @override
    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint."""
        Path(path).unlink(missing_ok=True)


def encode_checkpoint(checkpoint: dict[str, Any]) -> bytes:
    """The bytes of a checkpoint's file.

    Raises:
        InputError: It holds something that cannot be stored.
    """
    tensors: dict[str, torch.Tensor] = {}
    structure = json.dumps(_pack(checkpoint, tensors, "checkpoint"), allow_nan=False)
    metadata = {
        "format_version": str(CHECKPOINT_VERSION),
        "structure": structure,
        "checksum": _checksum(structure, tensors),
    }
    return bytes(save_tensors(tensors, metadata=metadata))


def decode_checkpoint(content: bytes, *, name: str) -> dict[str, Any]:
    """The checkpoint in a file's bytes.

    Args:
        content: All bytes of the file.
        name: The file, as messages call it.

    Raises:
        InputError: The file is damaged.
        FormatVersionError: It was written by another format version.
    """
    try:
        metadata = _header(content)
        tensors = load_tensors(content)
        version, structure, checksum = (metadata[key] for key in ("format_version", "structure", "checksum"))
    except (SafetensorError, KeyError, ValueError) as error:
        raise InputError(f"checkpoint {name} is damaged: {error}") from error
    if version != str(CHECKPOINT_VERSION):
        remedy = "finish the training with the Earmark that began it, or train into another folder"
        raise FormatVersionError(f"checkpoint {name}", found=version, expected=CHECKPOINT_VERSION, remedy=remedy)
    if checksum != _checksum(structure, tensors):
        raise InputError(f"checkpoint {name} is damaged: its checksum does not fit its content")
    checkpoint: dict[str, Any] = _unpack(json.loads(structure), tensors)
    return checkpoint


def checkpoint_path(run_dir: Path, epochs_done: int) -> Path:
    """Where the checkpoint after so many epochs lies."""
    return run_dir / f"checkpoint-{epochs_done:05d}.safetensors"


def prune_checkpoints(run_dir: Path) -> None:
    """Delete all but the newest checkpoints of a run."""
    for path in _newest_first(run_dir)[KEPT:]:
        path.unlink(missing_ok=True)


def newest_checkpoint(run_dir: Path) -> tuple[Path, dict[str, Any]] | None:
    """The newest undamaged checkpoint of a run with its content, or ``None`` where the run has none yet.

    Raises:
        InputError: There are checkpoints, and each is damaged.
        FormatVersionError: The newest was written by another format version.
    """
    reasons = []
    for path in _newest_first(run_dir):
        try:
            return path, decode_checkpoint(path.read_bytes(), name=str(path))
        except InputError as error:
            reasons.append(str(error))
    if reasons:
        raise InputError(f"{'; '.join(reasons)}. Delete the folder {run_dir} to train from the beginning")
    return None


def _newest_first(run_dir: Path) -> list[Path]:
    return sorted(run_dir.glob("checkpoint-*.safetensors"), reverse=True)


def _header(content: bytes) -> dict[str, str]:
    """A safetensors file's metadata: 8 bytes of little-endian length, then JSON with the key ``__metadata__``."""
    length = int.from_bytes(content[:8], "little")
    metadata: dict[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
    return metadata


def _checksum(structure: str, tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.blake2b(structure.encode(), digest_size=16)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _pack(value: Any, tensors: dict[str, torch.Tensor], where: str) -> Any:
    """The value as JSON; its tensors are added to the mapping."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, torch.Tensor):
        name = f"t{len(tensors):05d}"
        # Safetensors refuses tensors that share memory, and a checkpoint must not change after it was taken.
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": name}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack(item, tensors, f"{where}[{index}]") for index, item in enumerate(value)]}
    if isinstance(value, dict):
        pairs = value.items()
        return {"dict": [[_packed_key(k, where), _pack(v, tensors, f"{where}[{k!r}]")] for k, v in pairs]}
    raise InputError(f"a checkpoint holds tensors, numbers, text and containers; {where} is a {type(value).__name__}")


def _packed_key(key: Any, where: str) -> Any:
    if type(key) in (str, int):
        return key
    raise InputError(f"a checkpoint's keys are text or whole numbers; {where} has the key {key!r}")


def _unpack(packed: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if not isinstance(packed, dict):
        return packed
    [(kind, content)] = packed.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "float":
        return float(content)
    if kind == "dict":
        return {key: _unpack(item, tensors) for key, item in content}
    items = [_unpack(item, tensors) for item in content]
    return tuple(items) if kind == "tuple" else items
