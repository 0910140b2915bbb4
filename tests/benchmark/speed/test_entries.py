"""Which networks take part, and why one does not."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from neurocyte.benchmark.speed.entries import (
    Absent,
    Entry,
    choose,
    model_entry,
    parameters_of_file,
    row_entry,
)
from neurocyte.benchmark.speed.int8 import with_int8
from neurocyte.benchmark.speed.layers import _PARAMETER
from neurocyte.benchmark.speed.rows import PEERS, ROWS, Row
from neurocyte.benchmark.speed.timed_model import write_timed_model
from neurocyte.errors import MissingExtraError, UsageError
from neurocyte.models import load_model
from neurocyte.models.config import FLOW_OUTPUTS
from neurocyte.models.folder import bundled_names


def test_all_are_chosen_or_those_that_are_named() -> None:
    rows, models = choose(None)
    assert ([row.key for row in rows], models) == ([row.key for row in ROWS], bundled_names())
    rows, models = choose(["unet-ag", "phase-contrast"])
    assert ([row.key for row in rows], models) == (["unet-ag"], ["phase-contrast"])
    with pytest.raises(UsageError, match=r"No network is named 'resnet'; choose from linknet-ag, .*deepsea"):
        choose(["resnet"])


def test_a_peer_that_is_not_installed_is_named_with_its_pip_line(tmp_path: Path) -> None:
    pytest.importorskip("torch")

    def build() -> Any:
        raise ModuleNotFoundError("No module named 'peer'", name="peer")

    row = Row("peer", "Peer", build, package="peer", pip="pip install peer")
    assert row_entry(row, tmp_path, print) == Absent(
        "peer", "Peer", "peer is not installed: pip install peer"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_installed_peer_of_another_version_is_no_missing_one(tmp_path: Path) -> None:
    pytest.importorskip("torch")

    def build() -> Any:
        raise ModuleNotFoundError("No module named 'json.none'", name="json.none")

    found = row_entry(Row("peer", "Peer", build, pip="pip install old"), tmp_path, print)
    assert isinstance(found, Absent)
    assert found.reason == "the installed json has no such network: pip install old"


def test_every_peer_has_its_own_pip_line() -> None:
    assert {row.key: row.pip for row in PEERS if row.package not in row.pip} == {}


def test_a_network_is_exported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from neurocyte import export

    exported = []
    onnx = load_model("neurocyte-fast").onnx
    monkeypatch.setattr(export, "to_onnx", lambda network: exported.append(network) or onnx)
    row = Row("small", "Small", lambda: torch.nn.Conv2d(3, 1, 3))
    said: list[str] = []
    entries = [row_entry(row, tmp_path, said.append) for _ in range(2)]
    assert (len(exported), said) == (1, ["Exporting Small."])
    assert all(one.parameters == 28 and one.model.onnx == onnx for one in entries)
    # Another network of the same name has another folder.
    row_entry(Row("small", "Small", lambda: torch.nn.Conv2d(3, 1, 1)), tmp_path, said.append)
    assert len(exported) == 2


def test_parameters_are_counted_without_statistics(tmp_path: Path) -> None:
    header = {
        "__metadata__": {"format": "pt"},
        "conv.weight": {"dtype": "F16", "shape": [4, 3, 1, 1], "data_offsets": [0, 24]},
        "bn.running_mean": {"dtype": "F16", "shape": [4], "data_offsets": [24, 32]},
        "bn.num_batches_tracked": {"dtype": "I64", "shape": [], "data_offsets": [32, 40]},
        "scale": {"dtype": "F16", "shape": [], "data_offsets": [40, 42]},
    }
    text = json.dumps(header).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(42))
    assert parameters_of_file(file) == 13


def test_a_bundled_model_brings_its_accuracy() -> None:
    entry = model_entry("phase-contrast")
    assert (entry.accuracy["data"], entry.accuracy["n"]) == ("sartorius", 36)
    assert entry.network is None
    assert entry.parameters == pytest.approx(6.08e6, rel=0.01)


def test_a_network_whose_export_takes_one_size_only_is_measured_in_torch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch = pytest.importorskip("torch")

    class Style(torch.nn.Module):
        """As Cellpose's: a vector of the whole image, which the exporter pools over the image it saw."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.MaxPool2d(8))
            self.full = torch.nn.Linear(4, 4)

        def forward(self, image: Any) -> Any:
            x = self.layer(image)
            style = torch.nn.functional.avg_pool2d(x, kernel_size=(x.shape[-2], x.shape[-1]))
            return (x + self.full(style.flatten(1))[..., None, None])[:, :1]

    entry = row_entry(Row("style", "Style", Style), tmp_path, print)
    assert not isinstance(entry, Absent)
    assert entry.model is None
    assert entry.network is not None
    assert "one size of image only" in capsys.readouterr().out


def test_a_network_is_quantised_once_where_it_is_asked_for(tmp_path: Path) -> None:
    nn = pytest.importorskip("torch").nn
    pytest.importorskip("nncf")

    def build() -> Any:
        return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))

    row, said = Row("small", "Small", build), []
    floats = row_entry(row, tmp_path, said.append)
    assert isinstance(floats, Entry)
    assert floats.model is not None
    assert not floats.model.has_int8
    for _ in range(2):
        both = row_entry(row, tmp_path, said.append, int8=True)
        assert isinstance(both, Entry)
        assert both.model is not None
        assert both.model.has_int8
    assert said == ["Exporting Small.", "Quantising Small."]
    assert both.model.onnx == floats.model.onnx
    assert b"QuantizeLinear" in both.model.network("int8")[1]


def test_int8_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neurocyte.quantization.network", None)
    folder = write_timed_model(tmp_path, load_model("neurocyte-fast").onnx, FLOW_OUTPUTS)
    with pytest.raises(MissingExtraError, match=r'--int8 needs .*: pip install "neurocyte\[quantize\]"'):
        with_int8(load_model(folder), folder)


def test_a_quantised_parameter_belongs_to_its_stage() -> None:
    for name in (
        "encoder.blocks.0.weight",
        "q_output_encoder.blocks.0.weight_1",
        "scale_network.encoder.conv.weight_12",
    ):
        match = _PARAMETER.fullmatch(name)
        assert match is not None
        assert match[1] == "encoder"
