"""One stage of a training: epochs, the schedule, early stopping, checkpoints, and going on after a kill."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from neurocyte.errors import UsageError
from neurocyte.io.atomic import atomic_path
from neurocyte.training.ancis.data import Example, Examples
from neurocyte.training.data import EpochSampler
from neurocyte.training.recipes import PAPER

CHECKPOINTS = "checkpoints"
# The module in training or evaluation mode and a batch; None where nothing can be learned from it.
Loss = Callable[[Sequence[Example]], Tensor | None]


@dataclass(frozen=True)
class Plan:
    """What a stage is given.

    Attributes:
        name: ``detector`` or ``segmenter``.
        epochs: at most.
        repeats: squares of each training image in an epoch.
        batch_size: squares an update.
        seed: of the order.
        facts: plain values that a resumed stage must share with its beginning, kept in the checkpoints.
    """

    name: str
    epochs: int
    repeats: int
    batch_size: int
    seed: int
    facts: dict[str, Any]


class Stage:
    """Trains one module.

    Args:
        plan: see `Plan`.
        module: what learns; parameters of other modules stay as they are.
        loss: of a batch.
        out: run folder.
        resume: go on from this stage's last checkpoint, if there is one.

    Attributes:
        rows: of the history.

    Raises:
        UsageError: the checkpoint belongs to another plan.
    """

    def __init__(self, plan: Plan, module: nn.Module, loss: Loss, out: Path, resume: bool) -> None:
        self.plan, self.module, self.loss = plan, module, loss
        self.best_path, self.last_path = (
            out / CHECKPOINTS / f"{plan.name}-{which}.ckpt" for which in ("best", "last")
        )
        self.optimizer = torch.optim.Adam(module.parameters(), lr=PAPER.learning_rate)
        self.scheduler = ReduceLROnPlateau(self.optimizer, factor=0.5, patience=2)
        self.rows: list[dict[str, Any]] = []
        if resume and self.last_path.is_file():
            self._restore()

    @property
    def done(self) -> bool:
        """Whether the last epoch is over or the validation loss has stopped falling."""
        patience = PAPER.early_stopping
        stale = len(self.rows) - 1 - self._best_epoch if self.rows else 0
        return len(self.rows) >= self.plan.epochs or (patience is not None and stale >= patience)

    @property
    def updates(self) -> int:
        """Number of steps of the optimiser so far."""
        return int(self.rows[-1]["updates"]) if self.rows else 0

    def epoch(self, train: Examples, val: Examples) -> dict[str, Any]:
        """Run one epoch, validate and save.

        Args:
            train: squares to learn from.
            val: squares that choose the epoch.

        Returns:
            The new row of the history.
        """
        start = time.perf_counter()
        number = len(self.rows)
        rate = self.optimizer.param_groups[0]["lr"]
        losses = self._train(number, train)
        with torch.inference_mode():
            self.module.eval()
            val_losses = [self._value(val.get(0, i)) for i in range(len(val.samples))]
        val_loss = _mean([value for value in val_losses if value is not None])
        self.scheduler.step(val_loss)
        row = {
            "stage": self.plan.name,
            "epoch": number,
            "updates": self.updates + len(losses),
            "learning_rate": rate,
            "train_loss": _mean(losses),
            "val_loss": val_loss,
            "seconds": time.perf_counter() - start,
        }
        self.rows.append(row)
        # The last checkpoint after the best: if only the first was written, the epoch is run again.
        if self._best_epoch == number:
            self._save(self.best_path, {"weights": self.module.state_dict(), "epoch": number})
        state = {"optimizer": self.optimizer.state_dict(), "scheduler": self.scheduler.state_dict()}
        self._save(self.last_path, {"weights": self.module.state_dict(), "rows": self.rows, **state})
        return row

    def load_best(self) -> None:
        """Give the module the weights of the best epoch."""
        self.module.load_state_dict(read_checkpoint(self.best_path)["weights"])

    @property
    def _best_epoch(self) -> int:
        values = [row["val_loss"] for row in self.rows]
        # A loss that is no number is never better than one that is.
        return min(range(len(values)), key=lambda i: math.inf if math.isnan(values[i]) else values[i])

    def _train(self, number: int, train: Examples) -> list[float]:
        self.module.train()
        sampler = EpochSampler(len(train.samples), self.plan.repeats, self.plan.seed)
        sampler.set_epoch(number)
        keys = list(sampler)
        size = self.plan.batch_size
        # An incomplete batch would have other batch-norm statistics; a set smaller than a batch has no other.
        count = max(1, len(keys) // size)
        losses = []
        for batch in range(count):
            loss = self.loss([train.get(*key) for key in keys[batch * size : (batch + 1) * size]])
            if loss is None:
                continue
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            losses.append(loss.item())
        return losses

    def _value(self, example: Example) -> float | None:
        loss = self.loss([example])
        return None if loss is None else loss.item()

    def _save(self, path: Path, content: dict[str, Any]) -> None:
        with atomic_path(path) as temporary:
            torch.save({"facts": self.plan.facts, **content}, temporary)

    def _restore(self) -> None:
        state = read_checkpoint(self.last_path)
        changed = [name for name, value in self.plan.facts.items() if state["facts"].get(name) != value]
        if changed:
            raise UsageError(
                f"The run at {self.last_path} began with another {', '.join(changed)}; resume it with the "
                "same options and images or train in a new folder."
            )
        self.module.load_state_dict(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.rows = state["rows"]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of tensors and plain values.

    Args:
        path: the file.

    Returns:
        Its content, on the processor.

    Raises:
        UsageError: there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"There is no checkpoint at {path}; train ANCIS there first.")
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content


def _mean(values: list[float]) -> float:
    """Mean, 0 for a set without anything to learn."""
    return sum(values) / len(values) if values else 0.0
