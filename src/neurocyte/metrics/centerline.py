"""How well thin processes are found: the centre lines' Dice, clDice.

Two empty masks score 1.0, one empty against one that is not 0.0 (see ``empty.py``).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.morphology import skeletonize

from neurocyte.metrics.empty import ratio
from neurocyte.metrics.semantic import require_same_shape


def cldice(truth: npt.NDArray[Any], pred: npt.NDArray[Any]) -> float:
    """Harmonic mean of the share of predicted centre lines inside the truth and of true ones that are found.

    A process of 3 px weighs here by its length, in Dice by its few pixels. Widths do not count.

    Args:
        truth: Mask or label image (H, W); 0 = background, all cells are one foreground.
        pred: Mask or label image of the same shape.

    Returns:
        Score in [0, 1]; 1.0 when both are empty, 0.0 when one is.

    Raises:
        InputError: The shapes differ.

    Source:
        Shit et al. 2021, "clDice: a novel topology-preserving loss function for tubular structure
        segmentation", equations 1 and 2; thinning by Zhang and Suen 1984, as in scikit-image.
    """
    require_same_shape(truth, pred)
    true_mask, pred_mask = truth != 0, pred != 0
    true_line, pred_line = skeletonize(true_mask), skeletonize(pred_mask)
    n_true, n_pred = int(np.count_nonzero(true_line)), int(np.count_nonzero(pred_line))
    both_empty = n_true == 0 and n_pred == 0
    right = ratio(int(np.count_nonzero(pred_line & true_mask)), n_pred, both_empty=both_empty)
    found = ratio(int(np.count_nonzero(true_line & pred_mask)), n_true, both_empty=both_empty)
    return ratio(2 * right * found, right + found, both_empty=both_empty)
