"""Distributions of the cells' area, elongation and confidence, group by group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurocyte.report.histogram import Bins, bins_for, finite

# More groups than this are no longer looked at one by one; the single columns still are.
MOST_COMBINED = 100
# Height of a histogram in the units of its drawing; its width is the number of bins.
HEIGHT = 100
_BETWEEN = " \N{MULTIPLICATION SIGN} "


@dataclass(frozen=True)
class Row:
    """One group's histogram: its name, number of cells, median, and SVG path data."""

    name: str
    count: int
    median: float | None
    path: str
    median_at: float | None


@dataclass(frozen=True)
class Chart:
    """One measure: its title, unit, what the reader should know, axis and rows."""

    title: str
    unit: str
    note: str
    digits: int
    bins: Bins
    rows: list[Row]

    @property
    def marks(self) -> list[str]:
        """The numbers along the axis; the last bin holds what is beyond."""
        texts = [f"{mark:g}" for mark in self.bins.marks]
        return texts if self.digits == 2 else [*texts[:-1], f"\u2265{texts[-1]}"]


@dataclass(frozen=True)
class Grouping:
    """One way to group the cells, such as by well, and its charts."""

    name: str
    charts: list[Chart]


@dataclass(frozen=True)
class _Measure:
    """One measure of all cells, before they are grouped."""

    title: str
    unit: str
    note: str
    digits: int
    values: pd.Series
    bins: Bins | None


def distributions(cells: pd.DataFrame, groups: Mapping[str, Mapping[str, str]]) -> list[Grouping]:
    """Work out the charts of a page.

    Args:
        cells: The cells with "image", "area_px", "major_axis_px", "minor_axis_px", "confidence" and, where
            pixel sizes are known, "area_um2".
        groups: For each image a value for each grouping; empty without groups.

    Returns:
        The groupings: one of all cells without groups, else one for each column and, where there are several
        and not too many values, one for all columns together.
    """
    if cells.empty:
        return []
    measures = _measures(cells)
    columns = list(next(iter(groups.values()))) if groups else []
    if not columns:
        return [Grouping("all cells", _charts(measures, pd.Series("all cells", index=cells.index)))]
    keys = {
        name: cells["image"].map({image: found[name] for image, found in groups.items()}) for name in columns
    }
    if len(columns) > 1:
        joined = cells["image"].map({one: _BETWEEN.join(found.values()) for one, found in groups.items()})
        if joined.nunique() <= MOST_COMBINED:
            keys[_BETWEEN.join(columns)] = joined
    return [Grouping(name, _charts(measures, key)) for name, key in keys.items()]


def natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """A key that sorts A2 before A10, and "none" last."""
    parts = re.split(r"(\d+)", text)
    return (
        (text == "none", 0, ""),
        *((False, int(part), "") if part.isdecimal() else (False, 0, part) for part in parts),
    )


def _measures(cells: pd.DataFrame) -> list[_Measure]:
    physical = "area_um2" in cells and bool(cells["area_um2"].notna().all())
    area = cells["area_um2" if physical else "area_px"].astype(float)
    minor = cells["minor_axis_px"].astype(float)
    elongation = cells["major_axis_px"].astype(float) / minor.where(minor > 0)
    confidence = cells["confidence"].astype(float)
    mixed = "area_um2" in cells and not physical
    unit_note = "Pixels, because the pixel size is not known for all images." if mixed else ""
    return [
        _Measure("Area", "µm²" if physical else "px", unit_note, 0, area, bins_for(area)),
        _Measure("Elongation", "", "Longer over shorter axis.", 1, elongation, bins_for(elongation, 1.0)),
        _Measure("Confidence", "", "How sure the model is of a cell.", 2, confidence, Bins(0.0, 0.05, 20)),
    ]


def _charts(measures: Sequence[_Measure], key: pd.Series) -> list[Chart]:
    """A chart for each measure that has values."""
    charts = []
    for one in measures:
        if one.bins is None or not one.values.notna().any():
            continue
        grouped = sorted(one.values.groupby(key), key=lambda item: natural(str(item[0])))
        rows = [_row(str(name), part, one.bins) for name, part in grouped]
        charts.append(Chart(one.title, one.unit, one.note, one.digits, one.bins, rows))
    return charts


def _row(name: str, values: pd.Series, bins: Bins) -> Row:
    numbers = finite(values)
    if not numbers.size:
        return Row(name, 0, None, "", None)
    median = float(np.median(numbers))
    at = min(max((median - bins.low) / bins.width, 0.0), float(bins.count))
    return Row(name, len(numbers), median, _bars(bins.counts(numbers)), round(at, 3))


def _bars(counts: Sequence[int]) -> str:
    """The bars of a histogram as one path, the highest of full height."""
    highest = max(counts)
    heights = [round(HEIGHT * count / highest) for count in counts]
    bars = (f"M{x + 0.08:.2f} {HEIGHT}v-{height}h.84v{height}z" for x, height in enumerate(heights) if height)
    return "".join(bars)
