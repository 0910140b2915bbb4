"""The script that reads the same maps in other ways: each finds cells that the maps tell apart."""

from pathlib import Path

import numpy as np
import pytest

from neurocyte.models.config import AgglomerationConfig
from scripts import load
from touching import LABELS, touching_sample

pytest.importorskip("torch")

SETTINGS = AgglomerationConfig(min_area=10)
LIMITS = {"joining": 0.3, "depth": 0.5, "border": 0.5, "middle": 1.0, "following": 8.0}


def perfect(labels: np.ndarray) -> np.ndarray:
    from neurocyte.training.cell_targets import cell_targets, to_maps

    return to_maps(cell_targets(labels), SETTINGS.reach)


@pytest.mark.parametrize("name", LIMITS)
def test_cells_that_touch_are_told_apart_by_each_way(name: str) -> None:
    script = load("benchmarks/readings")
    assert set(script.WAYS) == set(LIMITS)
    way, limits = script.WAYS[name]
    assert len(limits) == 6
    labels = np.zeros((64, 96), np.int32)
    labels[20:40, 10:30], labels[20:40, 30:50], labels[10:25, 70:85] = 1, 2, 3
    found = way(perfect(labels), SETTINGS, LIMITS[name])
    assert found.max() == 3
    for cell in (1, 2, 3):
        inside = found[labels == cell]
        best = np.bincount(inside)[1:].argmax() + 1
        either = np.logical_or(labels == cell, found == best).sum()
        assert (inside == best).sum() / either > 0.7


def test_nothing_is_found_in_nothing() -> None:
    script = load("benchmarks/readings")
    for name, (way, _) in script.WAYS.items():
        assert way(np.zeros((5, 32, 32), np.float32), SETTINGS, LIMITS[name]).max() == 0


def test_the_settings_come_from_the_validation_images(tmp_path: Path) -> None:
    script = load("benchmarks/readings")
    sample = touching_sample(tmp_path)
    maps = perfect(LABELS.astype(np.int32))
    # Weak borders: a limit above them parts nothing.
    maps[1] *= 0.35
    way, limits = script.WAYS["border"]
    settings, limit = script.tuned(way, limits, [(sample, maps)], SETTINGS)
    assert limit < 0.35
    assert way(maps, settings, limit).max() == 2
