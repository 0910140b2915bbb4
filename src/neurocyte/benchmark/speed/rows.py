"""The networks of the table: ours, and those of other packages with random weights.

The time of a network does not depend on its weights. Nothing is imported before a network is built.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neurocyte.models.config import FLOW_OUTPUTS, MASK_OUTPUTS


@dataclass(frozen=True)
class Row:
    """A network with random weights.

    Attributes:
        key: its name in the result and on the command line.
        label: as printed.
        build: makes the torch network, which maps float (N, 3, H, W) to logits (N, K, H, W).
        outputs: the names of its K maps.
        package: the distribution it comes from; None: neurocyte.
        pip: the line that installs the package.
    """

    key: str
    label: str
    build: Callable[[], Any]
    outputs: tuple[str, ...] = MASK_OUTPUTS
    package: str | None = None
    pip: str = 'pip install "neurocyte[train]"'


def _ours(arch: str, **options: Any) -> Callable[[], Any]:
    def build() -> Any:
        from neurocyte.networks import build_network

        return build_network(arch, **options)

    return build


def _smp(name: str, encoder: str) -> Callable[[], Any]:
    def build() -> Any:
        import segmentation_models_pytorch

        network = getattr(segmentation_models_pytorch, name)
        return network(encoder, encoder_weights=None, in_channels=3, classes=1)

    return build


def _cellpose() -> Any:
    from cellpose.resnet_torch import CPnet

    from neurocyte.benchmark.speed.adapter import Adapter

    # As the models cyto and cyto3 are built: two channels in; two flows and the cell probability out.
    return Adapter(CPnet([2, 32, 64, 128, 256], 3, sz=3), channels=2)


def _deepsea() -> Any:
    from deepsea.model import DeepSeaSegmentation

    from neurocyte.benchmark.speed.adapter import Adapter

    return Adapter(DeepSeaSegmentation(n_channels=1, n_classes=2, bilinear=True), channels=1)


OURS = (
    Row("linknet-ag", "LinkNet with attention, the paper's taps", _ours("linknet-ag")),
    Row(
        "linknet-ag-bottleneck",
        "LinkNet with attention, bottleneck taps",
        _ours("linknet-ag", taps="bottleneck"),
    ),
    Row("unet-ag", "U-Net with attention, the paper's taps", _ours("unet-ag")),
    Row("unet-resnet50", "U-Net on ResNet-50, no attention", _ours("unet-resnet50")),
    Row("unet-plain", "U-Net of 2015, no attention", _ours("unet-plain")),
    Row(
        "lite0-bottleneck",
        "LinkNet with attention on EfficientNet-Lite0, bottleneck taps, three outputs",
        _ours("linknet-ag", encoder="efficientnet-lite0", taps="bottleneck", out_channels=len(FLOW_OUTPUTS)),
        FLOW_OUTPUTS,
    ),
)
_SMP, _SMP_PIP = "segmentation_models_pytorch", "pip install segmentation_models_pytorch"
PEERS = (
    Row("smp-linknet-b0", "smp Linknet b0", _smp("Linknet", "efficientnet-b0"), package=_SMP, pip=_SMP_PIP),
    Row("smp-unet-b0", "smp Unet b0", _smp("Unet", "efficientnet-b0"), package=_SMP, pip=_SMP_PIP),
    Row("smp-unet-resnet50", "smp Unet ResNet-50", _smp("Unet", "resnet50"), package=_SMP, pip=_SMP_PIP),
    Row("cellpose3", "Cellpose 3 (CPnet)", _cellpose, package="cellpose", pip='pip install "cellpose==3.*"'),
    Row("deepsea", "DeepSea", _deepsea, package="deepsea", pip="pip install deepsea"),
)
ROWS = (*OURS, *PEERS)
