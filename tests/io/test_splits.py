from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from neurocyte.errors import UsageError
from neurocyte.io.annotations import Annotation, Sample, open_dataset
from neurocyte.io.splits import k_folds, train_val_split


def nothing() -> Annotation:
    return Annotation(np.zeros((1, 1), dtype=np.uint16), 0, 0, 0)


def make(kind: str | None, count: int, group: str | None = None, prefix: str = "") -> list[Sample]:
    names = [f"{prefix}{kind}{group}{i}" for i in range(count)]
    return [Sample(name, Path(f"{name}.png"), kind, group, nothing) for name in names]


SAMPLES = make("cort", 20) + make("astro", 10) + make("shsy5y", 5)


def types(samples: list[Sample]) -> dict[str | None, int]:
    return dict(Counter(sample.cell_type for sample in samples))


def names(samples: list[Sample]) -> list[str]:
    return [sample.stem for sample in samples]


def test_split_is_stratified_exactly() -> None:
    train, val = train_val_split(SAMPLES, 0.2, seed=1)
    assert types(val) == {"cort": 4, "astro": 2, "shsy5y": 1}
    assert sorted(names(train) + names(val)) == sorted(names(SAMPLES))
    assert names(val) == sorted(names(val))


def test_split_depends_on_the_seed_alone() -> None:
    first = train_val_split(SAMPLES, 0.2, seed=3)
    assert first == train_val_split(SAMPLES[::-1], 0.2, seed=3)
    assert first != train_val_split(SAMPLES, 0.2, seed=4)


def test_folds_are_stratified_and_disjoint() -> None:
    folds = k_folds(SAMPLES, 5, seed=0)
    assert [types(fold) for fold in folds] == [{"cort": 4, "astro": 2, "shsy5y": 1}] * 5
    assert sorted(name for fold in folds for name in names(fold)) == sorted(names(SAMPLES))
    assert folds == k_folds(SAMPLES[::-1], 5, seed=0)
    assert folds != k_folds(SAMPLES, 5, seed=1)


def test_groups_stay_together() -> None:
    samples = [s for g in range(8) for s in make("cort", 1 + g % 3, group=f"well{g}")] + make("astro", 4)
    train, val = train_val_split(samples, 0.3, seed=0)
    assert {s.group for s in train} & {s.group for s in val} <= {None}
    assert val
    folds = k_folds(samples, 4, seed=0)
    homes = Counter(group for fold in folds for group in {s.group for s in fold} - {None})
    assert set(homes.values()) == {1}
    assert sum(len(fold) for fold in folds) == len(samples)
    assert max(len(fold) for fold in folds) - min(len(fold) for fold in folds) <= 2


def test_group_named_like_a_stem_is_not_that_sample() -> None:
    samples = [*make("cort", 1), Sample("b", Path("b.png"), "cort", "cortNone0", nothing)]
    train, val = train_val_split(samples, 0.5, seed=0)
    assert len(train) == len(val) == 1


def test_small_cases_leave_no_side_empty() -> None:
    two = make("cort", 2)
    for fraction in (0.01, 0.5, 0.99):
        train, val = train_val_split(two, fraction, seed=0)
        assert len(train) == len(val) == 1
    uneven = make("cort", 9, group="big") + make("cort", 1)
    train, val = train_val_split(uneven, 0.1, seed=0)
    assert (len(train), len(val)) == (9, 1)
    train, val = train_val_split(make("a", 6, "g") + make("a", 5, "h"), 0.1, seed=0)
    assert (len(train), len(val)) == (6, 5)
    assert [len(fold) for fold in k_folds(make("a", 5, "g") + make("b", 2), 3, seed=0)] == [5, 1, 1]


def test_impossible_calls() -> None:
    for fraction in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="between 0 and 1"):
            train_val_split(SAMPLES, fraction, seed=0)
    with pytest.raises(UsageError, match="another group"):
        train_val_split(make("cort", 5, group="one"), 0.2, seed=0)
    for k in (0, 1, 36):
        with pytest.raises(UsageError, match="choose 2 to 35"):
            k_folds(SAMPLES, k, seed=0)


def test_real_data_split(data_root: Path) -> None:
    samples = open_dataset(data_root / "data/sartorius").samples
    _, val = train_val_split(samples, 0.2, seed=0)
    assert types(val) == {"cort": 4, "astro": 2, "shsy5y": 1}
    assert sorted(len(fold) for fold in k_folds(samples, 5, seed=0)) == [7, 7, 7, 7, 8]
