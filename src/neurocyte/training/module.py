"""One network in training: loss, optimizer, schedule, validation."""

from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from numpy.typing import NDArray
from torch import Tensor, nn

from neurocyte.metrics.semantic import Confusion, confusion, dice, iou
from neurocyte.models.config import TileConfig
from neurocyte.preprocess import restore
from neurocyte.tiling import predict_tiled
from neurocyte.training.devices import place
from neurocyte.training.losses import ComboLoss
from neurocyte.training.recipes import Recipe

# Thresholds from which validation chooses; the scores that pick the epoch are at 0.5.
THRESHOLDS = tuple(round(0.2 + 0.05 * i, 2) for i in range(13))
DEFAULT_THRESHOLD = 0.5


class SegmentationModule(LightningModule):  # type: ignore[misc]
    """Lightning's view of a segmenter.

    Args:
        network: maps float (N, 3, H, W) to logits (N, K, H, W), the foreground first.
        recipe: how to train.
        tile: how validation images are cut.
        steps: optimizer steps of the whole training (for the one-cycle schedule).
        training_loss: of logits and targets (N, K, H, W); None for a network of the foreground alone.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        tile: TileConfig,
        steps: int,
        training_loss: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.recipe, self.tile, self.steps = recipe, tile, steps
        self.loss = ComboLoss(recipe.alpha, recipe.beta)
        self.training_loss = training_loss or self.loss
        self._counts: dict[float, Confusion] = {}
        self._train_counts = torch.zeros(4, dtype=torch.int64)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits."""
        return self.network(image)  # type: ignore[no-any-return]

    def on_train_epoch_start(self) -> None:
        """Start counting the crops' pixels; Lightning has just put every layer into training mode."""
        if self.recipe.freeze_norm:
            for layer in self.network.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        self._train_counts = torch.zeros(4, dtype=torch.int64, device=self.device)

    def training_step(self, batch: tuple[Tensor, Tensor], _batch_idx: int) -> Tensor:
        """Return the loss of one batch of crops."""
        image, target = batch
        logits = self(image.to(memory_format=torch.channels_last))
        loss = self.training_loss(self._of_all_devices(logits), self._of_all_devices(target))
        # A logit above 0 is a probability above 0.5.
        self._train_counts += _pixel_counts(target[:, :1] > 0, logits[:, :1].detach() > 0)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(image), sync_dist=True)
        return loss  # type: ignore[no-any-return]

    def _of_all_devices(self, part: Tensor) -> Tensor:
        """Put the devices' parts of a batch together: Dice is of the batch, no mean of the parts' Dice."""
        # Not asked of the trainer: drawings take a step without one.
        if place()[1] == 1:
            return part
        whole: Tensor = self.all_gather(part, sync_grads=True).flatten(0, 1)
        return whole

    def on_validation_epoch_start(self) -> None:
        """Start counting pixels."""
        self._counts = {t: Confusion() for t in THRESHOLDS}

    def validation_step(self, batch: dict[str, Any], _batch_idx: int) -> None:
        """Predict a whole image and add its pixels to the counts, at native size."""
        truth: NDArray[np.bool_] = batch["truth"]
        probability = restore(predict_tiled(batch["plane"], self._predict, self.tile), truth.shape)[0]
        target = torch.from_numpy(truth).float()
        logits = torch.logit(torch.from_numpy(probability), eps=1e-6)
        self.log("val_loss", self.loss(logits, target), on_epoch=True, batch_size=1, sync_dist=True)
        for threshold in THRESHOLDS:
            self._counts[threshold] += confusion(truth, probability > threshold)

    def on_validation_epoch_end(self) -> None:
        """Log the pooled scores at 0.5, of the crops too, and the threshold of the best pooled IoU."""
        crops = self.trainer.strategy.reduce(self._train_counts, reduce_op="sum")
        seen = Confusion(*map(int, crops))
        counts = self._all_counts()
        middle = counts[DEFAULT_THRESHOLD]
        best = max(THRESHOLDS, key=lambda t: (iou(counts[t]), -abs(t - DEFAULT_THRESHOLD)))
        self.log_dict(
            {
                "train_dice": dice(seen),
                "train_iou": iou(seen),
                "val_dice": dice(middle),
                "val_iou": iou(middle),
                "val_threshold": best,
                "val_iou_at_threshold": iou(counts[best]),
            },
            sync_dist=True,
        )

    def _all_counts(self) -> dict[float, Confusion]:
        """Add up the pixels that all processes of a distributed run have counted."""
        own = [[c.tp, c.fp, c.fn, c.tn] for c in self._counts.values()]
        table = self.trainer.strategy.reduce(torch.tensor(own, device=self.device), reduce_op="sum")
        return {t: Confusion(*map(int, row)) for t, row in zip(THRESHOLDS, table, strict=True)}

    def configure_optimizers(self) -> Any:
        """Return the recipe's optimizer and schedule."""
        recipe = self.recipe
        optimizer: torch.optim.Optimizer
        if recipe.optimizer == "adam":
            optimizer = torch.optim.Adam(self.network.parameters(), recipe.learning_rate)
        else:
            groups = _decay_groups(self.network, recipe.weight_decay)
            optimizer = torch.optim.AdamW(groups, recipe.learning_rate)
        if recipe.schedule == "plateau":
            scheduler: Any = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss", "interval": "epoch"},
            }
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            recipe.learning_rate,
            total_steps=self.steps,
            # A tenth of ten steps less one is a rise of no length, by which torch divides.
            pct_start=0.1 if self.steps != 10 else 0.2,
            cycle_momentum=False,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_epoch_end(self) -> None:
        """Step the plateau schedule before the checkpoint is written; Lightning would do so after."""
        if self.recipe.schedule == "plateau":
            self.lr_schedulers().step(self.trainer.callback_metrics["val_loss"])

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Advance the schedule, unless `on_train_epoch_end` does."""
        if self.recipe.schedule != "plateau":
            super().lr_scheduler_step(scheduler, metric)

    def _predict(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        batch = torch.from_numpy(tiles).to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.trainer.precision == "bf16-mixed"):
            logits = self(batch)
        return logits.float().sigmoid().cpu().numpy()  # type: ignore[no-any-return]


def _pixel_counts(truth: Tensor, found: Tensor) -> Tensor:
    """Return the fields of `Confusion`, int64 (4,), without waiting for the device."""
    tp, true, positive = (m.count_nonzero() for m in (truth & found, truth, found))
    return torch.stack([tp, positive - tp, true - tp, truth.numel() - true - positive + tp])


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases and batch-norm scales are not decayed: they have no scale to keep small."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    free = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
