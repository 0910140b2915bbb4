import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset


def pair(root: Path, kind: str = "masks", stems: tuple[str, ...] = ("a",)) -> Path:
    for folder in ("images", kind):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for stem in stems:
            PillowImage.fromarray(np.eye(4, dtype=np.uint8)).save(root / folder / f"{stem}.png")
    return root


def test_nothing_known_tells_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"train\.csv with train/, images/ with one of masks/, labels/, rois/, geojson/"
    ):
        open_dataset(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        open_dataset(tmp_path / "absent")


def test_two_layouts_must_be_named(tmp_path: Path) -> None:
    pair(pair(tmp_path), "labels")
    with pytest.raises(UsageError, match="could be masks or labels: name one with --format"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, format="labels").format == "labels"
    with pytest.raises(
        UsageError, match="voc is not a known format: choose one of kaggle, masks, labels, coco"
    ):
        open_dataset(tmp_path, format="voc")


def test_json_beside_another_layout_is_not_taken_for_coco(tmp_path: Path) -> None:
    (pair(tmp_path) / "settings.json").write_text("{}")
    assert open_dataset(tmp_path).format == "masks"


def test_named_layout_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="images cannot be listed"):
        open_dataset(tmp_path, format="masks")


def test_no_pair_is_an_error_with_the_counts(tmp_path: Path) -> None:
    pair(tmp_path)
    (tmp_path / "masks/a.png").rename(tmp_path / "masks/b.png")
    with pytest.raises(UsageError, match=r"no image with an annotation: .* 1 image without a file in masks/"):
        open_dataset(tmp_path)


def test_content_hash_follows_stems_and_bytes_alone(tmp_path: Path) -> None:
    original = pair(tmp_path / "one", stems=("a", "b"))
    first = open_dataset(original).content_hash()
    assert len(first) == 64
    moved = shutil.copytree(original, tmp_path / "two")
    assert open_dataset(moved).content_hash() == first
    PillowImage.fromarray(np.ones((4, 4), dtype=np.uint8)).save(moved / "masks/b.png")
    assert open_dataset(moved).content_hash() != first
    renamed = shutil.copytree(original, tmp_path / "three")
    for folder in ("images", "masks"):
        (renamed / folder / "b.png").rename(renamed / folder / "c.png")
    assert open_dataset(renamed).content_hash() != first


def test_content_hash_of_a_file_that_went(tmp_path: Path) -> None:
    dataset = open_dataset(pair(tmp_path))
    (tmp_path / "images/a.png").unlink()
    with pytest.raises(InputError, match=r"a\.png cannot be read"):
        dataset.content_hash()
