"""A table of measurements, one row a cell, and the sums of an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from neurocyte.errors import InputError
from neurocyte.hulls import hull_areas
from neurocyte.instances.labels import compact_labels
from neurocyte.perimeters import perimeters
from neurocyte.preprocess import LUMINANCE
from neurocyte.skeletons import skeletons

# pandas takes a third of the start, and is first needed when an image's cells are measured.
if TYPE_CHECKING:
    import pandas as pd

_PIXEL_COLUMNS: dict[str, str] = {
    "label": "int64",
    "centroid_y": "float64",
    "centroid_x": "float64",
    "bbox_top": "int64",
    "bbox_left": "int64",
    "bbox_bottom": "int64",
    "bbox_right": "int64",
    "area_px": "int64",
    "perimeter_px": "float64",
    "equivalent_diameter_px": "float64",
    "major_axis_px": "float64",
    "minor_axis_px": "float64",
    "eccentricity": "float64",
    "solidity": "float64",
    "intensity_mean": "float64",
    "intensity_std": "float64",
    "skeleton_length_px": "float64",
    "branch_count": "int64",
    "touches_border": "bool",
    "confidence": "float64",
}

# The column in micrometres, the column in pixels it comes from, and the power of the pixel size.
_MICROMETRE_COLUMNS = (
    ("area_um2", "area_px", 2),
    ("perimeter_um", "perimeter_px", 1),
    ("equivalent_diameter_um", "equivalent_diameter_px", 1),
    ("major_axis_um", "major_axis_px", 1),
    ("minor_axis_um", "minor_axis_px", 1),
    ("skeleton_length_um", "skeleton_length_px", 1),
    ("centroid_y_um", "centroid_y", 1),
    ("centroid_x_um", "centroid_x", 1),
)

Floats = NDArray[np.float64]


def measure(
    labels: NDArray[np.integer[Any]],
    image: NDArray[Any] | None = None,
    confidences: ArrayLike | None = None,
    pixel_size_um: float | None = None,
) -> pd.DataFrame:
    """Measure every cell of a label image.

    The columns, pixels being unit squares whose centres have whole-numbered coordinates:

    - `label`; `centroid_y`, `centroid_x`: mean row and column of the cell's pixels.
    - `bbox_top`, `bbox_left`, `bbox_bottom`, `bbox_right`: first row and column, and last row and column + 1.
    - `area_px`: number of pixels. `equivalent_diameter_px`: of the disk of that area, sqrt(4 area / pi).
    - `perimeter_px`: length of the line through the centres of the border pixels (a square of side s has
      4 (s - 1)), holes included, after Benkrid and Crookes as in scikit-image; 5 % too long for large disks.
    - `major_axis_px`, `minor_axis_px`: full axes of the ellipse with the same second central moments;
      `eccentricity`: of that ellipse, 0 for a circle and towards 1 for a line.
    - `solidity`: area over the number of pixels of the convex hull, in (0, 1].
    - `intensity_mean`, `intensity_std`: mean and population standard deviation of the image's grey levels
      (luminance of a colour image) over the cell; NaN without an image.
    - `skeleton_length_px`: length of the centre lines, cell by cell: 1 for each straight and sqrt(2) for each
      diagonal step. `branch_count`: number of points where three or more lines meet.
    - `touches_border`: the cell has a pixel in the image's outermost rows or columns, so it may be cut.
    - `confidence`: as given, NaN if not.
    - With a pixel size: `area_um2`, and `_um` twins of all lengths and of the centroid.

    Args:
        labels: Label image, integer or bool (H, W), not negative, 0 is background; labels may have gaps.
        image: (H, W), or (H, W, 3) RGB, of any real type, or None.
        confidences: (n,), of label i at i - 1, n at least the highest label; or None.
        pixel_size_um: Side of a pixel in micrometres, or None.

    Returns:
        One row a cell, in the order of the labels; without cells an empty table of the same columns.

    Raises:
        InputError: Labels, image, confidences or pixel size do not fit together.
    """
    import pandas as pd

    labels = _check_labels(labels)
    _check_pixel_size(pixel_size_um)
    compact, values = compact_labels(labels)
    columns = _columns(compact, image, len(values)) if len(values) else {}
    columns["label"] = values
    columns["confidence"] = _confidence(confidences, values)
    table = pd.DataFrame(
        {
            name: np.asarray(columns.get(name, np.full(len(values), np.nan)), dtype=dtype)
            for name, dtype in _PIXEL_COLUMNS.items()
        }
    )
    return add_micrometres(table, pixel_size_um)


def column_names(in_micrometres: bool) -> list[str]:
    """Name the columns of `measure`, with or without those in micrometres."""
    names = list(_PIXEL_COLUMNS)
    return names + [name for name, *_ in _MICROMETRE_COLUMNS] if in_micrometres else names


def add_micrometres(table: pd.DataFrame, pixel_size_um: float | None) -> pd.DataFrame:
    """Add the columns in micrometres to a table in pixels.

    Args:
        table: As `measure` gives it without a pixel size; changed.
        pixel_size_um: Side of a pixel in micrometres; None adds none.

    Returns:
        The same table.
    """
    if pixel_size_um is not None:
        for name, source, power in _MICROMETRE_COLUMNS:
            table[name] = table[source].astype("float64") * pixel_size_um**power
    return table


def summarise(
    labels: NDArray[np.integer[Any]], table: pd.DataFrame, pixel_size_um: float | None = None
) -> dict[str, float | int | None]:
    """Sum up one image.

    Args:
        labels: Label image, integer (H, W), 0 is background.
        table: Its cells, as `measure` gives them (or some of their rows).
        pixel_size_um: Side of a pixel in micrometres, or None.

    Returns:
        `count`: rows of the table; `confluence`: share of the image's pixels that cells cover, in per cent;
        `density_per_megapixel`: cells per 10**6 pixels; `median_area_px`; and `density_per_mm2` and
        `median_area_um2`. None stands for what is unknown: the median of no cells, micrometres without a
        pixel size.

    Raises:
        InputError: The label image or the pixel size cannot be used.
    """
    labels = _check_labels(labels)
    return summarise_counts(int(np.count_nonzero(labels)), labels.size, table, pixel_size_um)


def summarise_counts(
    covered: int, size: int, table: pd.DataFrame, pixel_size_um: float | None = None
) -> dict[str, float | int | None]:
    """Sum up one image as `summarise` does, its label image already counted.

    Args:
        covered: Pixels that cells cover.
        size: Pixels of the image.
        table: Its cells.
        pixel_size_um: Side of a pixel in micrometres, or None.

    Returns:
        As `summarise`.

    Raises:
        InputError: The pixel size cannot be used.
    """
    _check_pixel_size(pixel_size_um)
    count = len(table)
    median = float(table["area_px"].median()) if count else None
    known = pixel_size_um is not None
    pixel_area = (pixel_size_um or 0.0) ** 2
    return {
        "count": count,
        "confluence": 100.0 * covered / size,
        "density_per_megapixel": count * 1e6 / size,
        "density_per_mm2": count * 1e6 / (size * pixel_area) if known else None,
        "median_area_px": median,
        "median_area_um2": median * pixel_area if known and median is not None else None,
    }


def _check_labels(labels: NDArray[Any]) -> NDArray[np.integer[Any]]:
    """The label image as integers; raises InputError for what is none."""
    labels = np.asarray(labels)
    if labels.ndim != 2 or not labels.size or labels.dtype.kind not in "bui":
        raise InputError(
            f"An array of shape {labels.shape} and type {labels.dtype} is no label image: "
            "give whole numbers in rows and columns."
        )
    if labels.dtype.kind == "i" and labels.min() < 0:
        raise InputError(
            "A label image holds negative numbers: give 0 for the background and 1, 2, ... for cells."
        )
    return labels.astype(np.uint8) if labels.dtype.kind == "b" else labels


def _check_pixel_size(pixel_size_um: float | None) -> None:
    """Raise InputError unless the pixel size is unknown or a positive number."""
    if pixel_size_um is not None and not (math.isfinite(pixel_size_um) and pixel_size_um > 0):
        raise InputError(
            f"A pixel size of {pixel_size_um} um is impossible: give a positive number of micrometres."
        )


def _columns(labels: NDArray[np.integer[Any]], image: NDArray[Any] | None, count: int) -> dict[str, Any]:
    """All columns but label and confidence, of the labels 1..count."""
    height, width = labels.shape
    boxes = ndimage.find_objects(labels)
    top, left = np.array([(rows.start, columns.start) for rows, columns in boxes]).T
    bottom, right = np.array([(rows.stop, columns.stop) for rows, columns in boxes]).T
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(np.float64)
    lines = skeletons(labels, boxes)
    columns = {
        "bbox_top": top,
        "bbox_left": left,
        "bbox_bottom": bottom,
        "bbox_right": right,
        "area_px": area,
        "perimeter_px": perimeters(labels, count),
        "equivalent_diameter_px": np.sqrt(4 * area / math.pi),
        "solidity": area / hull_areas(labels, top, bottom),
        "skeleton_length_px": lines.lengths,
        "branch_count": lines.branches,
        "touches_border": (top == 0) | (left == 0) | (bottom == height) | (right == width),
    }
    pixels = np.flatnonzero(labels > 0)
    owners = labels.ravel()[pixels] - 1
    columns |= _ellipses(owners, *np.divmod(pixels, width), count)
    if image is not None:
        grey = _grey(image, labels.shape).ravel()[pixels]
        mean, deviation = _mean_and_deviation(owners, grey, count)
        columns |= {
            "intensity_mean": mean,
            "intensity_std": np.sqrt(np.bincount(owners, deviation**2) / area),
        }
    return columns


def _ellipses(
    owners: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], count: int
) -> dict[str, Floats]:
    """Centroids and the ellipses of the same second moments: scikit-image's definition, all cells at once."""
    area = np.bincount(owners, minlength=count)
    centre_y, y = _mean_and_deviation(owners, rows, count)
    centre_x, x = _mean_and_deviation(owners, columns, count)
    yy, xx, xy = (np.bincount(owners, product, count) / area for product in (y * y, x * x, x * y))
    half_trace = (yy + xx) / 2
    root = np.hypot((yy - xx) / 2, xy)
    # Rounding may push the lesser eigenvalue of a straight line below zero.
    major, minor = half_trace + root, np.maximum(half_trace - root, 0.0)
    ratio = np.divide(minor, major, out=np.ones_like(major), where=major > 0)
    return {
        "centroid_y": centre_y,
        "centroid_x": centre_x,
        "major_axis_px": 4 * np.sqrt(major),
        "minor_axis_px": 4 * np.sqrt(minor),
        "eccentricity": np.sqrt(1 - ratio),
    }


