"""What the paper's times hold for: threads of torch, and the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from neurocyte.benchmark.turns import load

# What speeds up a network's arithmetic: widths of vectors, and bfloat16 and int8 products.
_FEATURES = ("avx2", "fma3", "avx512_f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "neon", "sve")


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch compute with so many threads inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def machine() -> dict[str, Any]:
    """Describe what the times hold for: cores, vector features, torch, and load before the timing."""
    capabilities = torch.cpu.get_capabilities()
    return {
        "cores": os.cpu_count(),
        "features": [name for name in _FEATURES if capabilities.get(name)],
        "torch": torch.__version__,
        "load": load(),
    }
