"""The layers of a compiled network: arithmetic, traffic, part of the network and time of each."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.benchmark.speed.roofline import Layer
from neurocyte.openvino_core import openvino_core, ov
from neurocyte.runtime import DEVICE

_HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
_PRECISIONS = {"f32": "fp32", "bf16": "bf16", "i8": "int8", "u8": "int8"}
_BYTES = {"f32": 4, "i32": 4, "u32": 4, "bf16": 2, "f16": 2, "i8": 1, "u8": 1, "boolean": 1, "i64": 8}
# Of a bias that is not there.
_BYTES |= {"dynamic": 0}
# A parameter's name, such as encoder.blocks.0.0.bn1.weight; peers' networks stand in an adapter.
# The quantiser puts a word before a parameter's name, and a number behind.
_PARAMETER = re.compile(
    r"(?:(?:q_output|zero_point|scale)_)?(?:network\.)?(\w+)\.(?:.*\.)?"
    r"(?:weight|bias|running_mean|running_var)(?:\.half)?(?:_\d+)?"
)
_ACTIVATIONS = ("Clamp", "HSwish", "Relu", "Sigmoid", "Swish")
_GATES = "gates"
_NO_STAGE = "other"


class Profile:
    """A network compiled for one size of input, whose layers are timed.

    Args:
        onnx: the exported network.
        precision: "fp32", "bf16" or "int8".
        threads: of the processor.
        shape: of the input, (N, 3, H, W).
    """

    def __init__(self, onnx: bytes, precision: str, threads: int, shape: tuple[int, int, int, int]) -> None:
        network = openvino_core().read_model(onnx)
        network.reshape(list(shape))
        self._stages = parameter_stages(network)
        self._compiled = compile_fixed(network, precision, threads, PERF_COUNT=True)
        self._request = self._compiled.create_infer_request()
        self._image: NDArray[np.float32] = np.random.default_rng(0).random(shape, dtype=np.float32)
        self._seconds: dict[str, list[float]] = {}

    def run(self) -> None:
        """Run once and keep the time of each layer."""
        self._request.infer([self._image])
        for info in self._request.get_profiling_info():
            if info.status == ov.ProfilingInfo.Status.EXECUTED:
                self._seconds.setdefault(info.node_name, []).append(info.real_time.total_seconds())

    def layers(self, timed: bool = True) -> list[Layer]:
        """Give the layers that were executed, in order, with the least of their times; after `run`.

        The least and not the median: an interruption lengthens a layer many times over.

        Args:
            timed: whether the times are of use; the runtime takes them by the clock.
        """
        nodes = self._compiled.get_runtime_model().get_ordered_ops()
        stages = self._layer_stages(nodes)
        return [
            Layer(
                name=node.get_friendly_name(),
                kind=_info(node, "layerType"),
                stage=stages[node.get_friendly_name()] or _NO_STAGE,
                precision=_PRECISIONS.get(_info(node, "runtimePrecision"), "fp32"),
                macs=_macs(node),
                bytes=_traffic(node),
                seconds=min(self._seconds[node.get_friendly_name()]) if timed else None,
            )
            for node in nodes
            if node.get_friendly_name() in self._seconds
        ]

    def kernels(self) -> set[str]:
        """Name the kernels that the runtime chose, such as brgconv_avx2_1x1_f32."""
        return {_info(node, "primitiveType") for node in self._compiled.get_runtime_model().get_ops()}

    def _layer_stages(self, nodes: list[Any]) -> dict[str, str]:
        """The stage of each layer: that of its parameters, else the latest that it gets something from."""
        found: dict[str, str] = {}
        order: list[str] = []
        for node in nodes:
            fused = _info(node, "originalLayersNames").split(",")
            own = next((self._stages[name] for name in fused if self._stages.get(name)), "")
            if own and own not in order:
                order.append(own)
            given = [found[source.get_friendly_name()] for source in _sources(node)]
            found[node.get_friendly_name()] = own or max(
                given, key=lambda stage: order.index(stage) if stage in order else -1, default=""
            )
        for node in nodes:
            # A gate resamples the skip before its first convolution.
            if _info(node, "layerType") == "Interpolate" and _read_by(node, found) == {_GATES}:
                found[node.get_friendly_name()] = _GATES
        return found


def compile_fixed(network: Any, precision: str, threads: int, **options: Any) -> Any:
    """Compile a network as `Runtime` does, for the sizes that it has.

    Args:
        network: an OpenVINO model; its quantised layers run as integers whatever the precision.
        precision: "fp32", "bf16" or "int8".
        threads: of the processor.
        options: further properties of OpenVINO.
    """
    settings = {
        "INFERENCE_PRECISION_HINT": _HINTS[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        **options,
    }
    return openvino_core().compile_model(network, DEVICE, settings)


def parameter_stages(network: Any) -> dict[str, str]:
    """Tell of each operation with parameters which part of the network they belong to.

    Args:
        network: an OpenVINO model whose constants are named like the parameters of the torch network.

    Returns:
        By the operation's name the first part of the parameters' names, such as encoder.
    """
    constant: dict[str, str] = {}
    stages: dict[str, str] = {}
    for op in network.get_ordered_ops():
        name = op.get_friendly_name()
        sources = [source.get_friendly_name() for source in _sources(op)]
        match = _PARAMETER.fullmatch(name) if op.get_type_name() == "Constant" else None
        stage = match[1] if match else next((constant[s] for s in sources if constant.get(s)), "")
        if op.get_type_name() == "Constant" or (sources and all(source in constant for source in sources)):
            constant[name] = stage
        elif stage or _is_activation(op):
            # Of a convolution with untrained statistics the runtime keeps no name but its activation's.
            stages[name] = stage or stages.get(sources[0], "")
    return stages


def _is_activation(op: Any) -> bool:
    """Whether an operation is an activation; SiLU is x times the sigmoid of x."""
    kind = op.get_type_name()
    if kind == "Multiply":
        first, second = _sources(op)
        return second.get_type_name() == "Sigmoid" and bool(_sources(second)[0] == first)
    return kind in _ACTIVATIONS


def _sources(node: Any) -> list[Any]:
    return [port.get_source_output().get_node() for port in node.inputs()]


def _read_by(node: Any, stages: dict[str, str]) -> set[str]:
    targets = [port.get_node() for output in node.outputs() for port in output.get_target_inputs()]
    return {stages[target.get_friendly_name()] for target in targets}


def _info(node: Any, key: str) -> str:
    return str(node.get_rt_info()[key].astype(str))


def _elements(port: Any) -> int:
    shape: list[int] = list(port.get_shape())
    return math.prod(shape)


def _traffic(node: Any) -> int:
    """Bytes of every input and output of a layer."""
    size = 0
    for port in node.inputs():
        source = port.get_source_output()
        precisions = _info(source.get_node(), "outputPrecisions").split(",")
        size += _elements(source) * _BYTES[precisions[source.get_index() % len(precisions)]]
    precisions = _info(node, "outputPrecisions").split(",")
    return size + sum(
        _elements(output) * _BYTES[precisions[index % len(precisions)]]
        for index, output in enumerate(node.outputs())
    )


def _macs(node: Any) -> int:
    kind = _info(node, "layerType")
    if kind not in ("Convolution", "Deconvolution", "FullyConnected", "MatMul"):
        return 0
    result: list[int] = list(node.output(0).get_shape())
    first, second = (port.get_source_output() for port in node.inputs()[:2])
    size: list[int] = list(first.get_shape())
    if kind == "Convolution":
        # Each weight, grouped or not, serves every pixel of the result once. A depthwise convolution that the
        # runtime fuses into a pointwise one before it has its five-dimensional weights among the inputs.
        fused = [_elements(port) for port in node.inputs()[2:] if len(port.get_shape()) == 5]
        pixels, before = math.prod(result[2:]), math.prod(size[2:])
        own = before if fused else pixels
        return result[0] * (own * _elements(second) + pixels * sum(fused))
    if kind == "Deconvolution":
        return math.prod(size[2:]) * result[0] * _elements(second)
    # (M, K) and (K, N) to (M, N), whichever of them is transposed: MK * KN / MN = K squared.
    batch = math.prod(result[:-2])
    # One matrix may serve all of a batch.
    weights = _elements(second) * batch // math.prod(second.get_shape()[:-2])
    inner = math.isqrt(_elements(first) * weights // math.prod(result) // batch)
    return math.prod(result) * inner
