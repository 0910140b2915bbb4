import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError, MissingExtraError
from neurocyte.io.annotations import open_dataset

roifile = pytest.importorskip("roifile")
SQUARE = np.array([[1, 1], [3, 1], [3, 3], [1, 3]])


def write(root: Path, rois: list[Any], name: str = "a.zip", size: tuple[int, int] = (5, 4)) -> Path:
    (root / "images").mkdir(exist_ok=True)
    (root / "rois").mkdir(exist_ok=True)
    PillowImage.new("L", size).save(root / "images" / "a.png")
    path = root / "rois" / name
    if name.endswith(".roi"):
        path.write_bytes(rois[0].tobytes())
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for number, roi in enumerate(rois):
                archive.writestr(f"{number}.roi", roi if isinstance(roi, bytes) else roi.tobytes())
    return root


def box(kind: Any, subtype: int = 0) -> Any:
    return roifile.ImagejRoi(
        roitype=kind, left=1, top=1, right=4, bottom=3, subtype=roifile.ROI_SUBTYPE(subtype)
    )


def test_polygon_rectangle_and_composite(tmp_path: Path) -> None:
    # As ImageJ writes it: a 4 x 4 square with a hole.
    path = np.array(
        [0, 0, 0, 1, 4, 0, 1, 4, 4, 1, 0, 4, 4, 0, 1, 1, 1, 1, 2, 1, 2, 2, 1, 2, 1, 4], dtype=np.float32
    )
    composite = roifile.ImagejRoi(
        roitype=roifile.ROI_TYPE.RECT,
        right=4,
        bottom=4,
        shape_roi_size=path.size,
        multi_coordinates=path,
    )
    rois = [composite, roifile.ImagejRoi.frompoints(SQUARE), box(roifile.ROI_TYPE.RECT)]
    dataset = open_dataset(write(tmp_path, rois))
    assert dataset.format == "rois"
    cells = dataset.samples[0].read_cells()
    assert [cell.pixels.tolist() for cell in cells.cells] == [
        [0, 1, 2, 3, 5, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18],
        [6, 7, 11, 12],
        [6, 7, 8, 11, 12, 13],
    ]
    assert (cells.rounded, cells.notes) == (0, ())


def test_a_single_selection(tmp_path: Path) -> None:
    root = write(tmp_path, [roifile.ImagejRoi.frompoints(SQUARE)], "a.roi")
    assert open_dataset(root).samples[0].read_labels().labels.sum() == 4


def test_an_oval_is_as_large_as_the_ellipse(tmp_path: Path) -> None:
    oval = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.OVAL, left=10, top=20, right=90, bottom=60)
    cells = open_dataset(write(tmp_path, [oval], size=(100, 80))).samples[0].read_cells()
    assert cells.cells[0].pixels.size == pytest.approx(np.pi * 40 * 20, rel=0.005)
    assert cells.rounded == 1


def test_between_pixels_the_centre_decides(tmp_path: Path) -> None:
    roi = roifile.ImagejRoi.frompoints(SQUARE + 0.4)
    cells = open_dataset(write(tmp_path, [roi])).samples[0].read_cells()
    assert (cells.cells[0].pixels.tolist(), cells.rounded) == ([6, 7, 11, 12], 1)


def test_selections_without_an_area_are_left_out(tmp_path: Path) -> None:
    kinds = roifile.ROI_TYPE
    point = roifile.ImagejRoi.frompoints(SQUARE[:1])
    point.roitype = kinds.POINT
    rois = [box(kinds.LINE), point, box(kinds.RECT, 1), box(kinds.RECT)]
    cells = open_dataset(write(tmp_path, rois)).samples[0].read_cells()
    assert len(cells.cells) == 1
    assert cells.notes == ("3 selections without an area (lines, points, text) left out.",)


@pytest.mark.parametrize("content", [b"", b"Iout", b"x" * 100, b"Iout" + b"\xff" * 200])
def test_damaged_selections(tmp_path: Path, content: bytes) -> None:
    sample = open_dataset(write(tmp_path, [content])).samples[0]
    with pytest.raises(InputError, match=r"a\.zip cannot be read as ImageJ ROIs \(.*\): save them again"):
        sample.read_labels()


def test_a_damaged_archive(tmp_path: Path) -> None:
    root = write(tmp_path, [])
    assert open_dataset(root).samples[0].read_labels().instances == 0
    (root / "rois" / "a.zip").write_bytes(b"PK no archive")
    with pytest.raises(InputError, match="cannot be read as ImageJ ROIs"):
        open_dataset(root).samples[0].read_labels()


def test_without_the_library_the_pip_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, [])
    monkeypatch.setitem(sys.modules, "roifile", None)
    with pytest.raises(MissingExtraError, match=r'need roifile: pip install "neurocyte\[formats\]"'):
        open_dataset(root)
