"""The ways to run a network, each as a call without arguments that runs it once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.models.folder import Model
from neurocyte.runtime import INPUT_NAME, Runtime
from neurocyte.segmentation import Segmenter

Call = Callable[[], object]
Float32 = NDArray[np.float32]


def torch_eager(network: Any, batch: Float32, threads: int) -> Call:
    """Run a torch network as it stands, then the sigmoid that the runtime gives, too."""
    import torch

    network.eval()
    image = torch.from_numpy(batch)

    def run() -> None:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        with torch.inference_mode():
            network(image).sigmoid()

    return run


def runtime(model: Model, precision: Any, batch: Float32, threads: int) -> Call:
    """Run a model as `neurocyte segment` runs it on a batch of tiles."""
    compiled = Runtime(model, precision, threads)
    return lambda: compiled.predict(batch)


def onnx_runtime(model: Model, batch: Float32, threads: int) -> Call:
    """Run a model in ONNX Runtime, fp32.

    Raises:
        ModuleNotFoundError: onnxruntime is not installed.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.onnx, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {INPUT_NAME: batch})


def whole_image(segmenter: Segmenter, pixels: NDArray[Any]) -> Call:
    """Run the way of an image to its probabilities: normalising, enlarging, tiles, network, blending."""
    return lambda: segmenter.probabilities(pixels)
