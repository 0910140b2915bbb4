"""Plots of a training: loss and scores over its epochs, and whether its confidences hold."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurocyte.io.atomic import atomic_path
from neurocyte.metrics.reliability import Reliability


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


def write_reliability(path: Path, curve: Reliability) -> None:
    """Plot the share of true cells against the confidence, a point a tenth of the scale.

    Args:
        path: of the PNG.
        curve: to plot.
    """
    figure = Figure(figsize=(4.6, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as said")
    said, true = [one.confidence for one in curve.bins], [one.matched for one in curve.bins]
    axis.plot(said, true, marker="o", label=f"found ({curve.cells:,} cells, error {curve.error:.3f})")
    for one in curve.bins:
        axis.annotate(
            f"{one.cells}", (one.confidence, one.matched), (4, -10), textcoords="offset points", size=8
        )
    axis.set_xlabel("confidence (mean of the tenth)")
    axis.set_ylabel("share that matches a true cell, IoU > 0.5")
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)
