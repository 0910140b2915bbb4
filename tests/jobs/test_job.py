"""The folder job with a network that finds white squares."""

import csv
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage

from neurocyte.errors import UsageError
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels
from neurocyte.jobs import Failure, JobOptions, JobResult, run_job

MakeModel = Callable[..., Path]
Squares = Callable[..., Path]


class Heard:
    """Remembers what a job told."""

    def __init__(self) -> None:
        self.plan, self.outcomes = None, []

    def planned(self, todo, skipped):
        self.plan = (todo, skipped)

    def finished(self, outcome):
        self.outcomes.append(outcome)


@pytest.fixture
def model(make_model: MakeModel) -> Path:
    return make_model()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def job(inputs: Path | list[Path], out: Path, model: Path, **options) -> JobResult:
    settings = {key: options.pop(key) for key in list(options) if key in JobOptions.__dataclass_fields__}
    listed = inputs if isinstance(inputs, list) else [inputs]
    return run_job(listed, out, JobOptions(model, precision="fp32", **settings), **options)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def contents(out: Path) -> dict[str, bytes]:
    """All results but the run's record and the report, which say when they were made."""
    files = (path for path in out.rglob("*") if path.is_file())
    kept = (path for path in files if path.suffix in (".tif", ".png", ".csv"))
    return {str(path.relative_to(out)): path.read_bytes() for path in kept}


