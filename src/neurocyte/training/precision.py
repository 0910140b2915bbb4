"""Which arithmetic a machine trains in."""

from typing import Any, Literal

import torch


def lightning_precision(wanted: str) -> Any:
    """Return Lightning's name of a precision.

    Args:
        wanted: ``auto``, ``bf16`` or ``fp32``; ``auto`` takes bf16 where the processor computes in it.

    Returns:
        ``bf16-mixed`` or ``32-true``.
    """
    chosen: Literal["bf16", "fp32"] | str = wanted
    if wanted == "auto":
        chosen = "bf16" if has_fast_bf16() else "fp32"
    return "bf16-mixed" if chosen == "bf16" else "32-true"


def has_fast_bf16() -> bool:
    """Tell whether the first device computes bf16 natively (some GPUs; CPUs with AVX-512 BF16 or AMX)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
