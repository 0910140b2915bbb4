"""COCO instance annotations: polygons and run lengths in one json file."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from neurocyte.errors import InputError, UsageError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cell, Cells, check_cover, finite
from neurocyte.io.annotations.coco_shapes import decode_segmentation, polygons_of
from neurocyte.io.annotations.outlines import count_rounded
from neurocyte.io.annotations.paint import painted
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.inputs import unique_stems

UNTYPED = "cell"
"""The category of cells without a type: the format wants one for each."""


@dataclass(frozen=True)
class _Entry:
    """What the json file says about one image."""

    file_name: str
    shape: tuple[int, int]


def find_coco_json(path: Path) -> Path | None:
    """Find the json file that a path means.

    Args:
        path: A json file, or a folder.

    Returns:
        The file; None where a folder does not hold exactly one.
    """
    if path.is_dir():
        found = sorted(path.glob("*.json"))
        return found[0] if len(found) == 1 else None
    return path if path.suffix.lower() == ".json" and path.is_file() else None


def open_coco(path: Path) -> Dataset:
    """Open a COCO json file with its pictures beside it or in images/.

    Where cells overlap, the last annotation of an image wins. Crowd annotations (``iscrowd``) and those
    without a segmentation are skipped and counted in the notes. An image that is listed without annotations
    has no cells. The cell type is the category's name, where all cells of an image share one; "cell" is none.

    Args:
        path: The json file, or a folder with exactly one.

    Returns:
        One sample for each listed image whose picture is there.

    Raises:
        InputError: The file is not COCO json, or an entry lacks a field.
        UsageError: There is no json file, or more than one.
    """
    source = find_coco_json(path)
    if source is None:
        raise UsageError(f"{path} is neither a json file nor a folder with exactly one: name the json file.")
    content = _read_json(source)
    try:
        entries = _entries(content["images"])
        cells, notes = _group_cells(content["annotations"], entries.keys())
        names = {category["id"]: str(category["name"]) for category in content.get("categories", ())}
        names = {key: name for key, name in names.items() if name != UNTYPED}
        types = _cell_types(names, cells)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        reason = f"{type(exc).__name__}: {exc}"[:120]
        raise InputError(
            f"{source} is not COCO json ({reason}): export the annotations as COCO again."
        ) from exc
    pictures = {key: _picture(source.parent, entry.file_name) for key, entry in entries.items()}
    present = {key: path for key, path in pictures.items() if path is not None}
    if missing := len(entries) - len(present):
        notes.append(
            f"{plural(missing, 'image')} without a picture beside {source.name} or in images/ left out."
        )
    stems = unique_stems(list(present.values()))
    samples = []
    for stem, (key, picture) in zip(stems, present.items(), strict=True):
        load = partial(_load, entries[key], tuple(cells.get(key, ())), source, names)
        shape = entries[key].shape
        samples.append(Sample(stem, picture, types.get(key), None, partial(painted, load), load, shape))
    return Dataset(
        source.parent, "coco", tuple(sorted(samples, key=lambda s: s.stem)), tuple(notes), (source,)
    )


def _entries(images: Iterable[Mapping[str, Any]]) -> dict[Any, _Entry]:
    entries: dict[Any, _Entry] = {}
    names: set[str] = set()
    for item in images:
        entry = _Entry(str(item["file_name"]), (int(item["height"]), int(item["width"])))
        # The second would take the first one's cells, or the picture would be there twice.
        if item["id"] in entries or entry.file_name in names:
            raise ValueError(f"image {item['id']}, {entry.file_name}, is listed twice")
        entries[item["id"]] = entry
        names.add(entry.file_name)
    return entries


def _load(
    entry: _Entry, cells: tuple[Mapping[str, Any], ...], source: Path, names: Mapping[Any, str]
) -> Cells:
    decoded = []
    claimed = 0
    for cell in cells:
        try:
            pixels = decode_segmentation(cell["segmentation"], entry.shape)
            claimed += pixels.size
            check_cover(claimed, entry.shape)
        except ValueError as exc:
            raise InputError(
                f"Annotation {cell.get('id')} of {source} is damaged, {exc}: correct that annotation."
            ) from exc
        decoded.append(Cell(pixels, names.get(cell.get("category_id")), finite(cell.get("score"))))
    outlines = [polygons_of(cell["segmentation"]) for cell in cells]
    return Cells(entry.shape, tuple(decoded), count_rounded(outlines))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as exc:
        raise InputError(f"{path} cannot be read as json ({exc}): export the annotations again.") from exc
    if not isinstance(content, dict) or not {"images", "annotations"} <= content.keys():
        raise InputError(f"{path} is not COCO json: it needs the lists 'images' and 'annotations'.")
    return content


def _group_cells(
    annotations: Iterable[Mapping[str, Any]], known: Iterable[Any]
) -> tuple[dict[Any, list[Mapping[str, Any]]], list[str]]:
    cells: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    known = frozenset(known)
    crowds = shapeless = stray = 0
    for cell in annotations:
        if cell["image_id"] not in known:
            stray += 1
        elif cell.get("iscrowd"):
            crowds += 1
        elif not cell.get("segmentation"):
            shapeless += 1
        else:
            cells[cell["image_id"]].append(cell)
    skipped = (
        (crowds, "crowd annotation", "skipped."),
        (shapeless, "annotation", "without a segmentation skipped."),
        (stray, "annotation", "of images that are not listed skipped."),
    )
    return cells, [f"{plural(count, noun)} {rest}" for count, noun, rest in skipped if count]


def _cell_types(names: Mapping[Any, str], cells: Mapping[Any, list[Mapping[str, Any]]]) -> dict[Any, str]:
    types: dict[Any, str] = {}
    for image, members in cells.items():
        present = {cell.get("category_id") for cell in members}
        if len(present) == 1 and (only := present.pop()) in names:
            types[image] = names[only]
    return types


def _picture(folder: Path, file_name: str) -> Path | None:
    candidates = (folder / file_name, folder / "images" / file_name)
    try:
        return next((path for path in candidates if path.is_file()), None)
    except OSError:
        # Longer than any file's name.
        return None
