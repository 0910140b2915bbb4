"""A run as one HTML page that needs nothing beside itself."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.io.atomic import write_text
from neurocyte.io.images import read_image
from neurocyte.report.histogram import histogram

# A page with more pictures than this is slow to open and too large to send by mail.
GALLERY_LIMIT = 100
THUMBNAIL_WIDTH = 480
_JPEG_QUALITY = 82


@dataclass(frozen=True)
class _Picture:
    """A thumbnail: the image's name, its number of cells, the picture as a data URL, the full one's link."""

    name: str
    count: int
    source: str
    link: str


def write_report(
    path: str | Path,
    run: Mapping[str, Any],
    images: Sequence[Mapping[str, Any]],
    cells: pd.DataFrame | None,
    overlay_dir: str | Path,
) -> None:
    """Write the report of a run: what was done, the images and their counts, overlays, and the cells' areas.

    Args:
        path: The HTML file to write.
        run: What is known of the run, all optional: "version" (of neurocyte), "created" (when, as text),
            "model" (a mapping with "name", "description", "license"), "settings" and "runtime" (mappings of
            short values), "notes" (sentences the reader should know).
        images: A mapping for each image with its name as "image", and either the keys of
            `neurocyte.measurement.summarise` or "error", the sentence that says why it failed.
        cells: The cells of all images with "area_px" and, where pixel sizes are known, "area_um2"; or None.
        overlay_dir: Folder of the overlays NAME.png; one that cannot be read is left out of the gallery.

    Raises:
        UsageError: The file cannot be written.
    """
    path, overlay_dir = Path(path), Path(overlay_dir)
    done = [row for row in images if not row.get("error")]
    # Evenly through the list, so that a long run is not shown by its first plate alone.
    step = max(1, -(-len(done) // GALLERY_LIMIT))
    pictures = [_picture(row, overlay_dir, path.parent) for row in done[::step]]
    environment = Environment(
        loader=PackageLoader("neurocyte.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    text = environment.get_template("template.html").render(
        run={"version": None, "created": None, "notes": [], **run},
        model={"name": None, "description": None, "license": None, **(run.get("model") or {})},
        # What a setting resolved to (the precision) is the runtime's to say, once.
        details=_details({**(run.get("settings") or {}), **(run.get("runtime") or {})}),
        totals=_totals(done),
        done=done,
        failed=[row for row in images if row.get("error")],
        in_micrometres=any(row.get("median_area_um2") is not None for row in done),
        pictures=[picture for picture in pictures if picture],
        sampled=step > 1,
        areas=_areas(cells),
    )
    write_text(path, text)


def format_number(value: float | None, digits: int = 0) -> str:
    """A number for people: thin spaces between thousands, a dash for what is unknown.

    Args:
        value: The number, or None or NaN.
        digits: How many digits after the point.

    Returns:
        The text.
    """
    if value is None or value != value:
        return "\N{EN DASH}"
    return f"{value:,.{digits}f}".replace(",", "\u2009")


def _details(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Names and values as texts; what is not set is left out."""
    shown = {name: value for name, value in (values or {}).items() if value is not None}
    return [(name.replace("_", " "), _said(value)) for name, value in shown.items()]


def _said(value: Any) -> str:
    """A setting's value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_said(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _totals(done: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The figures at the top of the page: texts and what they count."""
    if not done:
        return []
    counts = [row["count"] for row in done]
    confluence = [row["confluence"] for row in done]
    return [
        (format_number(len(done)), "image" if len(done) == 1 else "images"),
        (format_number(sum(counts)), "cell" if sum(counts) == 1 else "cells"),
        (format_number(median(counts)), "median cells an image"),
        (format_number(median(confluence), 1) + "\u2009%", "median confluence"),
    ]


def _picture(row: Mapping[str, Any], overlay_dir: Path, page_dir: Path) -> _Picture | None:
    """The thumbnail of an image's overlay, None where the overlay cannot be read."""
    name = str(row["image"])
    source = overlay_dir / f"{name}.png"
    try:
        picture = PillowImage.fromarray(read_image(source).pixels).convert("RGB")
    except InputError:
        # The page's figures hold without this picture.
        return None
    if picture.width > THUMBNAIL_WIDTH:
        height = max(1, round(picture.height * THUMBNAIL_WIDTH / picture.width))
        picture = picture.resize((THUMBNAIL_WIDTH, height), PillowImage.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # Full colour resolution: the outlines are one pixel wide.
    picture.save(buffer, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    inside = source.is_relative_to(page_dir)
    link = quote(source.relative_to(page_dir).as_posix()) if inside else source.resolve().as_uri()
    return _Picture(name, int(row["count"]), f"data:image/jpeg;base64,{data}", link)


def _areas(cells: pd.DataFrame | None) -> dict[str, Any] | None:
    """The histogram of the cells' areas as the template draws it; None without cells."""
    if cells is None or cells.empty:
        return None
    physical = "area_um2" in cells and bool(cells["area_um2"].notna().all())
    areas = cells["area_um2" if physical else "area_px"]
    bars = histogram(areas.to_numpy(dtype=float))
    if not bars:
        return None
    return {
        "unit": "µm²" if physical else "px",
        "bars": bars,
        "highest": max(bar.count for bar in bars),
        "median": float(areas.median()),
        "labelled": range(0, len(bars), max(1, -(-len(bars) // 6))),
    }
