import pytest
import timm
import torch
from torch import nn

from neurocyte.errors import UsageError
from neurocyte.networks.encoder import ALIASES, EfficientNetEncoder, StageEncoder, build_encoder
from neurocyte.networks.features import Encoder, FeatureInfo


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def infos(*channels: int) -> tuple[FeatureInfo, ...]:
    return tuple(FeatureInfo(c, 2 ** (i + 1)) for i, c in enumerate(channels))


def test_the_papers_taps() -> None:
    assert build_encoder("efficientnet-b0").features == infos(96, 144, 240, 672, 1280)


def test_lean_taps_have_no_head() -> None:
    lean = build_encoder("efficientnet-b0", "bottleneck")
    assert lean.features == infos(16, 24, 40, 112, 320)
    # The 1x1 head: 320 x 1280 weights and 2 x 1280 of batch norm.
    assert parameters(build_encoder("efficientnet-b0")) - parameters(lean) == 320 * 1280 + 2 * 1280


@pytest.mark.parametrize("name", ["efficientnet-b0", "efficientnet-lite0"])
def test_tapping_changes_nothing_on_the_way(name: str) -> None:
    """The bottom map is what timm's own network computes, bit for bit."""
    torch.manual_seed(0)
    encoder = build_encoder(name).eval()
    own = timm.create_model(ALIASES[name][0], num_classes=0).eval()
    own.load_state_dict(encoder.state_dict())
    image = torch.randn(1, 3, 70, 90)
    with torch.no_grad():
        assert torch.equal(encoder(image)[-1], own.forward_features(image))


@pytest.mark.parametrize("taps", ["expanded", "bottleneck"])
def test_taps_are_the_modules_they_are_said_to_be(taps: str) -> None:
    torch.manual_seed(0)
    encoder = build_encoder("efficientnet-b0", taps).eval()
    assert isinstance(encoder, EfficientNetEncoder)
    blocks = encoder.blocks
    if taps == "expanded":
        modules = [blocks[i][0].bn1 for i in (1, 2, 3, 5)] + [encoder.bn2]
    else:
        modules = [blocks[i] for i in (0, 1, 2, 4, 6)]
    seen: list[torch.Tensor] = []
    for module in modules:
        module.register_forward_hook(lambda _m, _i, output: seen.append(output.clone()))
    with torch.no_grad():
        maps = encoder(torch.randn(1, 3, 64, 64))
    assert [tuple(m.shape) for m in maps] == [
        (1, f.channels, 64 // f.stride, 64 // f.stride) for f in encoder.features
    ]
    assert all(torch.equal(a, b) for a, b in zip(maps, seen, strict=True))


def test_stages_are_the_papers_table_2() -> None:
    names = [(name, repeats) for name, _, repeats in build_encoder("efficientnet-b0").stages]
    assert names == [
        ("Conv3x3", 1),
        ("MBConv1 k3", 1),
        ("MBConv6 k3", 2),
        ("MBConv6 k5", 2),
        ("MBConv6 k3", 3),
        ("MBConv6 k5", 3),
        ("MBConv6 k5", 4),
        ("MBConv6 k3", 1),
        ("Conv1x1", 1),
    ]


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("efficientnet-b0", 5.3),
        ("resnet-152", 60),
        ("densenet-264", 33),
        ("inception-v3", 24),
        ("xception", 23),
        ("inception-resnet-v2", 56),
    ],
)
def test_aliases_have_the_parameters_of_table_1(name: str, millions: float) -> None:
    """With their classifiers, as Table 1 counts (its DenseNet-264 is rounded up: 34)."""
    timm_name, options = ALIASES[name]
    with torch.device("meta"):
        assert parameters(timm.create_model(timm_name, **options)) / 1e6 == pytest.approx(millions, rel=0.02)


def test_inception_without_padding_is_narrower_than_its_stride_says() -> None:
    """97 columns: the stem's two unpadded 3x3 convolutions leave 46, not 49."""
    with torch.no_grad():
        maps = build_encoder("inception-v3").eval()(torch.zeros(1, 3, 97, 97))
    assert [m.shape[-1] for m in maps] == [46, 20, 9, 4, 1]


@pytest.mark.parametrize("name", ["tf_efficientnetv2_b0", "test_efficientnet", "efficientnet_es"])
def test_other_efficientnets_are_tapped_at_their_stages(name: str) -> None:
    encoder = build_encoder(name)
    assert isinstance(encoder, StageEncoder)
    with torch.no_grad():
        maps = encoder(torch.zeros(2, 3, 64, 64))
    assert [m.shape[1:] for m in maps] == [
        (f.channels, 64 // f.stride, 64 // f.stride) for f in encoder.features
    ]


def test_names_are_not_case_sensitive() -> None:
    assert build_encoder("EfficientNet-B0").features == build_encoder("tf_efficientnet_b0").features


def test_an_unknown_encoder_is_named() -> None:
    with pytest.raises(UsageError, match="No encoder is named 'resnet-151'; choose one of efficientnet-b0"):
        build_encoder("resnet-151")


@pytest.mark.parametrize("name", ["resnet-50", "efficientnet-b0"])
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            RuntimeError("no features\nof this"),
            r"cannot build the encoder '\w+' as asked \(no features\); choose",
        ),
        (
            FileNotFoundError("offline"),
            "could not download the ImageNet weights of .* safetensors file or none",
        ),
    ],
)
def test_what_timm_cannot_do_is_said(
    name: str, error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(timm, "create_model", refuse)
    with pytest.raises(UsageError, match=sentence) as caught:
        build_encoder(name, pretrained=True)
    assert caught.value.__cause__ is error


def test_nobody_has_imagenet_weights_for_densenet_264() -> None:
    with pytest.raises(UsageError, match="no ImageNet weights for densenet-264; give --encoder-weights"):
        build_encoder("densenet-264", pretrained=True)


def test_an_encoder_must_say_how_it_runs() -> None:
    with pytest.raises(TypeError, match="Encoder does not define forward"):
        Encoder()(torch.zeros(1, 3, 32, 32))
