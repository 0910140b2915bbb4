import copy
import json
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

from neurocyte.errors import MissingExtraError
from neurocyte.paper.context import Context
from neurocyte.paper.cost import latency, table3
from neurocyte.paper.cost.table3 import NETWORKS, measure, render
from neurocyte.paper.settings import quick_settings

onnx = pytest.importorskip("onnx")


def tiny_onnx(_network: Any) -> bytes:
    """A 1x1 convolution: the real export of all five takes minutes, and has tests of its own."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    kernel = onnx.numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "kernel")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel"], ["logits"])],
        "tiny",
        [helper.make_tensor_value_info("image", kind, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("logits", kind, ["n", 1, "h", "w"])],
        [kernel],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = replace(quick_settings(), rounds=1)
    context = Context(cast(Any, None), tmp_path_factory.mktemp("out"), settings)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latency, "to_onnx", tiny_onnx)
        patch.setattr(table3, "QUICK_EXPORTS", tuple(candidate.key for candidate in NETWORKS))
        # Two threads that wait for each other on a busy machine take many times as long as one.
        patch.setattr(table3, "default_threads", lambda: 1)
        measured = measure(context)
    assert torch.equal(torch.random.get_rng_state(), state), "other parts' random numbers changed"
    assert torch.get_num_threads() == threads
    return cast(dict[str, Any], json.loads(json.dumps(measured, allow_nan=False)))


def test_parameters_and_arithmetic_are_exact(result: dict[str, Any]) -> None:
    found = {key: (row["trainable"], row["macs"]) for key, row in result["networks"].items()}
    assert found == {
        "unet-resnet50": (32_521_105, 10_632_560_640),
        "unet-plain": (31_038_145, 48_200_941_568),
        "unet-ag": (10_094_609, 4_711_134_208),
        "linknet-ag": (6_077_521, 2_027_369_472),
        "linknet-ag-bottleneck": (3_707_881, 542_774_272),
        "unet-fast": (826_737, 2_720_612_352),
    }
    assert result["networks"]["linknet-ag"]["with_statistics"] == 6_124_305


def test_a_checkpoint_is_three_times_the_weights(result: dict[str, Any]) -> None:
    for row in result["networks"].values():
        assert row["adam_values"] == 2 * row["trainable"]
        values = 4 * (row["with_statistics"] + row["adam_values"])
        assert values < row["checkpoint_bytes"] < 1.05 * values
        assert 4 * row["with_statistics"] < row["weights_bytes"] < 1.01 * 4 * row["with_statistics"]


def test_times_are_of_every_network_in_every_precision(result: dict[str, Any]) -> None:
    timed = result["latency"]
    assert list(timed["networks"]) == [candidate.key for candidate in NETWORKS]
    assert timed["side"] == 64
    for engines in timed["networks"].values():
        assert list(engines) == ["eager_fp32", "runtime_fp32", "runtime_bf16", "runtime_int8"]
        assert engines["eager_fp32"]["rounds"] == engines["runtime_fp32"]["rounds"] == 1
        assert engines["eager_fp32"]["quartiles"][0] > 0
        for engine in ("runtime_bf16", "runtime_int8"):
            assert (engines[engine] is None) == (engine in timed["missing"])
    assert timed["machine"]["device"]


def test_training_steps_are_compared_with_the_ungated_network(result: dict[str, Any]) -> None:
    steps = result["training_step"]
    assert set(steps["steps"]) == {"linknet", "unet", *steps["ratios"]}
    assert set(steps["ratios"]) == {"linknet-ag", "linknet-ag-half", "unet-ag", "unet-ag-half"}
    assert (steps["batch"], steps["size"]) == (2, [64, 64])


def test_a_full_measurement_sees_the_papers_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sides: list[int] = []
    monkeypatch.setattr(table3, "NETWORKS", ())
    monkeypatch.setattr(
        table3, "latency", lambda networks, side, rounds, threads, exported: sides.append(side)
    )
    monkeypatch.setattr(table3, "training_step", lambda recipe, rounds, threads: {})
    settings = quick_settings()
    measure(Context(cast(Any, None), cast(Any, None), settings))
    measure(Context(cast(Any, None), cast(Any, None), type(settings)()))
    assert sides == [64, 256]


def test_section_prints_what_was_measured(result: dict[str, Any]) -> None:
    text = render(result)
    assert text.startswith("## Table 3: ")
    assert "| LinkNet with attention | 6.09 | 6.08 | 6.12 | 2.03 | 24.5 |" in text
    assert "| U-Net on ResNet-50, no attention | 32 | 32.52 | 32.58 | 10.63 |" in text
    assert "| LinkNet with attention, bottleneck taps (ours) | - | 3.71 |" in text
    assert "are 2.0 to 2.4 a parameter" in text
    assert 'Its "memory" is 11.6 to 12.7 bytes a parameter' in text
    median = result["latency"]["networks"]["unet-plain"]["eager_fp32"]["median"]
    assert f"| U-Net of 2015, no attention | 205 | {median:.1f} (" in text
    assert 'has "about 40%" fewer parameters than U-Net with attention | 40.0% | 39.8% | yes |' in text
    assert "than U-Net on ResNet-50, no attention | 5.25 times | 5.35 times | no |" in text
    assert "\n\n\n" not in text


def fixed(result: dict[str, Any]) -> dict[str, Any]:
    """The result with times by hand."""
    changed = copy.deepcopy(result)
    times = {"median": 10.0, "quartiles": [9.0, 12.5], "rounds": 3}
    for engines in changed["latency"]["networks"].values():
        engines.update(dict.fromkeys(engines, times))
    changed["latency"]["missing"] = {}
    ratios = {
        "linknet-ag": [1.01, 1.05],
        "linknet-ag-half": [0.9, 1.1],
        "unet-ag": [0.8, 0.99],
        "unet-ag-half": [1.2, 1.3],
    }
    for key, quartiles in ratios.items():
        changed["training_step"]["ratios"][key] = {"median": sum(quartiles) / 2, "quartiles": quartiles}
    return changed


def test_section_follows_the_times(result: dict[str, Any]) -> None:
    changed = fixed(result)
    text = render(changed)
    assert f"| LinkNet with attention | 38 |{4 * ' 10.0 (9.0-12.5) |'}\n" in text
    assert "| LinkNet is faster than U-Net with attention | 1.5 times | 1.0 times | no |" in text
    assert "int8 is calibrated on noise" in text
    assert "was not timed" not in text
    changed["latency"]["networks"]["unet-ag"].update(runtime_bf16=None, runtime_int8=None)
    changed["latency"]["missing"] = {"runtime_int8": "no quantiser", "runtime_bf16": "no such arithmetic"}
    text = render(changed)
    assert "runtime int8 was not timed: no quantiser. runtime bf16 was not timed: no such arithmetic." in text
    assert "noise" not in text
    assert "| U-Net with attention | 57 | 10.0 (9.0-12.5) | 10.0 (9.0-12.5) | - | - |" in text


def test_without_the_quantiser_int8_is_named_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MissingExtraError("not here")

    monkeypatch.setattr(latency, "to_onnx", tiny_onnx)
    monkeypatch.setattr(latency, "with_int8", refuse)
    candidate = next(one for one in NETWORKS if one.key == "linknet-ag")
    timed = latency.latency({candidate.key: candidate.build()}, 32, 1, 1, (candidate.key,))
    assert "neurocyte[quantize]" in timed["missing"]["runtime_int8"]
    assert timed["networks"]["linknet-ag"]["runtime_int8"] is None
    assert timed["networks"]["linknet-ag"]["runtime_fp32"]["median"] > 0


def test_attention_is_judged_by_the_quartiles(result: dict[str, Any]) -> None:
    text = render(fixed(result))
    verdicts = [line.rsplit("|", 2)[1].strip() for line in text.splitlines() if ", gates of " in line]
    assert verdicts == ["no", "cannot be told", "yes", "no"]
    assert "| 1.030 (1.010-1.050) | no |" in text
