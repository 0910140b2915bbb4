"""Both stages, and the weights they leave."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.networks.ancis import AnchorConfig, Ancis, anchors_for_cells, build_ancis
from neurocyte.networks.ancis.anchors import anchor_boxes
from neurocyte.training.ancis.data import Example, Examples
from neurocyte.training.ancis.losses import boxes_to_learn, detection_loss, mask_loss
from neurocyte.training.ancis.stage import CHECKPOINTS, Plan, Stage, read_checkpoint
from neurocyte.training.precision import Precision, takes_bf16
from neurocyte.training.recipes import PAPER

COLUMNS = ("stage", "epoch", "updates", "learning_rate", "train_loss", "val_loss", "seconds")
# Boxes of an image that the mask branch learns from in one update, at most.
BOXES = 100


@dataclass(frozen=True)
class AncisResult:
    """How a training ended; pairs are (detector, mask branch).

    Attributes:
        history: a dictionary of `COLUMNS` an epoch, the detector's epochs first.
        epochs: run.
        updates: of the weights.
        best: checkpoints of the epochs with the least validation loss.
    """

    history: list[dict[str, Any]]
    epochs: tuple[int, int]
    updates: tuple[int, int]
    best: tuple[Path, Path]


def train_ancis(
    train: Sequence[Sample],
    val: Sequence[Sample],
    out: Path,
    *,
    side: int = 512,
    epochs: tuple[int, int],
    repeats: int,
    batch_size: int,
    seed: int,
    resume: bool,
    say: Callable[[str], None],
    precision: Precision = "auto",
) -> AncisResult:
    """Train the detector, then the mask branch on the best detector, frozen.

    Args:
        train: images that are learned from; their cells choose the anchors.
        val: images that choose the epochs.
        out: run folder; gets history.csv and checkpoints/.
        side: images are resized to this square, pixels.
        epochs: of the detector and of the mask branch, at most.
        repeats: squares of each training image in an epoch.
        batch_size: squares an update.
        seed: of the initial weights, the order and the augmentation.
        resume: go on from the last epoch that was finished, or begin if there is none.
        say: takes sentences for the user.
        precision: ``auto`` (bf16 where the processor has it), ``bf16`` or ``fp32``.

    Returns:
        The result.

    Raises:
        UsageError: `out` holds a run and `resume` is not asked for, or it was begun with other options.
        InputError: an image or annotation cannot be read.
    """
    if not resume and any((out / CHECKPOINTS).glob("*.ckpt")):
        raise UsageError(
            f"{out} holds a training run already; go on with it by resume or name another folder."
        )
    learned = Examples(train, side, PAPER.augment, seed)
    judged = Examples(val, side, "none", seed)
    anchors = anchors_for_cells(learned.cell_sizes(), side)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Ancis = build_ancis(anchors)
    model.to(device=_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    facts = {**_facts(anchors), "repeats": repeats, "batch_size": batch_size, "seed": seed}
    bf16 = takes_bf16(precision)
    history: list[dict[str, Any]] = []
    stages = []
    for name, limit, loss in (
        ("detector", epochs[0], _DetectorLoss(model, bf16=bf16)),
        ("segmenter", epochs[1], _MaskLoss(model, bf16=bf16)),
    ):
        plan = Plan(name, limit, repeats, batch_size, seed, facts)
        stage = Stage(plan, getattr(model, name), loss, out, resume)
        _run(stage, learned, judged, history, out, say)
        stage.load_best()
        history += stage.rows
        stages.append(stage)
    first, second = stages
    return AncisResult(
        history,
        (len(first.rows), len(second.rows)),
        (first.updates, second.updates),
        (first.best_path, second.best_path),
    )


def load_ancis(out: Path) -> Ancis:
    """Return the network with the best weights of both stages.

    Args:
        out: run folder of `train_ancis`.

    Returns:
        The network in evaluation mode, on the processor.

    Raises:
        UsageError: a stage has not finished an epoch there.
    """
    parts = {name: read_checkpoint(out / CHECKPOINTS / f"{name}-best.ckpt") for name in _PARTS}
    facts = parts["detector"]["facts"]
    a, b, c, d, e = facts["edges"]
    model = build_ancis(AnchorConfig((a, b, c, d, e), facts["refine"], facts["side"]))
    for name, content in parts.items():
        getattr(model, name).load_state_dict(content["weights"])
    return model.eval()


_PARTS = ("detector", "segmenter")


class _DetectorLoss:
    def __init__(self, model: Ancis, *, bf16: bool) -> None:
        self.model, self.bf16 = model, bf16

    def __call__(self, batch: Sequence[Example]) -> Tensor:
        image = _images(batch, self.model)
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bf16):
            output = self.model.detector(image)
        height, width = image.shape[-2:]
        return detection_loss(output, batch, anchor_boxes(self.model.anchors, (height, width)))


class _MaskLoss:
    def __init__(self, model: Ancis, *, bf16: bool) -> None:
        self.model, self.bf16 = model, bf16

    def __call__(self, batch: Sequence[Example]) -> Tensor | None:
        image = _images(batch, self.model)
        self.model.detector.eval()
        learning = self.model.segmenter.training
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bf16):
            with torch.no_grad():
                output = self.model.detector(image)
                found = self.model.detector.boxes(output)
            chosen = [
                boxes_to_learn(boxes, example, BOXES if learning else None)
                for (boxes, _), example in zip(found, batch, strict=True)
            ]
            patches = self.model.segmenter(output.features, [boxes for boxes, _ in chosen])
        return mask_loss(patches, [ids for _, ids in chosen], batch)


def _run(
    stage: Stage,
    train: Examples,
    val: Examples,
    before: list[dict[str, Any]],
    out: Path,
    say: Callable[[str], None],
) -> None:
    _write_history(out / "history.csv", [*before, *stage.rows])
    while not stage.done:
        row = stage.epoch(train, val)
        _write_history(out / "history.csv", [*before, *stage.rows])
        say(
            f"ANCIS {row['stage']}, epoch {row['epoch'] + 1}: loss {row['train_loss']:.3f}, validation "
            f"{row['val_loss']:.3f}, {row['seconds']:.0f} s."
        )


def _write_history(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: round(v, 8) if isinstance(v, float) else v for k, v in row.items()})
    write_text(path, text.getvalue())


def _facts(anchors: AnchorConfig) -> dict[str, Any]:
    return {**asdict(anchors), "edges": list(anchors.edges)}


def _images(batch: Sequence[Example], model: nn.Module) -> Tensor:
    device = next(model.parameters()).device
    image = torch.stack([example.image for example in batch]).to(device)
    return image.contiguous(memory_format=torch.channels_last)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
