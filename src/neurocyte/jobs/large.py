"""A large image of a job, part by part from the file to its results on disk."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from neurocyte.instances.labels import compact_labels
from neurocyte.jobs.folder import OutFolder
from neurocyte.large.boxes import CORE, HALO
from neurocyte.large.measuring import measure_large
from neurocyte.large.segmenting import LargeSegmentation
from neurocyte.large.survey import sample
from neurocyte.large.writing import write_large_labels, write_large_mask
from neurocyte.measurement import summarise_counts
from neurocyte.models.config import InputConfig
from neurocyte.quality import Reference, assess
from neurocyte.report.preview import Preview
from neurocyte.writers import write_overlay
from neurocyte.writers.overlay import colours


@dataclass(frozen=True)
class LargeResults:
    """What a record tells of a large image.

    Args:
        row: its columns in images.csv.
        cells: its rows in cells.csv.
        how: for the record: how it was segmented and what is reduced.
    """

    row: dict[str, Any]
    cells: pd.DataFrame
    how: dict[str, Any]


def results_of(
    found: LargeSegmentation, config: InputConfig, pixel_size_um: float | None, reference: Reference | None
) -> LargeResults:
    """Measure a large image.

    Args:
        found: its cells.
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.
        reference: of the model's training images, None without one.

    Returns:
        Tables and how they came about. The flags are those of a sample of 2048 x 2048 pixels.

    Raises:
        InputError: the image is damaged.
    """
    height, width = found.image.shape
    cells = measure_large(found, pixel_size_um)
    quality = assess(sample(found.image), len(cells), config, pixel_size_um, reference)
    covered = int(found.cells.area.sum())
    row = {
        "height": height,
        "width": width,
        "pixel_size_um": pixel_size_um,
        **summarise_counts(covered, height * width, cells, pixel_size_um),
        **quality.to_row(),
    }
    how = {"window": CORE, "halo": HALO, "overlay_reduced_by": found.survey.factor}
    return LargeResults(row, cells, how)


def write_large(folder: OutFolder, stem: str, found: LargeSegmentation, pixel_size_um: float | None) -> None:
    """Write labels, mask, overlay and preview, the last two reduced by a whole factor.

    Args:
        folder: the folder of results.
        stem: name of the image.
        found: its cells.
        pixel_size_um: of the image in micrometres, None if unknown.

    Raises:
        UsageError: a file cannot be written.
    """
    write_large_labels(folder.labels_of(stem), found.labels, len(found.confidences), pixel_size_um)
    write_large_mask(folder.mask_of(stem), found.labels)
    # Numbered anew: most cells of a very large image have a pixel in the small one, but not all.
    labels = found.labels.reduced(found.survey.factor)
    compact, _ = compact_labels(labels)
    chosen = colours(compact)
    write_overlay(folder.overlay_of(stem), found.survey.overview, compact, chosen)
    Preview.of(found.survey.overview, compact, chosen).save(folder.preview_of(stem))
