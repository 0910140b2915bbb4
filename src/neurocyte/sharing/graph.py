"""A model's network with what the bioimage.io specification has no words for put into its graph."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array

from neurocyte.errors import ModelError
from neurocyte.models.config import FixedResize, InputConfig
from neurocyte.models.folder import Model
from neurocyte.runtime import INPUT_NAME, OUTPUT_NAME

IMAGE, RESULT = "raw", "probability"
OPSET = 18


def resamples(config: InputConfig) -> bool:
    """Tell whether the network sees an image at another size than its own."""
    return isinstance(config.resize, FixedResize) or config.resize.factor != 1.0


def whole_graph(model: Model) -> bytes:
    """Wrap a model's network so that images of any size go in, their intensity applied.

    In front: resampling as Pillow's bilinear filter does it (widened when shrinking), grey repeated to three
    channels, mean and std, and reflection at the lower and right border up to whole multiples. Behind: the
    image's part is cut out; where the model resamples, the sigmoid and resampling back, in this order.

    Args:
        model: a loaded model folder.

    Returns:
        The ONNX file, opset 18: input ``raw``, float (N, 1 or 3, H, W), nominally within [0, 1]; output
        ``probability`` (N, K, H, W), which is logits where the model does not resample.

    Raises:
        ModelError: the network is of a later opset.
    """
    network = onnx.load_from_string(model.onnx)
    opset = next((entry.version for entry in network.opset_import if entry.domain == ""), 0)
    if opset > OPSET:
        raise ModelError(f"{model.path} has an ONNX network of opset {opset}; up to {OPSET} can be packed.")
    if opset < OPSET:
        network = onnx.version_converter.convert_version(network, OPSET)
    config, graph = model.config, network.graph
    constants = _Constants()
    nodes = [
        *_before(config.input, config.tile.multiple, constants),
        *graph.node,
        *_after(config.input, constants),
    ]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants.tensors)
    channels = 1 if config.input.channels == "grey" else 3
    _replace(graph.input, IMAGE, ["n", channels, "h", "w"])
    _replace(graph.output, RESULT, ["n", len(config.outputs), "h", "w"])
    onnx.checker.check_model(network)
    return bytes(network.SerializeToString())


class _Constants:
    """Constants of the added nodes, under names that no exported network has."""

    def __init__(self) -> None:
        self.tensors: list[Any] = []

    def __call__(self, value: NDArray[Any]) -> str:
        name = f"raw_constant_{len(self.tensors)}"
        self.tensors.append(from_array(value, name))
        return name


def _before(config: InputConfig, multiple: int, constant: _Constants) -> list[Any]:
    node = helper.make_node
    scale = 1 / np.asarray(config.std, np.float64)
    shift = (-np.asarray(config.mean, np.float64) * scale).astype(np.float32)
    # Mean, std and the repetition of grey in one: a convolution of one pixel.
    kernel = (scale[:, None] if config.channels == "grey" else np.diag(scale)).astype(np.float32)
    axes, none = constant(np.array([2, 3])), constant(np.zeros(2, np.int64))
    nodes = [node("Shape", [IMAGE], ["raw_shape"], start=2), *_network_shape(config, constant)]
    resized = IMAGE
    if resamples(config):
        resized = "raw_resized"
        nodes.append(_resize(IMAGE, resized, "network_shape"))
    return [
        *nodes,
        node("Conv", [resized, constant(kernel[:, :, None, None]), constant(shift)], ["raw_normalised"]),
        node("Neg", ["network_shape"], ["network_shape_negative"]),
        node("Mod", ["network_shape_negative", constant(np.array([multiple]))], ["raw_missing"]),
        node("Concat", [none, "raw_missing"], ["raw_pads"], axis=0),
        node("Pad", ["raw_normalised", "raw_pads", "", axes], [INPUT_NAME], mode="reflect"),
    ]


def _network_shape(config: InputConfig, constant: _Constants) -> list[Any]:
    """Compute the height and width that `neurocyte.preprocess.network_shape` gives."""
    node = helper.make_node
    if isinstance(config.resize, FixedResize):
        shape = constant(np.array([config.resize.height, config.resize.width]))
        return [node("Identity", [shape], ["network_shape"])]
    factor = constant(np.array([config.resize.factor], np.float64))
    return [
        node("Cast", ["raw_shape"], ["raw_shape_real"], to=TensorProto.DOUBLE),
        node("Mul", ["raw_shape_real", factor], ["network_shape_real"]),
        # To even halves, as Python does.
        node("Round", ["network_shape_real"], ["network_shape_round"]),
        node("Cast", ["network_shape_round"], ["network_shape"], to=TensorProto.INT64),
    ]


def _after(config: InputConfig, constant: _Constants) -> list[Any]:
    node = helper.make_node
    zero, axes = constant(np.zeros(2, np.int64)), constant(np.array([2, 3]))
    cut = "network_result" if resamples(config) else RESULT
    nodes = [node("Slice", [OUTPUT_NAME, zero, "network_shape", axes], [cut])]
    if resamples(config):
        nodes += [
            node("Sigmoid", [cut], ["network_probability"]),
            _resize("network_probability", RESULT, "raw_shape"),
        ]
    return nodes


def _resize(source: str, target: str, shape: str) -> Any:
    return helper.make_node(
        "Resize",
        [source, "", "", shape],
        [target],
        axes=[2, 3],
        mode="linear",
        antialias=1,
        # Weights beyond the border are left out, not given to the border's pixels.
        exclude_outside=1,
        coordinate_transformation_mode="half_pixel",
    )


def _replace(values: Any, name: str, shape: list[str | int]) -> None:
    del values[:]
    values.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
