import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from neurocyte.cli import main
from neurocyte.errors import ModelError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.jobs.options import Identity, JobOptions
from neurocyte.models import load_model
from neurocyte.models.parity import Parity
from neurocyte.quantization.report import verdict, with_section
from neurocyte.runtime import Runtime, choose_precision, supports_bf16
from neurocyte.segmentation import Segmenter
from neurocyte.sharing.pack import pack
from neurocyte.sharing.parts import verify
from quantization.conftest import write_model

Exported = tuple[Path, Parity]
Copied = Callable[[], Path]
Captured = pytest.CaptureFixture[str]


def test_the_folder_holds_both_networks(exported: Exported) -> None:
    folder, parity = exported
    model = load_model(folder)
    name, data = model.network("int8")
    assert (name, hashlib.sha256(data).hexdigest()) == ("model.int8.onnx", parity.int8_sha256)
    assert b"DequantizeLinear" in data
    assert model.network("fp32") == model.network("bf16") == ("model.onnx", model.onnx)
    assert Parity.load(model) == parity
    assert parity.fits(model.config)
    verify(folder)


def test_what_it_costs(exported: Exported) -> None:
    _, parity = exported
    assert (parity.images, parity.annotated, parity.calibration_images) == (2, True, 4)
    assert parity.calibration_tiles == 4 * 2
    exact, quantized = parity.figures[0], parity.figures[-1]
    assert (exact.precision, quantized.precision) == ("fp32", "int8")
    assert exact.cells == quantized.cells == 12
    assert exact.iou is not None
    assert quantized.iou is not None
    assert parity.iou_drop == 100 * (exact.iou - quantized.iou)
    pair = parity.agreements[-2 if len(parity.figures) == 3 else -1]
    assert (pair.first, pair.second) == ("fp32", "int8")
    assert pair.cells_f1 == 1
    assert 0 < pair.changed < 0.02
    assert pair.iou == pytest.approx(1 - pair.changed * 2 * 64 * 96 / (12 * 14 * 16), abs=0.02)


def test_the_same_labels_again_and_none_of_fp32s_arithmetic(exported: Exported, pictures: Path) -> None:
    model = load_model(exported[0])
    pixels = np.asarray(Image.open(pictures / "data/images/10.png"))
    exact = Segmenter(model, "fp32").segment(pixels)
    first, again = (Segmenter(model, "int8").segment(pixels) for _ in range(2))
    assert_array_equal(first.labels, again.labels)
    assert_array_equal(first.maps, again.maps)
    assert np.abs(first.maps - exact.maps).max() > 1e-3


def test_the_same_bytes_again(exported: Exported, pictures: Path, tmp_path: Path) -> None:
    from neurocyte.quantization.export import export_int8

    # Without annotated images: three to calibrate on, the fourth judges.
    folder = write_model(tmp_path / "small")
    parity = export_int8(folder, [pictures / "calibrate"])
    first = (folder / "model.int8.onnx").read_bytes()
    export_int8(folder, [pictures / "calibrate"])
    assert (folder / "model.int8.onnx").read_bytes() == first
    assert (parity.calibration_images, parity.images, parity.annotated) == (3, 1, False)
    assert parity.iou_drop is parity.map_drop is None
    assert not parity.close
    card = (folder / "MODEL_CARD.md").read_text()
    assert card.count("## Precision") == card.count("## Limits") == 1
    assert "Not used unasked: it was not judged on annotated images" in card


def test_what_runs_at_the_first_half_resolution_stays_float() -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("nncf")
    from neurocyte.quantization.network import early_convolutions

    def convolution(name: str, stride: int) -> object:
        return onnx.helper.make_node("Conv", ["x", "w"], ["x"], name, strides=[stride, stride])

    pool = onnx.helper.make_node("MaxPool", ["x"], ["x"], "pool", strides=[2, 2], kernel_shape=[2, 2])
    resnet = [convolution("stem", 2), pool, convolution("a", 1)]
    efficient = [convolution("stem", 2), convolution("a", 1), convolution("b", 1), convolution("c", 2)]
    for nodes, names in ((resnet, ["stem"]), (efficient, ["stem", "a", "b"]), (efficient[:3], [])):
        model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [], []))
        assert early_convolutions(model) == names


def test_run_json_tells_which_network_ran(exported: Exported, tmp_path: Path) -> None:
    folder, parity = exported
    plain = write_model(tmp_path / "plain")
    identities = {
        name: Identity.of(JobOptions(folder, precision=name), load_model(folder)) for name in ("fp32", "int8")
    }
    assert identities["int8"].model["sha256"] == parity.int8_sha256
    assert identities["int8"].settings["precision"] == "int8"
    assert not identities["int8"].same(identities["fp32"])
    # A network that did not run changes nothing: older results stay this model's.
    assert identities["fp32"].same(Identity.of(JobOptions(plain, precision="fp32"), load_model(plain)))
    assert Runtime(load_model(folder), "int8").describe()["precision"] == "int8"