def test_every_image_gets_its_results_and_the_tables_agree(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("b.png", 2)
    squares("a.png", 3)
    squares("none.png", 0)
    result = job(tmp_path / "in", out, model)
    assert (result.cells, result.skipped, result.failures) == (5, 0, ())
    assert [row["image"] for row in rows(out / "images.csv")] == ["a", "b", "none"]
    assert [row["count"] for row in rows(out / "images.csv")] == ["3", "2", "0"]
    assert [row["confluence"] for row in rows(out / "images.csv")] == ["4", "2.666667", "0"]
    assert [row["median_area_px"] for row in rows(out / "images.csv")] == ["16", "16", ""]
    assert [row["error"] for row in rows(out / "images.csv")] == ["", "", ""]
    cells = rows(out / "cells.csv")
    assert [(row["image"], row["label"], row["area_px"]) for row in cells] == [
        ("a", "1", "16"),
        ("a", "2", "16"),
        ("a", "3", "16"),
        ("b", "1", "16"),
        ("b", "2", "16"),
    ]
    for stem, count in (("a", 3), ("b", 2), ("none", 0)):
        labels = read_labels(out / "labels" / f"{stem}.tif")
        assert labels.dtype == np.uint16
        assert labels.max() == count
        assert_array_equal(read_image(out / "masks" / f"{stem}.png").pixels, 255 * (labels > 0))
        assert read_image(out / "overlays" / f"{stem}.png").pixels.shape == (20, 60, 3)
    run = json.loads((out / "run.json").read_text())
    assert run["status"] == "finished"
    assert run["totals"] == {"images": 3, "cells": 5, "failed": 0}
    assert run["model"]["name"] == "tiny"
    assert run["settings"]["task"] == "cells"
    assert run["settings"]["precision"] == run["runtime"]["precision"] == "fp32"
    assert [(one["image"], one["status"], one["count"]) for one in run["images"]] == [
        ("a", "done", 3),
        ("b", "done", 2),
        ("none", "done", 0),
    ]
    assert "none" in (out / "report.html").read_text()


def test_a_pixel_size_reaches_labels_and_tables(squares: Squares, model: Path, out: Path) -> None:
    job(squares("a.png", 1), out, model, pixel_size_um=0.5)
    assert rows(out / "cells.csv")[0]["area_um2"] == "4"
    assert rows(out / "images.csv")[0]["pixel_size_um"] == "0.5"
    assert read_image(out / "labels" / "a.tif").pixel_size_um == pytest.approx(0.5)


def test_images_that_cannot_be_used_are_told_and_the_rest_is_done(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    import tifffile

    folder = tmp_path / "in"
    good = squares("good.png", 2)
    (folder / "text.png").write_text("no picture")
    (folder / "truncated.png").write_bytes(good.read_bytes()[:60])
    PillowImage.fromarray(np.zeros((1, 1), np.uint8)).save(folder / "dot.png")
    wide = np.zeros((20, 30), np.uint16)
    wide[3:9, 4:10] = 65535
    tifffile.imwrite(folder / "wide.tif", wide)
    heard = Heard()
    result = job(folder, out, model, listener=heard)
    assert [failure.stem for failure in result.failures] == ["text", "truncated"]
    for failure in result.failures:
        assert failure.file in failure.error
        assert "\n" not in failure.error
    assert heard.plan == (5, 0)
    assert [one.stem for one in heard.outcomes] == ["dot", "good", "text", "truncated", "wide"]
    table = {row["image"]: row for row in rows(out / "images.csv")}
    assert list(table) == ["dot", "good", "text", "truncated", "wide"]
    assert {stem: row["count"] for stem, row in table.items()} == {
        "dot": "0",
        "good": "2",
        "text": "",
        "truncated": "",
        "wide": "1",
    }
    assert table["text"]["error"] == result.failures[0].error
    assert sorted(path.stem for path in (out / "labels").iterdir()) == ["dot", "good", "wide"]
    run = json.loads((out / "run.json").read_text())
    assert run["totals"] == {"images": 3, "cells": 3, "failed": 2}
    assert run["images"][2]["error"] == result.failures[0].error
    assert "truncated.png" in (out / "report.html").read_text()


def test_a_second_run_skips_what_is_done_and_the_tables_stay_whole(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("a.png", 3)
    squares("b.png", 0)
    job(tmp_path / "in", out, model)
    before = contents(out)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.tif")}
    first = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**first, "created": "long ago"}))
    heard = Heard()
    result = job(tmp_path / "in", out, model, listener=heard)
    assert heard.plan == (0, 2)
    assert (heard.outcomes, result.skipped, result.cells) == ([], 2, 3)
    assert contents(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.tif")} == times
    assert json.loads((out / "run.json").read_text())["created"] == "long ago"
    # The row's types survive the record: the same as from a fresh run.
    assert result.records[0].read_cells(result.folder)["touches_border"].dtype.kind == "b"


def test_overwrite_does_all_anew(squares: Squares, model: Path, out: Path) -> None:
    path = squares("a.png", 3)
    job(path, out, model)
    heard = Heard()
    job(path, out, model, overwrite=True, listener=heard)
    assert heard.plan == (1, 0)


@pytest.mark.parametrize("gone", ["labels/a.tif", "masks/a.png", "overlays/a.png", ".neurocyte/a.json"])
def test_what_is_gone_is_done_again(
    squares: Squares, model: Path, out: Path, tmp_path: Path, gone: str
) -> None:
    squares("a.png", 3)
    squares("b.png", 1)
    job(tmp_path / "in", out, model)
    before = contents(out)
    (out / gone).unlink()
    heard = Heard()
    job(tmp_path / "in", out, model, listener=heard)
    assert heard.plan == (1, 1)
    assert contents(out) == before


def test_a_changed_image_is_done_again(squares: Squares, model: Path, out: Path) -> None:
    path = squares("a.png", 3)
    job(path, out, model)
    squares("a.png", 4)
    assert job(path, out, model).cells == 4


def test_a_changed_image_that_cannot_be_read_loses_its_old_results(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("a.png", 3)
    squares("b.png", 1)
    job(tmp_path / "in", out, model)
    (tmp_path / "in" / "a.png").write_text("no picture")
    result = job(tmp_path / "in", out, model)
    assert [failure.stem for failure in result.failures] == ["a"]
    assert {row["image"] for row in rows(out / "cells.csv")} == {"b"}
    assert sorted(contents(out)) == [
        "cells.csv",
        "images.csv",
        "labels/b.tif",
        "masks/b.png",
        "overlays/b.png",
    ]


def test_other_images_join_the_folder(squares: Squares, model: Path, out: Path) -> None:
    job(squares("b.png", 1), out, model)
    heard = Heard()
    result = job([squares("c.png", 2), squares("a.png", 3)], out, model, listener=heard)
    assert heard.plan == (2, 0)
    assert result.cells == 6
    # This call's in the order of its inputs, then the older ones.
    assert [row["image"] for row in rows(out / "images.csv")] == ["c", "a", "b"]
    job(squares("d.png", 1), out, model)
    assert [row["image"] for row in rows(out / "images.csv")] == ["d", "c", "a", "b"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"tta": True}, ("tta off", "tta on")),
        ({"task": "mask"}, ("task cells", "task mask")),
        ({"min_confidence": 0.25}, ("min confidence 0.0", "min confidence 0.25")),
        ({"tile_size": 32}, ("tile 64", "tile 32")),
        ({"pixel_size_um": 2.0}, ("pixel size um unset", "pixel size um 2.0")),
    ],
)
def test_results_of_other_settings_are_never_mixed(
    squares: Squares, model: Path, out: Path, tmp_path: Path, setting: dict, said: tuple[str, str]
) -> None:
    job(squares("a.png", 1), out, model)
    before = contents(out)
    with pytest.raises(UsageError) as caught:
        job(squares("b.png", 1), out, model, **setting)
    old, new = str(caught.value).split(", not with ")
    assert said[0] in old
    assert said[1] in new
    assert contents(out) == before
    job(squares("b.png", 1), out, model, overwrite=True, **setting)
    # Results of the former settings are gone with them.
    assert [row["image"] for row in rows(out / "images.csv")] == ["b"]
    assert not (out / "labels" / "a.tif").exists()
    assert job(squares("b.png", 1), out, model, **setting).skipped == 1


