"""Pictures in a grid, as matplotlib draws them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neurocyte.io.atomic import atomic_path

_INCHES = 3.0


def write_panels(
    path: Path,
    rows: Sequence[Sequence[NDArray[Any]]],
    titles: Sequence[str],
    labels: Sequence[str],
    *,
    last_map: bool = False,
) -> None:
    """Write a grid of grey pictures.

    Args:
        path: of the PNG.
        rows: pictures (H, W), row by row, all rows of the same length; bool and [0, 1] maps are drawn from
            black to white, other types from their least to their largest value.
        titles: of the columns.
        labels: of the rows.
        last_map: draw all columns but the first as maps in [0, 1] with a colour scale (gates).
    """
    height, width = rows[0][0].shape
    figure = Figure(
        figsize=(_INCHES * len(titles) * min(1.4, width / height), _INCHES * len(rows)), layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), len(titles), squeeze=False)
    for line, pictures, label in zip(axes, rows, labels, strict=True):
        for number, (axis, picture) in enumerate(zip(line, pictures, strict=True)):
            is_map = number > 0
            colours = "viridis" if last_map and is_map else "gray"
            limits = {"vmin": 0, "vmax": 1} if is_map else {}
            axis.imshow(picture, cmap=colours, interpolation="nearest", **limits)
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(label, fontsize="small")
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title, fontsize="medium")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90)


def grey(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return an image as (H, W): the mean of its first three channels where it has channels."""
    return pixels if pixels.ndim == 2 else pixels[..., :3].mean(axis=-1)
