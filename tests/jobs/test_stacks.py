"""The folder job over files of several planes, with a network that finds white squares."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from neurocyte.cli import main
from neurocyte.errors import UsageError
from neurocyte.jobs import JobOptions, run_job
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.records import load_records
from stacks import write_zarr

MakeModel = Callable[..., Path]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """T 2, C 2, Z 3: squares in the second channel only, one more in the second time point, each in one z."""
    values = np.zeros((2, 3, 2, 20, 60), np.uint8)
    values[0, 2, 1, 2:6, 2:6] = values[1, 2, 1, 2:6, 2:6] = values[1, 0, 1, 2:6, 12:16] = 255
    metadata = {"axes": "TZCYX", "Channel": {"Name": ["empty", "cells"]}}
    tifffile.imwrite(tmp_path / "s.ome.tif", values, metadata=metadata, photometric="minisblack")
    return tmp_path / "s.ome.tif"


def counts(out: Path) -> dict[str, str]:
    with (out / "images.csv").open(newline="") as stream:
        return {row["image"]: row["count"] for row in csv.DictReader(stream)}


def test_each_time_point_has_its_results_and_its_own_record(
    stack: Path, make_model: MakeModel, tmp_path: Path
) -> None:
    out, options = tmp_path / "out", JobOptions(make_model(), channel="cells", z_projection="max")
    result = run_job([stack], out, options)
    assert result.failures == ()
    assert counts(out) == {"s.ome_t000": "1", "s.ome_t001": "2"}
    assert sorted(path.name for path in (out / "labels").iterdir()) == ["s.ome_t000.tif", "s.ome_t001.tif"]
    run = json.loads((out / "run.json").read_text())
    assert (run["settings"]["channel"], run["settings"]["z_projection"]) == ("cells", "max")
    chosen = [record.selection for record in load_records(OutFolder(out)).values()]
    assert [(one.channel, one.z_projection, one.time, one.scene) for one in chosen] == [
        ("cells", "max", 0, None),
        ("cells", "max", 1, None),
    ]
    assert run_job([stack], out, options).skipped == 2
    (out / "labels" / "s.ome_t001.tif").unlink()
    assert run_job([stack], out, options).skipped == 1
    for other, said in (
        (JobOptions(options.model, channel="empty", z_projection="max"), "channel empty"),
        (JobOptions(options.model, channel="cells", z_projection=2), "z projection 2"),
    ):
        with pytest.raises(UsageError, match=f"made with .* not with .*{said}"):
            run_job([stack], out, other)


def test_a_choice_that_is_missing_is_said_of_each_image(
    stack: Path, make_model: MakeModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(make_model())
    call = ["segment", str(stack), "-o", str(tmp_path / "out"), "--model", model, "--quiet"]
    assert main(call) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [f"{stack} has 2 channels (empty, cells): choose one with --channel."] * 2
    assert main([*call, "--channel", "1", "--z-projection", "2", "--overwrite"]) == 0
    assert counts(tmp_path / "out") == {"s.ome_t000": "1", "s.ome_t001": "1"}
    assert main([*call, "--z-projection", "sum"]) == 2
    assert "'sum' is none of max, min, mean, focus, middle and no number" in capsys.readouterr().err


def test_a_changed_zarr_folder_is_done_again(make_model: MakeModel, tmp_path: Path) -> None:
    values = np.ones((1, 1, 1, 20, 60), np.uint16)
    values[..., 2:6, 2:6] = 60_000
    path, out = write_zarr(tmp_path, values), tmp_path / "out"
    options = JobOptions(make_model(), channel=0)
    assert run_job([path], out, options).cells == 1
    assert run_job([path], out, options).skipped == 1
    values[..., 2:6, 12:16] = 60_000
    write_zarr(tmp_path, values)
    result = run_job([path], out, options)
    assert (result.cells, result.skipped) == (2, 0)


def test_measure_takes_the_same_plane(
    stack: Path, make_model: MakeModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, table = tmp_path / "out", tmp_path / "cells.csv"
    run_job([stack], out, JobOptions(make_model(), channel="cells", z_projection="max"))
    call = ["measure", str(out), "-o", str(table), "--images", str(tmp_path)]
    assert main([*call, "--channel", "cells", "--z-projection", "min"]) == 0
    with table.open(newline="") as stream:
        found = [(row["image"], row["intensity_mean"]) for row in csv.DictReader(stream)]
    assert found == [("s.ome_t000", "0"), ("s.ome_t001", "0"), ("s.ome_t001", "0")]
    assert main([*call[:-2], "--channel", "cells"]) == 2
    assert "go with --images only" in capsys.readouterr().err
