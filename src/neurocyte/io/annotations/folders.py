"""Pairs of files: images/ + masks/, labels/, rois/ or geojson/."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from skimage.measure import label as components_of

from neurocyte.errors import InputError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cells, Pixels
from neurocyte.io.annotations.outlines import fill
from neurocyte.io.annotations.paint import painted
from neurocyte.io.annotations.sample import Annotation, Dataset, Sample
from neurocyte.io.images import read_image
from neurocyte.io.inputs import files_by_stem, images_by_stem
from neurocyte.io.labels import narrow_labels, read_labels

MasksAre = Literal["one", "components"]


def open_masks(root: Path, masks_are: MasksAre = "components") -> Dataset:
    """Open images/ and masks/: a mask has the stem of its image and holds 0 and one other value.

    Args:
        root: The folder of both.
        masks_are: "components": each 8-connected component of a mask is a cell; "one": the whole mask is.

    Returns:
        One sample for each image that has a mask.

    Raises:
        UsageError: A folder is missing, or two files share a stem.
    """
    return _open_pairs(root, "masks", partial(_load_mask, masks_are))


def open_labels(root: Path) -> Dataset:
    """Open images/ and labels/: a label image has the stem of its image, 0 is background.

    Args:
        root: The folder of both.

    Returns:
        One sample for each image that has a label image.

    Raises:
        UsageError: A folder is missing, or two files share a stem.
    """
    return _open_pairs(root, "labels", _load_labels)


def open_outlines(
    root: Path,
    kind: str,
    suffixes: tuple[str, ...],
    load: Callable[[Path, Path], Cells],
    types: Callable[[Path], set[str | None]],
) -> Dataset:
    """Open images/ and a folder of outline files: a file has the stem of its image.

    Args:
        root: The folder of both.
        kind: The name of the format and of its folder.
        suffixes: Of the outline files, lower case.
        load: Reads an outline file, given with its picture, which tells the size.
        types: Finds the types of all cells in an outline file.

    Returns:
        One sample for each image that has an outline file.

    Raises:
        UsageError: A folder is missing, or two files share a stem.
    """
    images, answers = images_by_stem(root / "images"), files_by_stem(root / kind, suffixes)

    def sample(stem: str) -> Sample:
        load_cells = partial(load, answers[stem], images[stem])
        cell_type = _only_type(answers[stem], types)
        return Sample(stem, images[stem], cell_type, None, partial(painted, load_cells), load_cells)

    return _pairs(root, kind, images, answers, sample)


def fill_outlines(
    path: Path, outlines: Sequence[Sequence[Sequence[npt.NDArray[np.generic]]]], shape: tuple[int, int]
) -> list[Pixels]:
    """Find the pixels of cells; see `neurocyte.io.annotations.outlines.fill`.

    Args:
        path: The file that the outlines are from.
        outlines: For each cell its polygons.
        shape: (H, W) of the image.

    Returns:
        For each cell its pixels.

    Raises:
        InputError: The outlines would fill the memory.
    """
    try:
        return fill(outlines, shape)
    except ValueError as exc:
        raise InputError(f"{path} is damaged, {exc}: export its objects again.") from exc


def _only_type(path: Path, types: Callable[[Path], set[str | None]]) -> str | None:
    try:
        present = types(path)
    except InputError:
        # Reading the sample says what is wrong, once.
        return None
    return present.pop() if len(present) == 1 else None


def _open_pairs(root: Path, kind: str, load: Callable[[Path], Annotation]) -> Dataset:
    images, answers = images_by_stem(root / "images"), images_by_stem(root / kind)
    # The label image of a.png may be a.ome.tif.
    for stem in [one for one in answers if one.endswith(".ome") and one not in images]:
        if (plain := stem.removesuffix(".ome")) not in answers:
            answers[plain] = answers.pop(stem)

    def sample(stem: str) -> Sample:
        return Sample(stem, images[stem], None, None, partial(load, answers[stem]))

    return _pairs(root, kind, images, answers, sample)


def _pairs(
    root: Path,
    kind: str,
    images: dict[str, Path],
    answers: dict[str, Path],
    sample: Callable[[str], Sample],
) -> Dataset:
    stems = sorted(images.keys() & answers.keys())
    notes = []
    if bare := len(images) - len(stems):
        notes.append(f"{plural(bare, 'image')} without a file in {kind}/ left out.")
    if stray := len(answers) - len(stems):
        notes.append(f"{plural(stray, 'file')} in {kind}/ without an image left out.")
    sources = tuple(answers[stem] for stem in stems)
    return Dataset(root, kind, tuple(sample(stem) for stem in stems), tuple(notes), sources)


def _load_mask(masks_are: MasksAre, path: Path) -> Annotation:
    mask = _binary(path, read_image(path).pixels)
    labels: npt.NDArray[Any] = mask if masks_are == "one" else components_of(mask, connectivity=2)
    labels = narrow_labels(labels)
    return Annotation(labels, lost_pixels=0, instances=int(labels.max(initial=0)), dropped=0)


def _binary(path: Path, pixels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if pixels.ndim == 3:
        if (pixels != pixels[..., :1]).any():
            raise InputError(f"{path} is coloured: a mask holds 0 and one other value.")
        pixels = pixels[..., 0]
    mask: npt.NDArray[np.bool_] = pixels != 0
    if (pixels[mask] != pixels.max()).any():
        raise InputError(
            f"{path} has more than two grey levels: a mask holds 0 and one other value, without JPEG "
            "compression; label images belong in labels/."
        )
    return mask


def _load_labels(path: Path) -> Annotation:
    labels = read_labels(path)
    present = np.unique(labels)
    present = present[present > 0]
    # Training and measuring count on labels without gaps.
    numbers = np.searchsorted(present, labels) + 1
    labels = narrow_labels(np.where(labels > 0, numbers, 0))
    return Annotation(labels, lost_pixels=0, instances=int(present.size), dropped=0)
