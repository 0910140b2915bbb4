"""Blocks handed on in files."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurocyte.errors import ModelError
from neurocyte.jobs.blocks import Blocks

BATCHES = [np.full((1, 3, 2, 2), value, np.float32) for value in (1, 2, 3)]


def double(batch: np.ndarray) -> np.ndarray:
    return batch[:, :1] * 2


def refuse(_: np.ndarray) -> np.ndarray:
    raise ModelError("no")


def test_what_is_predicted_is_recalled_in_order(tmp_path: Path) -> None:
    blocks = Blocks(tmp_path / "one")
    assert blocks.cut(BATCHES) == 3
    for number in (2, 0, 1):
        blocks.predict(double, number)
    network = blocks.recall(refuse)
    assert [float(network(batch)[0, 0, 0, 0]) for batch in BATCHES] == [2, 4, 6]


def test_a_batch_that_failed_is_asked_of_the_network_again(tmp_path: Path) -> None:
    blocks = Blocks(tmp_path / "one")
    blocks.cut(BATCHES)
    blocks.predict(double, 0)
    with pytest.raises(ModelError):
        blocks.predict(refuse, 1)
    network = blocks.recall(refuse)
    network(BATCHES[0])
    with pytest.raises(ModelError):
        network(BATCHES[1])


def test_a_batch_is_predicted_once(tmp_path: Path) -> None:
    blocks = Blocks(tmp_path / "one")
    blocks.cut(BATCHES[:1])
    blocks.predict(double, 0)
    blocks.predict(refuse, 0)
    assert_array_equal(blocks.recall(refuse)(BATCHES[0]), double(BATCHES[0]))


def test_nothing_to_cut(tmp_path: Path) -> None:
    assert Blocks(tmp_path / "one").cut([]) == 0