def _mean_and_deviation(owners: NDArray[Any], values: NDArray[Any], count: int) -> tuple[Floats, Floats]:
    """Mean of the values of each owner (count,), and every value's deviation from its owner's mean."""
    mean: Floats = np.bincount(owners, values, count) / np.bincount(owners, minlength=count)
    return mean, values - mean[owners]


def _grey(image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The image's grey levels (H, W); raises InputError if it does not fit the labels."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.shape[:2] != shape or image.shape[2:] not in ((), (1,), (3,), (4,)):
        raise InputError(
            f"An image of shape {image.shape} does not fit labels of shape {shape}: "
            "give the image they were made from."
        )
    if image.ndim == 2:
        return image
    return image[..., 0] if image.shape[2] == 1 else image[..., :3] @ LUMINANCE.astype(np.float64)


def _confidence(confidences: ArrayLike | None, values: NDArray[np.int64]) -> Floats:
    """The confidence of each label, NaN where none are given."""
    if confidences is None:
        return np.full(len(values), np.nan)
    array = np.asarray(confidences, dtype=np.float64)
    if array.ndim != 1 or (values.size and len(array) < values[-1]):
        raise InputError(
            f"Confidences of shape {array.shape} do not reach label {values.max(initial=0)}: "
            "give one a label, label i at i - 1."
        )
    return array[values - 1]
