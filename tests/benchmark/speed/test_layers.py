"""Arithmetic and traffic of graphs whose numbers are known."""

import numpy as np
import pytest

from conftest import onnx_of_convolution
from neurocyte.benchmark.speed.layers import Profile
from neurocyte.benchmark.speed.roofline import Layer
from neurocyte.models import load_model

onnx = pytest.importorskip("onnx")


def layers(data: bytes, shape: tuple[int, int, int, int]) -> list[Layer]:
    profile = Profile(data, "fp32", 1, shape)
    profile.run()
    return profile.layers()


def test_a_convolution_multiplies_each_weight_with_each_pixel() -> None:
    data = onnx_of_convolution(onnx, np.ones((5, 3, 1, 1), np.float32), np.ones(5, np.float32))
    found = [one for one in layers(data, (1, 3, 32, 64)) if one.macs]
    (convolution,) = found
    assert (convolution.kind, convolution.precision) == ("Convolution", "fp32")
    assert convolution.macs == 3 * 5 * 32 * 64
    # Three planes in, five out, weights and biases; four bytes each.
    assert convolution.bytes == 4 * ((3 + 5) * 32 * 64 + 3 * 5 + 5)
    assert convolution.seconds > 0


def test_a_matrix_product_multiplies_each_weight_with_each_row() -> None:
    weights = onnx.numpy_helper.from_array(np.ones((64, 7), np.float32), "w")
    node = onnx.helper.make_node("MatMul", ["image", "w"], ["logits"])
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("image", ["n", 3, "h", 64]), ("logits", None))
    ]
    graph = onnx.helper.make_graph([node], "graph", ports[:1], ports[1:], [weights])
    opset = onnx.helper.make_opsetid("", 18)
    data = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()
    assert sum(one.macs for one in layers(data, (2, 3, 32, 64))) == 2 * 3 * 32 * 64 * 7


def test_parts_are_told_apart_where_statistics_are_not_trained() -> None:
    """The runtime drops such a batch norm, and with it the names of its parameters."""
    helper, values = onnx.helper, onnx.numpy_helper
    rng = np.random.default_rng(0)
    tensors, nodes, before = [], [], "image"
    for part in ("encoder", "head"):
        tensors.append(values.from_array(rng.random((3, 3, 3, 3), np.float32), f"{part}.conv.weight"))
        for name, fill in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
            tensors.append(values.from_array(np.full(3, fill, np.float32), f"{part}.bn.{name}"))
        norm = [f"{part}.bn.{name}" for name in ("weight", "bias", "running_mean", "running_var")]
        nodes.append(helper.make_node("Conv", [before, f"{part}.conv.weight"], [f"{part}-c"], pads=[1] * 4))
        nodes.append(helper.make_node("BatchNormalization", [f"{part}-c", *norm], [f"{part}-n"]))
        nodes.append(helper.make_node("Relu", [f"{part}-n"], [f"{part}-r"]))
        before = f"{part}-r"
    ports = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 3, "h", "w"])
        for name in ("image", before)
    ]
    graph = helper.make_graph(nodes, "graph", ports[:1], ports[1:], tensors)
    opset = helper.make_opsetid("", 18)
    data = helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()
    stages = [one.stage for one in layers(data, (1, 3, 32, 32)) if one.macs]
    assert stages == ["encoder", "head"]


def test_a_bundled_model_has_the_arithmetic_and_the_parts_of_its_network() -> None:
    pytest.importorskip("torch")
    from neurocyte.export import network_from_config
    from neurocyte.networks.inspection import inspect_network

    # At this size and on AVX2 the runtime fuses a depthwise convolution into the one before it.
    model = load_model("phase-contrast")
    found = layers(model.onnx, (1, 3, 256, 256))
    expected = inspect_network(network_from_config(model.config), side=256).macs
    assert sum(one.macs for one in found) == expected
    by_stage = {one.stage: 0 for one in found}
    for one in found:
        by_stage[one.stage] += one.macs
    # Other is the rearranging of the input.
    assert set(by_stage) == {"other", "encoder", "gates", "decoder", "head"}
    assert by_stage["other"] == 0
    assert by_stage["decoder"] > by_stage["encoder"] > by_stage["gates"] > by_stage["head"] > 0
