"""An int8 twin of a network with random weights, for timing (extra `quantize`)."""

from pathlib import Path

import numpy as np

from neurocyte.benchmark.speed.timed_model import write_timed_model
from neurocyte.errors import MissingExtraError
from neurocyte.models.folder import Model, load_model

_TILES, _SIDE = 4, 256


def with_int8(model: Model, folder: Path) -> Model:
    """Give a timed model an int8 network beside its float one, calibrated on noise.

    Where its ranges lie changes no time, and what it would cost in accuracy random weights cannot tell.

    Args:
        model: of `write_timed_model`, with a float network alone.
        folder: where it lies; the network is written there.

    Returns:
        The model with both.

    Raises:
        MissingExtraError: the quantiser is not installed.
        ModelError: it cannot take the network.
    """
    try:
        from neurocyte.quantization.network import quantize
    except ModuleNotFoundError as exc:
        raise MissingExtraError(f'--int8 needs {exc.name}: pip install "neurocyte[quantize]".') from exc
    chance = np.random.default_rng(0)
    tiles = [chance.random((1, 3, _SIDE, _SIDE), dtype=np.float32) for _ in range(_TILES)]
    int8 = quantize(model.onnx, tiles)
    return load_model(write_timed_model(folder, model.onnx, model.config.outputs, int8))
