"""One training run: a network, its samples, Lightning."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging
from torch import Tensor, nn
from torch.utils.data import DataLoader

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import remove_orphans
from neurocyte.io.folder_lock import FolderLock
from neurocyte.models.config import FlowConfig, TileConfig
from neurocyte.training.checkpoints import CHECKPOINTS, WholeFiles, check_checkpoint, keep
from neurocyte.training.data import EpochSampler, TrainingCrops, ValidationImages, of_cells
from neurocyte.training.devices import OwnShare, leads
from neurocyte.training.encoder_weights import LoadReport
from neurocyte.training.finite import FiniteLoss
from neurocyte.training.flow_loss import FlowLoss
from neurocyte.training.history import History
from neurocyte.training.losses import ComboLoss
from neurocyte.training.memory import in_parts_that_fit
from neurocyte.training.module import SegmentationModule
from neurocyte.training.network import new_network
from neurocyte.training.options import TrainOptions
from neurocyte.training.precision import lightning_precision
from neurocyte.training.start import START_NAME, kept_start, start_weights

# Suffixes of the files of a run folder.
WRITTEN = (".csv", ".json", ".png", ".md", ".safetensors", ".onnx")


@dataclass(frozen=True)
class FitResult:
    """How a run ended.

    Attributes:
        history: a dictionary an epoch (see `neurocyte.training.history.COLUMNS`).
        best: checkpoint of the epoch with the best validation Dice.
        last: checkpoint of the last epoch.
        weights: what became of the encoder's weights when the run began.
        interrupted: stopped by Ctrl-C before its last epoch.
        part: crops learned from at once; below the batch size where memory ran out.
    """

    history: list[dict[str, float]]
    best: Path
    last: Path
    weights: LoadReport
    interrupted: bool
    part: int

    @property
    def best_row(self) -> dict[str, float]:
        """The history row of the best epoch."""
        return max(self.history, key=lambda row: row["val_dice"])


class StopEarly(EarlyStopping):  # type: ignore[misc]
    """Early stopping that also knows, when a run is resumed, that it had stopped: no epoch is added."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Stop before the first batch if patience had run out at the checkpoint."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True


def fit(
    train: Sequence[Sample],
    val: Sequence[Sample],
    options: TrainOptions,
    out: Path,
    *,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
    start: Mapping[str, Tensor] | None = None,
) -> FitResult:
    """Train one network.

    A network that is to enlarge images itself learns from images enlarged beforehand: turned as they are,
    they would lose the fine lines between cells.

    Args:
        train: images that are learned from.
        val: images that choose the epoch and the threshold.
        options: network and recipe.
        out: run folder; gets history.csv and checkpoints/.
        resume: go on from the last checkpoint in `out`.
        callbacks: further Lightning callbacks.
        progress: show a progress bar.
        say: takes sentences for the user.
        start: all weights to start from, instead of what the options say of the encoder's.

    Returns:
        The result; its checkpoints hold the weights.

    Raises:
        UsageError: nothing to resume, a checkpoint that is damaged or would run code, weights that do not
            fit, a loss that is no number, or too little memory for a single crop.
        InputError: an image or annotation cannot be read.
    """
    checkpoint = out / CHECKPOINTS / "last.ckpt"
    if resume and not checkpoint.is_file():
        raise UsageError(f"There is no checkpoint at {checkpoint} to resume from; train without --resume.")
    if resume:
        check_checkpoint(checkpoint)
    once = partial(_fit_once, train, val, options.while_learning(), out, callbacks, progress, say, start)
    with _claim(out):
        return in_parts_that_fit(once, options.recipe.batch_size, checkpoint, resume, say)


@contextmanager
def _claim(out: Path) -> Iterator[None]:
    """Keep a second training out of the folder, and clear up after one that was killed."""
    # Processes of a distributed training share the folder: the first one answers for all.
    if not leads():
        yield
        return
    with FolderLock(out, ".lock", "another training", "wait for its end", "name another folder"):
        remove_orphans(out, WRITTEN)
        remove_orphans(out / CHECKPOINTS, (".ckpt",))
        yield


