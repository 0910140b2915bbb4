"""Write docs/MODELS.md from the metrics.json of the bundled models: `python tools/models_page.py`."""

import json
from pathlib import Path
from typing import Any

from neurocyte.io.atomic import write_text
from neurocyte.metrics.definitions import DEFINITIONS
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import BUNDLED, METRICS_NAME, bundled_names

PAGE = Path(__file__).parents[1] / "docs" / "MODELS.md"
INTRO = """# The bundled models

Figures by nested cross-validation on real images: every image is scored by a network that never saw
it; epoch and threshold come from validation images inside the training folds, decoding lengths from
their training images, and a scored fold is used once. "Last epoch" is the same network's last epoch
at threshold 0.5, chosen by nothing. Intervals are 95 % percentile bootstraps over images (2,000
resamples, seed 0), the spread is the standard deviation over folds. Definitions stand at the end.
This page is written by `python tools/models_page.py` from each model's `metrics.json`.
"""

FIGURES = (
    ("iou", "IoU, pooled foreground"),
    ("dice", "Dice, pooled foreground"),
    ("iou_image", "IoU, mean over images"),
    ("dice_image", "Dice, mean over images"),
    ("precision", "precision, pooled"),
    ("recall", "recall, pooled"),
    ("boundary_f1", "boundary F1 at 2 px"),
    ("map", "competition mAP"),
    ("ap50", "AP at IoU 0.5"),
    ("pq", "PQ"),
    ("aji", "AJI"),
    ("count_error", "count error, cells an image"),
    ("mean_iou_two_classes", "mean IoU of both classes (no result by itself)"),
    ("pixel_accuracy", "pixel accuracy (no result by itself)"),
)


def main() -> None:
    """Write the page."""
    parts = [INTRO, *(_model(BUNDLED / name) for name in bundled_names()), _definitions()]
    write_text(PAGE, "\n".join(parts))


def _model(folder: Path) -> str:
    config = ModelConfig.load(folder)
    metrics: dict[str, Any] = json.loads((folder / METRICS_NAME).read_text(encoding="utf-8"))
    recipe = config.data["recipe"]
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    lines = [
        f"## {config.name}\n",
        f"{config.description}\n",
        f"{config.data['description']}\n",
        f"- Licence: {config.license}",
        f"- {config.architecture.name}, {size:.1f} MB on disk with both weight files; seed {config.seed}; "
        f"data hash `{config.data['hash'][:16]}`",
        f"- Recipe `{recipe['name']}`: {recipe['epochs']} epochs{_refit(config)}, {recipe['repeats']} crops "
        f"of {recipe['size'][0]} x {recipe['size'][1]} an image and epoch, batches of "
        f"{recipe['batch_size']}, {recipe['optimizer']} with a peak rate of {recipe['learning_rate']:g}, "
        f"combo loss alpha {recipe['alpha']:g} beta {recipe['beta']:g}, weight average {recipe['ema']:g}",
        f"- To repeat: `{config.data['command']}`\n",
        f"{metrics['protocol']}\n",
        _figures(metrics),
        _by_type(metrics),
        _folds(metrics),
        f"**What limits it.** {config.data['limits']}\n",
    ]
    return "\n".join(line for line in lines if line)


def _refit(config: ModelConfig) -> str:
    epochs = config.data.get("refit")
    return f" and then {epochs} from the validation images, too" if epochs else ""


def _figures(metrics: dict[str, Any]) -> str:
    # A fold that was scored anew from its shipped weights has no last epoch any more.
    n = metrics["last"]["n"]
    epoch = "last epoch" if n == metrics["n"] else f"last epoch ({n} of the images)"
    rows = [f"| figure | value | 95 % interval | spread over folds | {epoch} |", "|---|---|---|---|---|"]
    for key, label in FIGURES:
        interval = " to ".join(f"{v:.3f}" for v in metrics["intervals"].get(key, ()))
        spread, last = metrics["spread"].get(key), metrics["last"].get(key)
        rows.append(f"| {label} | {_show(metrics[key])} | {interval} | {_show(spread)} | {_show(last)} |")
    return "\n".join(rows) + "\n"


def _by_type(metrics: dict[str, Any]) -> str:
    if not metrics["by_type"]:
        return ""
    rows = [
        "| cell type | images | true cells | IoU, pooled | IoU, images | mAP | AP50 | count error |",
        "|---|---|---|---|---|---|---|---|",
    ]
    keys = ("n", "cells_true", "iou", "iou_image", "map", "ap50", "count_error")
    for name, figures in metrics["by_type"].items():
        rows.append(f"| {name} | " + " | ".join(_show(figures[key]) for key in keys) + " |")
    return "\n".join(rows) + "\n"


def _folds(metrics: dict[str, Any]) -> str:
    rows = [
        "| fold | images | epoch | threshold | IoU, pooled | IoU, images | last epoch: IoU, pooled |",
        "|---" * 7 + "|",
    ]
    for fold in metrics["folds"]:
        chosen, last = fold["chosen"], fold["last"]
        rows.append(
            f"| {fold['fold'] + 1} | {chosen['n']} | {fold['epoch'] + 1} | {fold['threshold']:g} | "
            f"{chosen['iou']:.3f} | {chosen['iou_image']:.3f} | {last['iou']:.3f} |"
        )
    return "\n".join(rows) + "\n"


def _definitions() -> str:
    lines = ["## Definitions\n"]
    lines += [f"- {label}: {DEFINITIONS[key]}" for key, label in FIGURES]
    lines += [f"- Empty images: {DEFINITIONS['empty']}"]
    return "\n".join(lines) + "\n"


def _show(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
