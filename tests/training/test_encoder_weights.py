import pickle
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from neurocyte.errors import UsageError
from neurocyte.networks.encoder import ALIASES, build_encoder
from neurocyte.training.encoder_weights import LoadReport, load_encoder_weights, recalibrate_batch_norm


@pytest.fixture(scope="module")
def b0_file(request: pytest.FixtureRequest) -> Path:
    root: Path = request.getfixturevalue("data_root")
    return root / "weights" / "tf_efficientnet_b0_imagenet.safetensors"


def test_the_real_file_fits_completely(b0_file: Path) -> None:
    encoder = build_encoder("efficientnet-b0")
    report = load_encoder_weights(encoder, b0_file)
    assert report.missing == report.misfit == ()
    assert report.unused == ("classifier.bias", "classifier.weight")
    file, own = load_file(b0_file), encoder.state_dict()
    counters = {name for name in file if name.endswith("num_batches_tracked")}
    assert set(report.loaded) == set(file) - set(report.unused) - counters
    assert all(torch.equal(own[name], file[name]) for name in report.loaded)
    assert report.sentence() == (
        f"Encoder weights from tf_efficientnet_b0_imagenet.safetensors: {len(report.loaded)} tensors loaded; "
        "2 unused (classifier.bias, classifier.weight)."
    )


def test_the_loaded_encoder_computes_what_timms_network_does(b0_file: Path) -> None:
    encoder, own = build_encoder("efficientnet-b0").eval(), timm.create_model("tf_efficientnet_b0").eval()
    load_encoder_weights(encoder, b0_file)
    own.load_state_dict(load_file(b0_file), strict=False)
    torch.manual_seed(0)
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(encoder(image)[-1], own.forward_features(image))


def test_lean_taps_leave_the_head_unused(b0_file: Path) -> None:
    report = load_encoder_weights(build_encoder("efficientnet-b0", "bottleneck"), b0_file)
    assert report.missing == report.misfit == ()
    assert {name.split(".")[0] for name in report.unused} == {"bn2", "classifier", "conv_head"}


def test_what_of_lite0_does_not_fit_into_b0_is_said(data_root: Path) -> None:
    encoder = build_encoder("efficientnet-b0")
    path = data_root / "weights" / "tf_efficientnet_lite0_imagenet.safetensors"
    report = load_encoder_weights(encoder, path)
    # Lite0 has no squeeze and excitation: two convolutions with bias in each of B0's 16 blocks.
    assert len(report.missing) == 16 * 4
    assert all(".se.conv_" in name for name in report.missing)
    assert report.misfit == ()
    assert report.unused == ("classifier.bias", "classifier.weight")
    assert "; 64 missing in the file (blocks.0.0.se.conv_expand.bias, " in report.sentence()


def test_b0_does_not_fit_into_a_resnet(b0_file: Path) -> None:
    with pytest.raises(
        UsageError, match=r"No tensor of .*b0_imagenet\.safetensors fits this encoder; name the"
    ):
        load_encoder_weights(build_encoder("resnet-50"), b0_file)


@pytest.mark.parametrize("name", ["densenet-264", "xception", "test_resnet", "efficientnet-lite0"])
def test_timms_own_names_fit_every_kind_of_encoder(name: str, tmp_path: Path) -> None:
    """timm renames what it wraps to return features; files carry the plain names."""
    timm_name, options = ALIASES.get(name, (name, {}))
    torch.manual_seed(1)
    network = timm.create_model(timm_name, **options)
    # What follows the last feature map: not part of the encoder.
    beyond = ("classifier", "fc", "head")
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    encoder = build_encoder(name)
    report = load_encoder_weights(encoder, tmp_path / "w.safetensors")
    assert report.missing == report.misfit == ()
    assert all(unused.startswith(beyond) for unused in report.unused)
    values = torch.cat([p.flatten() for p in encoder.parameters()])
    wanted = [p.flatten() for n, p in network.named_parameters() if n not in report.unused]
    assert torch.equal(values, torch.cat(wanted))


