from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurocyte.models.onnx_file import has_external_data

onnx = pytest.importorskip("onnx")


def external_tensor() -> Any:
    tensor = onnx.numpy_helper.from_array(onnx.numpy_helper.np.ones(4, "float32"), "w")
    onnx.external_data_helper.set_external_data(tensor, location="weights.bin")
    return tensor


def serialize(nodes: list[Any], tensors: list[Any]) -> bytes:
    graph = onnx.helper.make_graph(nodes, "g", [], [], tensors)
    return bytes(onnx.helper.make_model(graph).SerializeToString())


def test_weights_inside(make_model: Callable[..., Path]) -> None:
    assert not has_external_data((make_model() / "model.onnx").read_bytes())


def test_an_initializer_outside() -> None:
    assert has_external_data(serialize([], [external_tensor()]))


def test_a_constant_outside() -> None:
    node = onnx.helper.make_node("Constant", [], ["c"], value=external_tensor())
    assert has_external_data(serialize([node], []))


def test_a_branch_outside() -> None:
    branch = onnx.helper.make_graph([], "b", [], [], [external_tensor()])
    node = onnx.helper.make_node("If", ["c"], ["y"], then_branch=branch)
    assert has_external_data(serialize([node], []))


def test_every_cut_within_the_graph_is_noticed() -> None:
    data = serialize([], [external_tensor()])
    # Two bytes of IR version, the graph's tag and length, the graph.
    assert data[2] == 7 << 3 | 2
    for length in range(3, 4 + data[3]):
        with pytest.raises(ValueError, match="the file is cut off"):
            has_external_data(data[:length])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x0b", "wire type 3 is unknown"),
        (b"\xff" * 12, "a number is too long"),
        (b"\x0d\x00", "the file is cut off"),
    ],
)
def test_what_is_no_protobuf(data: bytes, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        has_external_data(data)


def test_deep_nesting() -> None:
    graph = onnx.helper.make_graph([], "b", [], [], [])
    for _ in range(30):
        node = onnx.helper.make_node("If", ["c"], ["y"], then_branch=graph)
        graph = onnx.helper.make_graph([node], "b", [], [])
    with pytest.raises(ValueError, match="graphs are nested too deeply"):
        has_external_data(bytes(onnx.helper.make_model(graph).SerializeToString()))