def test_another_model_is_named_with_the_former(squares: Squares, make_model: MakeModel, out: Path) -> None:
    path = squares("a.png", 1)
    job(path, out, make_model("first"))
    with pytest.raises(UsageError, match=r"made with model first \(\w{8}\), not with model second \(\w{8}\)"):
        job(path, out, make_model("second", bias=(-5.0,)))
    # The same network with another threshold is another model, too.
    components = {
        "method": "components",
        "threshold": 0.25,
        "min_area": 4,
        "seed_distance": 3.0,
        "smoothing": 0,
    }
    with pytest.raises(UsageError, match="made with model first"):
        job(path, out, make_model("third", instances=components))
    # A copy of the model elsewhere is the same.
    assert job(path, out, make_model("copy")).skipped == 1


def test_an_interrupted_job_goes_on_where_it_was(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    class Stop(Heard):
        def finished(self, outcome):
            raise KeyboardInterrupt

    for name, count in (("a.png", 1), ("b.png", 2), ("c.png", 3)):
        squares(name, count)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path / "in", out, model, listener=Stop())
    assert json.loads((out / "run.json").read_text())["status"] == "running"
    # Killed between the label image and the record: it is not taken for somebody else's.
    (out / "labels" / "b.tif").write_bytes(b"half")
    heard = Heard()
    job(tmp_path / "in", out, model, listener=heard)
    assert heard.plan == (2, 1)
    job(tmp_path / "in", tmp_path / "at once", model)
    assert contents(out) == contents(tmp_path / "at once")


@pytest.mark.parametrize(
    "foreign", ["labels/a.tif", "masks/a.png", "overlays/a.png", "cells.csv", "run.json"]
)
def test_a_folder_with_files_of_others_is_left_unharmed(
    squares: Squares, model: Path, out: Path, foreign: str
) -> None:
    path = out / foreign
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there but not from an earlier run"):
        job(squares("a.png", 1), out, model)
    assert path.read_text() == "mine"
    assert [one for one in out.rglob("*") if one.is_file()] == [path]
    job(squares("a.png", 1), out, model, overwrite=True)
    assert path.read_bytes() != b"mine"


def test_an_image_that_was_being_done_anew_is_not_taken_for_done(
    squares: Squares, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args):
        raise KeyboardInterrupt

    path = squares("a.png", 1)
    job(path, out, model)
    with monkeypatch.context() as patch:
        patch.setattr("neurocyte.jobs.work.write_mask", killed)
        with pytest.raises(KeyboardInterrupt):
            job(path, out, model, overwrite=True)
    assert job(path, out, model).skipped == 0


