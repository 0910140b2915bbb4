from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from neurocyte.networks.ancis import AnchorConfig, Ancis, build_ancis
from neurocyte.networks.ancis.anchors import anchor_boxes
from neurocyte.networks.ancis.attention import SelfAttention
from neurocyte.networks.ancis.masks import MaskBranch
from neurocyte.training.encoder_weights import load_encoder_weights


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.fixture(scope="module")
def model() -> Ancis:
    torch.manual_seed(0)
    return build_ancis()


def test_parameters_are_those_of_the_authors_code(model: Ancis) -> None:
    assert _count(model.detector) == 14_008_644
    assert _count(model.segmenter) == 7_845_825
    assert _count(model.detector) == pytest.approx(14.01e6, rel=0.01)
    assert _count(model.segmenter) == pytest.approx(7.85e6, rel=0.01)
    assert _count(model) == pytest.approx(21.85e6, rel=0.01)


def test_denser_heads_have_no_other_parameters(model: Ancis) -> None:
    assert _count(build_ancis(AnchorConfig(refine=2))) == _count(model)


def test_features_are_those_of_the_paper(model: Ancis) -> None:
    with torch.no_grad():
        output = model.eval().detector(torch.randn(1, 3, 128, 128))
    shapes = [tuple(f.shape[1:]) for f in output.features]
    assert shapes == [(3, 128, 128), (64, 64, 64), (256, 32, 32), (512, 16, 16), (1024, 8, 8)]


@pytest.mark.parametrize("refine", [1, 2])
@pytest.mark.parametrize("shape", [(128, 128), (100, 150), (65, 127)])
def test_every_anchor_has_an_output_whatever_the_side(
    model: Ancis, refine: int, shape: tuple[int, int]
) -> None:
    config = AnchorConfig(refine=refine)
    model.detector.anchors = config  # the weights are the same
    with torch.no_grad():
        output = model.eval().detector(torch.randn(1, 3, *shape))
        patches = model.segmenter(output.features, [torch.tensor([[0.0, 0.0, *shape]])])
    model.detector.anchors = model.anchors
    count = len(anchor_boxes(config, shape))
    assert output.codes.shape == (1, count, 4)
    assert output.logits.shape == (1, count, 2)
    assert patches[0][0].logits.shape == shape


def test_outputs_are_in_the_order_of_the_anchors(model: Ancis) -> None:
    # Weights of zero leave the biases: each output then says which anchor and number it belongs to.
    head = model.detector.location[0]
    assert isinstance(head, nn.Conv2d)
    before = {name: tensor.clone() for name, tensor in head.state_dict().items()}
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.arange(16.0))
        codes = model.eval().detector(torch.randn(1, 3, 128, 128)).codes[0]
    head.load_state_dict(before)
    assert codes[:5].flatten().tolist() == [*range(16), 0, 1, 2, 3]


