"""What can be had of a finished image, made when it is asked for."""

import contextlib
import gzip
import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image as PillowImage

from neurocyte.instances import cell_features, chance_of_match
from neurocyte.instances.labels import compact_labels, mean_by_label
from neurocyte.io.annotations.cells import Cell, Cells, pixels_by_label
from neurocyte.io.annotations.writing.base import Annotated
from neurocyte.io.annotations.writing.geojson import GeojsonWriter
from neurocyte.io.annotations.writing.rois import RoisWriter
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels
from neurocyte.measurement import measure
from neurocyte.web.names import stem_of
from neurocyte.web.store import Entry
from neurocyte.writers import overlay, write_cells

# The rest of the table is in the CSV file; a page has no use for all of it.
COLUMNS = ("label", "centroid_x", "centroid_y", "area_px", "area_um2", "confidence", "touches_border")


def current_labels(entry: Entry) -> NDArray[Any]:
    """Give the labels as they are now, (H, W) uint16 or uint32."""
    return read_labels(entry.folder.labels(entry.job.current.number))


def label_bytes(entry: Entry) -> bytes:
    """Give the labels as gzipped little-endian uint32, row by row."""
    # Level 1: the page waits for it after each correction, and it mostly goes to the same machine.
    return gzip.compress(current_labels(entry).astype("<u4").tobytes(), compresslevel=1, mtime=0)


def overlay_png(entry: Entry) -> bytes:
    """Give the image with the cells' coloured outlines as a PNG file."""
    picture = overlay(read_image(entry.folder.upload).pixels, current_labels(entry))
    buffer = io.BytesIO()
    PillowImage.fromarray(picture).save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def cells_csv(entry: Entry) -> bytes:
    """Give the table as `neurocyte segment` writes it; measured once a step."""
    kept = entry.folder.cells(entry.job.current.number)
    with contextlib.suppress(FileNotFoundError):
        return kept.read_bytes()
    with _scratch(entry) as folder:
        path = folder / kept.name
        write_cells(path, [(stem_of(entry.job.name), _measure(entry))])
        content = path.read_bytes()
        with contextlib.suppress(OSError):
            path.replace(kept)
    return content


def cell_rows(entry: Entry) -> list[dict[str, Any]]:
    """Give some columns of the table, a row a cell; what is not known is None."""
    table = pd.read_csv(io.BytesIO(cells_csv(entry)), usecols=lambda name: name in COLUMNS)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def rois_zip(entry: Entry) -> bytes:
    """Give the outlines for ImageJ's ROI manager, in the order of the table."""
    with _scratch(entry) as folder:
        writer = RoisWriter(folder)
        writer.add(_annotated(entry))
        return writer.files[0].read_bytes()


def cells_geojson(entry: Entry) -> bytes:
    """Give the outlines as QuPath reads them, in the order of the table."""
    with _scratch(entry) as folder:
        writer = GeojsonWriter(folder)
        writer.add(_annotated(entry))
        return writer.files[0].read_bytes()


@contextlib.contextmanager
def _scratch(entry: Entry) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=entry.folder.scratch) as folder:
        yield Path(folder)


def _annotated(entry: Entry) -> Annotated:
    labels = current_labels(entry)
    confidences = _confidences(entry, labels)
    cells = tuple(
        Cell(pixels, score=round(float(confidences[label - 1]), 7))
        for label, pixels in pixels_by_label(labels).items()
    )
    return Annotated("cells", None, None, Cells(labels.shape, cells), entry.job.pixel_size_um)


def _measure(entry: Entry) -> pd.DataFrame:
    labels = current_labels(entry)
    image = read_image(entry.folder.upload)
    return measure(labels, image.pixels, _confidences(entry, labels), entry.job.pixel_size_um)


def _confidences(entry: Entry, labels: NDArray[Any]) -> NDArray[np.float32]:
    """Return the confidence of label i at i - 1, as `neurocyte.segmentation` defines it; 0 for a gap."""
    maps = np.load(entry.folder.maps, allow_pickle=False)
    compact, values = compact_labels(labels)
    confidences = np.zeros(int(labels.max(initial=0)), dtype=np.float32)
    if entry.job.confidence and entry.job.instances:
        settings = replace(entry.job.instances, threshold=entry.job.current.threshold)
        features = cell_features(maps, compact, settings, entry.job.pixel_ratio)
        confidences[values - 1] = chance_of_match(features, entry.job.confidence)
    else:
        confidences[values - 1] = mean_by_label(maps[0], compact)
    return confidences
