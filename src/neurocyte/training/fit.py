"""One training run: a network, its samples, Lightning."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import AgglomerationConfig, TileConfig
from neurocyte.networks import Segmenter, build_network
from neurocyte.networks.plain import PlainEncoder
from neurocyte.training.data import EpochSampler, TrainingCrops, ValidationImages
from neurocyte.training.encoder_weights import LoadReport, load_encoder_weights, recalibrate_batch_norm
from neurocyte.training.history import History
from neurocyte.training.module import SegmentationModule
from neurocyte.training.options import TrainOptions
from neurocyte.training.precision import lightning_precision

CHECKPOINTS = "checkpoints"
# Batches that set a loaded encoder's batch-norm statistics before the first update.
RECALIBRATION_BATCHES = 8


@dataclass(frozen=True)
class FitResult:
    """How a run ended.

    Attributes:
        history: a dictionary an epoch (see `neurocyte.training.history.COLUMNS`).
        best: checkpoint of the epoch with the best validation Dice.
        last: checkpoint of the last epoch.
        weights: what became of the encoder's weights.
        interrupted: stopped by Ctrl-C before its last epoch.
    """

    history: list[dict[str, float]]
    best: Path
    last: Path
    weights: LoadReport
    interrupted: bool

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
        UsageError: nothing to resume, a checkpoint that is damaged or would run code, or weights that do
            not fit.
        InputError: an image or annotation cannot be read.
    """
    checkpoint = out / CHECKPOINTS / "last.ckpt"
    if resume and not checkpoint.is_file():
        raise UsageError(f"There is no checkpoint at {checkpoint} to resume from; train without --resume.")
    if resume:
        _check_checkpoint(checkpoint)
    recipe = options.recipe
    # Lightning's chatter (devices, precision, tips, stop reasons) is not the user's.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    seed_everything(options.seed, workers=True, verbose=False)
    network = build_network(
        options.arch,
        options.encoder,
        taps=options.taps,
        gate=options.gate,
        out_channels=len(options.outputs),
        pretrained=options.encoder_weights == "imagenet" and not resume and start is None,
    )
    cells = options.learn == "cells"
    crops = TrainingCrops(
        train, options.input_config(), recipe.augment, recipe.size, options.seed, cells=cells
    )
    sampler = EpochSampler(len(train), recipe.repeats, options.seed)
    loader = DataLoader(
        crops,
        recipe.batch_size,
        sampler=sampler,
        drop_last=len(sampler) >= recipe.batch_size,
        num_workers=options.workers,
        persistent_workers=options.workers > 0,
    )
    report = _start_weights(network, options, loader, resume, start)
    say(report.sentence())
    validation = DataLoader(ValidationImages(val, options.input_config()), 1, collate_fn=_only)
    history = History(out / "history.csv")
    best = _keep(out, "best", monitor="val_dice", mode="max")
    trainer = Trainer(
        accelerator="auto",
        devices=options.devices if options.devices == "auto" else int(options.devices),
        num_nodes=options.nodes,
        strategy=options.strategy,
        precision=lightning_precision(options.precision),
        max_epochs=recipe.epochs,
        gradient_clip_val=recipe.gradient_clip,
        # The average first: the checkpoint and the history then see its weights.
        # The last checkpoint after the best: a resumed run then knows which epoch was best.
        callbacks=[*_recipe_callbacks(options), history, best, _keep(out, "last"), *callbacks],
        logger=_tensorboard(out),
        num_sanity_val_steps=0,
        deterministic=True,
        enable_progress_bar=progress,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    module = SegmentationModule(
        network.to(memory_format=torch.channels_last),
        recipe,
        TileConfig(),
        # Several devices share an epoch's batches.
        steps=recipe.epochs * max(1, len(loader) // trainer.world_size),
        reach=AgglomerationConfig().reach if cells else None,
    )
    interrupted = _run(trainer, module, loader, validation, checkpoint if resume else None)
    if not best.best_model_path:
        raise UsageError(
            "Training stopped before its first epoch was over; nothing was saved, start it again."
        )
    return FitResult(history.rows, Path(best.best_model_path), checkpoint, report, interrupted)


def load_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return a checkpoint's network weights (the averaged ones where the recipe averages).

    Args:
        path: a checkpoint that `fit` wrote.

    Returns:
        State dict of the network, float32.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    return {name.removeprefix("network."): t for name, t in state.items() if name.startswith("network.")}


def _check_checkpoint(path: Path) -> None:
    """Refuse a damaged checkpoint, or one with more than tensors and plain values."""
    try:
        torch.load(path, map_location="cpu", weights_only=True)
    except Exception as exc:
        # The unpickler and the archive reader raise almost anything at damaged or forbidden content.
        raise UsageError(
            f"{path} is damaged or holds more than weights and is not loaded: train anew into another folder."
        ) from exc


def _start_weights(
    network: Segmenter,
    options: TrainOptions,
    loader: DataLoader[Any],
    resume: bool,
    start: Mapping[str, Tensor] | None,
) -> LoadReport:
    file = options.weights_file()
    if resume:
        return LoadReport("the last checkpoint")
    if start is not None:
        network.load_state_dict(start)
        return LoadReport("a trained model")
    if file is None and (options.encoder_weights == "none" or isinstance(network.encoder, PlainEncoder)):
        return LoadReport("nowhere (random start)")
    if file is None:
        report = LoadReport("timm (ImageNet)", loaded=tuple(network.encoder.state_dict()))
    else:
        report = load_encoder_weights(network.encoder, file)
    recalibrate_batch_norm(network.encoder, _first_images(loader))
    return report


def _first_images(loader: DataLoader[Any]) -> Iterator[Tensor]:
    for index, (image, _) in enumerate(loader):
        if index >= RECALIBRATION_BATCHES:
            return
        yield image


def _keep(out: Path, name: str, **options: Any) -> ModelCheckpoint:
    # One callback a file: with Lightning's save_last the last epoch is kept only where it is the best.
    return ModelCheckpoint(
        out / CHECKPOINTS,
        filename=name,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
        **options,
    )


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
