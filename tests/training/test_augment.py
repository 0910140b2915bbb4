import math

import pytest
import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2

from neurocyte.training.augment import RandomContrast, RandomHalo, build_augmentation, crop_size


def pair(shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """An image that is its own label image: where the mask goes, the image must go."""
    labels = torch.arange(1, math.prod(shape) + 1, dtype=torch.int32).view(shape)
    return tv_tensors.Image(labels.float()[None]), tv_tensors.Mask(labels)


def geometry(transform: nn.Module) -> v2.Compose:
    """The transform without those of grey values, its affine one taking the nearest pixel for images too."""
    kept = [t for t in transform.transforms if not isinstance(t, (RandomContrast, v2.RandomApply))]
    for t in kept:
        if isinstance(t, v2.RandomAffine):
            t.interpolation = v2.InterpolationMode.NEAREST
    return v2.Compose(kept)


@pytest.mark.parametrize(
    ("preset", "shape"), [("paper", (40, 56)), ("microscopy", (100, 120)), ("none", (40, 56))]
)
def test_image_and_mask_move_together(preset: str, shape: tuple[int, int]) -> None:
    transform = build_augmentation(preset, (40, 56))
    if preset != "none":
        transform = geometry(transform)
    for seed in range(20):
        torch.manual_seed(seed)
        image, mask = transform(*pair(shape))
        assert image.shape == (1, 40, 56)
        assert mask.shape == (40, 56)
        assert mask.dtype == torch.int32
        assert torch.equal(image[0].as_subclass(Tensor), mask.as_subclass(Tensor).float())


def test_the_papers_flips_are_exact_and_all_four_happen() -> None:
    flips = v2.Compose(build_augmentation("paper", (8, 8)).transforms[1:])
    image, mask = pair((8, 8))
    whole = mask.as_subclass(Tensor)
    wanted = {(): whole, (1,): whole.flip(1), (0,): whole.flip(0), (0, 1): whole.flip(0, 1)}
    seen = set()
    for seed in range(40):
        torch.manual_seed(seed)
        got = flips(image, mask)[1].as_subclass(Tensor)
        matches = [axes for axes, flipped in wanted.items() if torch.equal(got, flipped)]
        assert len(matches) == 1
        seen.add(matches[0])
    assert seen == set(wanted)


def test_the_papers_zoom_and_shift_ranges() -> None:
    """A square of ones: its side tells the zoom (0.8 to 1), its centre the shift (at most a tenth)."""
    affine = build_augmentation("paper", (200, 200)).transforms[0]
    image, mask = torch.zeros(1, 200, 200), torch.zeros(200, 200, dtype=torch.int32)
    image[:, 50:150, 50:150] = 1
    mask[50:150, 50:150] = 1
    zooms, shifts = [], []
    for seed in range(100):
        torch.manual_seed(seed)
        moved, labels = affine(tv_tensors.Image(image), tv_tensors.Mask(mask))
        rows, columns = torch.nonzero(labels.as_subclass(Tensor), as_tuple=True)
        assert len(rows.unique()) * len(columns.unique()) == len(rows)  # upright: no rotation, no shear
        zooms.append(len(rows) ** 0.5 / 100)
        shifts += [rows.float().mean().item() / 200 - 0.4975, columns.float().mean().item() / 200 - 0.4975]
        assert abs(moved.sum().item() - len(rows)) < 0.03 * len(rows)
    assert 0.79 <= min(zooms) < 0.83
    assert 0.97 < max(zooms) <= 1.01
    assert -0.105 < min(shifts) < -0.08
    assert 0.08 < max(shifts) < 0.105


def test_a_microscopy_crop_never_shows_the_outside() -> None:
    transform = build_augmentation("microscopy", (32, 48))
    side = crop_size("microscopy", (32, 48))
    for seed in range(60):
        torch.manual_seed(seed)
        _, mask = transform(tv_tensors.Image(torch.zeros(1, *side)), tv_tensors.Mask(torch.ones(side).int()))
        assert mask.min() == 1


def test_microscopy_scales_by_a_fifth_down_and_a_quarter_up() -> None:
    transform = geometry(build_augmentation("microscopy", (96, 96)))
    side = crop_size("microscopy", (96, 96))
    y, x = torch.meshgrid(*(torch.arange(s) - (s - 1) / 2 for s in side), indexing="ij")
    disk = (x**2 + y**2 < 30**2).int()
    scales = []
    for seed in range(80):
        torch.manual_seed(seed)
        _, mask = transform(tv_tensors.Image(disk.float()[None]), tv_tensors.Mask(disk))
        scales.append(math.sqrt(mask.sum().item() / math.pi) / 30)
    assert 0.79 < min(scales) < 0.83
    assert 1.2 < max(scales) < 1.26


@pytest.mark.parametrize(
    ("preset", "least"), [("paper", (30, 50)), ("none", (30, 50)), ("microscopy", (89, 89))]
)
def test_least_sizes(preset: str, least: tuple[int, int]) -> None:
    # ceil(50 sqrt(2) / 0.8) = ceil(88.39)
    assert crop_size(preset, (30, 50)) == least


def test_contrast_by_hand_leaves_the_mask() -> None:
    image = tv_tensors.Image(torch.tensor([[[0.2, 0.6]]]))
    got = RandomContrast().transform(image, {"factor": 1.5, "shift": 0.1})
    assert isinstance(got, tv_tensors.Image)
    # Around the mean of 0.4: 0.4 -+ 0.3, and 0.1 brighter.
    torch.testing.assert_close(got.as_subclass(Tensor), torch.tensor([[[0.2, 0.8]]]))
    mask = tv_tensors.Mask(torch.tensor([[0, 3]]))
    assert RandomContrast()(image, mask)[1].tolist() == [[0, 3]]


def test_contrast_ranges() -> None:
    drawn = [RandomContrast(1.5, 0.15).make_params([]) for _ in range(300)]
    factors, shifts = [d["factor"] for d in drawn], [d["shift"] for d in drawn]
    assert 1 / 1.5 <= min(factors) < 0.7
    assert 1.45 < max(factors) <= 1.5
    assert -0.15 <= min(shifts) < -0.13
    assert 0.13 < max(shifts) <= 0.15


def test_halo_sharpens_by_what_a_blur_takes_away() -> None:
    image = tv_tensors.Image(torch.zeros(1, 41, 41))
    image[0, 20, 20] = 1.0
    got = RandomHalo(sigma=2.0).transform(image, {"amount": 0.5})
    # The blurred peak is 1 / (sum of the kernel)^2 of sigma 2 over 9 pixels; all else becomes a dark ring.
    peak = 1 / sum(math.exp(-(i**2) / 8) for i in range(-4, 5)) ** 2
    assert got[0, 20, 20].item() == pytest.approx(1 + 0.5 * (1 - peak), rel=1e-5)
    assert got[0, 20, 21].item() == pytest.approx(-0.5 * peak * math.exp(-1 / 8), rel=1e-5)
    assert got.sum().item() == pytest.approx(1.0, abs=1e-5)
    flat = tv_tensors.Image(torch.full((1, 41, 41), 0.3))
    torch.testing.assert_close(RandomHalo()(flat).as_subclass(Tensor), flat.as_subclass(Tensor))
