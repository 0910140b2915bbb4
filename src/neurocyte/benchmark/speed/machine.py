"""What the machine and its software are."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from neurocyte.benchmark.turns import load
from neurocyte.openvino_core import openvino_core
from neurocyte.runtime import DEVICE, supports_bf16

_SOFTWARE = ("neurocyte", "openvino", "onnxruntime", "torch", "timm")


def describe(threads: int) -> dict[str, Any]:
    """Describe what the times hold for.

    Args:
        threads: that were used.

    Returns:
        Processor, its number of cores, system, versions of what ran the networks (None: not installed), and
        the processes that wanted to run in the last minute.
    """
    core = openvino_core()
    return {
        "processor": str(core.get_property(DEVICE, "FULL_DEVICE_NAME")).strip(),
        "capabilities": list(core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")),
        "cores": os.cpu_count(),
        "threads": threads,
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _SOFTWARE},
        "load": load(),
    }


def precisions(int8: bool) -> tuple[list[str], dict[str, str]]:
    """Tell which precisions are timed here.

    Args:
        int8: whether a network of the run is exported in it.

    Returns:
        Their names, and of the others why not.
    """
    found, without = ["fp32"], {}
    if supports_bf16():
        found.append("bf16")
    else:
        without["bf16"] = "the processor has no bfloat16 arithmetic"
    if int8:
        found.append("int8")
    else:
        without["int8"] = (
            "no network here is exported in it; --int8 quantises those with random weights "
            "(neurocyte[quantize]), for a model: neurocyte export MODEL --precision int8 --calibrate IMAGES, "
            "then --model"
        )
    return found, without


def has_onnx_runtime() -> bool:
    """Tell whether ONNX Runtime is installed."""
    return find_spec("onnxruntime") is not None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
