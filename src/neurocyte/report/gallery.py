"""The gallery's data as a page holds it: a small table of all images, and a block of pictures for each."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from neurocyte.report.outlines import UNITS
from neurocyte.report.preview import Preview
from neurocyte.writers.overlay import PALETTE

# Bytes of large pictures that a page may hold; with more it takes the small ones and can still be mailed.
LARGE_PAGE = 12_000_000
# So many images have a picture in the page, which is some 40 MB then; a browser opens that.
MOST_PICTURES = 2000

# Gives the preview of an image by its name, None where there is none.
Load = Callable[[str], Preview | None]


@dataclass(frozen=True)
class Gallery:
    """What the page's script reads.

    Args:
        table: JSON of the images and of what is the same for all.
        blocks: for each image, JSON of its picture and outlines, null where there is none; read as they are
            asked for, once.
        flagged: names of the images by flag.
        large: whether the pictures are the large ones.
        left_out: number of images, the last ones, that have no picture because there are too many.
    """

    table: Markup
    blocks: Iterator[Markup]
    flagged: dict[str, list[str]]
    large: bool
    left_out: int


def make_gallery(
    done: Sequence[Mapping[str, Any]],
    cells: pd.DataFrame | None,
    groups: Mapping[str, Mapping[str, str]],
    load: Load,
    overlays: Path,
    page: Path,
) -> Gallery:
    """Put the gallery's data together.

    Args:
        done: a row of images.csv for each image that is done.
        cells: the cells of all images with "image" and "confidence", or None.
        groups: for each image a value for each grouping; empty without groups.
        load: gives their previews.
        overlays: the folder of overlays.
        page: the folder of the page, from which overlays are linked.

    Returns:
        The data.
    """
    confidence = {} if cells is None else cells.groupby("image")["confidence"].mean().dropna().to_dict()
    columns = list(next(iter(groups.values()))) if groups else []
    physical = any(row.get("median_area_um2") is not None for row in done)
    area = "median_area_um2" if physical else "median_area_px"
    pictured = [str(row["image"]) for row in done[:MOST_PICTURES]]
    large, ratio = _survey(pictured, load)
    flagged: dict[str, list[str]] = {}
    images = []
    for row in done:
        name = str(row["image"])
        flags = (row.get("flags") or "").split("; ") if row.get("flags") else []
        for flag in flags:
            flagged.setdefault(flag, []).append(name)
        image = {
            "name": name,
            "cells": int(row["count"]),
            "confluence": _rounded(row.get("confluence"), 1),
            "area": _rounded(row.get(area), 0 if not physical else 1),
            "confidence": _rounded(confidence.get(name), 2),
            "flags": flags,
            "groups": [groups[name][column] for column in columns] if groups else [],
            "link": _link(overlays / f"{name}.png", page),
        }
        images.append(image)
    table = {
        "images": images,
        "columns": columns,
        "unit": "µm²" if physical else "px",
        "palette": [f"rgb({r} {g} {b})" for r, g, b in PALETTE.tolist()],
        "units": UNITS,
        "ratio": ratio,
    }
    left_out = len(done) - len(pictured)
    pictures = (_block(load(name), large) for name in pictured)
    return Gallery(
        as_json(table), chain(pictures, repeat(_block(None, large), left_out)), flagged, large, left_out
    )


def as_json(value: Any) -> Markup:
    """JSON that may stand inside a script element: no text in it can end that element or begin another."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # json.dumps leaves these only inside strings, where their escapes mean the same. Reviewed: without "<" no
    # text ends the element, and the template puts it nowhere else.
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704  # nosec B704


def _survey(names: Sequence[str], load: Load) -> tuple[bool, float]:
    """Whether all large pictures fit into the page, and width over height of its frames, within reason.

    The frames are as the middle one of the pictures that had to be looked at for the first.
    """
    size, ratios = 0, []
    for preview in filter(None, map(load, names)):
        size += len(preview.large)
        ratios.append(preview.width / preview.height)
        if size > LARGE_PAGE:
            break
    return size <= LARGE_PAGE, round(min(max(median(ratios), 0.75), 2.0), 4) if ratios else 1.5


def _block(preview: Preview | None, large: bool) -> Markup:
    if preview is None:
        return as_json(None)
    return as_json(
        {
            "width": preview.width,
            "height": preview.height,
            "picture": preview.large if large else preview.small,
            "outlines": preview.outlines,
        }
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or value != value else round(float(value), digits)


def _link(overlay: Path, page: Path) -> str:
    if overlay.is_relative_to(page):
        return quote(overlay.relative_to(page).as_posix())
    return overlay.resolve().as_uri()
