"""A run on tiny images and a tiny network: what the result and the document hold."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import onnx_of_convolution
from neurocyte.benchmark.speed.document import document
from neurocyte.benchmark.speed.entries import model_entry
from neurocyte.benchmark.speed.limited import beyond_avx2, held_to_avx2
from neurocyte.benchmark.speed.measure import _notes, measure
from neurocyte.benchmark.speed.memory import RUNTIME, peak_memory
from neurocyte.benchmark.speed.packages import installed_size
from neurocyte.benchmark.speed.plots import write_plots
from neurocyte.benchmark.speed.settings import Settings
from neurocyte.benchmark.speed.timed_model import write_timed_model
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import INT8_NAME, ONNX_NAME


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of a run over one model of one convolution, which was judged on two images."""
    onnx = pytest.importorskip("onnx")
    root = tmp_path_factory.mktemp("speed")
    network = onnx_of_convolution(onnx, np.ones((1, 3, 1, 1), np.float32), np.ones(1, np.float32))
    folder = write_timed_model(root / "tiny", network)
    # Any network may stand for the int8 one.
    (folder / INT8_NAME).write_bytes(network)
    config = ModelConfig.load(folder)
    replace(config, files={**config.files, INT8_NAME: config.files[ONNX_NAME]}).save(folder)
    (folder / "metrics.json").write_text(json.dumps({"n": 2, "iou": 0.5, "map": 0.25}))
    settings = Settings(
        root / "out",
        threads=1,
        rounds=3,
        image_rounds=2,
        networks=(),
        models=(str(folder),),
        side=32,
        image=(40, 70),
        areas=((40, 70),),
        product=64,
        warm_up=0,
    )
    return {"version": "0", "command": "neurocyte benchmark speed", **measure(settings)}


def test_every_column_of_the_table_and_what_is_not_measured(result: dict[str, Any], tmp_path: Path) -> None:
    (one,) = result["networks"]
    assert (one["macs"], one["model"], one["parameters"]) == (3 * 32 * 32, True, None)
    for precision in result["precisions"]:
        assert one["latency"][f"openvino {precision}"]["rounds"] == 3
        assert one["roofline"][precision]["share"] > 0
        assert result["ceilings"]["flops"][precision] > 0
    assert one["image"]["rounds"] == 2
    # One tile, padded to multiples of 32.
    assert (one["image"]["calls"], one["image"]["pixels"]) == (1, 64 * 96)
    assert [point["size"] for point in one["areas"]] == [[40, 70]]
    text = document(json.loads(json.dumps(result)), write_plots(tmp_path, result), level=2)
    lines = text.splitlines()
    (header,) = [line for line in lines if "GMAC at 32 x 32" in line]
    assert header.startswith("| network | M parameters | GMAC at 32 x 32 | MB, ONNX | OpenVINO fp32 |")
    assert "| OpenVINO int8 |" in header
    # Tile, image and, of each precision, roofline of the network.
    rows = [line for line in lines if line.startswith("| model tiny")]
    assert len(rows) == 2 + len(result["precisions"])
    assert lines[0] == "## Speed on this machine"
    assert ("bf16" in result["precisions"]) != ("- bf16 is not measured: the processor has no" in text)
    assert "![Peak memory against the image's area](memory.svg)" in text


def test_plots_show_every_model_that_was_judged(result: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    names = [name for name, _ in write_plots(tmp_path, result)]
    assert names == ["pareto.svg", "time.svg", "memory.svg"]
    assert "tiny" in (tmp_path / "pareto.svg").read_text()
    first = (tmp_path / "time.svg").read_bytes()
    write_plots(tmp_path, result)
    assert (tmp_path / "time.svg").read_bytes() == first


def test_a_missing_network_is_named_with_its_reason(result: dict[str, Any]) -> None:
    absent = {"key": "peer", "label": "Peer", "reason": "peer is not installed: pip install peer"}
    text = document({**result, "not_measured": [absent]})
    assert "- Peer is not measured: peer is not installed: pip install peer." in text


def test_peak_memory_is_of_a_process_of_its_own(make_model: Callable[..., Path]) -> None:
    found = peak_memory(RUNTIME, str(make_model()), 2000, 2000, 1)
    assert found is not None
    # The planes of 2000 x 2000 float32, three in and one out, lie above what importing takes.
    assert found["peak"] - found["before"] > 2000 * 2000 * 4 * 4


def test_a_process_that_fails_says_why() -> None:
    found = peak_memory(RUNTIME, "no-such-model", 32, 32, 1)
    assert found is not None
    assert "There is no model 'no-such-model'" in found["error"]


def test_the_switch_reaches_a_process_of_its_own(make_model: Callable[..., Path]) -> None:
    models = {"below": make_model("below"), "above": make_model("above")}
    found = held_to_avx2(models, 2, 1, "wall", 32)
    assert list(found["networks"]) == ["below", "above"]
    assert list(found["ratios"]) == ["above"]
    assert found["obeyed"] is True
    assert "ONEDNN_MAX_CPU_ISA" not in os.environ


def test_kernels_beyond_avx2_are_known_by_their_names() -> None:
    assert not beyond_avx2(["brgconv_avx2_1x1_f32", "jit_uni_f32", "unknown_i32"])
    assert beyond_avx2(["brgconv_avx2_f32", "jit_avx512_core_bf16"])
    assert beyond_avx2(["brgconv_avx10_1_512_amx_bf16"])


def test_a_package_is_counted_with_what_it_needs() -> None:
    found = installed_size("scikit-image")
    assert found is not None
    assert found["total"] > found["own"] > 1e6
    assert found["needs"] >= 5
    assert installed_size("no-such-package") is None


def test_the_tile_of_a_network_that_enlarges_it_is_named(tmp_path: Path) -> None:
    zooming, plain = model_entry("neurocyte-fast"), model_entry("phase-contrast")
    settings = Settings(tmp_path, threads=1, int8=True)
    note, int8 = _notes([zooming, plain], settings)[:2]
    assert int8 == "int8 of networks with random weights is calibrated on noise: it tells the time, no more."
    assert note == (
        "model neurocyte-fast enlarges its image 2 times itself: its tile is 128 x 128 pixels of the image, "
        "of which its layers see 256 x 256."
    )
