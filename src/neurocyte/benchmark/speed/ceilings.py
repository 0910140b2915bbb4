"""What the machine can do at most: a large matrix product in each precision, and a large copy."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np

from neurocyte.benchmark.speed.layers import compile_fixed
from neurocyte.benchmark.speed.roofline import Ceilings
from neurocyte.openvino_core import ov

ops = ov.opset13
# Larger than the caches of a laptop; so is what a network's first layers write.
COPY_BYTES = 2**27
COPY = "copy"


def measures(precisions: Sequence[str], threads: int, side: int) -> dict[str, Callable[[], object]]:
    """Give what is timed: a matrix product in each precision, and a copy of COPY_BYTES.

    Args:
        precisions: fp32, bf16, int8.
        threads: of the processor.
        side: of the matrices, a multiple of 32; the larger, the less their conversion counts.

    Returns:
        By precision, and `COPY`.
    """
    return {**{name: _product(name, threads, side) for name in precisions}, COPY: _copy(threads)}


def ceilings(seconds: Mapping[str, Sequence[float]], side: int) -> Ceilings:
    """Turn the times of `measures` into what the machine reached.

    Args:
        seconds: of each run, by name.
        side: of the matrices.
    """
    flops = {name: 2 * side**3 / median(taken) for name, taken in seconds.items() if name != COPY}
    # Each byte is read and written.
    return Ceilings(flops, 2 * COPY_BYTES / median(seconds[COPY]))


def _product(precision: str, threads: int, side: int) -> Callable[[], object]:
    """A matrix product by the runtime that the networks run in, one factor constant like weights."""
    rng = np.random.default_rng(0)
    weights = rng.uniform(-1, 1, (side, side)).astype(np.float32)
    values = rng.uniform(-1, 1, (side, side)).astype(np.float32)
    if precision == "int8":
        # The runtime turns a convolution of quantised factors into one of integers, but no plain product.
        values = values.reshape(1, side, 32, side // 32)
        left = ops.parameter(values.shape, np.float32)
        factors = [_quantised(left, 256), _quantised(ops.constant(weights[:, :, None, None]), 255)]
        result = ops.convolution(*factors, [1, 1], [0, 0], [0, 0], [1, 1])
    else:
        left = ops.parameter(values.shape, np.float32)
        result = ops.matmul(left, ops.constant(weights), transpose_a=False, transpose_b=False)
    request = compile_fixed(ov.Model([result], [left]), precision, threads).create_infer_request()
    return lambda: request.infer([values])


def _quantised(factor: Any, levels: int) -> Any:
    low, high = np.float32(-1), np.float32(1 if levels % 2 else 127 / 128)
    return ops.fake_quantize(factor, low, high, low, high, levels)


def _copy(threads: int) -> Callable[[], object]:
    source = np.ones(COPY_BYTES // 4, dtype=np.float32)
    target = np.zeros_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    pool = ThreadPoolExecutor(threads)

    def run() -> None:
        # NumPy lets go of the interpreter while it copies.
        list(pool.map(lambda part: np.copyto(*part), parts))

    return run
