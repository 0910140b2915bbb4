"""A large image part by part comes out as it does whole."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage
from scipy import ndimage

from flowing import hills
from neurocyte import segmentation
from neurocyte.errors import UsageError
from neurocyte.io.inputs import InputFile
from neurocyte.io.labels import read_labels
from neurocyte.jobs.options import JobOptions
from neurocyte.jobs.records import Failure, Record
from neurocyte.jobs.work import Worker, WorkOrder
from neurocyte.large import measuring, scratch

pytest.importorskip("onnx")

WATERSHED = {"method": "watershed", "threshold": 0.5, "min_area": 9, "seed_distance": 3.0, "smoothing": 1.0}
COMPONENTS = WATERSHED | {"method": "components"}
FLOWS = {"method": "flows", "threshold": 0.5, "min_area": 9, "reach": 1.25}
CELLS = {
    # Red is the foreground; green and blue are the flow as they stand, or nearly so.
    "weights": [[20.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]],
    "bias": (-10.0, -2.0, -2.0),
    "outputs": ["foreground", "flow_y", "flow_x"],
}


def cells_model(make_model: Callable[..., Path], **sections: Any) -> Path:
    architecture = {
        "name": "threshold",
        "encoder": None,
        "taps": None,
        "gate": None,
        "in_channels": 3,
        "out_channels": 3,
    }
    weights = [2.0, -1.0, 0.3, -1.0, -0.2, 1.0, 1.0, -1.0]
    confidence = {"weights": weights, "bias": 0.1, "cells": 9, "matched": 5}
    return make_model(architecture=architecture, instances=FLOWS, confidence=confidence, **CELLS, **sections)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiled TIFF, 190 x 230, of smooth blobs that touch, some of them cut by the frame."""
    noise = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(190, 230)), 4)
    pixels = np.clip(128 + noise / noise.std() * 70, 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("large") / "a.tif"
    tifffile.imwrite(path, pixels, tile=(48, 64), compression="zlib", photometric="minisblack")
    return path


@pytest.fixture(scope="module")
def flowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiled TIFF of the same size whose colours are maps of flows."""
    path = tmp_path_factory.mktemp("flowing") / "a.tif"
    pixels = np.moveaxis((np.clip(hills(), 0, 1) * 255).astype(np.uint8), 0, -1)
    tifffile.imwrite(path, pixels, tile=(48, 64), compression="zlib", photometric="rgb")
    return path


def run(image: Path, model: Path, root: Path, limit: int, **options: Any) -> Record | Failure:
    (root / ".neurocyte").mkdir(parents=True, exist_ok=True)
    order = WorkOrder(JobOptions(model=model, precision="fp32", **options), root, 1, limit)
    return Worker(order).do(InputFile(image, "a"))


def both(image: Path, model: Path, tmp_path: Path, **options: Any) -> tuple[Record, Record]:
    whole = run(image, model, tmp_path / "whole", 10**6, **options)
    parts = run(image, model, tmp_path / "parts", 1000, **options)
    assert isinstance(whole, Record)
    assert isinstance(parts, Record)
    assert "in_windows" not in whole.runtime
    assert parts.runtime["in_windows"]["overlay_reduced_by"] == 1
    return whole, parts


def check_same(whole: Record, parts: Record, tmp_path: Path, least: int) -> None:
    labels = [read_labels(tmp_path / name / "labels" / "a.tif") for name in ("whole", "parts")]
    assert labels[0].max() >= least
    assert_array_equal(labels[1], labels[0])
    masks = [np.asarray(PillowImage.open(tmp_path / name / "masks" / "a.png")) for name in ("whole", "parts")]
    assert_array_equal(masks[1], masks[0])
    pd.testing.assert_frame_equal(parts.cells, whole.cells, rtol=1e-6)
    counted = ("height", "width", "count", "confluence", "density_per_megapixel", "median_area_px")
    assert {name: parts.row[name] for name in counted} == {name: whole.row[name] for name in counted}


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize(
    ("instances", "task"), [(WATERSHED, "cells"), (COMPONENTS, "cells"), (WATERSHED, "mask")]
)
def test_the_same_cells(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, instances: dict[str, Any], task: str
) -> None:
    whole, parts = both(image, make_model(instances=instances), tmp_path, task=task, pixel_size_um=0.5)
    check_same(whole, parts, tmp_path, 8)


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_the_same_cells_of_flows(
    flowing: Path, make_model: Callable[..., Path], tmp_path: Path, factor: float
) -> None:
    section = {
        "channels": "rgb",
        "intensity": "dtype",
        "percentiles": [0.5, 99.5],
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "pixel_size_um": None,
        "resize": {"mode": "scale", "factor": factor},
    }
    model = cells_model(make_model, input=section)
    check_same(*both(flowing, model, tmp_path, min_confidence=0.5), tmp_path, 40)


@pytest.mark.usefixtures("small_windows")
def test_flips(image: Path, make_model: Callable[..., Path], tmp_path: Path) -> None:
    # The network looks at single pixels: it makes no difference what is flipped.
    check_same(*both(image, make_model(instances=WATERSHED), tmp_path, tta=True), tmp_path, 8)


@pytest.mark.usefixtures("small_windows")
def test_a_cell_in_a_large_box_is_measured_in_a_reduced_picture(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "WHOLE_PIXELS", 5000)
    whole, parts = both(image, make_model(instances=COMPONENTS), tmp_path)
    exact = ["label", "area_px", "bbox_top", "bbox_left", "bbox_bottom", "bbox_right", "touches_border"]
    pd.testing.assert_frame_equal(parts.cells[exact], whole.cells[exact])
    largest = whole.cells["area_px"].argmax()
    for name in ("centroid_y", "equivalent_diameter_px", "major_axis_px", "intensity_mean"):
        one, other = parts.cells[name][largest], whole.cells[name][largest]
        assert one != other
        assert one == pytest.approx(other, rel=0.05)


@pytest.mark.usefixtures("small_windows")
def test_nothing_found(make_model: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "black.tif"
    tifffile.imwrite(path, np.zeros((100, 150), np.uint8), photometric="minisblack")
    check_same(*both(path, make_model(instances=WATERSHED), tmp_path), tmp_path, 0)


@pytest.mark.usefixtures("small_windows")
def test_nothing_is_left_but_the_results(
    image: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    run(image, make_model(instances=WATERSHED), tmp_path / "out", 1000)
    files = {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    assert files == {
        "labels/a.tif",
        "masks/a.png",
        "overlays/a.png",
        ".neurocyte/a.json",
        ".neurocyte/previews/a.json",
    }


def test_a_cut_file_fails_alone(image: Path, make_model: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    path.write_bytes(image.read_bytes()[:-2000])
    outcome = run(path, make_model(), tmp_path / "out", 1000)
    assert isinstance(outcome, Failure)
    assert "truncated" in outcome.error
    assert not list((tmp_path / "out").rglob("*.*"))[1:]


def test_too_small_a_disk_is_told_before(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = scratch.shutil.disk_usage(tmp_path)._replace(free=10**4)
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda _: usage)
    outcome = run(image, make_model(), tmp_path / "out", 1000)
    assert isinstance(outcome, Failure)
    assert "GB of disk" in outcome.error
    assert "-o" in outcome.error


def test_a_disk_that_fills_up_is_one_sentence(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(scratch.Scratch):
        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            inner = self.file

            class File:
                def write(self, _: bytes) -> int:
                    raise OSError(errno.ENOSPC, "No space left on device")

                def __getattr__(self, name: str) -> Any:
                    return getattr(inner, name)

            self.file = File()  # type: ignore[assignment]

    monkeypatch.setattr(scratch, "Scratch", Full)
    with pytest.raises(UsageError, match="No space left on device"):
        run(image, make_model(), tmp_path / "out", 1000)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.usefixtures("small_windows")
def test_a_cluster_gets_the_same_batches(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tiles in threes: batches go on from one row of tiles to the next.
    monkeypatch.setattr(segmentation, "BATCH_PIXELS", 3 * 64**2)
    order = WorkOrder(JobOptions(model=make_model(), precision="fp32", tta=True), tmp_path / "out", 1, 1000)
    (tmp_path / "out" / ".neurocyte").mkdir(parents=True)
    worker, file = Worker(order), InputFile(image, "a")
    cut = list(worker.inputs(file))
    met = []

    def network(batch: np.ndarray) -> np.ndarray:
        met.append(batch)
        return worker.predict(batch)

    assert isinstance(worker.do(file, network), Record)
    assert len(met) == len(cut) > 12
    for one, other in zip(met, cut, strict=True):
        assert_array_equal(one, other)
