"""CSV and JSON files read back as text and as numbers."""

import csv
import gc
import importlib
import json
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurocyte.errors import UsageError
from neurocyte.measurement import column_names, measure, summarise
from neurocyte.writers import write_cells, write_images, write_run


def square(size, top=2):
    labels = np.zeros((30, 40), dtype=np.uint16)
    labels[top : top + size, 3 : 3 + size] = 1
    return labels


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_cells_come_image_by_image_with_the_image_first(tmp_path):
    path = tmp_path / "cells.csv"
    write_cells(path, [("Img (31)", measure(square(10))), ("é, 2", measure(square(3)))])
    rows = rows_of(path)
    assert list(rows[0])[:3] == ["image", "label", "centroid_y"]
    assert [row["image"] for row in rows] == ["Img (31)", "é, 2"]
    assert [row["area_px"] for row in rows] == ["100", "9"]
    assert rows[0]["equivalent_diameter_px"] == "11.28379"
    assert rows[0]["intensity_mean"] == ""
    assert rows[0]["touches_border"] == "False"
    assert b"\r" not in path.read_bytes()


def test_images_with_and_without_a_pixel_size_share_a_table(tmp_path):
    path = tmp_path / "cells.csv"
    write_cells(path, [("a", measure(square(10))), ("b", measure(square(10), pixel_size_um=0.5))])
    assert [row["area_um2"] for row in rows_of(path)] == ["", "25"]
    assert [row["area_px"] for row in rows_of(path)] == ["100", "100"]


def test_an_image_without_cells_changes_nothing_in_the_others(tmp_path):
    write_cells(tmp_path / "one.csv", [("a", measure(square(4)))])
    write_cells(tmp_path / "two.csv", [("none", measure(square(0))), ("a", measure(square(4)))])
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "two.csv").read_text()


def test_with_known_columns_no_more_than_two_batches_are_held(tmp_path, monkeypatch):
    module = importlib.import_module("neurocyte.writers.tables")
    monkeypatch.setattr(module, "_BATCH_ROWS", 2)
    held, most = [], []

    def passing():
        for name in "abcdefgh":
            table = measure(square(4), pixel_size_um=0.5)
            held.append(weakref.ref(table))
            yield name, table
            del table
            gc.collect()
            most.append(sum(one() is not None for one in held))

    write_cells(tmp_path / "passed.csv", passing(), columns=column_names(in_micrometres=True))
    # The one being written and the one being filled.
    assert max(most) <= 4
    tables = [(name, measure(square(4), pixel_size_um=0.5)) for name in "abcdefgh"]
    write_cells(tmp_path / "held.csv", tables)
    assert (tmp_path / "passed.csv").read_bytes() == (tmp_path / "held.csv").read_bytes()


@pytest.mark.parametrize("tables", [[], [("a", measure(square(0)))]])
def test_no_cells_at_all_leave_the_header(tmp_path, tables):
    path = tmp_path / "cells.csv"
    write_cells(path, tables)
    assert path.read_text().splitlines() == [",".join(["image", *measure(square(1)).columns])]


def test_images_have_a_row_each_and_empty_fields_for_what_is_unknown(tmp_path):
    labels = square(10)
    path = tmp_path / "images.csv"
    write_images(
        path,
        [
            {"image": "a", **summarise(labels, measure(labels))},
            {"image": "b", "count": 2, "error": "b.png cannot be read, copy it again."},
        ],
    )
    first, second = rows_of(path)
    assert first == {
        "image": "a",
        "count": "1",
        "confluence": "8.333333",
        "density_per_megapixel": "833.3333",
        "density_per_mm2": "",
        "median_area_px": "100",
        "median_area_um2": "",
        "error": "",
    }
    assert (second["count"], second["confluence"]) == ("2", "")
    assert second["error"] == "b.png cannot be read, copy it again."
    write_images(path, [])
    assert path.read_text() == "image\n"


def test_large_and_small_numbers_keep_seven_digits(tmp_path):
    path = tmp_path / "images.csv"
    write_images(path, [{"image": "a", "x": 123456.789, "y": 0.000123456789}])
    assert path.read_text() == "image,x,y\na,123456.8,0.0001234568\n"


def test_the_record_of_a_run_is_plain_json(tmp_path):
    path = tmp_path / "run.json"
    write_run(
        path,
        {
            "path": Path("in") / "é.png",
            "numbers": [np.float32(0.5), np.int64(3), float("nan"), True, None],
            "array": np.arange(3),
            "nested": {"tuple": (1, 2), 5: "five"},
        },
    )
    text = path.read_text(encoding="utf-8")
    assert "é" in text
    assert json.loads(text) == {
        "path": str(Path("in") / "é.png"),
        "numbers": [0.5, 3, None, True, None],
        "array": [0, 1, 2],
        "nested": {"tuple": [1, 2], "5": "five"},
    }


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "cells.csv"
    path.write_text("old")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(UsageError, match="No space left"):
        write_cells(path, [("a", measure(square(4)))])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
