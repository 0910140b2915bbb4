"""What a network is made of: stages, parameters by part, multiply-accumulates, size of the weights."""

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from neurocyte.networks.segmenter import Segmenter

INPUT_SIDE = 256
_BYTES_PER_WEIGHT = 4


@dataclass(frozen=True)
class Stage:
    """A stage of the encoder as a forward pass met it.

    Attributes:
        name: kind of layer, with expansion and kernel where it has them.
        input_size: side of its square input, pixels.
        channels: of its output.
        repeats: layers in it.
    """

    name: str
    input_size: int
    channels: int
    repeats: int


@dataclass(frozen=True)
class Inspection:
    """A network in numbers.

    Attributes:
        parameters: trainable parameters of encoder, gates, decoder, head and their total.
        macs: multiply-accumulates of convolutions and matrix products for one image of INPUT_SIDE squared.
        weights_bytes: of all weights and batch-norm statistics in float32.
        stages: of the encoder.
    """

    parameters: dict[str, int]
    macs: int
    weights_bytes: int
    stages: tuple[Stage, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {**asdict(self), "stages": [asdict(stage) for stage in self.stages]}


def inspect_network(network: Segmenter, side: int = INPUT_SIDE) -> Inspection:
    """Measure a network by a forward pass.

    Args:
        network: any segmenter; its mode is restored afterwards.
        side: of the square test image, pixels.

    Returns:
        The numbers.
    """
    parts = {name: getattr(network, name) for name in ("encoder", "gates", "decoder", "head")}
    parameters = {name: trainable_count(part) for name, part in parts.items()}
    parameters["total"] = trainable_count(network)
    training = network.training
    seen: dict[str, tuple[int, int]] = {}
    hooks = [
        stage.register_forward_hook(_recorder(seen, str(index)))
        for index, (_, stage, _) in enumerate(network.encoder.stages)
    ]
    # Stages whose first block is run apart (its expansion is a skip) are met at that block's first layer.
    hooks += [
        first.register_forward_hook(_recorder(seen, f"{index}-first"))
        for index, first in _expansions(network.encoder.stages)
    ]
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network.eval()(torch.zeros(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    network.train(training)
    stages = tuple(
        Stage(
            name,
            seen.get(f"{index}-first", seen.get(str(index), (0, 0)))[0],
            seen.get(str(index), (0, _last_channels(stage)))[1],
            repeats,
        )
        for index, (name, stage, repeats) in enumerate(network.encoder.stages)
    )
    tensors = [t for t in network.state_dict().values() if t.is_floating_point()]
    weights = sum(t.numel() for t in tensors) * _BYTES_PER_WEIGHT
    # The counter counts a multiplication and an addition as two operations.
    return Inspection(parameters, counter.get_total_flops() // 2, weights, stages)


def trainable_count(module: nn.Module) -> int:
    """Count trainable parameters."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def _recorder(seen: dict[str, tuple[int, int]], key: str) -> Any:
    def record(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen.setdefault(key, (inputs[0].shape[-1], output.shape[1]))

    return record


def _expansions(stages: Any) -> list[tuple[int, nn.Module]]:
    found: list[tuple[int, nn.Module]] = []
    for index, (_, stage, _) in enumerate(stages):
        first = stage[0] if isinstance(stage, nn.Sequential) else None
        if first is not None and hasattr(first, "conv_pwl"):
            found.append((index, cast(nn.Module, first.conv_pw)))
    return found


def _last_channels(stage: nn.Module) -> int:
    """Channels of the last convolution: a stage of one block that was run apart is never called whole."""
    convs = [m for m in stage.modules() if isinstance(m, nn.Conv2d)]
    return convs[-1].out_channels if convs else 0
