"""How well the outlines agree: the boundary F1 score.

Two empty outlines score 1.0, one empty against one that is not 0.0 (see ``empty.py``).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.metrics.empty import ratio
from neurocyte.metrics.semantic import require_same_shape

TOLERANCE_PX = 2.0


def boundary_pixels(labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Mark the foreground pixels that touch another label or the background by a side.

    Args:
        labels: Mask or label image (H, W); 0 = background. In a mask only its outline counts, in a label
            image the lines between touching cells too. The frame of the image is no boundary.

    Returns:
        Boolean (H, W), the inner boundary, one pixel wide.
    """
    edge = np.zeros(labels.shape, dtype=np.bool_)
    down = labels[1:] != labels[:-1]
    right = labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    edge &= labels != 0
    return edge


def boundary_f1(truth: npt.NDArray[Any], pred: npt.NDArray[Any], tolerance_px: float = TOLERANCE_PX) -> float:
    """Harmonic mean of the shares of predicted and of true boundary pixels that have a partner near by.

    Args:
        truth: Mask or label image (H, W); 0 = background.
        pred: Mask or label image of the same shape.
        tolerance_px: Largest Euclidean distance of partners in pixels, >= 0; default 2.

    Returns:
        Score in [0, 1]; 1.0 when neither has a boundary, 0.0 when one has none.

    Raises:
        InputError: The shapes differ.

    Source:
        Csurka et al. 2013, "What is a good evaluation measure for semantic segmentation?".
    """
    require_same_shape(truth, pred)
    true_edge, pred_edge = boundary_pixels(truth), boundary_pixels(pred)
    n_true, n_pred = int(np.count_nonzero(true_edge)), int(np.count_nonzero(pred_edge))
    both_empty = n_true == 0 and n_pred == 0
    disk = _disk(tolerance_px)
    near_true = int(np.count_nonzero(pred_edge & ndimage.binary_dilation(true_edge, disk)))
    near_pred = int(np.count_nonzero(true_edge & ndimage.binary_dilation(pred_edge, disk)))
    right = ratio(near_true, n_pred, both_empty=both_empty)
    found = ratio(near_pred, n_true, both_empty=both_empty)
    return ratio(2 * right * found, right + found, both_empty=both_empty)


def _disk(radius: float) -> npt.NDArray[np.bool_]:
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(y * y + x * x <= radius * radius, dtype=np.bool_)
