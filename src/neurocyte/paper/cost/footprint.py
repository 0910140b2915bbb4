"""What a network takes: parameters, arithmetic, bytes on disk."""

import io
from collections.abc import Callable
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from neurocyte.networks.inspection import inspect_network, trainable_count
from neurocyte.networks.segmenter import Segmenter
from neurocyte.training.losses import ComboLoss
from neurocyte.training.recipes import PAPER

# The state of Adam does not depend on the image; the smallest side that all networks here take is enough.
_STEP_SIDE = 64


def statistics_count(network: nn.Module) -> int:
    """Count the means and variances of batch norm, which Keras counts as parameters that are not trained."""
    return sum(b.numel() for b in network.buffers() if b.is_floating_point())


def footprint(build: Callable[[], Segmenter]) -> dict[str, Any]:
    """Measure what a network takes.

    Args:
        build: makes the network; called twice, once without memory.

    Returns:
        ``trainable`` and ``with_statistics`` parameters, ``macs`` for one 256 x 256 image, ``weights_bytes``
        of a float32 safetensors file, ``checkpoint_bytes`` of weights and Adam's state after one step, and
        ``adam_values``, the numbers in Adam's two moments.
    """
    with torch.device("meta"):
        macs = inspect_network(build()).macs
    network = build()
    trainable = trainable_count(network)
    optimizer = torch.optim.Adam(network.parameters(), PAPER.learning_rate)
    image = torch.rand(1, 3, _STEP_SIDE, _STEP_SIDE)
    target = (torch.rand(1, 1, _STEP_SIDE, _STEP_SIDE) > 0.5).float()
    ComboLoss()(network(image), target).backward()
    optimizer.step()
    weights = network.state_dict()
    state = optimizer.state_dict()
    buffer = io.BytesIO()
    torch.save({"network": weights, "optimizer": state}, buffer)
    moments = [slot[name] for slot in state["state"].values() for name in ("exp_avg", "exp_avg_sq")]
    return {
        "trainable": trainable,
        "with_statistics": trainable + statistics_count(network),
        "macs": macs,
        "weights_bytes": len(save(weights)),
        "checkpoint_bytes": buffer.getbuffer().nbytes,
        "adam_values": sum(moment.numel() for moment in moments),
    }
