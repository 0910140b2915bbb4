"""A run as one HTML page that needs nothing beside itself."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neurocyte.io.atomic import atomic_path
from neurocyte.report.distributions import HEIGHT, distributions
from neurocyte.report.gallery import make_gallery
from neurocyte.report.preview import Preview
from neurocyte.report.text import details, format_number, format_time

# Names listed under a flag; the gallery shows all.
_NAMES = 12


def write_report(
    path: str | Path,
    run: Mapping[str, Any],
    images: Sequence[Mapping[str, Any]],
    cells: pd.DataFrame | None,
    overlay_dir: str | Path,
    *,
    preview_dir: str | Path | None = None,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    statements: Mapping[str, str] | None = None,
) -> None:
    """Write the report of a run: images with their cells, distributions, flags, and how it was made.

    The page holds its pictures, style and script, and its security policy forbids it to load anything. It
    holds large pictures as long as they take 12 MB, else smaller ones, and of the first 2,000 images only.

    Args:
        path: The HTML file to write.
        run: What is known of the run, all optional: "version" (of neurocyte), "created" (when, as text),
            "model" (a mapping with "name", "description", "license"), "settings" and "runtime" (mappings of
            short values), "notes" (sentences the reader should know).
        images: A mapping for each image with its name as "image", and either the keys of
            `neurocyte.measurement.summarise` and, where known, "flags", or "error", the sentence that says
            why it failed.
        cells: The cells of all images: "image" and the columns of `neurocyte.measurement.measure`; or None.
        overlay_dir: Folder of the overlays NAME.png, which the page links to.
        preview_dir: Folder of the previews NAME.json; where one is missing, the overlay makes do, and an
            image without either has no picture.
        groups: For each image done a value for each grouping, such as {"a": {"well": "A1"}}.
        statements: How each flag is measured; flags are in the page if this is given.

    Raises:
        UsageError: The file cannot be written.
    """
    path, overlays = Path(path), Path(overlay_dir)
    done = [row for row in images if not row.get("error")]
    load = partial(_preview, overlays=overlays, previews=preview_dir)
    gallery = make_gallery(done, cells, groups or {}, load, overlays, path.parent)
    style, script = _asset("style.css"), _asset("gallery.js", "viewer.js", "page.js")
    environment = Environment(
        loader=PackageLoader("neurocyte.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    page = environment.get_template("page.html").generate(
        style=style,
        script=script,
        policy=f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
        run={"version": None, "created": None, "notes": [], **run},
        model={"name": None, "description": None, "license": None, **(run.get("model") or {})},
        # What a setting resolved to (the precision) is the runtime's to say, once.
        details=details({**(run.get("settings") or {}), **(run.get("runtime") or {})}),
        created=format_time(run.get("created")),
        totals=_totals(done),
        done=done,
        failed=[row for row in images if row.get("error")],
        in_micrometres=any(row.get("median_area_um2") is not None for row in done),
        gallery=gallery,
        groups=groups or {},
        group_columns=list(next(iter(groups.values()))) if groups else [],
        flags=_flags(gallery.flagged, statements),
        groupings=[] if cells is None else distributions(cells, groups or {}),
        row_height=HEIGHT,
    )
    # Piece by piece: the pictures of many images are never in memory together.
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(page)


def _preview(name: str, overlays: Path, previews: str | Path | None) -> Preview | None:
    found = Preview.load(Path(previews) / f"{name}.json") if previews else None
    return found or Preview.of_overlay(overlays / f"{name}.png")


def _asset(*names: str) -> Markup:
    """The text of files that ship with the package, as it stands in the page."""
    folder = files("neurocyte.report") / "page"
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
    # Reviewed: the names are constants of this file, and nothing that a user gives is in the text.
    return Markup(text)  # noqa: S704  # nosec B704


def _digest(text: str) -> str:
    """The source of a security policy that allows just this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _flags(
    flagged: Mapping[str, Sequence[str]], statements: Mapping[str, str] | None
) -> list[dict[str, Any]]:
    """Each flag with its measure, the number of its images and the first of their names."""
    return [
        {
            "name": flag,
            "measure": measure,
            "count": len(flagged.get(flag, ())),
            "names": list(flagged.get(flag, ()))[:_NAMES],
        }
        for flag, measure in (statements or {}).items()
    ]


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
