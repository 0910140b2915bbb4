"""Checkpoints: written whole or not at all, and read without running code."""

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import Tensor

from neurocyte.errors import UsageError
from neurocyte.io.atomic import atomic_path

CHECKPOINTS = "checkpoints"


class WholeFiles(TorchCheckpointIO):  # type: ignore[misc]
    """Writes beside the checkpoint's place and moves it there, so that a kill leaves the older one.

    Lightning's own writes into the system's temporary folder; where that is another file system the move is
    a copy, and a kill within it leaves neither the old checkpoint nor the new one.
    """

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any = None,  # noqa: ARG002  # Lightning's signature; it concerns remote stores
    ) -> None:
        """Write one file.

        Args:
            checkpoint: what Lightning keeps.
            path: where.
            storage_options: not used.

        Raises:
            UsageError: it cannot be written; an older file stays.
        """
        with atomic_path(path) as temporary:
            try:
                torch.save(checkpoint, temporary)
            except RuntimeError as exc:
                # torch's archive writer knows no errno.
                raise OSError(str(exc).splitlines()[0]) from exc


def keep(out: Path, name: str, **options: Any) -> ModelCheckpoint:
    """Return the callback that keeps one file after each epoch.

    One callback a file: with Lightning's save_last the last epoch is kept only where it is the best.

    Args:
        out: the run folder.
        name: of the file, without its suffix.
        options: further ones of ModelCheckpoint.

    Returns:
        The callback.
    """
    return ModelCheckpoint(
        out / CHECKPOINTS,
        filename=name,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
        **options,
    )


def load_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return a checkpoint's network weights (the averaged ones where the recipe averages).

    Args:
        path: a checkpoint that `neurocyte.training.fit.fit` wrote.

    Returns:
        State dict of the network, float32.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    return {name.removeprefix("network."): t for name, t in state.items() if name.startswith("network.")}


def check_checkpoint(path: Path) -> None:
    """Refuse a damaged checkpoint, or one with more than tensors and plain values; raises UsageError."""
    try:
        torch.load(path, map_location="cpu", weights_only=True)
    except Exception as exc:
        # The unpickler and the archive reader raise almost anything at damaged or forbidden content.
        raise UsageError(
            f"{path} is damaged or holds more than weights and is not loaded: train anew into another folder."
        ) from exc
