"""Which old images stand among the new ones."""

from pathlib import Path

import numpy as np
import pytest

from neurocyte.errors import UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.models import load_model
from neurocyte.segmentation import Segmenter
from neurocyte.simulate import write_dataset
from neurocyte.training.finetuning.parent import open_parent
from neurocyte.training.finetuning.rehearsal import lessons, open_rehearsal


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    folder = tmp_path_factory.mktemp("known")
    write_dataset(folder, 6, seed=1, kind="cort", shape=(32, 32), cells=1)
    return list(open_dataset(folder).samples)


@pytest.mark.parametrize(
    ("known", "expected"), [([2], [2, 2, 2, 2]), ([2, 3], [2, 2, 3, 3]), ([1, 2, 3, 4, 5], [1, 2, 3, 4])]
)
def test_half_of_the_crops_are_old(samples: list[Sample], known: list[int], expected: list[int]) -> None:
    new = [samples[0]] if len(known) == 5 else samples[:2]
    listed = lessons(new, [samples[i] for i in known], 4 // len(new))
    assert listed[:4] == [one for one in new for _ in range(4 // len(new))]
    assert listed[4:] == [samples[i] for i in expected]


def test_of_images_without_annotation_the_parents_cells_are_learned(tmp_path: Path) -> None:
    parent = open_parent("phase-contrast")
    write_dataset(tmp_path, 1, seed=3, kind="cort", shape=(128, 160), cells=6)
    known = open_rehearsal(tmp_path / "images", parent)
    assert (known.format, [one.stem for one in known.samples]) == ("images", ["cort_0000"])
    recalled = known.samples[0].read_labels()
    expected = Segmenter(load_model("phase-contrast"), "fp32").segment(known.samples[0].read_image().pixels)
    assert recalled.instances == expected.labels.max() > 0
    assert np.mean(recalled.labels != expected.labels) < 0.002
    # The annotation is taken where there is one.
    assert open_rehearsal(tmp_path, parent).format == "labels"


def test_what_can_be_rehearsed_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no known data set"):
        open_rehearsal(tmp_path, open_parent("phase-contrast"))
