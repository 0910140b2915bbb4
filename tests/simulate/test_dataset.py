"""A folder of simulated pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neurocyte.errors import UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.labels import read_labels
from neurocyte.simulate import simulate, write_dataset

SMALL = (64, 80)


def test_kinds_take_turns_and_the_folder_is_read_back_as_a_data_set(tmp_path: Path) -> None:
    paths = write_dataset(tmp_path, 4, shape=SMALL, cells=3)
    dataset = open_dataset(tmp_path)

    assert [path.name for path in paths] == [
        "cort_0000.png",
        "astro_0001.png",
        "shsy5y_0002.png",
        "cort_0003.png",
    ]
    assert dataset.format == "labels"
    assert [sample.stem for sample in dataset.samples] == [
        "astro_0001",
        "cort_0000",
        "cort_0003",
        "shsy5y_0002",
    ]
    assert [path.name for path in sorted((tmp_path / "labels").iterdir())] == [
        "astro_0001.tif",
        "cort_0000.tif",
        "cort_0003.tif",
        "shsy5y_0002.tif",
    ]


def test_files_hold_what_was_simulated(tmp_path: Path) -> None:
    (path,) = write_dataset(tmp_path, 1, seed=5, kind="mixed", shape=SMALL, cells=3)
    own_seed = int(np.random.SeedSequence([5, 0]).generate_state(1, np.uint64)[0])
    expected = simulate(SMALL, 3, "mixed", own_seed)

    np.testing.assert_array_equal(np.asarray(Image.open(path)), expected.image)
    np.testing.assert_array_equal(read_labels(tmp_path / "labels" / "mixed_0000.tif"), expected.labels)


def test_a_picture_does_not_depend_on_how_many_follow(tmp_path: Path) -> None:
    (alone,) = write_dataset(tmp_path / "one", 1, shape=SMALL, cells=2)
    first, second = write_dataset(tmp_path / "two", 2, kind="cort", shape=SMALL, cells=2)

    assert alone.read_bytes() == first.read_bytes()
    assert first.read_bytes() != second.read_bytes()


def test_seeds_share_no_picture(tmp_path: Path) -> None:
    _, late = write_dataset(tmp_path / "0", 2, seed=0, kind="cort", shape=SMALL, cells=2)
    (early,) = write_dataset(tmp_path / "1", 1, seed=1, kind="cort", shape=SMALL, cells=2)

    assert late.read_bytes() != early.read_bytes()


@pytest.mark.parametrize(("n", "seed", "message"), [(0, 0, "0 pictures"), (1, -1, "seed -1 is negative")])
def test_a_wrong_argument_writes_nothing(tmp_path: Path, n: int, seed: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        write_dataset(tmp_path / "out", n, seed=seed)
    assert not (tmp_path / "out").exists()
