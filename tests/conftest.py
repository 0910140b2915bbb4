"""Fixtures shared by every room's tests."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

# Once for all rooms: two session-wide Playwrights cannot run in one process.
from browser import chromium, open_page

__all__ = ["chromium", "open_page"]

_status = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the verdict for `pytest_unconfigure`."""
    session.config.stash[_status] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process with the verdict, without the interpreter's clearing up.

    Qt, Mesa, torch and OpenVINO in one process unload in an order that ends in a segmentation fault, after
    all tests are reported and all fixtures are closed.
    """
    if _status in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_status])


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the models and the compiled networks of whoever runs the tests out of them."""
    base = tmp_path_factory.getbasetemp()
    # One for all of xdist's processes: each network is compiled once.
    os.environ["NEUROCYTE_CACHE"] = str(
        (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "networks"
    )
    os.environ["NEUROCYTE_MODELS"] = str(tmp_path_factory.mktemp("home") / "models")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images (``data/sartorius``, ``data/pfc-pn``, ``weights``); skips without it."""
    root = os.environ.get("NEUROCYTE_DATA")
    if not root:
        pytest.skip("NEUROCYTE_DATA is not set: the real images are not here")
    return Path(root)


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model folder whose network is a 1x1 convolution; returns the folder.

    Without arguments its logit is 20 (x - 0.5), x being the grey value in [0, 1]. Keyword arguments replace
    whole sections of the config; `weights` (K, 3) and `bias` (K,) replace the network's.
    """
    onnx = pytest.importorskip("onnx")

    def make(
        name: str = "tiny", weights: Any = ((20 / 3,) * 3,), bias: Any = (-10.0,), **sections: Any
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        kernel = np.asarray(weights, np.float32)[:, :, None, None]
        data = onnx_of_convolution(onnx, kernel, np.asarray(bias, np.float32))
        (folder / "model.onnx").write_bytes(data)
        config = {
            **TINY_CONFIG,
            "name": name,
            "files": {"model.onnx": hashlib.sha256(data).hexdigest()},
            **sections,
        }
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make


@pytest.fixture
def squares(tmp_path: Path) -> Callable[..., Path]:
    """Write a PNG, (20, 60), of the given number of white 4x4 squares, in `in/` or another folder."""

    def write(name: str, count: int, folder: str = "in") -> Path:
        pixels = np.zeros((20, 60), np.uint8)
        for number in range(count):
            pixels[2:6, 2 + 6 * number : 6 + 6 * number] = 255
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        PillowImage.fromarray(pixels).save(path)
        return path

    return write


def onnx_of_convolution(onnx: Any, kernel: np.ndarray, bias: np.ndarray) -> bytes:
    """Give the bytes of an ONNX model that convolves "image" to "logits", batch, height and width free."""
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel", "bias"], ["logits"])],
        "tiny",
        [helper.make_tensor_value_info("image", float32, ["n", kernel.shape[1], "h", "w"])],
        [helper.make_tensor_value_info("logits", float32, ["n", kernel.shape[0], "h", "w"])],
        [onnx.numpy_helper.from_array(kernel, "kernel"), onnx.numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


TINY_CONFIG: dict[str, Any] = {
    "format": "neurocyte-model",
    "format_version": 1,
    "name": "tiny",
    "description": "A threshold on grey.",
    "license": "MIT",
    "architecture": {
        "name": "threshold",
        "encoder": None,
        "taps": None,
        "gate": None,
        "in_channels": 3,
        "out_channels": 1,
    },
    "input": {
        "channels": "grey",
        "intensity": "dtype",
        "percentiles": [0.5, 99.5],
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "pixel_size_um": None,
        "resize": {"mode": "scale", "factor": 1.0},
    },
    "tile": {"size": 64, "overlap": 16, "multiple": 32},
    "outputs": ["foreground"],
    "task": "cells",
    "instances": {
        "method": "components",
        "threshold": 0.5,
        "min_area": 4,
        "seed_distance": 3.0,
        "smoothing": 0.0,
    },
    "data": {},
    "seed": 0,
    "versions": {},
    "files": {},
}
