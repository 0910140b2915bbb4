import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.labels import write_labels

MASK = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0]], dtype=np.uint8)
COMPONENTS = [[1, 0, 0, 2], [0, 1, 0, 2], [0, 0, 0, 0]]


def write(root: Path, mask: np.ndarray, name: str = "a.png") -> Path:
    for folder in ("images", "masks"):
        (root / folder).mkdir()
    PillowImage.new("RGB", (4, 3)).save(root / "images" / "a.jpg")
    PillowImage.fromarray(mask).save(root / "masks" / name)
    return root


@pytest.mark.parametrize("mask", [MASK, MASK * 255, MASK * 7, MASK > 0, np.stack([MASK * 255] * 3, axis=-1)])
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_masks_of_two_values(tmp_path: Path, mask: np.ndarray, name: str) -> None:
    dataset = open_dataset(write(tmp_path, mask, name))
    assert dataset.format == "masks"
    annotation = dataset.samples[0].read_labels()
    assert annotation.labels.dtype == np.uint16
    # Diagonal neighbours are one component.
    assert annotation.labels.tolist() == COMPONENTS
    assert (annotation.instances, annotation.lost_pixels, annotation.dropped) == (2, 0, 0)


def test_whole_mask_as_one_cell(tmp_path: Path) -> None:
    annotation = open_dataset(write(tmp_path, MASK), masks_are="one").samples[0].read_labels()
    assert annotation.labels.tolist() == MASK.tolist()
    assert annotation.instances == 1


def test_empty_mask_has_no_cell(tmp_path: Path) -> None:
    sample = open_dataset(write(tmp_path, MASK * 0), masks_are="one").samples[0]
    assert pickle.loads(pickle.dumps(sample)).read_labels().instances == 0


def test_grey_or_coloured_picture_is_no_mask(tmp_path: Path) -> None:
    grey = MASK * 255
    grey[2, 2] = 3
    root = write(tmp_path, grey)
    with pytest.raises(InputError, match=r"a\.png has more than two grey levels"):
        open_dataset(root).samples[0].read_labels()
    coloured = np.zeros((3, 4, 3), dtype=np.uint8)
    coloured[0, 0] = (255, 0, 0)
    PillowImage.fromarray(coloured).save(root / "masks" / "a.png")
    with pytest.raises(InputError, match=r"a\.png is coloured"):
        open_dataset(root).samples[0].read_labels()


def test_mask_of_another_size(tmp_path: Path) -> None:
    sample = open_dataset(write(tmp_path, MASK.T.copy())).samples[0]
    with pytest.raises(InputError, match=r"a\.jpg is 4 x 3 pixels but its annotation 3 x 4"):
        sample.read_labels()


def test_partners_are_found_by_stem_and_the_rest_counted(tmp_path: Path) -> None:
    root = write(tmp_path, MASK)
    for name in ("images/b.png", "images/c.png", "masks/d.png"):
        PillowImage.fromarray(MASK).save(root / name)
    dataset = open_dataset(root)
    assert [s.stem for s in dataset.samples] == ["a"]
    assert dataset.notes == (
        "2 images without a file in masks/ left out.",
        "1 file in masks/ without an image left out.",
    )


def test_labels_are_numbered_without_gaps(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    PillowImage.new("L", (3, 2)).save(tmp_path / "images" / "a.png")
    write_labels(tmp_path / "labels" / "a.tif", np.array([[0, 70_000, 9], [9, 0, 1]], dtype=np.uint32))
    dataset = open_dataset(tmp_path)
    assert dataset.format == "labels"
    annotation = dataset.samples[0].read_labels()
    assert annotation.labels.dtype == np.uint16
    assert annotation.labels.tolist() == [[0, 3, 2], [2, 0, 1]]
    assert annotation.instances == 3


def test_two_images_of_one_stem(tmp_path: Path) -> None:
    root = write(tmp_path, MASK)
    PillowImage.fromarray(MASK).save(root / "images" / "a.png")
    with pytest.raises(UsageError, match="two images called a"):
        open_dataset(root)


def test_real_masks(data_root: Path) -> None:
    dataset = open_dataset(data_root / "data/pfc-pn", masks_are="one")
    assert len(dataset.samples) == 87
    assert dataset.notes == ()
    sample = next(s for s in dataset.samples if s.stem == "Img (31)")
    with PillowImage.open(data_root / "data/pfc-pn/masks/Img (31).png") as picture:
        white = int(np.count_nonzero(np.asarray(picture)))
    annotation = sample.read_labels()
    assert annotation.labels.shape == (960, 1280)
    assert int((annotation.labels == 1).sum()) == white > 0
    assert annotation.instances == 1
