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


def test_a_bundled_model_has_the_arithmetic_and_the_parts_of_its_network() -> None:
    pytest.importorskip("torch")
    from neurocyte.export import network_from_config
    from neurocyte.networks.inspection import inspect_network

    model = load_model("phase-contrast-cells")
    found = layers(model.onnx, (1, 3, 64, 64))
    expected = inspect_network(network_from_config(model.config), side=64).macs
    assert sum(one.macs for one in found) == expected
    by_stage = {one.stage: 0 for one in found}
    for one in found:
        by_stage[one.stage] += one.macs
    # Other is the rearranging of the input; the head sees the narrow map at full size.
    assert set(by_stage) == {"other", "encoder", "gates", "decoder", "head"}
    assert by_stage["other"] == 0
    assert by_stage["encoder"] > by_stage["decoder"] > by_stage["gates"] > 0
