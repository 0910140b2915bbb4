from pathlib import Path

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.io.annotations import open_dataset
from neurocyte.napari._dataset import add_to_dataset, divide_if_single
from neurocyte.napari._planes import Planes

LABELS = np.zeros((3, 8, 10), np.uint16)
LABELS[:, 1:3, 1:3] = 1
LABELS[:, 6:, 7:] = 2


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float64", "bool", "colour"])
def test_pictures_of_every_type_can_be_trained_on(tmp_path: Path, kind: str) -> None:
    pixels = np.arange(80).reshape(8, 10) % 7
    stored = np.stack([pixels] * 3, -1).astype(np.uint8) if kind == "colour" else pixels.astype(kind)
    assert add_to_dataset(tmp_path, "a/b: c", Planes(stored, stack=False, pixel_size_um=None), LABELS[0]) == [
        "a_b_ c"
    ]
    (sample,) = open_dataset(tmp_path, "labels").samples
    expected = stored * 255 if kind == "bool" else stored
    np.testing.assert_array_equal(sample.read_image().pixels, expected)
    np.testing.assert_array_equal(sample.read_labels().labels, LABELS[0])


def test_a_picture_corrected_again_is_replaced_and_another_one_is_not(tmp_path: Path) -> None:
    first, other = np.zeros((8, 10), np.uint8), np.ones((8, 10), np.uint8)
    assert add_to_dataset(tmp_path, "x", Planes(first, stack=False, pixel_size_um=None), LABELS[0]) == ["x"]
    assert add_to_dataset(tmp_path, "x", Planes(other, stack=False, pixel_size_um=None), LABELS[0]) == ["x_2"]
    assert add_to_dataset(tmp_path, "x", Planes(first, stack=False, pixel_size_um=None), LABELS[0] * 0) == [
        "x"
    ]
    samples = open_dataset(tmp_path, "labels").samples
    assert [(s.stem, s.read_labels().instances) for s in samples] == [("x", 0), ("x_2", 2)]


def test_all_frames_of_a_stack_or_the_one_that_is_shown(tmp_path: Path) -> None:
    planes = Planes(
        np.stack([np.full((8, 10), n, np.uint8) for n in range(3)]), stack=True, pixel_size_um=None
    )
    assert add_to_dataset(tmp_path, "film", planes, LABELS, frame=1) == ["film_t0001"]
    assert len(add_to_dataset(tmp_path, "film", planes, LABELS)) == 3
    samples = open_dataset(tmp_path, "labels").samples
    assert [int(s.read_image().pixels[0, 0]) for s in samples] == [0, 1, 2]
    with pytest.raises(InputError, match="do not fit an image"):
        add_to_dataset(tmp_path, "film", planes, LABELS[0])


def test_a_single_picture_is_divided_and_several_are_not(tmp_path: Path) -> None:
    one, other = np.zeros((8, 10), np.uint8), np.ones((8, 10), np.uint8)
    add_to_dataset(tmp_path, "x", Planes(one, stack=False, pixel_size_um=None), LABELS[0])
    quarters = open_dataset(divide_if_single(tmp_path), "labels").samples
    assert [s.read_image().pixels.shape for s in quarters] == [(4, 5)] * 4
    assert [s.read_labels().instances for s in quarters] == [1, 0, 0, 1]
    add_to_dataset(tmp_path, "y", Planes(other, stack=False, pixel_size_um=None), LABELS[0])
    assert divide_if_single(tmp_path) == tmp_path
