"""How long one image takes: torch, and the runtime on the exported network."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from neurocyte.benchmark.speed.int8 import with_int8
from neurocyte.benchmark.speed.timed_model import write_timed_model
from neurocyte.benchmark.turns import interleave, milliseconds
from neurocyte.errors import MissingExtraError, UsageError
from neurocyte.export import to_onnx
from neurocyte.models.folder import load_model
from neurocyte.networks.segmenter import Segmenter
from neurocyte.paper.cost.timing import machine, torch_threads
from neurocyte.runtime import Precision, Runtime

EAGER = "eager_fp32"
FP32, BF16, INT8 = "runtime_fp32", "runtime_bf16", "runtime_int8"
# As printed, in the order of the columns.
ENGINES = {EAGER: "torch eager fp32", FP32: "runtime fp32", BF16: "runtime bf16", INT8: "runtime int8"}
_PRECISIONS: dict[str, Precision] = {FP32: "fp32", BF16: "bf16", INT8: "int8"}


def latency(
    networks: Mapping[str, Segmenter], side: int, rounds: int, threads: int, exported: Collection[str]
) -> dict[str, Any]:
    """Time one image through each network, all in turns.

    Args:
        networks: by key; left in evaluation mode.
        side: of the square image, pixels; a multiple of 32.
        rounds: timed runs of each variant.
        threads: of torch and of the runtime.
        exported: keys of the networks that the runtime is timed with too; an export can take half a minute.

    Returns:
        ``machine``, ``side``, ``threads``; ``networks``: for each key and each of `ENGINES` median and
        quartiles in milliseconds, None where it was not timed; ``missing``: why not, by engine.
    """
    state = machine()
    missing: dict[str, str] = {}
    variants: dict[tuple[str, str], Callable[[], object]] = {}
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    for key, network in networks.items():
        network.eval()
        variants[key, EAGER] = _eager(network, image)
        if key not in exported:
            continue
        runtimes, without = _runtimes(network, threads)
        missing |= without
        for engine, runtime in runtimes.items():
            variants[key, engine] = _compiled(runtime, image)
        state |= {name: runtimes[FP32].describe()[name] for name in ("device", "version")}
    names = {" ".join(name): run for name, run in variants.items()}
    with torch_threads(threads), torch.inference_mode():
        seconds = interleave(names, rounds)
    measured = {name: milliseconds(taken) for name, taken in seconds.items()}
    state["openvino"] = state.pop("version", None)
    return {
        "machine": state,
        "side": side,
        "threads": threads,
        "networks": {
            key: {engine: measured.get(f"{key} {engine}") for engine in ENGINES} for key in networks
        },
        "missing": missing,
    }


def _runtimes(network: Segmenter, threads: int) -> tuple[dict[str, Runtime], dict[str, str]]:
    """Export a network and compile it in every precision there is; say by engine why one is not there."""
    missing = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = load_model(write_timed_model(folder, to_onnx(network)))
        try:
            model = with_int8(model, folder)
        except MissingExtraError:
            missing[INT8] = 'its quantiser is not installed: pip install "neurocyte[quantize]"'
        runtimes = {}
        for engine, precision in _PRECISIONS.items():
            if engine in missing:
                continue
            try:
                runtimes[engine] = Runtime(model, precision, threads)
            except UsageError:
                missing[engine] = "the processor has no such arithmetic"
    return runtimes, missing


def _eager(network: Segmenter, image: torch.Tensor) -> Callable[[], object]:
    # The runtime gives probabilities; so does this.
    return lambda: network(image).sigmoid()


def _compiled(runtime: Runtime, image: torch.Tensor) -> Callable[[], object]:
    batch = image.numpy()
    return lambda: runtime.predict(batch)
