"""Run an exported network on the processor, with OpenVINO.

Why OpenVINO and not ONNX Runtime: on the linknet-ag network at 704 x 544, two threads, the two are within
15 % of each other in fp32, but OpenVINO also computes in bfloat16 on processors that have it, in 0.44 of the
time. Why one compilation with free batch, height and width, and not one a shape: both run equally fast (0.9
to 1.1), a new shape costs 0.1 s instead of 0.5 s, and one compiled network is kept between runs, not many
(neurocyte.compiled).
"""

import threading
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurocyte.compiled import compile_network
from neurocyte.errors import ModelError, UsageError
from neurocyte.models.folder import Model
from neurocyte.models.parity import Parity
from neurocyte.openvino_core import openvino_core, ov
from neurocyte.processes import processors
from neurocyte.processor import has_int8_products

Float32 = NDArray[np.float32]
Precision = Literal["auto", "fp32", "bf16", "int8"]

DEVICE = "CPU"
INPUT_NAME = "image"
OUTPUT_NAME = "logits"
# What an int8 network leaves in float is computed as when it was judged, whatever the processor has.
_HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


class Runtime:
    """A compiled network; the same input, precision and thread count give the same output, bit for bit.

    Args:
        model: a loaded model folder.
        precision: "fp32"; "bf16", bfloat16 arithmetic; "int8", the folder's int8 network; or "auto", by the
            rule of `resolve_precision`.
        threads: processor threads, None for OpenVINO's choice.

    Raises:
        UsageError: the precision is unknown or not this processor's, or threads is below 1.
        ModelError: the model has no int8 network, or it is damaged; the network cannot be compiled, or has
            other inputs and outputs than a model must have.
    """

    def __init__(self, model: Model, precision: Precision = "auto", threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"{threads} threads cannot run a network; give at least 1.")
        self.precision = choose_precision(precision, model)
        name, data = model.network(self.precision)
        self._file = model.path / name
        self._channels = len(model.config.outputs)
        self._device_name = str(openvino_core().get_property(DEVICE, "FULL_DEVICE_NAME")).strip()
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _HINTS[self.precision],
            "PERFORMANCE_HINT": "LATENCY",
            # Threads that are bound to a processor each are steadier where there is one for each. Where they
            # are fewer, so are those of other processes, all to the same first processors: the rest idles.
            "ENABLE_CPU_PINNING": threads is None or threads >= processors(),
        }
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            self._compiled = compile_network(data, DEVICE, options, _check_names)
        except (RuntimeError, ValueError) as exc:
            raise ModelError(f"{self._file} cannot be run ({_cause(exc)}); export it again.") from exc
        self._request = self._compiled.create_infer_request()
        # A request holds one inference at a time; threads that share a Runtime take turns.
        self._lock = threading.Lock()

    def predict(self, batch: Float32) -> Float32:
        """Give the probabilities of a batch of tiles.

        Args:
            batch: float32 (N, 3, h, w), normalised; h and w are multiples of the model's `tile.multiple`.

        Returns:
            float32 (N, K, h, w) in [0, 1], the sigmoid of the network's logits.

        Raises:
            ModelError: the network fails, or gives another shape.
        """
        try:
            with self._lock:
                logits = np.asarray(self._request.infer({INPUT_NAME: batch})[OUTPUT_NAME], dtype=np.float32)
        except RuntimeError as exc:
            raise ModelError(
                f"{self._file} failed on an input of shape {batch.shape} ({_cause(exc)}); "
                "try a smaller --tile."
            ) from exc
        expected = (batch.shape[0], self._channels, *batch.shape[2:])
        if logits.shape != expected:
            raise ModelError(
                f"{self._file} gave the shape {logits.shape} where {expected} is due; export it again."
            )
        return _logistic(logits)

    def describe(self) -> dict[str, Any]:
        """Tell engine, version, device, precision and threads, for run.json."""
        return {
            "engine": "openvino",
            "version": ov.__version__,
            "device": self._device_name,
            "precision": self.precision,
            "threads": int(self._compiled.get_property("INFERENCE_NUM_THREADS")),
        }


def _logistic(logits: Float32) -> Float32:
    """Return 1 / (1 + exp(-x)), in a quarter of the time that SciPy's expit takes."""
    result = np.negative(logits)
    # Below -88 the exponential is infinite, and its reciprocal the 0 that is wanted.
    with np.errstate(over="ignore"):
        np.exp(result, out=result)
    result += 1
    return np.reciprocal(result, out=result)


def supports_bf16() -> bool:
    """Tell whether the processor computes in bfloat16 itself (AVX-512 BF16 or AMX)."""
    return "BF16" in openvino_core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")


def choose_precision(precision: str, model: Model) -> Literal["fp32", "bf16", "int8"]:
    """Choose the arithmetic for a model on this processor.

    Args:
        precision: as for `Runtime`.
        model: a loaded model folder.

    Raises:
        UsageError: as for `resolve_precision`.
        ModelError: precision.json, which says how int8 compares, is damaged.
    """
    prefers_int8 = False
    if precision == "auto" and model.has_int8 and has_int8_products():
        parity = Parity.load(model)
        prefers_int8 = parity is not None and parity.fits(model.config) and parity.close
    return resolve_precision(precision, supports_bf16(), prefers_int8)


def resolve_precision(
    precision: str, has_bf16: bool, prefers_int8: bool = False
) -> Literal["fp32", "bf16", "int8"]:
    """Choose the arithmetic.

    "auto" is int8 where it is preferred, else bf16 where the processor has it, else fp32.

    Args:
        precision: as for `Runtime`.
        has_bf16: whether the processor computes in bfloat16 itself.
        prefers_int8: whether the model holds an int8 network that was judged as close to fp32 and the
            processor has int8 products, so that it is faster.

    Raises:
        UsageError: the precision is unknown, or bf16 was asked for and the processor lacks it.
    """
    if precision == "auto":
        return "int8" if prefers_int8 else "bf16" if has_bf16 else "fp32"
    if precision == "bf16" and not has_bf16:
        raise UsageError("This processor has no bfloat16 arithmetic; use --precision fp32 or auto.")
    if precision == "fp32":
        return "fp32"
    if precision == "bf16":
        return "bf16"
    if precision == "int8":
        return "int8"
    raise UsageError(f"The precision {precision!r} is unknown; use auto, fp32, bf16 or int8.")


def _check_names(network: ov.Model) -> None:
    for ports, name in ((network.inputs, INPUT_NAME), (network.outputs, OUTPUT_NAME)):
        found = [port.get_any_name() for port in ports]
        if found != [name]:
            raise ValueError(f"it has {', '.join(found)} where '{name}' is due")


def _cause(exc: Exception) -> str:
    """Shorten OpenVINO's stack of messages to the last, which names the cause."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(exc).__name__
