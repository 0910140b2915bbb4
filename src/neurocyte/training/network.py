"""The network that a training's options name."""

from torch import Tensor

from neurocyte.networks import Segmenter, build_network
from neurocyte.training.options import TrainOptions


def new_network(options: TrainOptions, *, pretrained: bool = False) -> Segmenter:
    """Build the network that options name.

    Args:
        options: of the training.
        pretrained: let timm load ImageNet weights into the encoder.

    Returns:
        The network in training mode.
    """
    return build_network(
        options.arch,
        options.encoder,
        taps=options.taps,
        gate=options.gate,
        out_channels=len(options.outputs),
        pretrained=pretrained,
        zoom=options.zoom,
    )


def trained_network(options: TrainOptions, weights: dict[str, Tensor]) -> Segmenter:
    """Build the network that options name, with the weights of one of its checkpoints.

    Args:
        options: as it was trained with.
        weights: what `neurocyte.training.checkpoints.load_checkpoint` gave.

    Returns:
        The network in training mode.
    """
    network = new_network(options)
    network.load_state_dict(weights)
    return network
