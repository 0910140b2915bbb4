"""The numbers that the paper prints in its Tables 1 to 4, as it prints them.

Source: Abbas & Abdulmunim 2023, "Residual Network with Attention to Neural Cells Segmentation", Iraqi Journal
of Science 64(4).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backbone:
    """A row of Table 1.

    Attributes:
        key: what `neurocyte.networks.encoder.ALIASES` calls the network.
        label: as printed.
        millions: of parameters.
        decimals: that are printed.
    """

    key: str
    label: str
    millions: float
    decimals: int = 0


@dataclass(frozen=True)
class Stage:
    """A row of Table 2.

    Attributes:
        layers: the column "Layer number".
        size: side of the stage's square input, pixels.
        label: the column "Layer type".
        operator: the same as `neurocyte.networks.inspection` writes it.
    """

    layers: int
    size: int
    label: str
    operator: str


@dataclass(frozen=True)
class Cost:
    """A row of Table 3.

    Attributes:
        label: as printed.
        millions: of parameters.
        flops_millions: the column "FLOPs in Millions".
        milliseconds: the column "Inference speed".
        megabytes: the column "Memory storage".
    """

    label: str
    millions: float
    flops_millions: float
    milliseconds: float
    megabytes: float


@dataclass(frozen=True)
class Score:
    """A row of Table 4: IoU and Dice in percent at the threshold 0.5, and the loss."""

    label: str
    iou: float
    dice: float
    loss: float


TABLE_1: tuple[Backbone, ...] = (
    Backbone("efficientnet-b0", "EfficientNet-B0", 5.3, decimals=1),
    Backbone("resnet-152", "ResNet-152", 60),
    Backbone("densenet-264", "DenseNet-264", 34),
    Backbone("inception-v3", "Inception-v3", 24),
    Backbone("xception", "Xception", 23),
    Backbone("inception-resnet-v2", "Inception-resnet-v2", 56),
)

TABLE_2: tuple[Stage, ...] = (
    Stage(1, 256, "Conv 3x3", "Conv3x3"),
    Stage(2, 128, "Mobile bottleneck conv1, kernel 3x3", "MBConv1 k3"),
    Stage(4, 128, "Mobile bottleneck conv6, kernel 3x3", "MBConv6 k3"),
    Stage(4, 64, "Mobile bottleneck conv6, kernel 5x5", "MBConv6 k5"),
    Stage(6, 32, "Mobile bottleneck conv6, kernel 3x3", "MBConv6 k3"),
    Stage(6, 16, "Mobile bottleneck conv6, kernel 5x5", "MBConv6 k5"),
    Stage(8, 16, "Mobile bottleneck conv6, kernel 5x5", "MBConv6 k5"),
    Stage(2, 8, "Mobile bottleneck conv6, kernel 3x3", "MBConv6 k3"),
    Stage(1, 8, "Conv 1x1", "Conv1x1"),
)
# The text below its Table 2.
MBCONV_BLOCKS = 32

TABLE_3: dict[str, Cost] = {
    "unet-without-attention": Cost("U-Net without AU", 32, 64.08, 205, 370.8),
    "unet-ag": Cost("U-Net with AU", 10.15, 24.3, 57, 127.3),
    "linknet-ag": Cost("LinkNet with AU", 6.09, 13.7, 38, 77.6),
}

# ANCIS is Yi et al. 2019, the paper's reference [7].
TABLE_4: dict[str, Score] = {
    "unet-without-attention": Score("U-Net without AU", 88.2, 97.2, 0.054),
    "ancis": Score("[7]", 78.80, 85.7, 0.067),
    "unet-ag": Score("U-Net with AU (proposed)", 89.24, 95.02, 0.08),
    "linknet-ag": Score("LinkNet with AU (proposed)", 95.47, 98.34, 0.0209),
}
