"""Stop at the first loss that is no number, before it reaches the weights."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from neurocyte.errors import UsageError


class FiniteLoss(Callback):  # type: ignore[misc]
    """Ends a training whose loss is NaN or infinite; the checkpoints of earlier epochs stay.

    Args:
        names: of the training images, in the order of the crops' indices.
        checkpoint: the last one, for the message.
    """

    def __init__(self, names: Sequence[str], checkpoint: Path) -> None:
        self.names, self.checkpoint = names, checkpoint
        self._batch = 0

    def on_train_batch_start(
        self,
        trainer: Trainer,  # noqa: ARG002
        pl_module: LightningModule,  # noqa: ARG002
        batch: Any,  # noqa: ARG002
        batch_idx: int,
    ) -> None:
        """Remember which batch is worked on."""
        self._batch = batch_idx

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:  # noqa: ARG002
        """Raise UsageError, with the batch's images, where the loss is no number."""
        if bool(torch.isfinite(loss)):
            return
        # The keys that this process's loader drew: the order depends on nothing but seed and epoch.
        keys = next(islice(trainer.train_dataloader.batch_sampler, self._batch, None))
        images = sorted({self.names[index % len(self.names)] for _, index in keys})
        kept = (
            f"{self.checkpoint} holds the last good epoch"
            if self.checkpoint.is_file()
            else "no epoch was over, so nothing is kept"
        )
        raise UsageError(
            f"The loss became {loss.item()} in epoch {trainer.current_epoch}, batch {self._batch} (crops of "
            f"{', '.join(images)}); {kept}. Look at these images, or train anew with a smaller "
            "--learning-rate."
        )
