import pytest
import torch
from torch import nn

from neurocyte.networks.decoders import LinkNetBlock, LinkNetDecoder, UNetBlock, UNetDecoder
from neurocyte.networks.features import FeatureInfo

FEATURES = [FeatureInfo(c, 2 ** (i + 1)) for i, c in enumerate((96, 144, 240, 672, 1280))]
FULL = [FeatureInfo(c, 2**i) for i, c in enumerate((64, 128, 256))]


def convolutions(module: nn.Module) -> list[tuple[int, int, int]]:
    return [
        (m.in_channels, m.out_channels, m.kernel_size[0])
        for m in module.modules()
        if isinstance(m, nn.Conv2d)
    ]


def test_linknet_blocks_are_the_keras_ones() -> None:
    decoder = LinkNetDecoder(FEATURES)
    assert [convolutions(block) for block in decoder.blocks] == [
        [(1280, 320, 1), (320, 320, 3), (320, 672, 1)],
        [(672, 168, 1), (168, 168, 3), (168, 240, 1)],
        [(240, 60, 1), (60, 60, 3), (60, 144, 1)],
        [(144, 36, 1), (36, 36, 3), (36, 96, 1)],
        [(96, 24, 1), (24, 24, 3), (24, 16, 1)],
    ]
    assert decoder.gate_channels == (1280, 672, 240, 144)
    assert decoder.channels == 16


def test_unet_blocks_concatenate_the_skip() -> None:
    decoder = UNetDecoder(FEATURES)
    assert [convolutions(block) for block in decoder.blocks] == [
        [(1280 + 672, 256, 3), (256, 256, 3)],
        [(256 + 240, 128, 3), (128, 128, 3)],
        [(128 + 144, 64, 3), (64, 64, 3)],
        [(64 + 96, 32, 3), (32, 32, 3)],
        [(32, 16, 3), (16, 16, 3)],
    ]
    assert decoder.gate_channels == (1280, 256, 128, 64)
    assert decoder.channels == 16


def test_an_encoder_with_a_full_size_skip_needs_no_last_block() -> None:
    assert len(LinkNetDecoder(FULL).blocks) == 2
    decoder = UNetDecoder(FULL, (128, 64), transposed=True)
    assert (len(decoder.blocks), decoder.channels, decoder.gate_channels) == (2, 64, (256, 128))


def test_linknet_adds_the_skip() -> None:
    torch.manual_seed(0)
    block, deep, skip = LinkNetBlock(8, 5).eval(), torch.randn(1, 8, 3, 4), torch.randn(1, 5, 7, 9)
    with torch.no_grad():
        assert torch.equal(block(deep, skip, (7, 9)), block(deep, None, (7, 9)) + skip)


@pytest.mark.parametrize("transposed", [False, True])
def test_unet_reads_its_skip_behind_the_deep_map(transposed: bool) -> None:
    block = UNetBlock(2, 1, 1, transposed).eval()
    first = block.conv1[0]
    nn.init.zeros_(first.weight)
    nn.init.zeros_(block.conv2[0].weight)
    with torch.no_grad():
        # The centre tap of the last input channel only: what comes out is the skip.
        first.weight[0, -1, 1, 1] = 1
        block.conv2[0].weight[0, 0, 1, 1] = 1
        skip = torch.rand(1, 1, 6, 10)
        got = block(torch.randn(1, 2, 3, 5), skip, (6, 10))
    # Two batch norms with running variance 1 and eps 1e-5.
    torch.testing.assert_close(got, skip / (1 + 1e-5))


def test_enlarging_repeats_pixels() -> None:
    block = LinkNetBlock(4, 1).eval()
    for conv in (block.reduce[0], block.conv[0], block.expand[0]):
        nn.init.zeros_(conv.weight)
        nn.init.constant_(conv.weight[0, 0, conv.kernel_size[0] // 2, conv.kernel_size[0] // 2], 1)
    deep = torch.zeros(1, 4, 1, 2)
    deep[0, 0, 0] = torch.tensor([1.0, 3.0])
    with torch.no_grad():
        got = block(deep, None, (2, 4))
    wanted = torch.tensor([[1.0, 1, 3, 3]]).expand(1, 1, 2, 4)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=0)
