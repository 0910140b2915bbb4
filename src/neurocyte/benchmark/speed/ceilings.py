"""What the machine can do at most: a large matrix product in each precision, and a large copy."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from neurocyte.benchmark.speed.layers import compile_fixed
from neurocyte.benchmark.speed.roofline import Ceilings
from neurocyte.telemetry import no_telemetry

with no_telemetry():
    import openvino as ov
    from openvino import opset13 as ops

SIDE = 1024
# Larger than the caches of a laptop; so is what a network's first layers write.
COPY_BYTES = 2**27
COPY = "copy"
_LEVELS = 256


def measures(precisions: Sequence[str], threads: int) -> dict[str, Callable[[], object]]:
    """Give what is timed: a matrix product of SIDE in each precision, and a copy of COPY_BYTES.

    Args:
        precisions: fp32, bf16, int8.
        threads: of the processor.

    Returns:
        By precision, and `COPY`.
    """
    return {**{name: _product(name, threads) for name in precisions}, COPY: _copy(threads)}


def ceilings(seconds: Mapping[str, Sequence[float]]) -> Ceilings:
    """Turn the times of `measures` into what the machine reached.

    Args:
        seconds: of each run, by name.
    """
    flops = {name: 2 * SIDE**3 / median(taken) for name, taken in seconds.items() if name != COPY}
    # Each byte is read and written.
    return Ceilings(flops, 2 * COPY_BYTES / median(seconds[COPY]))


def _product(precision: str, threads: int) -> Callable[[], object]:
    """A matrix product by the runtime that the networks run in, one factor constant like weights."""
    rng = np.random.default_rng(0)
    left = ops.parameter([SIDE, SIDE], np.float32, name="left")
    right = ops.constant(rng.uniform(-1, 1, (SIDE, SIDE)).astype(np.float32))
    factors = [left, right]
    if precision == "int8":
        # The runtime turns a product of quantised factors into one of integers.
        bounds = [np.float32(sign) for sign in (-1, 1, -1, 1)]
        factors = [ops.fake_quantize(factor, *bounds, _LEVELS) for factor in factors]
    model = ov.Model([ops.matmul(*factors, transpose_a=False, transpose_b=False)], [left])
    request = compile_fixed(model, precision, threads).create_infer_request()
    values = rng.uniform(-1, 1, (SIDE, SIDE)).astype(np.float32)
    return lambda: request.infer([values])


def _copy(threads: int) -> Callable[[], object]:
    source = np.ones(COPY_BYTES // 4, dtype=np.float32)
    target = np.zeros_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    pool = ThreadPoolExecutor(threads)

    def run() -> None:
        # NumPy lets go of the interpreter while it copies.
        list(pool.map(lambda part: np.copyto(*part), parts))

    return run
