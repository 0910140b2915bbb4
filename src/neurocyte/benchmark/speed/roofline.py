"""The least time that a network's arithmetic and memory traffic take on a machine, layer by layer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """One layer as the runtime executes it: what it fuses counts as one.

    Attributes:
        name: of the runtime's.
        kind: such as Convolution.
        stage: part of the network, such as encoder.
        precision: of its arithmetic: fp32, bf16 or int8.
        macs: multiply-accumulates of convolutions and matrix products.
        bytes: of activations and weights that it reads and of what it writes.
        seconds: measured, the least of several runs; None where nothing of use was measured.
    """

    name: str
    kind: str
    stage: str
    precision: str
    macs: int
    bytes: int
    seconds: float | None


@dataclass(frozen=True)
class Ceilings:
    """What the machine reaches at most.

    Attributes:
        flops: operations a second of a large matrix product by precision; a multiply-accumulate is two.
        bandwidth: bytes a second that a large copy reads and writes.
    """

    flops: Mapping[str, float]
    bandwidth: float


def attainable(layer: Layer, ceilings: Ceilings) -> float:
    """Give the seconds that a layer takes at least: of arithmetic and of traffic, whichever is longer.

    Source:
        Williams et al. 2009, Roofline: an insightful visual performance model.
    """
    return max(2 * layer.macs / ceilings.flops[layer.precision], layer.bytes / ceilings.bandwidth)


def standing(layers: Iterable[Layer], ceilings: Ceilings) -> list[dict[str, Any]]:
    """Sum up by stage how far a network stands from its roofline.

    Args:
        layers: in the order of execution.
        ceilings: of the machine.

    Returns:
        For each stage in the order of its first layer: ``stage``, ``macs``, ``bytes``, ``attainable_ms``,
        ``arithmetic_ms`` (what the arithmetic alone would take), ``measured_ms`` and ``share``, attainable
        over measured (both None where a layer has no time).
    """
    stages: dict[str, list[Layer]] = {}
    for layer in layers:
        stages.setdefault(layer.stage, []).append(layer)
    return [_summed(name, members, ceilings) for name, members in stages.items()]


def _summed(stage: str, layers: list[Layer], ceilings: Ceilings) -> dict[str, Any]:
    least = sum(attainable(layer, ceilings) for layer in layers)
    seconds = [layer.seconds for layer in layers if layer.seconds is not None]
    measured = sum(seconds) if len(seconds) == len(layers) else None
    return {
        "stage": stage,
        "macs": sum(layer.macs for layer in layers),
        "bytes": sum(layer.bytes for layer in layers),
        "attainable_ms": least * 1e3,
        "arithmetic_ms": sum(2 * layer.macs / ceilings.flops[layer.precision] for layer in layers) * 1e3,
        "measured_ms": None if measured is None else measured * 1e3,
        "share": least / measured if measured else None,
    }
