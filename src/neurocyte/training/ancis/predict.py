"""From an image to its cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurocyte.networks.ancis import Ancis
from neurocyte.networks.ancis.crops import Window
from neurocyte.preprocess import prepare
from neurocyte.training.ancis.data import input_config

MASK_THRESHOLD = 0.5


@dataclass(frozen=True)
class AncisPrediction:
    """The cells of one image.

    Attributes:
        labels: int32 (H, W), 0 = background, cells 1..n, the most confident first.
        probability: float32 (H, W), the greatest mask probability of any found cell, 0 outside of all boxes.
        confidences: float32 (n,) in [0, 1], falling; of cell 1, 2, ...
    """

    labels: NDArray[np.int32]
    probability: NDArray[np.float32]
    confidences: NDArray[np.float32]


def predict(model: Ancis, image: NDArray[Any]) -> AncisPrediction:
    """Find the cells of an image.

    Args:
        model: trained; stays in the mode it is in.
        image: (H, W) or (H, W, C), grey in [0, 1] or of an integer type, see `neurocyte.preprocess.prepare`.

    Returns:
        The cells at the image's own size; where masks overlap, the more confident cell has the pixel. A cell
        that is left without a pixel is none.

    Raises:
        InputError: the array is no image.
    """
    prepared = prepare(image, input_config(model.anchors.side))
    plane = torch.from_numpy(np.ascontiguousarray(prepared.plane))[None]
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.inference_mode():
        device = next(model.parameters()).device
        found = model(plane.to(device).contiguous(memory_format=torch.channels_last))[0]
    for module, training in modes:
        module.training = training
    labels = np.zeros(prepared.shape, np.int32)
    probability = np.zeros(prepared.shape, np.float32)
    confidences: list[float] = []
    network_shape = (plane.shape[-2], plane.shape[-1])
    # The most confident first: whatever is taken stays taken.
    for patch in found.patches:
        values = torch.sigmoid(patch.logits.float()).cpu().numpy()
        native, resized = to_native(values, patch.window, network_shape, prepared.shape)
        place = (slice(native.top, native.bottom), slice(native.left, native.right))
        probability[place] = np.maximum(probability[place], resized)
        free = (resized > MASK_THRESHOLD) & (labels[place] == 0)
        if free.any():
            confidences.append(float(found.confidences[patch.index]))
            labels[place][free] = len(confidences)
    return AncisPrediction(labels, probability, np.array(confidences, np.float32))


def to_native(
    values: NDArray[np.float32], window: Window, network: tuple[int, int], native: tuple[int, int]
) -> tuple[Window, NDArray[np.float32]]:
    """Resample a patch bilinearly onto the image's own pixels.

    Args:
        values: (h, w), the patch.
        window: its place in the network's square.
        network: (H', W') of the square.
        native: (H, W) of the image.

    Returns:
        The window of the native pixels whose centres lie in the patch, and their values.
    """
    ends = ((window.top, window.bottom), (window.left, window.right))
    axes = [_centres(*end, old, new) for end, old, new in zip(ends, network, native, strict=True)]
    (top, rows), (left, columns) = axes
    tall = _interpolate(values, rows)
    both = _interpolate(np.ascontiguousarray(tall.T), columns).T
    return Window(top, left, top + len(rows), left + len(columns)), np.ascontiguousarray(both)


def _centres(start: int, stop: int, old: int, new: int) -> tuple[int, NDArray[np.float64]]:
    """First native pixel and the places of all within [start, stop), in pixels of the patch."""
    centres = (np.arange(new) + 0.5) * old / new
    inside = np.flatnonzero((centres >= start) & (centres < stop))
    places = np.clip(centres[inside] - 0.5 - start, 0, stop - start - 1)
    return (int(inside[0]) if len(inside) else 0), places


def _interpolate(values: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rows of `values` at fractional places."""
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, len(values) - 1)
    share = (places - low).astype(np.float32)[:, None]
    return values[low] * (1 - share) + values[high] * share
