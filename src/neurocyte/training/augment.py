"""Augmentation presets: torchvision transforms over an image and its label image."""

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2.functional import gaussian_blur

Preset = Literal["paper", "microscopy", "none"]
SCALE_RANGE = (0.8, 1.25)
# A crop this much larger than the wanted one still covers it after any rotation and the strongest shrinking.
MARGIN = math.sqrt(2) / SCALE_RANGE[0]


class _ImageOnly(v2.Transform):  # type: ignore[misc]
    """A transform of grey values: labels pass as they are."""

    _transformed_types = (tv_tensors.Image,)


class RandomContrast(_ImageOnly):
    """``x -> c * (x - m) + m + b`` with m the image's mean: another lamp, another exposure.

    Args:
        contrast: c is drawn log-uniformly from 1 / contrast to contrast.
        brightness: b is drawn uniformly from +- brightness (nominal range of the image: 0 to 1).
    """

    def __init__(self, contrast: float = 1.5, brightness: float = 0.15) -> None:
        super().__init__()
        self.contrast, self.brightness = contrast, brightness

    def make_params(self, _flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw c and b."""
        c, b = (2 * torch.rand(2) - 1).tolist()
        return {"factor": self.contrast**c, "shift": self.brightness * b}

    def transform(self, inpt: Tensor, params: dict[str, Any]) -> Tensor:
        """Apply them."""
        mean = inpt.mean()
        changed: Tensor = tv_tensors.wrap(
            (inpt - mean) * params["factor"] + mean + params["shift"], like=inpt
        )
        return changed


class RandomHalo(_ImageOnly):
    """Strengthen or weaken the phase halo: ``x + a * (x - blur(x))``.

    The halo of phase contrast is the low-frequency part that the ring lets through; its width is that of a
    wide blur.

    Args:
        strength: a is drawn uniformly from -strength to strength.
        sigma: of the blur, pixels.
    """

    def __init__(self, strength: float = 0.5, sigma: float = 4.0) -> None:
        super().__init__()
        self.strength, self.sigma = strength, sigma

    def make_params(self, _flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw a."""
        return {"amount": self.strength * (2 * torch.rand(1).item() - 1)}

    def transform(self, inpt: Tensor, params: dict[str, Any]) -> Tensor:
        """Apply it."""
        size = 2 * int(2 * self.sigma) + 1
        blurred = gaussian_blur(inpt, [size, size], [self.sigma, self.sigma])
        changed: Tensor = tv_tensors.wrap(inpt + params["amount"] * (inpt - blurred), like=inpt)
        return changed


def build_augmentation(preset: Preset, size: tuple[int, int]) -> nn.Module:
    """Return the transform of a preset.

    It takes a `tv_tensors.Image` float (C, H, W) and a `tv_tensors.Mask` int (H, W) of labels and returns
    both at ``size``. Randomness is torch's global generator.

    Args:
        preset: ``paper`` (zoom-out up to 20 %, flips, shifts up to 10 %: the paper's kinds, our ranges),
            ``microscopy`` (random crop at native resolution, rotation, scale, contrast, halo, blur, noise) or
            ``none``.
        size: (H, W) of the result; ``paper`` and ``none`` expect images of that size already.

    Returns:
        The transform.
    """
    transform: nn.Module
    if preset == "none":
        transform = v2.Identity()
    elif preset == "paper":
        transform = v2.Compose(
            [
                v2.RandomAffine(
                    degrees=0,
                    translate=(0.1, 0.1),
                    scale=(0.8, 1.0),
                    interpolation=InterpolationMode.BILINEAR,
                ),
                v2.RandomHorizontalFlip(),
                v2.RandomVerticalFlip(),
            ]
        )
    else:
        transform = v2.Compose(
            [
                v2.RandomCrop(crop_size(preset, size)),
                v2.RandomAffine(degrees=180, scale=SCALE_RANGE, interpolation=InterpolationMode.BILINEAR),
                v2.CenterCrop(size),
                v2.RandomHorizontalFlip(),
                RandomContrast(),
                v2.RandomApply([RandomHalo()], p=0.3),
                v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.2))], p=0.2),
                v2.RandomApply([v2.GaussianNoise(sigma=0.03, clip=False)], p=0.3),
            ]
        )
    return transform


def crop_size(preset: Preset, size: tuple[int, int]) -> tuple[int, int]:
    """Return the least (H, W) that an image must have for a preset, before augmentation."""
    if preset != "microscopy":
        return size
    side = math.ceil(MARGIN * max(size))
    return (side, side)
