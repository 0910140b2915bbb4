import warnings
from typing import Any

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.napari._planes import planes_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # napari's own pydantic models.
    layers = pytest.importorskip("napari.layers")


def image(shape: tuple[int, ...], **options: Any) -> Any:
    return layers.Image(np.zeros(shape, np.uint8), **options)


def test_one_picture_in_grey_or_colours() -> None:
    grey, colour = planes_of(image((6, 8))), planes_of(image((6, 8, 3), rgb=True))
    assert (len(grey), grey.stack, grey.shape, grey[0].shape) == (1, False, (6, 8), (6, 8))
    assert (len(colour), colour.stack, colour.shape, colour[0].shape) == (1, False, (6, 8), (6, 8, 3))


def test_a_stack_is_read_frame_by_frame() -> None:
    da = pytest.importorskip("dask.array")
    read = []

    def block(block_id: tuple[int, ...]) -> np.ndarray:
        read.append(block_id[0])
        return np.full((1, 6, 8), block_id[0], np.uint8)

    lazy = da.map_blocks(block, chunks=((1,) * 4, (6,), (8,)), dtype=np.uint8)
    planes = planes_of(layers.Image(lazy, contrast_limits=(0, 4)))
    read.clear()
    assert (len(planes), planes.shape) == (4, (4, 6, 8))
    assert (planes[2] == 2).all()
    assert read == [2]


def test_of_a_pyramid_the_full_resolution_is_taken() -> None:
    full = np.zeros((64, 80), np.uint8)
    assert planes_of(layers.Image([full, full[::2, ::2]], multiscale=True)).shape == (64, 80)


@pytest.mark.parametrize(
    ("scale", "units", "expected"),
    [
        ((0.65, 0.65), ("um", "um"), 0.65),
        ((650, 650), ("nm", "nm"), 0.65),
        ((0.65, 0.65), ("pixel", "pixel"), None),
        ((0.65, 0.65), None, None),
        ((0.65, 0.5), ("um", "um"), None),
    ],
)
def test_the_pixel_size_is_the_scale_where_its_unit_is_a_length(
    scale: tuple[float, float], units: tuple[str, str] | None, expected: float | None
) -> None:
    found = planes_of(image((6, 8), scale=scale, units=units)).pixel_size_um
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (image((2, 3, 6, 8)), "has 4 axes: give one picture"),
        (image((6, 8, 3), rgb=False), "may be colours or columns: convert the layer to RGB"),
        (image((5, 6, 8), axis_labels=("z", "y", "x")), "is called z, but only time"),
        (layers.Image(np.zeros(6)[None, None, None]), "has 4 axes"),
    ],
)
def test_what_could_mean_two_things_is_refused(layer: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        planes_of(layer)
