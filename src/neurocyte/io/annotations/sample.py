"""What every annotation format is turned into: samples of a data set."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io.annotations.cells import Cell, Cells, CellsLoader, pixels_by_label
from neurocyte.io.digest import Status, content_hash
from neurocyte.io.images import Image, image_shape, read_image


@dataclass(frozen=True)
class Annotation:
    """The cells of one image.

    Attributes:
        labels: (H, W) uint16 or uint32, 0 = background, cells 1..n without gaps.
        lost_pixels: Pixels that more than one cell claimed; a label image gives each to one cell only.
        instances: Annotated cells, those without a pixel included.
        dropped: Annotated cells that have no pixel in ``labels`` (drawn over, or empty).
    """

    labels: npt.NDArray[Any]
    lost_pixels: int
    instances: int
    dropped: int


@dataclass(frozen=True)
class Sample:
    """One annotated image; nothing is read before it is asked for.

    Attributes:
        stem: Its name, unique in the data set.
        image_path: The picture.
        cell_type: Type of the cells, where the data say it.
        group: Samples of one group (one well, one culture) belong on the same side of a split; None: alone.
        load: Reads the annotation.
        load_cells: Reads the cells with their overlaps; None where a label image is all there is.
        shape: (H, W) of the image as the annotation states it; None where it does not.
    """

    stem: str
    image_path: Path
    cell_type: str | None
    group: str | None
    load: Callable[[], Annotation]
    load_cells: CellsLoader | None = None
    shape: tuple[int, int] | None = None

    def read_image(self) -> Image:
        """Read the picture.

        Returns:
            The image.

        Raises:
            InputError: It cannot be read.
        """
        return read_image(self.image_path)

    def read_labels(self) -> Annotation:
        """Read the annotation as a label image of the picture's size.

        Returns:
            Labels with the counts of what overlaps cost.

        Raises:
            InputError: The annotation is damaged or of another size than the picture.
        """
        self._check_stated_shape()
        annotation = self.load()
        self._check_shape(annotation.labels.shape)
        return annotation

    def read_cells(self) -> Cells:
        """Read the annotation cell by cell, before overlaps are lost to a label image.

        Returns:
            The cells in the order in which they are drawn.

        Raises:
            InputError: The annotation is damaged or of another size than the picture.
        """
        if self.load_cells is None:
            labels = self.read_labels().labels
            height, width = labels.shape
            parts = pixels_by_label(labels).values()
            return Cells((height, width), tuple(Cell(pixels, self.cell_type) for pixels in parts))
        self._check_stated_shape()
        cells = self.load_cells()
        self._check_shape(cells.shape)
        return cells

    def _check_stated_shape(self) -> None:
        # Before anything is made of that size: it may be of any.
        if self.shape is not None:
            self._check_shape(self.shape)

    def _check_shape(self, annotated: tuple[int, ...]) -> None:
        shape = image_shape(self.image_path)
        if annotated != shape:
            height, width = annotated
            raise InputError(
                f"{self.image_path} is {shape[1]} x {shape[0]} pixels but its annotation {width} x {height}: "
                "give both the same size."
            )


@dataclass(frozen=True)
class Dataset:
    """Annotated images in one folder.

    Attributes:
        root: The folder (for COCO: the folder of the json file).
        format: "kaggle", "masks", "labels", "coco", "rois", "geojson" or "ome-zarr".
        samples: Sorted by stem.
        notes: Sentences on what was left out and why.
        sources: The annotation files, sorted.
    """

    root: Path
    format: str
    samples: tuple[Sample, ...]
    notes: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    def content_hash(self) -> str:
        """Identify the data by content: the same stems, pictures and annotation files give the same hash.

        Returns:
            SHA-256 as 64 hexadecimal digits.

        Raises:
            InputError: A file cannot be read.
        """
        digest = hashlib.sha256(self.format.encode())
        named = [(sample.stem, sample.image_path) for sample in self.samples]
        named += [(source.name, source) for source in self.sources]
        for name, path in named:
            try:
                content = bytes.fromhex(content_hash(path, Status.of(path)))
            except OSError as exc:
                raise InputError(f"{path} cannot be read ({exc.strerror}): check the file.") from exc
            digest.update(hashlib.sha256(name.encode()).digest() + content)
        return digest.hexdigest()
