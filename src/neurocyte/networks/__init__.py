"""Networks: encoder, attention gates, decoders, head (torch)."""

from neurocyte.networks.registry import ARCHITECTURES, build_network
from neurocyte.networks.segmenter import Segmenter

__all__ = ["ARCHITECTURES", "Segmenter", "build_network"]
