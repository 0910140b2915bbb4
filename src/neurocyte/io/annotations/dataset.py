"""Opening a data set of any known format."""

from collections.abc import Callable
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.annotations.coco import find_coco_json, open_coco
from neurocyte.io.annotations.folders import MasksAre, open_labels, open_masks
from neurocyte.io.annotations.geojson import open_geojson
from neurocyte.io.annotations.kaggle import open_kaggle
from neurocyte.io.annotations.ome_zarr import has_cells, open_ome_zarr
from neurocyte.io.annotations.rois import open_rois
from neurocyte.io.annotations.sample import Dataset

FORMATS = ("kaggle", "masks", "labels", "coco", "rois", "geojson", "ome-zarr")
_PAIRS = ("masks", "labels", "rois", "geojson")
_OPENERS: dict[str, Callable[[Path], Dataset]] = {
    "kaggle": open_kaggle,
    "labels": open_labels,
    "coco": open_coco,
    "rois": open_rois,
    "geojson": open_geojson,
    "ome-zarr": open_ome_zarr,
}


def open_dataset(
    path: str | Path,
    format: str | None = None,  # noqa: A002
    masks_are: MasksAre = "components",
) -> Dataset:
    """Open annotated images in whatever known format they are.

    Args:
        path: A Kaggle folder (train/ and train.csv), a folder with images/ and masks/, labels/, rois/
            (ImageJ) or geojson/ (QuPath), OME-Zarr pictures with label images, a COCO json file or the folder
            with it.
        format: "kaggle", "masks", "labels", "coco", "rois", "geojson" or "ome-zarr"; None: recognised.
        masks_are: For masks, "components": each 8-connected component is a cell; "one": the whole mask is.

    Returns:
        The data set; annotations and pictures are read only when asked for.

    Raises:
        UsageError: Nothing known is there, more than one thing is, or no image has an annotation.
        InputError: An annotation file is damaged.
    """
    root = Path(path)
    kind = format or _recognise(root)
    if kind not in FORMATS:
        raise UsageError(f"{kind} is not a known format: choose one of {', '.join(FORMATS)}.")
    dataset = open_masks(root, masks_are) if kind == "masks" else _OPENERS[kind](root)
    if not dataset.samples:
        left_out = " ".join(dataset.notes) or "It is empty."
        raise UsageError(f"{root} has no image with an annotation: check its layout. {left_out}")
    return dataset


def _recognise(root: Path) -> str:
    if not root.exists():
        raise UsageError(f"{root} does not exist: check the path.")
    found = []
    if (root / "train.csv").is_file() and (root / "train").is_dir():
        found.append("kaggle")
    found += [kind for kind in _PAIRS if (root / "images").is_dir() and (root / kind).is_dir()]
    if not found and has_cells(root):
        found.append("ome-zarr")
    # Last, and only alone: a json file beside another layout may be anything.
    if not found and find_coco_json(root):
        found.append("coco")
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{root} could be {' or '.join(found)}: name one with --format.")
    raise UsageError(
        f"{root} holds no known data set: looked for train.csv with train/, images/ with one of "
        f"{', '.join(f'{kind}/' for kind in _PAIRS)}, OME-Zarr with labels, and one COCO json file."
    )
