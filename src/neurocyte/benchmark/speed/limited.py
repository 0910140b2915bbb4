"""The same networks held to AVX2 by the runtime's own switch, in a process of its own.

Run as `python -m neurocyte.benchmark.speed.limited ROUNDS THREADS CLOCK SIDE MODEL...` it is that process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurocyte.benchmark.speed.engines import runtime
from neurocyte.benchmark.speed.layers import Profile
from neurocyte.benchmark.turns import CLOCKS, interleave, milliseconds, ratio
from neurocyte.models import load_model

# Read by oneDNN, whose convolutions OpenVINO runs, when it is loaded.
SWITCH = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
BEYOND = "avx512"


def beyond_avx2(kernels: Sequence[str]) -> bool:
    """Tell by the names of a network's kernels whether they use more than AVX2."""
    return any(BEYOND in kernel or "amx" in kernel for kernel in kernels)


def held_to_avx2(
    models: Mapping[str, Path], rounds: int, threads: int, clock: str, side: int
) -> dict[str, Any]:
    """Time networks in fp32 with the switch set.

    Args:
        models: model folders by key; the others are compared with the first.
        rounds: timed runs of each, in turns.
        threads: of the processor.
        clock: a key of `CLOCKS`.
        side: of the square image, pixels.

    Returns:
        ``networks``: milliseconds by key; ``ratios``: of each other over the first, round by round;
        ``obeyed``: whether no kernel used more than AVX2.
    """
    arguments = [str(rounds), str(threads), clock, str(side), *(str(path) for path in models.values())]
    command = [sys.executable, "-m", "neurocyte.benchmark.speed.limited", *arguments]
    environment = {**os.environ, **SWITCH}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
    found = json.loads(done.stdout)
    seconds = dict(zip(models, found["seconds"], strict=True))
    first, *others = seconds
    return {
        "networks": {key: milliseconds(taken) for key, taken in seconds.items()},
        "ratios": {other: ratio(seconds[other], seconds[first]) for other in others},
        "obeyed": not beyond_avx2(found["kernels"]),
    }


def main() -> None:
    """Time the models that the arguments name and print the seconds."""
    rounds, threads, clock, side, *folders = sys.argv[1:]
    models = [load_model(folder) for folder in folders]
    shape = (1, 3, int(side), int(side))
    batch = np.random.default_rng(0).random(shape, dtype=np.float32)
    calls = {str(place): runtime(model, "fp32", batch, int(threads)) for place, model in enumerate(models)}
    seconds = interleave(calls, int(rounds), clock=CLOCKS[clock])
    kernels = Profile(models[0].onnx, "fp32", int(threads), shape).kernels()
    json.dump({"seconds": list(seconds.values()), "kernels": sorted(kernels)}, sys.stdout)


if __name__ == "__main__":
    main()
