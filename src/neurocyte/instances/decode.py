"""The one way from a network's maps to cells."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.errors import InputError, UsageError
from neurocyte.instances.flows import Followed, flow_field, follow, join_alike
from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, LabelArray, clean_labels, mean_by_label
from neurocyte.instances.watershed import split_touching
from neurocyte.models.config import FLOW_OUTPUTS, Decoding, FlowConfig, InstanceConfig

Task = Literal["cells", "mask"]


def decode(
    probability: npt.NDArray[np.floating], settings: Decoding, task: Task = "cells"
) -> tuple[LabelArray, FloatArray]:
    """Turn a network's maps into a label image and one confidence a cell.

    The foreground is where the first map is at least the threshold. It is cut into cells with the method
    "watershed" (by the foreground's own shape, see `watershed.split_touching`), or by the further maps with
    "flows" (see `flows.follow` and `flows.join_alike`). With "components", and always for the task "mask",
    every 8-connected component is an instance.

    Args:
        probability: float (H, W) or (K, H, W), in [0, 1]: the foreground, and for "flows" the other maps of
            `neurocyte.models.config.FLOW_OUTPUTS`.
        settings: Method, threshold, min_area (px) and what the method needs; for the task "mask" only
            threshold and min_area count.
        task: "cells" separates touching cells, "mask" labels the components of the foreground.

    Returns:
        labels: uint16 (H, W), uint32 above 65535 instances; 0 is background, the instances 1..n are in the
            raster order of their first pixel.
        confidences: float32 (n,) in [0, 1], of label i at i - 1: the mean foreground probability over the
            instance's pixels. It ranks cells; it is not calibrated to be the chance of being right.

    Raises:
        InputError: The array is not two- or three-dimensional, or lacks maps that the method needs.
        UsageError: The task or the method is unknown.
    """
    foreground = _foreground_map(probability)
    labels, _ = cut(probability, settings, task)
    return labels, mean_by_label(foreground, labels)


def cut(
    probability: npt.NDArray[np.floating], settings: Decoding, task: Task = "cells"
) -> tuple[LabelArray, Followed | None]:
    """Do the work of `decode`.

    Args:
        probability: as there, like the other arguments and the errors.
        settings: likewise.
        task: likewise.

    Returns:
        The labels; where flows were followed what they were made of, which the cells' confidence is worked
        out from, else None.
    """
    foreground = _foreground_map(probability)
    if task not in ("cells", "mask"):
        raise UsageError(f"Unknown task {task!r}: use 'cells' or 'mask'.")
    if settings.method not in ("watershed", "components", "flows"):
        raise UsageError(
            f"Unknown instance method {settings.method!r}: use 'watershed', 'components' or 'flows'."
        )
    mask = foreground >= settings.threshold
    regions: IntArray
    followed = None
    if task == "cells" and isinstance(settings, FlowConfig):
        _check_maps(probability)
        followed = follow(flow_field(probability, settings.reach), mask)
        regions = join_alike(followed)
    else:
        regions, count = ndimage.label(mask, structure=EIGHT)
        if (
            task == "cells"
            and isinstance(settings, InstanceConfig)
            and settings.method == "watershed"
            and count
        ):
            regions = split_touching(foreground, mask, regions, settings)
    return clean_labels(regions, settings.min_area), followed


def _foreground_map(probability: npt.NDArray[np.floating]) -> FloatArray:
    """The (H, W) float32 foreground map of (H, W) or (K, H, W) probabilities."""
    array = np.asarray(probability)
    if array.ndim not in (2, 3) or (array.ndim == 3 and not len(array)):
        raise InputError(
            f"Probabilities of shape {array.shape} cannot be decoded: give an array (H, W) or (K, H, W)."
        )
    return (array if array.ndim == 2 else array[0]).astype(np.float32, copy=False)


def _check_maps(probability: npt.NDArray[np.floating]) -> None:
    """Raise InputError unless there is a map for each output that flows are followed by."""
    if len(probability) != len(FLOW_OUTPUTS) or np.ndim(probability) != 3:
        raise InputError(
            f"Maps of shape {np.shape(probability)} cannot be followed: give {len(FLOW_OUTPUTS)} maps "
            f"({', '.join(FLOW_OUTPUTS)})."
        )