def _fit_once(
    train: Sequence[Sample],
    val: Sequence[Sample],
    options: TrainOptions,
    out: Path,
    callbacks: Sequence[Callback],
    progress: bool,
    say: Callable[[str], None],
    start: Mapping[str, Tensor] | None,
    part: int,
    resume_from: Path | None,
) -> FitResult:
    """Train with `part` crops at a time, which divides the recipe's batch size."""
    recipe = options.recipe
    # Lightning's chatter (devices, precision, tips, stop reasons) is not the user's.
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    seed_everything(options.seed, workers=True, verbose=False)
    pretrained = options.encoder_weights == "imagenet" and resume_from is None and start is None
    network = new_network(options, pretrained=pretrained)
    config = options.input_config()
    targets, training_loss = _learned(options)
    crops = TrainingCrops(train, config, recipe.augment, recipe.size, options.seed, targets)
    sampler = EpochSampler(len(train), recipe.repeats, options.seed)
    loader = DataLoader(
        crops,
        part,
        sampler=sampler,
        drop_last=len(sampler) >= recipe.batch_size,
        num_workers=options.workers,
        persistent_workers=options.workers > 0,
    )
    goes_on = resume_from is not None
    report = start_weights(network, options, loader, goes_on, start)
    say(report.sentence())
    if leads():
        report = kept_start(out / START_NAME, report, goes_on)
    images = ValidationImages(val, config)
    validation = DataLoader(images, 1, sampler=OwnShare(len(val)), collate_fn=_only)
    history = History(out / "history.csv")
    last = out / CHECKPOINTS / "last.ckpt"
    finite = FiniteLoss([sample.stem for sample in train], last)
    best = keep(out, "best", monitor="val_dice", mode="max")
    parts = recipe.batch_size // part
    trainer = Trainer(
        accelerator="auto",
        devices=options.devices if options.devices == "auto" else int(options.devices),
        num_nodes=options.nodes,
        strategy=options.strategy,
        # The samplers deal images out themselves.
        use_distributed_sampler=False,
        plugins=[WholeFiles()],
        precision=lightning_precision(options.precision),
        max_epochs=recipe.epochs,
        accumulate_grad_batches=parts,
        gradient_clip_val=recipe.gradient_clip,
        # The average first: the checkpoint and the history then see its weights.
        # The last checkpoint after the best: a resumed run then knows which epoch was best.
        callbacks=[*_recipe_callbacks(options), finite, history, best, keep(out, "last"), *callbacks],
        logger=_tensorboard(out),
        num_sanity_val_steps=0,
        deterministic=True,
        enable_progress_bar=progress,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    # Several devices share an epoch's batches; those that no whole update is made of are left out.
    updates = max(1, len(loader) // (parts * trainer.world_size))
    trainer.limit_train_batches = min(len(loader), updates * parts)
    module = SegmentationModule(
        network.to(memory_format=torch.channels_last),
        recipe,
        TileConfig(),
        steps=recipe.epochs * updates,
        training_loss=training_loss,
    )
    interrupted = _run(trainer, module, loader, validation, resume_from)
    if not best.best_model_path:
        raise UsageError(
            "Training stopped before its first epoch was over; nothing was saved, start it again."
        )
    return FitResult(history.rows, Path(best.best_model_path), last, report, interrupted, part)


def _learned(options: TrainOptions) -> tuple[Callable[[Tensor], Tensor] | None, nn.Module | None]:
    """What is learned of a crop's labels, and by which loss; None stands for the foreground's."""
    combo = ComboLoss(options.recipe.alpha, options.recipe.beta)
    if options.learn == "cells":
        return of_cells, FlowLoss(combo, FlowConfig().reach)
    return None, None


def _recipe_callbacks(options: TrainOptions) -> list[Callback]:
    recipe = options.recipe
    callbacks: list[Callback] = []
    if recipe.ema is not None:
        callbacks.append(EMAWeightAveraging(decay=recipe.ema))
    if recipe.early_stopping is not None:
        callbacks.append(StopEarly("val_loss", patience=recipe.early_stopping, mode="min"))
    return callbacks


def _run(
    trainer: Trainer,
    module: nn.Module,
    train: DataLoader[Any],
    val: DataLoader[Any],
    checkpoint: Path | None,
) -> bool:
    """Run the training; return whether Ctrl-C ended it."""
    with warnings.catch_warnings():
        # Images are cached in memory and augmentation is quick beside the network: workers are an option.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists.*")
        warnings.filterwarnings("ignore", message=".*GPU available but not used.*")
        # Lightning's own use of a torch function that torch has renamed.
        warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
        warnings.filterwarnings("ignore", message=".*all_gather is deprecated.*")
        try:
            trainer.fit(module, train, val, ckpt_path=checkpoint, weights_only=True)
        except SystemExit as exc:
            # Lightning turns Ctrl-C into SystemExit; any other is not ours to swallow.
            if not isinstance(exc.__context__, KeyboardInterrupt):
                raise
            return True
    return False


def _tensorboard(out: Path) -> Any:
    try:
        from lightning.pytorch.loggers import TensorBoardLogger

        return TensorBoardLogger(out, name="tensorboard", version="")
    except ModuleNotFoundError:
        return False


def _only(items: list[dict[str, Any]]) -> dict[str, Any]:
    return items[0]
