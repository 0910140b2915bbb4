"""Weights for an encoder: from a file, saying what fitted, and batch norm set right for new images."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from neurocyte.errors import UsageError
from neurocyte.networks.features import Encoder


@dataclass(frozen=True)
class LoadReport:
    """What became of the tensors of a weights file.

    Attributes:
        source: where the weights came from.
        loaded: names that were loaded.
        missing: names of the encoder that the file lacks: they keep their random start.
        unused: names of the file that the encoder has no place for.
        misfit: names whose shape differs: not loaded.
    """

    source: str
    loaded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    misfit: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say it in one line."""
        if not self.loaded:
            return f"Encoder weights from {self.source}."
        parts = [f"Encoder weights from {self.source}: {len(self.loaded)} tensors loaded"]
        for label, names in (
            ("missing in the file", self.missing),
            ("unused", self.unused),
            ("of another shape", self.misfit),
        ):
            if names:
                shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
                parts.append(f"{len(names)} {label} ({shown})")
        return "; ".join(parts) + "."


def load_encoder_weights(encoder: Encoder, path: Path) -> LoadReport:
    """Load timm weights from a safetensors file into an encoder, in place.

    Args:
        encoder: built for the same network as the file.
        path: a safetensors file with timm's names.

    Returns:
        What fitted and what did not.

    Raises:
        UsageError: no such file, not safetensors, or not one tensor fits.
    """
    if not path.is_file():
        raise UsageError(
            f"There is no weights file at {path}; give 'imagenet', 'none' or a safetensors file."
        )
    try:
        tensors = _weights(load_file(path))
    except (SafetensorError, OSError) as exc:
        raise UsageError(f"{path} is not a readable safetensors file ({exc}); download it again.") from exc
    own = {_plain(name): tensor for name, tensor in _weights(encoder.state_dict()).items()}
    known = {n for n in tensors if _plain(n) in own}
    fits = {n for n in known if own[_plain(n)].shape == tensors[n].shape}
    if not fits:
        raise UsageError(
            f"No tensor of {path} fits this encoder; name the --encoder that the file belongs to."
        )
    with torch.no_grad():
        for name in fits:
            own[_plain(name)].copy_(tensors[name])
    given = {_plain(n) for n in tensors}
    return LoadReport(
        source=path.name,
        loaded=tuple(sorted(fits)),
        missing=tuple(
            sorted(n.removeprefix("net.") for n in _weights(encoder.state_dict()) if _plain(n) not in given)
        ),
        unused=tuple(sorted(set(tensors) - known)),
        misfit=tuple(sorted(known - fits)),
    )


def _weights(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Leave out batch norm's counters: single numbers, they would fit any network and mean nothing."""
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def _plain(name: str) -> str:
    """Drop what timm's feature wrappers add to a name: a prefix, and underscores for the outermost dots."""
    return name.removeprefix("net.").removeprefix("body.").replace(".", "_")


def recalibrate_batch_norm(encoder: nn.Module, batches: Iterable[Tensor]) -> int:
    """Replace an encoder's batch-norm statistics by those of new images, in place.

    Args:
        encoder: its convolutions stay as they are.
        batches: float (N, 3, H, W), normalised training images.

    Returns:
        Number of images seen; 0 leaves the encoder unchanged.
    """
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [m.momentum for m in norms]
    training = encoder.training
    seen = 0
    with torch.no_grad():
        for batch in batches:
            if seen == 0:
                for norm in norms:
                    norm.reset_running_stats()
                    norm.momentum = None  # a plain mean over the batches
                encoder.train()
            encoder(batch)
            seen += len(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    encoder.train(training)
    return seen
