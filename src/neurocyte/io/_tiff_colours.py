"""What the values of a TIFF page look like: palettes, and scales that run from white to black."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from neurocyte.errors import InputError


def apply_photometric(path: Path, values: npt.NDArray[Any], page: Any) -> npt.NDArray[Any]:
    """Turn stored values into grey, black at 0, or RGB.

    Args:
        path: The file, for messages.
        values: (H, W) or (H, W, 3).
        page: The page that describes them.

    Returns:
        (H, W) or (H, W, 3).

    Raises:
        InputError: They are of a colour space that is not handled.
    """
    kind = tifffile.PHOTOMETRIC
    if page.photometric == kind.PALETTE:
        # A TIFF colour map is (3, 2**bits) in 16 bits.
        colours = (page.colormap >> 8).astype(np.uint8)
        return np.moveaxis(colours[:, values], 0, -1)
    if page.photometric == kind.MINISWHITE:
        if values.dtype == np.bool_:
            # tifffile (and scikit-image) call a bool array white-is-zero when writing, yet store True as 1.
            return values if page.software.startswith("tifffile") else ~values
        if values.dtype.kind == "u":
            return np.iinfo(values.dtype).max - values
        return values
    known = page.photometric in (kind.MINISBLACK, kind.RGB) or (
        page.photometric == kind.YCBCR and page.compression in (6, 7)
    )
    if not known:
        raise InputError(f"{path} is stored as {page.photometric.name}: save it as grey or RGB.")
    return values