def test_every_parameter_learns() -> None:
    torch.manual_seed(0)
    model = build_ancis(AnchorConfig(refine=2))
    for name, parameter in model.named_parameters():
        if name.endswith("bn3.weight"):
            nn.init.ones_(parameter)  # timm starts with zeros, which close the blocks at first
    output = model.detector(torch.randn(2, 3, 128, 128))
    boxes = torch.tensor([[0.0, 0.0, 100.0, 120.0]])
    patches = model.segmenter(output.features, [boxes, boxes])
    loss = output.codes.square().mean() + output.logits.square().mean()
    (loss + sum(own[0].logits.square().mean() for own in patches)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_attention_of_a_hand_computed_case() -> None:
    attention = SelfAttention(8)
    with torch.no_grad():
        for conv in (attention.f, attention.g, attention.h):
            conv.weight.zero_()
        attention.f.weight[0, 0] = attention.g.weight[0, 1] = attention.h.weight[2, 2] = 1
        x = torch.zeros(1, 8, 1, 2)
        x[0, 0, 0] = torch.tensor([1.0, 0.0])  # f
        x[0, 1, 0] = torch.tensor([0.0, 2.0])  # g
        x[0, 2, 0] = torch.tensor([3.0, 5.0])  # h
        y = attention(x)
    # The first place sees weights softmax(1 x (0, 2)), the second softmax((0, 0)).
    first = torch.softmax(torch.tensor([0.0, 2.0]), dim=0) @ torch.tensor([3.0, 5.0])
    torch.testing.assert_close(y[0, 2, 0], torch.tensor([3 + first.item(), 5 + 4.0]))
    assert torch.equal(y[0, :2], x[0, :2])


def test_timm_weights_fit_the_backbone(model: Ancis, tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    weights = timm.create_model("resnet50").state_dict()
    save_file({name: t.contiguous() for name, t in weights.items()}, tmp_path / "r.safetensors")
    report = load_encoder_weights(build_ancis().detector.backbone, tmp_path / "r.safetensors")
    assert report.missing == ()
    assert report.misfit == ()
    assert all(name.startswith(("layer4", "fc")) for name in report.unused)


def test_saved_and_loaded_is_the_same(model: Ancis, tmp_path: Path) -> None:
    torch.save(model.state_dict(), tmp_path / "w.pt")
    other = build_ancis().eval()
    other.load_state_dict(torch.load(tmp_path / "w.pt", weights_only=True))
    image = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        a, b = model.eval().detector(image), other.detector(image)
    assert torch.equal(a.codes, b.codes)
    assert torch.equal(a.logits, b.logits)


def _features(shape: tuple[int, int], generator: torch.Generator) -> list[torch.Tensor]:
    channels = (3, 64, 256, 512, 1024)
    return [
        torch.randn(2, c, -(-shape[0] // 2**i), -(-shape[1] // 2**i), generator=generator)
        for i, c in enumerate(channels)
    ]


def test_masks_of_many_boxes_are_those_of_each_alone() -> None:
    torch.manual_seed(0)
    branch = MaskBranch().eval()
    features = _features((96, 128), torch.Generator().manual_seed(1))
    boxes = [
        torch.tensor(
            [
                [0.0, 0.0, 14.0, 11.0],
                [0.0, 0.0, 16.0, 16.0],
                [40.2, 50.7, 49.9, 66.1],
                [80.0, 90.0, 96.0, 128.0],
            ]
        ),
        torch.tensor([[1.0, 3.0, 12.0, 15.0], [0.0, 0.0, 96.0, 128.0]]),
    ]
    with torch.no_grad():
        together = branch(features, boxes)
        for image, own in enumerate(boxes):
            assert [p.index for p in together[image]] == list(range(len(own)))
            for patch, box in zip(together[image], own, strict=True):
                (alone,) = branch([f[image : image + 1] for f in features], [box[None]])[0]
                assert alone.window == patch.window
                torch.testing.assert_close(alone.logits, patch.logits, rtol=1e-4, atol=1e-5)


def test_a_single_box_is_computed_as_the_equations_say() -> None:
    """The grouped computation against plain operations on the crops themselves."""
    torch.manual_seed(0)
    branch = MaskBranch().eval()
    features = _features((64, 64), torch.Generator().manual_seed(1))
    up = nn.functional.interpolate
    with torch.no_grad():
        (patch,) = branch([f[:1] for f in features], [torch.tensor([[16.0, 20.0, 28.0, 40.0]])])[0]
        # Both ends are rounded and included: c1 rows 8 to 14, columns 10 to 20; c2 rows 4 to 7, columns 5
        # to 10; c3 would have rows 2 to 4 (3.5 rounded to even) and columns 2 (2.5) to 5.
        whole = nn.functional.pad(features[0][:1], (1, 1, 1, 1))
        whole = nn.functional.pad(torch.relu(branch.c0[0](whole)), (1, 1, 1, 1))
        c0 = torch.relu(branch.c0[1](whole))[..., 16:29, 20:41]
        c1 = features[1][:1, :, 8:15, 10:21]
        c2 = features[2][:1, :, 4:8, 5:11]
        deep = features[3][:1, :, 2:5, 2:6]
        for merge, skip in zip(reversed(branch.merges[:3]), (c2, c1, c0), strict=True):
            size = skip.shape[-2:]
            wide = up(merge.project(deep), size=size, mode="bilinear", align_corners=True)
            gate = torch.sigmoid(torch.relu(wide + skip))
            attended = torch.relu(merge.gated(gate * skip))
            wide = torch.relu(merge.up(up(deep, size=size, mode="bilinear", align_corners=True)))
            deep = torch.relu(merge.merge(torch.cat([attended, wide], dim=1)))
        expected = branch.last(torch.relu(branch.inner(deep)))[0, 0]
    assert (patch.window.top, patch.window.left, patch.window.bottom, patch.window.right) == (16, 20, 29, 41)
    torch.testing.assert_close(patch.logits, expected, rtol=1e-4, atol=1e-5)


def test_a_box_of_two_pixels_has_no_mask() -> None:
    features = [f[:1] for f in _features((64, 64), torch.Generator().manual_seed(1))]
    boxes = torch.tensor([[10.0, 10.0, 11.0, 30.0], [10.0, 10.0, 30.0, 30.0]])
    patches = MaskBranch()(features, [boxes])[0]
    assert [p.index for p in patches] == [1]
    assert MaskBranch()(features, [torch.zeros(0, 4)]) == [[]]
