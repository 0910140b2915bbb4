"""ResNet-50 up to its third stage, two smaller levels on top, and the fusion of three levels into c3."""

import timm
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from neurocyte.networks.features import Encoder, FeatureInfo


class ResNetTrunk(Encoder):
    """ResNet-50's stem and first three stages, with timm's names, so that timm's weights fit.

    Source:
        He et al. 2016, "Deep residual learning for image recognition".
    """

    def __init__(self) -> None:
        super().__init__()
        net = timm.create_model("resnet50", pretrained=False, num_classes=0)
        self.conv1, self.bn1, self.act1, self.maxpool = net.conv1, net.bn1, net.act1, net.maxpool
        self.layer1, self.layer2, self.layer3 = net.layer1, net.layer2, net.layer3
        self.features = tuple(FeatureInfo(c, r) for c, r in ((64, 2), (256, 4), (512, 8), (1024, 16)))
        self.stages = tuple((n, m, 1) for n, m in self.named_children())

    def forward(self, image: Tensor) -> list[Tensor]:
        """See `Encoder.forward`: c1 (after its ReLU), c2, c3, c4."""
        c1 = self.act1(self.bn1(self.conv1(image)))
        c2 = self.layer1(self.maxpool(c1))
        c3 = self.layer2(c2)
        return [c1, c2, c3, self.layer3(c3)]


class Halving(nn.Sequential):
    """1x1 to `inner`, 3x3 of stride 2 to `out`, each with batch norm and ReLU."""

    def __init__(self, channels: int, inner: int, out: int) -> None:
        super().__init__(
            nn.Conv2d(channels, inner, 1),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Conv2d(inner, out, 3, stride=2, padding=1),
            nn.BatchNorm2d(out),
            nn.ReLU(),
        )


class Fusion(nn.Module):
    """c3, c4 and c5 reduced to 256 channels each, brought to c3's size and mixed into 512.

    Source:
        Yi et al. 2019, section 3.1.1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(nn.Conv2d(c, 256, 1) for c in (512, 1024, 512))
        self.mix = nn.Sequential(nn.BatchNorm2d(768), nn.Conv2d(768, 512, 1), nn.ReLU())

    def forward(self, c3: Tensor, c4: Tensor, c5: Tensor) -> Tensor:
        """Return (N, 512, H, W) of c3's H and W."""
        reduced = [conv(x) for conv, x in zip(self.reduce, (c3, c4, c5), strict=True)]
        same = [
            x
            if x.shape[-2:] == c3.shape[-2:]
            else interpolate(x, size=c3.shape[-2:], mode="bilinear", align_corners=True)
            for x in reduced
        ]
        mixed: Tensor = self.mix(torch.cat(same, dim=1))
        return mixed
