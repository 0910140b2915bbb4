"""Which arithmetic a machine trains in."""

from typing import Literal

import torch

Precision = Literal["auto", "bf16", "fp32"]


def lightning_precision(wanted: Precision) -> Literal["bf16-mixed", "32-true"]:
    """Return Lightning's name of a precision.

    Args:
        wanted: ``auto``, ``bf16`` or ``fp32``; ``auto`` takes bf16 where the processor computes in it.

    Returns:
        ``bf16-mixed`` or ``32-true``.
    """
    return "bf16-mixed" if takes_bf16(wanted) else "32-true"


def takes_bf16(wanted: Precision) -> bool:
    """Tell whether a wanted precision is bf16 on this machine."""
    return wanted == "bf16" or (wanted == "auto" and has_fast_bf16())


def has_fast_bf16() -> bool:
    """Tell whether the first device computes bf16 natively (some GPUs; CPUs with AVX-512 BF16 or AMX)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
