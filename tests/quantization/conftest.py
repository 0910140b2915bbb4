"""A small network of several layers that finds bright cells, quantised once for all tests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from conftest import TINY_CONFIG
from neurocyte.io.annotations import open_dataset
from neurocyte.models.parity import Parity

WIDTH = 8


def network() -> bytes:
    """Three convolutions: means of 3 x 3 pixels, a depthwise one, and the logit 40 (x - 0.5)."""
    onnx = pytest.importorskip("onnx")
    helper, values = onnx.helper, onnx.numpy_helper
    rng = np.random.default_rng(0)
    gains = rng.uniform(0.5, 2, WIDTH).astype(np.float32)
    first = np.broadcast_to(gains[:, None, None, None] / 27, (WIDTH, 3, 3, 3)).astype(np.float32)
    depthwise = np.zeros((WIDTH, 1, 3, 3), np.float32)
    depthwise[:, :, 1, 1] = 1
    last = (40 / WIDTH / gains)[None, :, None, None].astype(np.float32)
    pads = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["image", "first"], ["a"], **pads),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "depthwise"], ["c"], group=WIDTH, **pads),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Conv", ["d", "last", "bias"], ["logits"]),
    ]
    tensors = {"first": first, "depthwise": depthwise, "last": last, "bias": np.array([-20], np.float32)}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [values.from_array(tensor, name) for name, tensor in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def write_model(folder: Path, **sections: Any) -> Path:
    """Write a model folder with that network."""
    folder.mkdir()
    data = network()
    (folder / "model.onnx").write_bytes(data)
    (folder / "MODEL_CARD.md").write_text("# small\n\n## Limits\n\nNone.\n")
    files = {"model.onnx": hashlib.sha256(data).hexdigest()}
    (folder / "config.json").write_text(json.dumps({**TINY_CONFIG, "files": files, **sections}))
    return folder


def draw(path: Path, seed: int) -> np.ndarray:
    """Write a picture of bright cells on a dark, noisy ground; returns its label image."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((64, 96), np.uint16)
    for number in range(1, 7):
        row, column = divmod(number - 1, 3)
        top, left = 6 + 30 * row + rng.integers(5), 6 + 30 * column + rng.integers(5)
        labels[top : top + 14, left : left + 16] = number
    grey = 60 + 140 * (labels > 0) + rng.normal(0, 10, labels.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(path)
    return labels


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four pictures in calibrate/, and two with their labels in data/."""
    root = tmp_path_factory.mktemp("pictures")
    for seed in range(4):
        draw(root / f"calibrate/{seed}.png", seed)
    (root / "data/labels").mkdir(parents=True)
    for seed in (10, 11):
        Image.fromarray(draw(root / f"data/images/{seed}.png", seed)).save(root / f"data/labels/{seed}.png")
    return root


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> tuple[Path, Parity]:
    """A model folder with its int8 network, judged on annotated pictures; not to be changed."""
    pytest.importorskip("nncf")
    from neurocyte.quantization.export import export_int8

    folder = write_model(tmp_path_factory.mktemp("models") / "small")
    return folder, export_int8(folder, [pictures / "calibrate"], open_dataset(pictures / "data"))


@pytest.fixture
def copied(exported: tuple[Path, Parity], tmp_path: Path) -> Callable[[], Path]:
    """Give a copy of that folder that a test may change."""
    import shutil

    return lambda: Path(shutil.copytree(exported[0], tmp_path / "copy"))