def test_files_beside_the_results_stay(squares: Squares, model: Path, out: Path) -> None:
    job(squares("a.png", 1), out, model)
    others = [out / "notes.txt", out / "labels" / "mine.tif", out / ".neurocyte" / "mine.json"]
    for other in others:
        other.write_text("mine")
    job(squares("b.png", 1), out, model, tta=True, overwrite=True)
    assert [other.read_text() for other in others] == ["mine"] * 3


def test_an_input_is_never_overwritten(squares: Squares, model: Path, out: Path) -> None:
    path = squares("a.png", 1, "masks")
    with pytest.raises(UsageError, match="is an input and would be overwritten"):
        job(path, path.parent.parent, model, overwrite=True)


def test_another_file_of_the_same_name_is_no_rerun(squares: Squares, model: Path, out: Path) -> None:
    job(squares("a.png", 1), out, model)
    with pytest.raises(UsageError, match=r"is the result of .*in/a\.png, not of .*other/a\.png"):
        job(squares("a.png", 2, "other"), out, model)
    assert job(squares("a.png", 1, "copy"), out, model).skipped == 1
    assert job(squares("a.png", 2, "other"), out, model, overwrite=True).cells == 2


def test_images_of_one_name_keep_apart(squares: Squares, model: Path, out: Path) -> None:
    result = job([squares("a.png", 1), squares("a.png", 2, "other"), squares("b.png", 3)], out, model)
    assert [(one.stem, one.count) for one in result.records] == [
        ("in_a_png", 1),
        ("other_a_png", 2),
        ("b", 3),
    ]
    assert (out / "labels" / "other_a_png.tif").exists()


def test_a_file_that_gets_a_longer_name_is_counted_once(squares: Squares, model: Path, out: Path) -> None:
    first, second = squares("a.png", 1), squares("a.bmp", 2)
    job(first, out, model)
    result = job([first, second], out, model)
    assert [(one.stem, one.count) for one in result.records] == [("a_png", 1), ("a_bmp", 2)]
    assert not (out / "labels" / "a.tif").exists()


