"""An image's flags, and the sentences that say how each is measured."""

from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from neurocyte.io._text import plural
from neurocyte.models.config import InputConfig
from neurocyte.quality.measures import features_of, saturated_percent
from neurocyte.quality.reference import MARGIN, PERCENTILE, Reference

EMPTY, BLURRED, SATURATED, UNLIKE = "empty", "out of focus", "saturated", "unlike the training data"
FLAGS = (EMPTY, BLURRED, SATURATED, UNLIKE)

# Per cent of the pixels at the ends of the grey scale from which an image counts as saturated.
SATURATED_LIMIT = 1.0
# Standard deviations of the training images by which an image's finest detail may fall below their mean.
SHARPNESS_LIMIT = 3.0


@dataclass(frozen=True)
class Quality:
    """What is measured of an image.

    Args:
        flags: those of `FLAGS` that hold, joined by "; ".
        saturated: per cent of the pixels at the ends of the grey scale; None for floats, which have none.
        sharpness: see `Reference.sharpness`; None without a reference.
        unlikeness: distance from the training images over its limit; None without a reference.
    """

    flags: str
    saturated: float | None
    sharpness: float | None
    unlikeness: float | None

    def to_row(self) -> dict[str, Any]:
        """Give the columns of images.csv."""
        return asdict(self)


def assess(
    pixels: NDArray[Any],
    count: int,
    config: InputConfig,
    pixel_size_um: float | None,
    reference: Reference | None,
) -> Quality:
    """Measure an image and give its flags.

    Args:
        pixels: (H, W) or (H, W, 3), as it was read from its file.
        count: number of cells found.
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.
        reference: of the model, None without one.

    Returns:
        The measures, rounded to four digits after the point.
    """
    saturated = saturated_percent(pixels)
    sharpness = unlikeness = None
    if reference:
        features = features_of(pixels, config, pixel_size_um)
        sharpness = round(reference.sharpness(features), 4)
        unlikeness = round(reference.distance(features) / reference.limit, 4)
    holds = {
        EMPTY: count == 0,
        BLURRED: sharpness is not None and sharpness < -SHARPNESS_LIMIT,
        SATURATED: saturated is not None and saturated > SATURATED_LIMIT,
        UNLIKE: unlikeness is not None and unlikeness > 1,
    }
    return Quality("; ".join(flag for flag in FLAGS if holds[flag]), saturated, sharpness, unlikeness)


def statements(reference: Reference | None) -> dict[str, str]:
    """Say how each flag is measured, as sentences by flag."""
    if reference is None:
        unknown = "Not judged: the model does not hold the statistics of its training images."
        blurred = unlike = unknown
    else:
        images = plural(reference.images, "training image")
        blurred = (
            "The finest detail (what a blur of 0.7 pixels takes away, at the scale at which the network sees "
            "the image, or the image's own where that is smaller) has a share of the contrast "
            f"that is more than {SHARPNESS_LIMIT:g} standard deviations below the mean of the "
            f"model's {images}."
        )
        unlike = (
            f"The Mahalanobis distance ({len(reference.features)} statistics of grey levels and detail) "
            f"from the model's {images} is more than {MARGIN:g} times the {PERCENTILE:g}th percentile of "
            "their own distances."
        )
    return {
        EMPTY: "No cell was found.",
        BLURRED: blurred,
        SATURATED: f"More than {SATURATED_LIMIT:g} % of the pixels are at an end of the grey scale.",
        UNLIKE: unlike,
    }
