"""Simulated pictures: exact truth, repeatable, and like the real ones in numbers."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from neurocyte.errors import UsageError
from neurocyte.simulate import KINDS, simulate

ALL_KINDS = [*KINDS, "mixed"]


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_picture_and_its_truth_have_the_promised_form(kind: str) -> None:
    simulated = simulate((150, 230), 6, kind, seed=4)

    assert simulated.image.shape == simulated.labels.shape == (150, 230)
    assert simulated.image.dtype == np.uint8
    assert simulated.labels.dtype == np.uint16
    assert np.unique(simulated.labels).tolist() == [0, 1, 2, 3, 4, 5, 6]


# With these seeds a cell of fewer than thirty pixels (first and last) or in two pieces is tried and refused.
@pytest.mark.parametrize(
    ("kind", "seed"), [("shsy5y", 0), ("cort", 1), ("astro", 1), ("mixed", 1), ("mixed", 4)]
)
def test_each_cell_is_one_piece_of_at_least_thirty_pixels(kind: str, seed: int) -> None:
    labels = simulate((200, 200), 80, kind, seed).labels

    assert labels.max() > 20
    for number in range(1, int(labels.max()) + 1):
        assert (labels == number).sum() >= 30
        assert ndi.label(labels == number, structure=np.ones((3, 3)))[1] == 1


def test_the_same_seed_gives_the_same_picture_and_another_seed_another() -> None:
    first, again, other = (simulate((100, 120), 5, "mixed", seed) for seed in (7, 7, 8))

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert (first.labels != other.labels).any()


def test_a_dish_without_cells_is_empty_but_not_blank() -> None:
    simulated = simulate((100, 120), 0, "cort", seed=0)

    assert simulated.labels.max() == 0
    assert simulated.image.std() > 2


def test_a_full_dish_holds_fewer_cells_than_asked() -> None:
    labels = simulate((32, 32), 500, "cort", seed=0).labels

    assert 0 < labels.max() < 1024 / 30


def test_some_cells_touch() -> None:
    labels = simulate((200, 200), 40, "shsy5y", seed=0).labels
    beside = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)

    assert beside.sum() > 10


def test_cells_stand_out_dark_with_a_bright_halo() -> None:
    simulated = simulate((300, 300), 12, "cort", seed=3)
    cells = simulated.labels > 0
    inside = ndi.binary_erosion(cells, iterations=2)
    halo = ndi.binary_dilation(cells, iterations=1) & ~ndi.binary_erosion(cells, iterations=1)
    far = ~ndi.binary_dilation(cells, iterations=8)

    assert simulated.image[inside].mean() < simulated.image[far].mean() - 4
    assert simulated.image[halo].mean() > simulated.image[far].mean() + 4


# Means over the annotated Sartorius pictures of a kind: standard deviation of grey levels, median cell area.
@pytest.mark.parametrize(
    ("kind", "spread", "area"), [("cort", 14.0, 205), ("astro", 7.9, 583), ("shsy5y", 12.6, 196)]
)
def test_grey_levels_and_cell_sizes_are_those_of_real_pictures(kind: str, spread: float, area: float) -> None:
    pictures = [simulate((390, 528), None, kind, seed) for seed in range(2)]
    grey = np.stack([picture.image for picture in pictures])
    areas = np.concatenate([np.bincount(picture.labels.ravel())[1:] for picture in pictures])

    assert grey.mean() == pytest.approx(128, abs=1)
    assert grey.std() == pytest.approx(spread, rel=0.3)
    assert np.median(areas) == pytest.approx(area, rel=0.3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "hela"}, "choose from cort, astro, shsy5y or mixed"),
        ({"shape": (31, 100)}, "31 x 100 pixels is too small"),
        ({"cells": -1}, "-1 cells cannot be simulated"),
        ({"cells": 65536}, "65536 cells cannot be simulated"),
        ({"seed": -2}, "seed -2 is negative"),
    ],
)
def test_a_wrong_argument_is_named_with_its_remedy(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(**arguments)
