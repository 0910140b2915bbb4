"""history.csv: a row an epoch, kept over interruptions."""

import csv
import io
import time
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from neurocyte.io.atomic import write_text

COLUMNS = (
    "epoch",
    "updates",
    "learning_rate",
    "train_loss",
    "train_dice",
    "train_iou",
    "val_loss",
    "val_dice",
    "val_iou",
    "val_threshold",
    "val_iou_at_threshold",
    "seconds",
)


class History(Callback):  # type: ignore[misc]
    """Write one row after each epoch; the rows so far travel with the checkpoint.

    Args:
        path: of history.csv.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self._start = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Start the epoch's clock."""
        self._start = time.perf_counter()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Take the epoch's numbers (validation is the end of an epoch here)."""
        if trainer.sanity_checking:
            return
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        row = {
            "epoch": trainer.current_epoch,
            "updates": trainer.global_step,
            "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
            "seconds": time.perf_counter() - self._start,
            **{name: value for name, value in metrics.items() if name in COLUMNS},
        }
        self.rows.append(row)
        self._write(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Add the training loss, which Lightning knows only now."""
        if self.rows and "train_loss" in trainer.callback_metrics:
            self.rows[-1]["train_loss"] = float(trainer.callback_metrics["train_loss"])
            self._write(trainer)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far."""
        return {"rows": [dict(row) for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take them back."""
        self.rows = [dict(row) for row in state_dict["rows"]]

    def _write(self, trainer: Trainer) -> None:
        if not trainer.is_global_zero:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: round(value, 8) for name, value in row.items()} for row in self.rows)
        write_text(self.path, text.getvalue())


def read_history(path: Path) -> list[dict[str, float]]:
    """Read history.csv.

    Args:
        path: the file.

    Returns:
        A dictionary of numbers an epoch; columns without a value are left out.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