def test_a_tensor_of_another_shape_is_left_out_and_said(tmp_path: Path) -> None:
    encoder = build_encoder("efficientnet-b0")
    before = encoder.state_dict()["conv_stem.weight"].clone()
    tensors = {"conv_stem.weight": torch.ones(32, 1, 3, 3), "bn1.bias": torch.full((32,), 7.0)}
    save_file(tensors, tmp_path / "w.safetensors")
    report = load_encoder_weights(encoder, tmp_path / "w.safetensors")
    assert (report.loaded, report.misfit, report.unused) == (("bn1.bias",), ("conv_stem.weight",), ())
    assert torch.equal(encoder.state_dict()["conv_stem.weight"], before)
    assert encoder.bn1.bias.tolist() == [7.0] * 32
    assert "1 of another shape (conv_stem.weight)" in report.sentence()


def test_half_precision_files_are_widened(tmp_path: Path) -> None:
    save_file({"bn1.bias": torch.full((32,), 1.5, dtype=torch.float16)}, tmp_path / "w.safetensors")
    encoder = build_encoder("efficientnet-b0")
    load_encoder_weights(encoder, tmp_path / "w.safetensors")
    assert encoder.bn1.bias.dtype == torch.float32
    assert encoder.bn1.bias.tolist() == [1.5] * 32


def test_bad_files_are_named(tmp_path: Path) -> None:
    encoder = build_encoder("test_resnet")
    with pytest.raises(UsageError, match=r"no weights file at .*gone\.safetensors; give 'imagenet', 'none'"):
        load_encoder_weights(encoder, tmp_path / "gone.safetensors")
    with pytest.raises(UsageError, match="no weights file at"):
        load_encoder_weights(encoder, tmp_path)
    for name, content in (
        ("text", b"not weights"),
        ("empty", b""),
        ("long", b"\xff" * 64),
        ("pickle", pickle.dumps([1])),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=f"{name} is not a readable safetensors file"):
            load_encoder_weights(encoder, tmp_path / name)
    save_file({"other": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UsageError, match=r"No tensor of .*other\.safetensors fits this encoder"):
        load_encoder_weights(encoder, tmp_path / "other.safetensors")
    save_file(dict(build_encoder("test_resnet").state_dict()), tmp_path / "whole.safetensors")
    whole = (tmp_path / "whole.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match=r"cut\.safetensors is not a readable"):
        load_encoder_weights(encoder, tmp_path / "cut.safetensors")


def test_sentences() -> None:
    assert LoadReport("nowhere").sentence() == "Encoder weights from nowhere."
    report = LoadReport("f", ("a",), ("b", "c", "d", "e", "g"), (), ("h",))
    assert report.sentence() == (
        "Encoder weights from f: 1 tensors loaded; 5 missing in the file (b, c, d, e, ...); "
        "1 of another shape (h)."
    )


def test_batch_norm_is_recalibrated_to_the_mean_over_the_batches() -> None:
    norm = nn.BatchNorm2d(1, momentum=0.1)
    norm.running_mean.fill_(50)
    net = nn.Sequential(norm).eval()
    # Means 2 and 6; unbiased variances 2 and 8.
    batches = [torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[4.0]]], [[[8.0]]]])]
    assert recalibrate_batch_norm(net, batches) == 3
    assert norm.running_mean.item() == 4.0
    assert norm.running_var.item() == 5.0
    assert norm.momentum == 0.1
    assert not net.training
    assert norm.weight.grad is None


def test_recalibration_starts_anew_each_time_and_keeps_the_mode() -> None:
    net = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout()).train()
    for _ in range(2):
        recalibrate_batch_norm(net, [torch.tensor([[[[0.0, 4.0]]]])])
        assert net[0].running_mean.item() == 2.0
        assert net[0].running_var.item() == 8.0
    assert net.training


def test_recalibration_reaches_timms_norms_and_changes_nothing_else() -> None:
    torch.manual_seed(0)
    encoder = build_encoder("test_efficientnet")
    before = {n: t.clone() for n, t in encoder.state_dict().items()}
    assert recalibrate_batch_norm(encoder, [torch.randn(2, 3, 64, 64) + 3]) == 2
    after = encoder.state_dict()
    changed = {name.rpartition(".")[2] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"running_mean", "running_var", "num_batches_tracked"}
    means = [name for name in before if name.endswith("running_mean")]
    assert all(not torch.equal(before[name], after[name]) for name in means)


def test_no_images_leave_the_statistics() -> None:
    norm = nn.BatchNorm2d(1)
    norm.running_mean.fill_(50)
    assert recalibrate_batch_norm(nn.Sequential(norm), []) == 0
    assert (norm.running_mean.item(), norm.momentum) == (50, 0.1)
