"""What is written is read again; no display is needed."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurocyte.cli import main
from neurocyte.errors import InputError, UsageError
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels
from neurocyte.napari._cells import features_of, measure_planes
from neurocyte.napari._layout import grouped
from neurocyte.napari._planes import PLANES, Planes
from neurocyte.napari._reader import get_reader
from neurocyte.napari._writer import write_file, write_folder

LABELS = np.zeros((2, 20, 30), np.uint16)
LABELS[0, 2:6, 2:6] = 1
LABELS[1, 2:6, 2:8] = 2
LABELS[1, 10:18, 10:14] = 3
PIXELS = np.where(LABELS > 0, 40 * LABELS, 7).astype(np.uint8)


def layer(name: str, labels: np.ndarray, pixels: np.ndarray) -> tuple[Any, dict[str, Any], str]:
    planes = Planes(pixels, pixels.ndim == 3, 0.5)
    table = measure_planes(labels, planes, 0.5)
    return labels, {"name": name, "features": features_of(table), "metadata": {PLANES: planes}}, "labels"


def read(path: Path) -> list[tuple[Any, dict[str, Any], str]]:
    reader = get_reader(str(path))
    assert reader is not None
    return reader(str(path))


def test_a_file_comes_back_with_its_table(tmp_path: Path) -> None:
    data, meta, _ = layer("one", LABELS[1], PIXELS[1])
    path = tmp_path / "my labels.tif"
    assert write_file(str(path), data, meta) == [str(path), str(path.with_suffix(".csv"))]
    ((labels, back, kind),) = read(path)
    assert kind == "labels"
    np.testing.assert_array_equal(labels, LABELS[1])
    assert back["scale"] == pytest.approx((0.5, 0.5))
    assert back["units"] == ("um", "um")
    pd.testing.assert_frame_equal(back["features"], meta["features"], check_exact=False, rtol=1e-6)


def test_corrected_labels_are_measured_anew_when_they_are_written(tmp_path: Path) -> None:
    data, meta, _ = layer("one", LABELS[1].copy(), PIXELS[1])
    meta["features"]["confidence"] = [0.75, 0.5]
    data[data == 3] = 0
    data[0, 0] = 9
    write_file(str(tmp_path / "labels.tif"), data, meta)
    table = pd.read_csv(tmp_path / "labels.csv").set_index("label")
    assert table["area_px"].to_dict() == {2: 24, 9: 1}
    assert table["intensity_mean"].to_dict() == {2: 80, 9: 7}
    assert table.loc[2, "confidence"] == 0.75
    assert np.isnan(table.loc[9, "confidence"])


def test_a_folder_with_a_stack_and_a_picture_comes_back(tmp_path: Path) -> None:
    stack, single = layer("film", LABELS, PIXELS), layer("film", LABELS[1], PIXELS[1])
    out = tmp_path / "out"
    assert write_folder(str(out), [(PIXELS, {"name": "film"}, "image"), stack, single]) == [str(out)]
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    stems = ["film_2", "film_t0000", "film_t0001"]
    assert found == sorted(
        ["cells.csv", "images.csv"]
        + [f"labels/{stem}.tif" for stem in stems]
        + [f"{folder}/{stem}.png" for folder in ("masks", "overlays") for stem in stems]
    )
    assert ((read_image(out / "masks" / "film_2.png").pixels > 0) == (LABELS[1] > 0)).all()
    film_2, film = read(out)
    np.testing.assert_array_equal(film[0], LABELS)
    np.testing.assert_array_equal(film_2[0], LABELS[1])
    assert film[1]["features"]["frame"].tolist() == [0, 1, 1]
    assert film[1]["scale"] == (1.0, 0.5, 0.5)
    assert "frame" not in film_2[1]["features"]
    for back, sent in ((film, stack), (film_2, single)):
        expected = sent[1]["features"]
        pd.testing.assert_frame_equal(back[1]["features"], expected, check_exact=False, rtol=1e-6)
    with pytest.raises(UsageError, match="holds something already"):
        write_folder(str(out), [stack])


def test_a_stack_does_not_go_into_a_file(tmp_path: Path) -> None:
    data, meta, _ = layer("film", LABELS, PIXELS)
    with pytest.raises(InputError, match="save it as a neurocyte folder"):
        write_file(str(tmp_path / "labels.tif"), data, meta)
    assert not list(tmp_path.iterdir())


def test_the_results_of_segment_come_with_their_images(tmp_path: Path, make_model: Any, squares: Any) -> None:
    squares("NA.png", 2)
    gone = squares("gone.png", 3)
    out = tmp_path / "out"
    assert main(["segment", str(gone.parent), "-o", str(out), "--model", str(make_model()), "--quiet"]) == 0
    gone.unlink()
    layers = read(out)
    assert [(kind, meta["name"]) for _, meta, kind in layers] == [
        ("image", "NA"),
        ("labels", "NA cells"),
        ("labels", "gone cells"),
    ]
    np.testing.assert_array_equal(layers[1][0], read_labels(out / "labels" / "NA.tif"))
    assert [len(meta["features"]) for _, meta, kind in layers if kind == "labels"] == [2, 3]
    ((_, one, _),) = read(out / "labels" / "gone.tif")
    assert one["features"]["area_px"].tolist() == [16, 16, 16]


def test_what_is_not_ours_is_left_to_others(tmp_path: Path) -> None:
    assert get_reader(str(tmp_path)) is None
    assert get_reader(["a.tif", "b.tif"]) is None
    assert get_reader("labels.png") is None


def test_frames_make_a_stack_only_without_gaps() -> None:
    assert grouped(["b_t0001", "b_t0000", "a", "c_t0001"]) == {
        "b": ["b_t0000", "b_t0001"],
        "a": ["a"],
        "c_t0001": ["c_t0001"],
    }
