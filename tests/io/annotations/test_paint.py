import numpy as np

from neurocyte.io.annotations.paint import paint


def test_last_drawn_wins_and_the_loss_is_counted() -> None:
    cells = [np.array([0, 1, 2]), np.array([2, 3]), np.array([2])]
    result = paint((1, 5), cells)
    assert result.labels.tolist() == [[1, 1, 3, 2, 0]]
    assert result.labels.dtype == np.uint16
    assert (result.lost_pixels, result.instances, result.dropped) == (1, 3, 0)


def test_covered_and_empty_cells_are_dropped_and_numbers_have_no_gaps() -> None:
    cells = [np.array([0, 1]), np.array([], dtype=np.int64), np.array([1, 0]), np.array([3])]
    result = paint((2, 2), cells)
    assert result.labels.tolist() == [[1, 1], [0, 2]]
    assert (result.lost_pixels, result.instances, result.dropped) == (2, 4, 2)


def test_no_cells() -> None:
    result = paint((2, 3), [])
    assert result.labels.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert (result.lost_pixels, result.instances, result.dropped) == (0, 0, 0)


def test_more_cells_than_16_bits() -> None:
    result = paint((260, 260), [np.array([i]) for i in range(65_536)])
    assert result.labels.dtype == np.uint32
    assert result.labels.max() == 65_536
