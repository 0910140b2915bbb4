"""What a lab does without a network: Otsu's threshold and a watershed."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.color import rgb2gray
from skimage.filters import threshold_otsu
from skimage.segmentation import watershed

from neurocyte.instances import LabelArray, clean_labels

# Phase contrast shows cells as texture, darker and brighter than their surroundings: the local deviation
# rises over them, the grey value itself does not. Pixels; half a SH-SY5Y cell.
WINDOW = 9
SEED_DISTANCE = 5
MIN_AREA = 30


def otsu_watershed(pixels: npt.NDArray[Any]) -> LabelArray:
    """Segment by Otsu's threshold on the local standard deviation, cut by a watershed of the distance.

    Nothing is learned and nothing is tuned on the images that are scored: the three lengths are fixed.

    Args:
        pixels: Image, (H, W) or (H, W, 3), any real type.

    Returns:
        Label image, uint16 or uint32 (H, W).

    Source:
        Otsu 1979, "A threshold selection method from gray-level histograms"; watershed of the distance
        transform as in scikit-image's gallery.
    """
    grey = (rgb2gray(pixels) if pixels.ndim == 3 else pixels).astype(np.float64)
    mean = ndimage.uniform_filter(grey, WINDOW)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(grey * grey, WINDOW) - mean * mean, 0))
    if spread.max() == spread.min():
        return np.zeros(grey.shape, dtype=np.uint16)
    mask = spread > threshold_otsu(spread)
    distance = ndimage.distance_transform_edt(mask)
    summits = mask & (distance == ndimage.maximum_filter(distance, size=2 * SEED_DISTANCE + 1))
    seeds, _ = ndimage.label(summits, structure=np.ones((3, 3), dtype=bool))
    return clean_labels(watershed(-distance, seeds, mask=mask), MIN_AREA)
