"""Which old images stand among the new ones."""

import pytest

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.simulate import write_dataset
from neurocyte.training.rehearsal import lessons


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
