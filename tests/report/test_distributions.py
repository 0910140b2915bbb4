"""Rows, medians and bars of cells whose sizes are known."""

import re

import numpy as np
import pandas as pd

from neurocyte.report.distributions import distributions, natural

X = "\N{MULTIPLICATION SIGN}"


def cells_of(images, **columns):
    count = len(images)
    table = {
        "image": images,
        "area_px": np.full(count, 100),
        "major_axis_px": np.full(count, 30.0),
        "minor_axis_px": np.full(count, 10.0),
        "confidence": np.full(count, 0.9),
    }
    return pd.DataFrame({**table, **columns})


def test_without_groups_all_cells_stand_in_one_row():
    (grouping,) = distributions(cells_of(["a", "a", "b"], area_px=[10, 20, 90]), {})
    assert [chart.title for chart in grouping.charts] == ["Area", "Elongation", "Confidence"]
    area, elongation, confidence = (chart.rows for chart in grouping.charts)
    assert [(row.name, row.count, row.median) for row in area] == [("all cells", 3, 20.0)]
    assert [row.median for row in (*elongation, *confidence)] == [3.0, 0.9]


def test_groups_have_a_row_each_in_natural_order_over_one_axis():
    groups = {"a": {"well": "A10"}, "b": {"well": "A2"}, "c": {"well": "none"}}
    (grouping,) = distributions(cells_of(["a", "b", "c", "c"], area_px=[400, 10, 20, 40]), groups)
    chart = grouping.charts[0]
    assert [(row.name, row.count, row.median) for row in chart.rows] == [
        ("A2", 1, 10.0),
        ("A10", 1, 400.0),
        ("none", 2, 30.0),
    ]
    assert chart.rows[0].median_at == 10.0 / chart.bins.width
    # Two bars of equal height for the two cells of the last row.
    assert re.findall(r"v-(\d+)", chart.rows[2].path) == ["100", "100"]


def test_several_columns_are_shown_each_and_together():
    groups = {name: {"well": name, "time": str(i % 2)} for i, name in enumerate("abc")}
    groupings = distributions(cells_of(["a", "b", "c"]), groups)
    assert [grouping.name for grouping in groupings] == ["well", "time", f"well {X} time"]
    assert [row.name for row in groupings[2].charts[0].rows] == [f"a {X} 0", f"b {X} 1", f"c {X} 0"]
    many = {f"{i}": {"well": f"{i}", "time": "0"} for i in range(101)}
    assert len(distributions(cells_of(list(many)), many)) == 2


def test_areas_are_in_micrometres_where_all_are_known():
    cells = cells_of(["a", "a"], area_um2=[25.0, 35.0])
    chart = distributions(cells, {})[0].charts[0]
    assert (chart.unit, chart.rows[0].median) == ("µm²", 30.0)
    cells.loc[0, "area_um2"] = np.nan
    chart = distributions(cells, {})[0].charts[0]
    assert (chart.unit, chart.rows[0].median) == ("px", 100.0)
    assert "not known for all images" in chart.note


def test_what_is_unknown_is_left_out():
    cells = cells_of(["a", "a"], minor_axis_px=[0.0, 15.0], confidence=[np.nan, np.nan])
    charts = distributions(cells, {})[0].charts
    assert [chart.title for chart in charts] == ["Area", "Elongation"]
    assert [(row.count, row.median) for row in charts[1].rows] == [(1, 2.0)]
    assert distributions(cells_of([]), {}) == []


def test_natural_order():
    assert sorted(["none", "t10", "t9", "b", "10", "9"], key=natural) == ["9", "10", "b", "t9", "t10", "none"]
