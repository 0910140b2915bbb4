"""The pictures of the speed benchmark (matplotlib, extra `train`)."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurocyte.io.atomic import atomic_path

PARETO, TIME, MEMORY = "pareto.svg", "time.svg", "memory.svg"
_SIZE = (6.4, 4.2)


def write_plots(folder: Path, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write the plots that the result has values for.

    Args:
        folder: is made.
        result: what speed.json holds.

    Returns:
        File name and caption of each.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
        UsageError: a file cannot be written.
    """
    models = [one for one in result["networks"] if one["model"]]
    judged = [one for one in models if one["accuracy"] and one["image"]]
    sized = [one for one in models if one["areas"]]
    written = []
    if judged:
        _pareto(folder / PARETO, judged, result)
        written.append((PARETO, "Time of a whole image against accuracy, by data set"))
    if sized:
        _by_area(folder / TIME, sized, "time, ms", lambda point: point["milliseconds"]["median"])
        written.append((TIME, "Time against the image's area"))
    measured = [one for one in sized if all(point["peak"] for point in one["areas"])]
    if measured:
        _by_area(folder / MEMORY, measured, "peak memory, MB", lambda point: point["peak"] / 1e6)
        written.append((MEMORY, "Peak memory against the image's area"))
    return written


def _pareto(path: Path, models: list[Mapping[str, Any]], result: Mapping[str, Any]) -> None:
    figure, axes = _figure(2)
    height, width = result["settings"]["image"]
    for axis, key, name in zip(axes, ("iou", "map"), ("pooled IoU", "mAP"), strict=True):
        for number, one in enumerate(models):
            accuracy = one["accuracy"]
            label = f"{one['key']}\n{accuracy['data']}, {accuracy['n']} images"
            axis.plot(one["image"]["median"], accuracy[key], "o", color=f"C{number}", label=label)
        axis.set_xlabel(f"ms for {width} x {height} pixels")
        axis.set_ylabel(name)
        axis.set_xlim(left=0)
        axis.set_ylim(0, 1)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize="x-small", loc="lower right")
    _save(figure, path)


def _by_area(path: Path, models: list[Mapping[str, Any]], name: str, value: Any) -> None:
    figure, (axis,) = _figure(1)
    for one in models:
        points = sorted((math.prod(point["size"]) / 1e6, value(point)) for point in one["areas"])
        axis.plot(*zip(*points, strict=True), "o-", label=one["key"])
    axis.set_xlabel("image, megapixels")
    axis.set_ylabel(name)
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.legend(fontsize="small")
    _save(figure, path)


def _figure(columns: int) -> tuple[Any, Any]:
    # Not pyplot: it would choose a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0] * (1 + 0.4 * (columns - 1)), _SIZE[1]), layout="constrained")
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _save(figure: Any, path: Path) -> None:
    from matplotlib import rc_context

    # Text stays text, and the same figure gives the same bytes.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.name}), atomic_path(path) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
