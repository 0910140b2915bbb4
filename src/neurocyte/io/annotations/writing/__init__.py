"""Writers, one module a format: cells in, files of the format out, and a count of what it cannot hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neurocyte.io.annotations.folders import MasksAre
from neurocyte.io.annotations.writing.base import Annotated, Losses, Writer
from neurocyte.io.annotations.writing.coco import CocoWriter
from neurocyte.io.annotations.writing.geojson import GeojsonWriter
from neurocyte.io.annotations.writing.kaggle import KaggleWriter, SubmissionWriter
from neurocyte.io.annotations.writing.labels import LabelsWriter
from neurocyte.io.annotations.writing.masks import MasksWriter
from neurocyte.io.annotations.writing.ome_tiff import OmeTiffWriter
from neurocyte.io.annotations.writing.ome_zarr import OmeZarrWriter
from neurocyte.io.annotations.writing.rois import RoisWriter

__all__ = ["TARGETS", "Annotated", "Losses", "Writer", "WriterOptions", "open_writer"]


@dataclass(frozen=True)
class WriterOptions:
    """What a writer may be asked for.

    Attributes:
        masks_are: How the masks will be read again.
        polygons: COCO with polygons instead of run lengths.
        predicted: The cells were found by a model, not annotated.
    """

    masks_are: MasksAre = "components"
    polygons: bool = False
    predicted: bool = False


_WRITERS: dict[str, Callable[[Path, WriterOptions], Writer]] = {
    "labels": lambda out, _: LabelsWriter(out),
    "masks": lambda out, options: MasksWriter(out, options.masks_are),
    "coco": lambda out, options: CocoWriter(out, options.polygons),
    "kaggle": lambda out, _: KaggleWriter(out),
    "submission": lambda out, _: SubmissionWriter(out),
    "rois": lambda out, _: RoisWriter(out),
    "geojson": lambda out, options: GeojsonWriter(out, options.predicted),
    "ome-tiff": lambda out, _: OmeTiffWriter(out),
    "ome-zarr": lambda out, _: OmeZarrWriter(out),
}
TARGETS = tuple(_WRITERS)
"""The formats that can be written."""


def open_writer(target: str, out: Path, options: WriterOptions) -> Writer:
    """Begin to write a format; nothing is written yet.

    Args:
        target: One of ``TARGETS``.
        out: The folder; for "submission" also a file that ends in .csv.
        options: What the writer may be asked for.

    Returns:
        The writer.

    Raises:
        MissingExtraError: The format needs a library that is not installed.
    """
    return _WRITERS[target](out, options)