@pytest.mark.parametrize(
    ("products", "changes", "expected"),
    [
        (True, {}, "int8"),
        (False, {}, None),
        (True, {"iou_drop": 0.31}, None),
        (True, {"map_drop": 0.31}, None),
        (True, {"iou_drop": 0.3, "map_drop": -2.0}, "int8"),
        (True, {"iou_drop": None}, None),
        (True, {"fp32_sha256": "of another network"}, None),
    ],
)
def test_auto_takes_int8_where_it_is_close_and_fast(
    copied: Copied, monkeypatch: pytest.MonkeyPatch, products: bool, changes: dict[str, object], expected: str
) -> None:
    monkeypatch.setattr("neurocyte.runtime.has_int8_products", lambda: products)
    folder = copied()
    model = load_model(folder)
    found = Parity.load(model)
    assert found is not None
    judged = {"iou_drop": 0.1, "map_drop": 0.1, **changes}
    checksum = replace(found, **judged).save(folder)
    files = {**model.config.files, "precision.json": checksum}
    model = replace(model, config=replace(model.config, files=files))
    floats = "bf16" if supports_bf16() else "fp32"
    assert choose_precision("auto", model) == (expected or floats)
    assert choose_precision("fp32", model) == "fp32"


def test_without_an_int8_network(tmp_path: Path, pictures: Path, capsys: Captured) -> None:
    folder = write_model(tmp_path / "small")
    call = ["segment", str(pictures / "data/images"), "-o", str(tmp_path / "out"), "--model", str(folder)]
    assert main([*call, "--precision", "int8"]) == 2
    assert capsys.readouterr().err == (
        f"{folder} holds no int8 network; make it by 'neurocyte export {folder} --precision int8 "
        "--calibrate IMAGES', or use another --precision.\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b"cut"), "does not have the checksum its config states"),
        (lambda file: file.unlink(), r"Cannot read .*model\.int8\.onnx|model\.int8\.onnx is missing"),
    ],
)
def test_a_damaged_int8_network(copied: Copied, damage: Callable[[Path], None], said: str) -> None:
    folder = copied()
    damage(folder / "model.int8.onnx")
    model = load_model(folder)
    assert Runtime(model, "fp32").precision == "fp32"
    with pytest.raises(ModelError, match=said):
        Runtime(model, "int8")
    with pytest.raises(ModelError, match=said):
        verify(folder)


def test_a_damaged_report(copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurocyte.runtime.has_int8_products", lambda: True)
    folder = copied()
    (folder / "precision.json").write_text("{}")
    with pytest.raises(ModelError, match=r"precision\.json does not have the checksum its config states"):
        choose_precision("auto", load_model(folder))


def test_it_is_packed_along(
    exported: Exported, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROCYTE_MODELS", str(tmp_path / "models"))
    pack(exported[0], tmp_path / "a.zip")
    assert main(["models", "import", str(tmp_path / "a.zip"), "--name", "copy"]) == 0
    assert load_model("copy").network("int8") == load_model(exported[0]).network("int8")


def test_the_command(pictures: Path, tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("nncf")
    folder = write_model(tmp_path / "small")
    call = ["export", str(folder), "--precision", "int8", "--calibrate", str(pictures / "calibrate")]
    assert main([*call, "--evaluate", str(pictures / "data"), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == json.loads((folder / "precision.json").read_text())
    assert captured.err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--precision", "int8"], "int8 needs images to calibrate on: name some by --calibrate."),
        (["--calibrate", "a.png"], "--calibrate, --evaluate and --format go with --precision int8."),
        (["--precision", "int8", "--calibrate", "a.png", "--to", "zip"], "--precision int8 writes into"),
    ],
)
def test_wrong_calls(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(["export", "small", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_images_that_do_not_suffice(exported: Exported, pictures: Path) -> None:
    from neurocyte.quantization.export import export_int8

    with pytest.raises(UsageError, match=r"0\.png alone cannot calibrate and judge"):
        export_int8(exported[0], [pictures / "calibrate/0.png"])
    with pytest.raises(UsageError, match=r"10\.png is to calibrate on and to judge by"):
        export_int8(exported[0], [pictures / "data/images"], open_dataset(pictures / "data"))
    with pytest.raises(UsageError, match="phase-contrast ships with neurocyte and stays as it is"):
        export_int8("phase-contrast", [pictures / "calibrate"])


def test_the_missing_extra_is_named(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    for name in ("nncf", "neurocyte.quantization.network", "neurocyte.quantization.export"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "nncf", None)
    folder = write_model(tmp_path / "small")
    assert (
        main(["export", str(folder), "--precision", "int8", "--calibrate", str(pictures / "calibrate")]) == 2
    )
    assert capsys.readouterr().err == 'int8 needs nncf: pip install "neurocyte[quantize]".\n'


@pytest.mark.parametrize(
    ("iou", "mean_ap", "said"),
    [
        (
            -0.05,
            0.31,
            "Not used unasked: +0.05 points of IoU and -0.31 of mAP against fp32 (down to -0.3 each).",
        ),
        (0.3, 0.001, "Used unasked where the processor has int8 products: -0.30 points of IoU and +0.00 of"),
    ],
)
def test_the_verdict(exported: Exported, iou: float, mean_ap: float, said: str) -> None:
    assert verdict(replace(exported[1], iou_drop=iou, map_drop=mean_ap)).startswith(said)


def test_the_cards_section_is_replaced(exported: Exported) -> None:
    _, parity = exported
    card = with_section("# a\n\n## Precision\n\nolder\n\n## Limits\n\nNone.\n", parity)
    assert card.startswith("# a\n\n## Limits\n\nNone.\n\n## Precision\n\n`model.int8.onnx`: NNCF ")
    assert "older" not in card
    assert with_section(card, parity) == card
    assert with_section("", parity).startswith("## Precision\n")
