"""Which arithmetic this machine trains in."""

import torch

from earmark.models.spec import Precision


def available_precision(wanted: Precision, *, on_gpu: bool) -> Precision:
    """The wanted precision, or ``float32`` where the processor has no bfloat16 arithmetic of its own.

    A processor without it would emulate bfloat16 and be slower than in float32.

    Args:
        wanted: What the model's settings ask for.
        on_gpu: Whether training runs on a GPU.
    """
    if wanted == "float32":
        return "float32"
    native = torch.cuda.is_bf16_supported() if on_gpu else _cpu_has_bfloat16()
    return "bfloat16" if native else "float32"


def _cpu_has_bfloat16() -> bool:
    """AVX512-BF16 or AMX. Torch asks the processor in functions without a public name, and not in every version."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, bool)()) for name in checks)
