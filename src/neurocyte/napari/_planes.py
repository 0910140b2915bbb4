"""What an image layer holds: one picture, or the frames of a time stack."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.errors import InputError

# Key of a Labels layer's metadata: the pictures that its labels were made from.
PLANES = "neurocyte_planes"
_NOT_TIME = ("z", "depth", "plane", "c", "channel", "channels")
_COLOURS = (3, 4)


@dataclass(frozen=True, eq=False)
class Planes:
    """Pictures of equal size, each read when it is asked for.

    Args:
        data: (H, W) or (H, W, 3); in a stack (T, H, W) or (T, H, W, 3). Any array; of a lazy one (dask, zarr)
            only the picture asked for is computed, and that as a whole.
        stack: whether the first axis counts frames.
        pixel_size_um: side of a pixel in micrometres, None if unknown.
    """

    data: Any
    stack: bool
    pixel_size_um: float | None

    def __len__(self) -> int:
        """The number of pictures."""
        return int(self.data.shape[0]) if self.stack else 1

    def __getitem__(self, index: int) -> NDArray[Any]:
        """The pixels of one picture, (H, W) or (H, W, 3)."""
        return np.asarray(self.data[index] if self.stack else self.data)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the label image: (H, W) or (T, H, W)."""
        return tuple(int(side) for side in self.data.shape[: 3 if self.stack else 2])


def planes_of(layer: Any) -> Planes:
    """Tell what a layer's axes mean.

    Args:
        layer: a napari Image layer; of a pyramid the full resolution is taken.

    Returns:
        Its pictures.

    Raises:
        InputError: the axes are neither one picture nor a time stack, or could be either.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.ndim not in (2, 3):
        raise InputError(
            f"The layer {layer.name} has {layer.ndim} axes: give one picture (rows, columns) or a time stack "
            "(time, rows, columns); the layer's menu splits a stack."
        )
    if layer.ndim == 3 and not layer.rgb and data.shape[-1] in _COLOURS:
        raise InputError(
            f"The last axis of the layer {layer.name} may be colours or columns: convert the layer to RGB "
            "in its menu, or split its channels."
        )
    label = layer.axis_labels[0].lower()
    if layer.ndim == 3 and label in _NOT_TIME:
        raise InputError(
            f"The first axis of the layer {layer.name} is called {label}, but only time is gone through "
            "frame by frame: split the stack in the layer's menu and choose one picture."
        )
    return Planes(data, layer.ndim == 3, pixel_size_um(layer.scale, layer.units))


def pixel_size_um(scale: Any, units: Any) -> float | None:
    """Return the side of a layer's pixels.

    Args:
        scale: of a layer, a number an axis, rows and columns last.
        units: of a layer, a pint unit an axis.

    Returns:
        Micrometres; None without a unit of length, or where pixels are not square.
    """
    sides = []
    for side, unit in zip(scale[-2:], units[-2:], strict=True):
        if not unit.is_compatible_with("micrometer"):
            return None
        sides.append(float((float(side) * unit).to("micrometer").magnitude))
    # The tolerance of our file readers.
    return sides[1] if np.isclose(sides[0], sides[1], rtol=0.01) else None
