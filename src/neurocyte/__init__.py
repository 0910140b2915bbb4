"""neurocyte: microscope images of neural cells to masks, counted cells and measurements."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

# The functions import what they need when called, so that importing the package costs nothing.
if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from neurocyte.models.config import Task
    from neurocyte.runtime import Precision
    from neurocyte.segmentation import Segmentation, Segmenter

    __version__: str

__all__ = ["__version__", "load_model", "measure", "segment"]

DEFAULT_MODEL = "neurocyte-fast"


def segment(
    image: "NDArray[Any] | str | Path",
    model: "Segmenter | str | Path" = DEFAULT_MODEL,
    *,
    task: "Task | None" = None,
    pixel_size_um: float | None = None,
    min_confidence: float | None = None,
    channel: str | int | None = None,
    z_projection: str | int | None = None,
    time: int | None = None,
    scene: int | None = None,
) -> "Segmentation":
    """Find the cells of one image.

    Args:
        image: an array (H, W) or (H, W, 3), bool, integer or float; or an image file.
        model: what `load_model` gave, or a bundled model's name or a model folder. A name compiles the
            network at every call: for many images, load the model once.
        task: "cells" separates instances, "mask" labels the components of the foreground; None for what the
            model was trained for.
        pixel_size_um: in micrometres; None for what the file says, if it does.
        min_confidence: cells below it are dropped, 0 to 1; None for the model's own limit.
        channel: of a file with several, a name or a number from 0.
        z_projection: of a file with a z stack, "max", "min", "mean", "focus", "middle" or a plane's number.
        time: of a file with several time points, the number of one from 0.
        scene: of a file with several scenes, series, positions or fields, the number of one from 0.

    Returns:
        `labels` (H, W), `probability` (H, W), `confidences` (n,), and `table`, a row a cell.

    Raises:
        InputError: the image cannot be read or used, or one of several planes was to be chosen.
        UsageError: the model is missing or damaged, or a setting is out of its range.
    """
    from neurocyte.errors import UsageError
    from neurocyte.io.selection import Selection
    from neurocyte.segmentation import Segmenter

    selection = Selection(channel, z_projection, time, scene)

    segmenter = model if isinstance(model, Segmenter) else load_model(model)
    if isinstance(image, (str, Path)):
        from neurocyte.io.images import read_image

        file = read_image(image, selection)
        pixel_size_um = file.pixel_size_um if pixel_size_um is None else pixel_size_um
        image = file.pixels
    elif selection != Selection():
        raise UsageError("channel, z_projection, time and scene choose from a file: index the array instead.")
    return segmenter.segment(image, pixel_size_um, task, min_confidence)


def load_model(
    name_or_dir: str | Path = DEFAULT_MODEL,
    *,
    precision: "Precision" = "auto",
    threads: int | None = None,
    tile_size: int | None = None,
    tta: bool = False,
) -> "Segmenter":
    """Load and compile a model, for any number of images.

    Args:
        name_or_dir: a bundled model's name or a model folder.
        precision: "fp32", "bf16", "int8" (where the model folder has it), or "auto": the fastest that the
            processor has and that was measured to give the same accuracy (see docs/ENGINEERS.md).
        threads: processor threads, None for all.
        tile_size: largest tile side in pixels, None for the model's own; smaller takes less memory.
        tta: whether to average the predictions of the image and its three flips; four times the work.

    Returns:
        A segmenter, which `segment` takes as its model.

    Raises:
        ModelError: the model is missing, damaged or of an unknown format version.
        UsageError: a setting is out of its range.
    """
    from neurocyte import models
    from neurocyte.segmentation import Segmenter

    return Segmenter(models.load_model(name_or_dir), precision, threads, tile_size, tta=tta)


def measure(
    labels: "NDArray[np.integer]",
    image: "NDArray[Any] | None" = None,
    confidences: "NDArray[np.float32] | None" = None,
    pixel_size_um: float | None = None,
) -> "pd.DataFrame":
    """Measure the cells of a label image; see neurocyte.measurement for the columns.

    Args:
        labels: integer (H, W), 0 = background.
        image: (H, W) or (H, W, 3), for the intensities; None leaves them empty.
        confidences: float32 (n,), of label i at i - 1.
        pixel_size_um: in micrometres, for lengths and areas in them.

    Returns:
        One row a cell.

    Raises:
        InputError: the arrays do not fit each other.
    """
    from neurocyte.measurement import measure as measure_cells

    return measure_cells(labels, image, confidences, pixel_size_um)


if not TYPE_CHECKING:  # A checker would take any misspelt name for a string.

    def __getattr__(name: str) -> str:
        if name == "__version__":
            from importlib.metadata import version

            return version("neurocyte")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
