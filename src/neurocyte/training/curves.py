"""curves.png: loss and scores of a training run over its epochs."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurocyte.io.atomic import atomic_path


def write_curves(path: Path, history: Sequence[dict[str, float]]) -> None:
    """Plot training and validation loss, validation Dice and IoU, and the learning rate.

    Args:
        path: of the PNG.
        history: rows of history.csv.
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    losses, scores = figure.subplots(1, 2)
    for axis, names, title in (
        (losses, ("train_loss", "val_loss"), "Loss"),
        (scores, ("val_dice", "val_iou"), "Validation (pooled, threshold 0.5)"),
    ):
        for name in names:
            points = [(row["epoch"] + 1, row[name]) for row in history if name in row]
            if points:
                axis.plot(*zip(*points, strict=True), marker=".", label=name.replace("_", " "))
        axis.set_title(title)
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
        axis.legend()
    scores.set_ylim(0, 1)
    best = max(history, key=lambda row: row["val_dice"])
    scores.axvline(best["epoch"] + 1, color="grey", linestyle=":", label="best")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)
