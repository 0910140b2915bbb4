"""Simulated images in place of real ones, for pictures that may be committed."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurocyte.paper.context import Context
from neurocyte.preprocess import prepare, restore
from neurocyte.simulate import KINDS, simulate
from neurocyte.training.options import TrainOptions

_SEED = 7
_SHAPE = (260, 352)


def simulated_images() -> list[tuple[str, NDArray[np.uint8], NDArray[np.bool_]]]:
    """Return (kind, image (H, W), truth (H, W)) of one simulated image a cell type."""
    made = [(kind, simulate(_SHAPE, None, kind, _SEED)) for kind in KINDS]
    return [(kind, one.image, one.labels > 0) for kind, one in made]


def network_input(image: NDArray[Any], context: Context) -> tuple[Tensor, tuple[int, int]]:
    """Return an image as the recipe's networks see it, float (1, 3, H', W'), and its own shape."""
    prepared = prepare(image, TrainOptions(recipe=context.settings.recipe).input_config())
    return torch.from_numpy(prepared.plane)[None], prepared.shape


def predict(network: nn.Module, image: NDArray[Any], context: Context) -> NDArray[np.float32]:
    """Return the foreground probability, float32 (H, W), at the image's own size."""
    plane, shape = network_input(image, context)
    with torch.no_grad():
        probability = network(plane).sigmoid()[0].numpy()
    native: NDArray[np.float32] = restore(probability, shape)[0]
    return native
