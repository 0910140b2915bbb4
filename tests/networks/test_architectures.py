"""One set of checks that every architecture and every encoder of the paper's Table 1 must pass."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neurocyte.errors import UsageError
from neurocyte.networks import ARCHITECTURES, Segmenter, build_network

TABLE_1 = ("efficientnet-b0", "resnet-152", "densenet-264", "inception-v3", "xception", "inception-resnet-v2")
BUILDS: dict[str, dict[str, Any]] = {
    **{arch: {"arch": arch} for arch in ARCHITECTURES},
    **{f"linknet-ag on {name}": {"arch": "linknet-ag", "encoder": name} for name in TABLE_1[1:]},
    "unet-ag on inception-v3": {"arch": "unet-ag", "encoder": "inception-v3"},
    "lean taps": {"arch": "unet-ag", "taps": "bottleneck"},
    "half gates": {"arch": "linknet-ag", "gate": "half"},
    "the cells' network": {"arch": "unet-ag-slim", "taps": "bottleneck"},
    "the fast network": {"arch": "unet-fast", "taps": "bottleneck"},
    "the fast network on another encoder": {"arch": "unet-fast", "encoder": "resnet10t"},
    "Lite0": {"arch": "linknet-ag", "encoder": "efficientnet-lite0"},
    # Four features, the shallowest at stride 4, and an EfficientNet without inverted residuals in each stage.
    "a timm name": {"arch": "unet-ag", "encoder": "test_convnext"},
    "EfficientNetV2": {"arch": "linknet-ag", "encoder": "tf_efficientnetv2_b0"},
}
# Sides that are no multiple of anything, and above the 75 that Inception needs.
ODD = (2, 3, 81, 101)


class Built:
    """A network after one forward and backward pass."""

    def __init__(self, name: str) -> None:
        torch.manual_seed(0)
        self.network = build_network(**BUILDS[name])
        self.image = torch.randn(ODD)
        self.logits = self.network(self.image)
        target = (torch.rand(self.logits.shape) > 0.5).float()
        nn.functional.binary_cross_entropy_with_logits(self.logits, target).backward()


@pytest.fixture(scope="module", params=BUILDS)
def built(request: pytest.FixtureRequest) -> Built:
    return Built(request.param)


class TestEveryNetwork:
    def test_logits_have_the_size_of_the_image(self, built: Built) -> None:
        assert built.logits.shape == (2, 1, 81, 101)
        assert built.logits.dtype == torch.float32
        assert built.logits.isfinite().all()

    def test_every_parameter_gets_a_finite_gradient(self, built: Built) -> None:
        without = [n for n, p in built.network.named_parameters() if p.grad is None]
        broken = [
            n
            for n, p in built.network.named_parameters()
            if p.grad is not None and not p.grad.isfinite().all()
        ]
        assert (without, broken) == ([], [])

    def test_every_gate_learns(self, built: Built) -> None:
        for gate in built.network.gates:
            for name, parameter in gate.named_parameters():
                assert parameter.grad.abs().sum() > 0, name

    def test_features_are_as_promised(self, built: Built) -> None:
        encoder = built.network.encoder
        with torch.no_grad():
            maps = encoder(built.image)
        assert [m.shape[1] for m in maps] == [f.channels for f in encoder.features]
        for feature, info in zip(maps, encoder.features, strict=True):
            # Inception has no padding: up to five rows and columns less than the stride promises.
            for side, whole in zip(feature.shape[-2:], ODD[-2:], strict=True):
                assert whole // info.stride - 5 <= side <= -(-whole // info.stride)

    def test_every_stage_is_passed(self, built: Built) -> None:
        passed: list[str] = []
        hooks = [
            module.register_forward_hook(lambda *_, name=name: passed.append(name))
            for name, module, _ in built.network.encoder.stages
            if name.startswith(("Conv", "2 x"))
        ]
        with torch.no_grad():
            built.network(built.image)
        for hook in hooks:
            hook.remove()
        assert len(passed) == len(hooks)

    def test_evaluation_mode_is_deterministic_and_keeps_images_apart(self, built: Built) -> None:
        network = built.network.eval()
        with torch.no_grad():
            both = network(built.image)
            assert torch.equal(both, network(built.image))
            torch.testing.assert_close(network(built.image[1:]), both[1:], rtol=1e-3, atol=1e-4)
        assert not network.training


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("arch", "encoder", "gates", "decoder", "head", "printed"),
    [
        ("linknet-ag", 4_007_548, 27_972, 2_041_856, 145, (6.05e6, 6.09e6)),
        ("unet-ag", 4_007_548, 23_108, 6_063_808, 145, (10.07e6, 10.15e6)),
        ("linknet", 4_007_548, 0, 2_041_856, 145, (6.045e6, 6.055e6)),
        ("unet", 4_007_548, 0, 6_063_808, 145, (10.065e6, 10.075e6)),
        ("unet-resnet50", 23_508_032, 0, 9_012_928, 145, (32.45e6, 32.55e6)),
        ("unet-plain", 18_847_168, 0, 12_190_400, 577, (30.95e6, 31.05e6)),
    ],
)
def test_parameters_are_the_papers(
    arch: str, encoder: int, gates: int, decoder: int, head: int, printed: tuple[float, float]
) -> None:
    network = build_network(arch)
    parts = (network.encoder, network.gates, network.decoder, network.head)
    assert tuple(parameters(part) for part in parts) == (encoder, gates, decoder, head)
    assert parameters(network) == encoder + gates + decoder + head
    assert printed[0] <= parameters(network) <= printed[1]


def test_the_slim_network_ends_on_half_the_grid() -> None:
    network = build_network("unet-ag-slim", taps="bottleneck", out_channels=5)
    # Blocks of two 3x3 convolutions with batch norm over 320 + 112, 64 + 40, 48 + 24 and 32 + 16 channels.
    blocks = ((432, 64), (104, 48), (72, 32), (48, 24))
    assert parameters(network.decoder) == sum(9 * i * o + 9 * o * o + 4 * o for i, o in blocks)
    sides = []
    network.head.register_forward_hook(lambda _m, _i, logits: sides.append(tuple(logits.shape[-2:])))
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 5, 64, 96)
    assert sides == [(32, 48)]


def test_the_fast_network_leaves_the_deepest_stages_out() -> None:
    network = build_network("unet-fast", taps="bottleneck", out_channels=5)
    whole = build_network("unet-ag-slim", taps="bottleneck").encoder
    assert [f.channels for f in network.encoder.features] == [16, 24, 40, 112]
    assert [name for name, _, _ in network.encoder.stages] == [name for name, _, _ in whole.stages[:6]]
    # Blocks of two 3x3 convolutions with batch norm over 112 + 40, 48 + 24 and 32 + 16 channels.
    blocks = ((152, 48), (72, 32), (48, 16))
    assert parameters(network.decoder) == sum(9 * i * o + 9 * o * o + 4 * o for i, o in blocks)
    assert (parameters(network.gates), parameters(network.head)) == (0, 16 * 5 + 5)


def test_nearest_enlargement_repeats_each_logit() -> None:
    network = build_network("unet-fast", taps="bottleneck", out_channels=5).eval()
    coarse = []
    network.head.register_forward_hook(lambda _m, _i, logits: coarse.append(logits))
    with torch.no_grad():
        fine = network(torch.randn(1, 3, 64, 96))
    torch.testing.assert_close(fine, coarse[0].repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_zoom_is_enlarging_before_and_the_image_s_own_grid_behind() -> None:
    torch.manual_seed(0)
    network = build_network("unet-fast", taps="bottleneck", out_channels=5, zoom=2).eval()
    plain = build_network("unet-fast", taps="bottleneck", out_channels=5).eval()
    plain.load_state_dict(network.state_dict())
    image = torch.randn(1, 3, 48, 64)
    enlarged = nn.functional.interpolate(image, scale_factor=2, mode="bilinear")
    with torch.no_grad():
        logits, fine = network(image), plain(enlarged)
    assert logits.shape == (1, 5, 48, 64)
    # The decoder ends on half of the enlarged grid; nearest enlargement only repeats what it gives.
    torch.testing.assert_close(logits, fine[..., ::2, ::2])


@pytest.mark.parametrize("arch", ["linknet-ag", "unet-ag-slim"])
@pytest.mark.parametrize("zoom", [2, 4])
def test_any_network_zooms(arch: str, zoom: int) -> None:
    with torch.no_grad():
        logits = build_network(arch, taps="bottleneck", zoom=zoom).eval()(torch.randn(1, 3, 33, 50))
    assert logits.shape == (1, 1, 33, 50)


def test_expanded_taps_of_fewer_levels_end_on_a_stage() -> None:
    encoder = build_network("unet-fast", taps="expanded").encoder
    assert [f.channels for f in encoder.features] == [96, 144, 240, 112]


def test_gates_cost_what_their_convolutions_cost() -> None:
    # theta 8 x, phi 8 g + 8, psi 8 + 1 for skips x of 672, 240, 144, 96 and signals g of 1280, 672, 240, 144.
    x, g = 672 + 240 + 144 + 96, 1280 + 672 + 240 + 144
    assert parameters(build_network("linknet-ag").gates) == 8 * x + 8 * g + 4 * (8 + 8 + 1)
    # Half: inner widths 336, 120, 72, 48.
    half = sum((s // 2) * (s + d + 2) + 1 for s, d in ((672, 1280), (240, 672), (144, 240), (96, 144)))
    assert half == 805_636
    assert parameters(build_network("linknet-ag", gate="half").gates) == half


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_weights_survive_a_state_dict(arch: str) -> None:
    torch.manual_seed(1)
    first, second = build_network(arch).eval(), build_network(arch).eval()
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = first(image)
        assert not torch.equal(second(image), wanted)
        assert not second.load_state_dict(first.state_dict()).missing_keys
        assert torch.equal(second(image), wanted)


@pytest.mark.parametrize("size", [(32, 32), (33, 65), (64, 96), (1, 1)])
@pytest.mark.parametrize("arch", ["linknet-ag", "unet-plain"])
def test_small_and_odd_sizes(arch: str, size: tuple[int, int]) -> None:
    with torch.no_grad():
        assert build_network(arch).eval()(torch.randn(1, 3, *size)).shape == (1, 1, *size)


def test_channels_last_gives_the_same_logits() -> None:
    torch.manual_seed(0)
    network, image = build_network("linknet-ag").eval(), torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = network(image)
        got = network.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)


def test_inputs_and_outputs_can_be_more_than_one() -> None:
    network = build_network("linknet-ag", in_channels=2, out_channels=3).eval()
    with torch.no_grad():
        assert network(torch.randn(1, 2, 32, 32)).shape == (1, 3, 32, 32)


def test_gates_take_the_level_below_and_can_close_every_skip() -> None:
    """With all gates shut the image reaches the output through the bottom only."""
    torch.manual_seed(0)
    network = build_network("linknet-ag").eval()
    for gate in network.gates:
        nn.init.constant_(gate.psi.bias, -1e4)
        nn.init.zeros_(gate.psi.weight)
    seen = record_skips(network, torch.randn(1, 3, 64, 64))
    assert len(seen) == 4
    assert all(skip.abs().max() == 0 for skip in seen)


def test_without_gates_the_decoder_gets_the_encoders_own_maps() -> None:
    torch.manual_seed(0)
    network, image = build_network("linknet").eval(), torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = network.encoder(image)[-2::-1]
    seen = record_skips(network, image)
    assert [s.shape[1] for s in seen] == [672, 240, 144, 96]
    assert all(torch.equal(a, b) for a, b in zip(seen, wanted, strict=True))


def record_skips(network: Segmenter, image: Tensor) -> list[Tensor]:
    """Give the skips that the decoder's blocks receive, deepest first."""
    seen: list[Tensor] = []
    for block in network.decoder.blocks:
        block.register_forward_pre_hook(lambda _, args: seen.append(args[1]) if args[1] is not None else None)
    with torch.no_grad():
        network(image)
    return seen


def test_an_unknown_architecture_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'linknet-gg'; choose one of linknet-ag, unet-ag"):
        build_network("linknet-gg")


def test_the_plain_unet_takes_no_other_encoder() -> None:
    with pytest.raises(UsageError, match="unet-plain has an encoder of its own"):
        build_network("unet-plain", "resnet-50")
