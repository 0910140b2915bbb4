"""Figure 6: training curves of the proposed networks and of the same without attention."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurocyte.io.atomic import atomic_path
from neurocyte.markdown import number, table
from neurocyte.paper.context import Context
from neurocyte.paper.runs.plan import Finished, finished

ROWS = ("linknet-ag", "linknet", "unet-ag", "unet", "unet-resnet50", "unet-plain")
PANELS = (
    ("loss", "combo loss", (("train_loss", "--"), ("val_loss", "-"))),
    ("iou", "IoU, pooled, threshold 0.5", (("train_iou", "--"), ("val_iou", "-"))),
    ("dice", "Dice, pooled, threshold 0.5", (("train_dice", "--"), ("val_dice", "-"))),
)
FILE = "figure6-curves.png"
# Within this of its least validation loss a run counts as converged.
CONVERGED = 0.05


def measure(context: Context) -> dict[str, Any]:
    """Collect the histories of the first seed and plot them, mean over folds.

    Args:
        context: the reproduction.

    Returns:
        ``file``, ``converged_within`` and ``rows``: for each network its histories by fold, the epochs run
        and the epoch at which the validation loss first came within 5 % of its least value.
    """
    first = context.settings.seeds[0]
    done = [one for one in finished(context) if one.run.seed == first]
    rows = []
    for key in ROWS:
        runs = [one for one in done if one.run.row.key == key]
        if runs:
            rows.append(_row(key, runs))
    if rows:
        _plot(context, rows)
    return {"file": FILE if rows else None, "converged_within": CONVERGED, "seed": first, "rows": rows}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    if not result["rows"]:
        return "## Figure 6: training curves\n\nNo network is trained yet."
    lines = table(
        ("network", "folds", "epochs run", "converged at epoch", "updates until then"),
        [
            (
                row["label"],
                str(len(row["folds"])),
                number(median(row["epochs"]), 1),
                number(median(row["converged"]), 1),
                number(median(row["converged_updates"]), 0),
            )
            for row in result["rows"]
        ],
    )
    return "\n\n".join(
        [
            "## Figure 6: training curves",
            f"![Loss, IoU and Dice over the epochs, mean over folds](figures/{result['file']})",
            f"Seed {result['seed']}; medians over folds. A run counts as converged at the first epoch whose "
            f"validation loss is within {result['converged_within']:.0%} of the least it reaches. Dashed: "
            "training crops with augmentation and batch statistics; solid: validation images.",
            lines,
        ]
    )


def converged_epoch(losses: Sequence[float], within: float = CONVERGED) -> int:
    """Return the first epoch, from 1, whose loss is within a share of the least one.

    Args:
        losses: validation loss of each epoch, positive.
        within: the share.

    Returns:
        The epoch.
    """
    limit = min(losses) * (1 + within)
    return next(i for i, loss in enumerate(losses, start=1) if loss <= limit)


def _row(key: str, runs: Sequence[Finished]) -> dict[str, Any]:
    at = [converged_epoch([row["val_loss"] for row in one.history]) for one in runs]
    return {
        "key": key,
        "label": runs[0].run.row.label,
        "folds": [one.run.fold for one in runs],
        "epochs": [len(one.history) for one in runs],
        "converged": at,
        "converged_updates": [one.history[e - 1]["updates"] for one, e in zip(runs, at, strict=True)],
        "histories": [list(one.history) for one in runs],
    }


def _plot(context: Context, rows: Sequence[Mapping[str, Any]]) -> None:
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (_, title, curves) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for number_, row in enumerate(rows):
            for name, style in curves:
                epochs, values = _mean_curve(row["histories"], name)
                label = row["key"] if style == "-" else None
                axis.plot(epochs, values, style, color=f"C{number_}", label=label, linewidth=1.4)
        axis.set_title(title)
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
    figure.axes[0].legend(fontsize="small")
    with atomic_path(context.figures / FILE) as temporary:
        figure.savefig(temporary, dpi=110)


def _mean_curve(
    histories: Sequence[Sequence[Mapping[str, float]]], name: str
) -> tuple[list[int], list[float]]:
    """Average over the folds that still train; the curve ends where fewer than half do."""
    epochs, values = [], []
    for epoch in range(max(len(one) for one in histories)):
        here = [one[epoch][name] for one in histories if epoch < len(one) and name in one[epoch]]
        if len(here) * 2 >= len(histories) and here:
            epochs.append(epoch + 1)
            values.append(sum(here) / len(here))
    return epochs, values
