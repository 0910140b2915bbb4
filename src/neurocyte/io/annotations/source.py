"""What is to be converted: a data set, or label images with or without pictures."""

from dataclasses import dataclass
from pathlib import Path

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations.cells import Cells, CellsLoader
from neurocyte.io.annotations.coco import find_coco_json
from neurocyte.io.annotations.dataset import open_dataset
from neurocyte.io.annotations.folders import MasksAre
from neurocyte.io.annotations.ome_zarr import has_cells
from neurocyte.io.annotations.results import are_results, label_images, read_confidences, result_loader
from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.images import image_shape
from neurocyte.io.inputs import images_by_stem, images_in

RESULTS = "results"
"""The name of label images without pictures, such as the OUT of `neurocyte segment`."""


@dataclass(frozen=True)
class Item:
    """One image to convert; nothing is read before it is asked for.

    Attributes:
        stem: Its name, unique among all.
        picture: The picture, where there is one.
        group: The group it belongs to, where the data say it.
        load: Reads its cells.
        sized_by: The file that may say how large a pixel is.
    """

    stem: str
    picture: Path | None
    group: str | None
    load: CellsLoader
    sized_by: Path | None


@dataclass(frozen=True)
class Source:
    """What is to be converted.

    Attributes:
        root: The path that was given.
        format: A format of ``open_dataset``, or "results".
        items: The images.
        notes: Sentences on what was left out and why.
    """

    root: Path
    format: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


def open_source(
    path: str | Path,
    format: str | None = None,  # noqa: A002
    masks_are: MasksAre = "components",
    images: str | Path | None = None,
) -> Source:
    """Find out what is to be converted.

    Args:
        path: A data set as for ``open_dataset``, the OUT of `neurocyte segment`, or label images.
        format: A format of ``open_dataset`` or "results"; None: recognised.
        masks_are: As for ``open_dataset``.
        images: For results, the folder with the pictures under the same names.

    Returns:
        The images, none read yet.

    Raises:
        UsageError: Nothing known is there, or ``images`` is given for a data set.
        InputError: An annotation file is damaged.
    """
    root = Path(path)
    if format == RESULTS or (format is None and not has_cells(root) and are_results(root)):
        return _open_results(root, None if images is None else Path(images))
    if images is not None:
        raise UsageError("--images goes with label images only: a data set has its own.")
    if format is None and _is_bare(root):
        raise UsageError(f"{root} holds images without annotations: name label images with --from results.")
    return _of_dataset(open_dataset(root, format, masks_are))


def _is_bare(root: Path) -> bool:
    """Tell a folder of images with no annotations that anyone would recognise."""
    return root.is_dir() and not has_cells(root) and find_coco_json(root) is None and bool(images_in(root))


def _of_dataset(dataset: Dataset) -> Source:
    items = tuple(
        Item(sample.stem, sample.image_path, sample.group, sample.read_cells, sample.image_path)
        for sample in dataset.samples
    )
    return Source(dataset.root, dataset.format, items, dataset.notes)


def _open_results(root: Path, images: Path | None) -> Source:
    if not root.exists():
        raise UsageError(f"{root} does not exist: check the path.")
    found = label_images(root)
    confidences = read_confidences(root)
    pictures = {} if images is None else images_by_stem(images)
    items = []
    for stem, path in found.items():
        load: CellsLoader = result_loader(path, confidences.get(stem, {}))
        picture = pictures.get(stem)
        if images is not None:
            load = _Pictured(load, path, picture, images)
        items.append(Item(stem, picture, None, load, path))
    return Source(root, RESULTS, tuple(items))


@dataclass(frozen=True)
class _Pictured:
    """Reads the cells of a label image and checks that its picture fits."""

    load: CellsLoader
    path: Path
    picture: Path | None
    images: Path

    def __call__(self) -> Cells:
        if self.picture is None:
            raise InputError(
                f"{self.path} has no image of the same name: add {self.path.stem} to {self.images}."
            )
        cells, shape = self.load(), image_shape(self.picture)
        if cells.shape != shape:
            raise InputError(
                f"{self.picture} is {shape[1]} x {shape[0]} pixels but {self.path} {cells.shape[1]} x "
                f"{cells.shape[0]}: give the image that the labels were made from."
            )
        return cells
