"""A model whose network looks around each pixel, so that borders and sizes matter."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def make_blurring(make_model: Callable[..., Path]) -> Callable[..., Path]:
    """Write a model folder with a 5 x 5 convolution; arguments as for `make_model`."""
    onnx = pytest.importorskip("onnx")

    def make(name: str = "tiny", **sections: Any) -> Path:
        folder = make_model(name, **sections)
        network = onnx.load(folder / "model.onnx")
        network.graph.node[0].attribute.append(onnx.helper.make_attribute("pads", [2, 2, 2, 2]))
        kernel = np.random.default_rng(0).normal(0.02, 0.1, (1, 3, 5, 5)).astype(np.float32)
        network.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(kernel, "kernel"))
        network.graph.initializer[1].CopyFrom(
            onnx.numpy_helper.from_array(np.array([-1], np.float32), "bias")
        )
        data = network.SerializeToString()
        (folder / "model.onnx").write_bytes(data)
        config = json.loads((folder / "config.json").read_text())
        config["files"] = {"model.onnx": hashlib.sha256(data).hexdigest()}
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make