def test_a_pattern_that_finds_the_results_is_no_reason_to_segment_them(
    squares: Squares, model: Path, tmp_path: Path
) -> None:
    squares("a.png", 2)
    pattern, out = tmp_path / "**" / "*.png", tmp_path / "in" / "out"
    job([pattern], out, model)
    result = job([pattern], out, model)
    assert (result.skipped, [record.stem for record in result.records]) == (1, ["a"])
    with pytest.raises(UsageError, match="No input was given"):
        job([out / "masks"], out, model)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_no_table_can_hold_is_named(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("a.png", 1).rename(tmp_path / "in" / os.fsdecode(b"caf\xe9.png"))
    with pytest.raises(UsageError, match=r"caf\\udce9\.png' is not valid UTF-8: rename the file"):
        job(tmp_path / "in", out, model)
    assert not out.exists()


def test_several_processes_give_the_same_bytes_in_the_same_order(
    squares: Squares, model: Path, tmp_path: Path
) -> None:
    for number, count in enumerate((5, 0, 3)):
        squares(f"{number}.png", count)
    (tmp_path / "in" / "broken.png").write_text("no picture")
    one = job(tmp_path / "in", tmp_path / "one", model)
    heard = Heard()
    two = job(tmp_path / "in", tmp_path / "two", model, jobs=2, listener=heard)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert one.failures == two.failures
    assert [outcome.stem for outcome in heard.outcomes] == ["0", "1", "2", "broken"]
    assert two.run["runtime"]["jobs"] == 2
    for first, second in zip(one.records, two.records, strict=True):
        pd.testing.assert_frame_equal(first.read_cells(one.folder), second.read_cells(two.folder))


def test_an_image_too_large_for_the_memory_fails_alone(
    squares: Squares, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neurocyte.segmentation import Segmenter

    segment = Segmenter.segment

    def short_of_memory(self, pixels, *args, **options):
        if pixels.max():
            raise MemoryError
        return segment(self, pixels, *args, **options)

    monkeypatch.setattr(Segmenter, "segment", short_of_memory)
    result = job([squares("a.png", 1), squares("b.png", 0)], out, model)
    assert [failure.stem for failure in result.failures] == ["a"]
    assert "does not fit into memory" in result.failures[0].error
    assert [record.stem for record in result.records] == ["b"]


def test_nothing_is_left_of_an_image_that_fails_while_it_is_written(
    squares: Squares, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short_of_memory(*args):
        raise MemoryError

    monkeypatch.setattr("neurocyte.jobs.work.write_overlay", short_of_memory)
    result = job(squares("a.png", 1), out, model)
    assert isinstance(result.failures[0], Failure)
    assert sorted(contents(out)) == ["cells.csv", "images.csv"]


def test_a_disk_that_is_full_ends_the_job(squares: Squares, model: Path, out: Path) -> None:
    out.mkdir()
    (out / "labels").write_text("a file where a folder is due")
    with pytest.raises(UsageError, match="cannot be written"):
        job(squares("a.png", 1), out, model)


@pytest.mark.parametrize(
    "setting", [{"pixel_size_um": 0.0}, {"pixel_size_um": float("nan")}, {"min_confidence": 2}]
)
def test_settings_out_of_range(setting: dict) -> None:
    with pytest.raises(UsageError, match="is impossible"):
        JobOptions(**setting)


def test_groups_are_columns_of_both_tables_for_as_long_as_they_are_asked_for(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("A1_0.png", 2)
    squares("B1_0.png", 0)
    squares("other.png", 1)
    (tmp_path / "in" / "A1_1.png").write_text("no picture")
    job(tmp_path / "in", out, model)
    plain = contents(out)
    result = job(tmp_path / "in", out, model, groups=r"(?P<well>[AB]\d)_(?P<time>\d)")
    assert result.skipped == 3
    images = rows(out / "images.csv")
    assert list(images[0])[:4] == ["image", "well", "time", "file"]
    found = [(row["image"], row["well"], row["time"]) for row in images]
    assert found == [
        ("A1_0", "A1", "0"),
        ("A1_1", "A1", "1"),
        ("B1_0", "B1", "0"),
        ("other", "none", "none"),
    ]
    cells = rows(out / "cells.csv")
    assert list(cells[0])[:4] == ["image", "well", "time", "label"]
    assert [(row["image"], row["well"]) for row in cells] == [
        ("A1_0", "A1"),
        ("A1_0", "A1"),
        ("other", "none"),
    ]
    assert result.run["groups"]["columns"] == ["well", "time"]
    assert result.run["notes"][-1] == '1 image matches no group and counts as "none".'
    # Another call without them gives the tables of the first.
    job(tmp_path / "in", out, model)
    assert contents(out) == plain


def test_a_table_without_cells_has_the_group_columns(squares: Squares, model: Path, out: Path) -> None:
    job(squares("A1.png", 0), out, model, groups="(?P<well>A1)")
    assert (out / "cells.csv").read_text().startswith("image,well,label,")


def test_wrong_groups_are_told_before_anything_is_done(squares: Squares, model: Path, out: Path) -> None:
    with pytest.raises(UsageError, match="the tables have a column 'area_um2'"):
        job(squares("a.png", 1), out, model, groups="(?P<area_um2>.)")
    assert not out.exists()


def test_flags_stand_in_tables_and_run(squares: Squares, model: Path, out: Path, tmp_path: Path) -> None:
    squares("a.png", 1)
    squares("none.png", 0)
    result = job(tmp_path / "in", out, model)
    # Black and white squares lie at the ends of the grey scale; the network has no reference.
    flags = [(row["flags"], row["saturated"], row["sharpness"]) for row in rows(out / "images.csv")]
    assert flags == [("saturated", "100", ""), ("empty; saturated", "100", "")]
    assert result.run["flags"] == {
        "empty": 1,
        "out of focus": 0,
        "saturated": 2,
        "unlike the training data": 0,
    }


def test_a_report_of_a_folder_without_previews_shows_the_overlays(
    squares: Squares, model: Path, out: Path, tmp_path: Path
) -> None:
    squares("a.png", 1)
    job(tmp_path / "in", out, model)
    assert '"outlines":{"0":"M' in (out / "report.html").read_text()
    (out / ".neurocyte" / "previews" / "a.json").unlink()
    assert job(tmp_path / "in", out, model).skipped == 1
    assert '"outlines":{}' in (out / "report.html").read_text()
