"""clDice by hand."""

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.metrics.centerline import cldice


def bar(start: int, stop: int, half_width: int = 0) -> np.ndarray:
    """A horizontal bar around row 10, columns start to stop - 1."""
    mask = np.zeros((21, 40), dtype=np.uint16)
    mask[10 - half_width : 11 + half_width, start:stop] = 1
    return mask


def test_width_does_not_count() -> None:
    assert cldice(bar(5, 35, 1), bar(5, 35, 3)) == 1.0


def test_half_of_a_line_found() -> None:
    """All 10 predicted pixels lie in the truth, 10 of 20 true ones are found: 2 * 1 * 0.5 / 1.5."""
    assert cldice(bar(5, 25), bar(5, 15)) == pytest.approx(2 / 3, abs=1e-15)


def test_a_line_beside_the_truth_is_wrong_whatever_its_size() -> None:
    moved = np.roll(bar(5, 25), 3, axis=0)
    assert cldice(bar(5, 25), moved) == 0.0


def test_a_lost_process_costs_more_than_in_dice() -> None:
    soma = np.zeros((61, 80), dtype=bool)
    soma[20:41, 5:26] = True
    neuron = soma.copy()
    neuron[30, 26:76] = True
    dice = 2 * soma.sum() / (soma.sum() + neuron.sum())
    assert dice > 0.94
    assert cldice(neuron, soma) < 0.5


def test_labels_count_as_one_foreground() -> None:
    two = bar(5, 25)
    two[:, 15:] *= 2
    assert cldice(two, bar(5, 25)) == 1.0


def test_empty_masks() -> None:
    blank = np.zeros((21, 40), dtype=np.uint16)
    assert cldice(blank, blank) == 1.0
    assert cldice(blank, bar(5, 25)) == 0.0
    assert cldice(bar(5, 25), blank) == 0.0


def test_other_shapes_are_refused() -> None:
    with pytest.raises(InputError):
        cldice(bar(5, 25), bar(5, 25)[:-1])
