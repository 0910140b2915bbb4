import copy
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from neurocyte.errors import ModelError
from neurocyte.models.config import (
    FixedResize,
    FlowConfig,
    InputConfig,
    InstanceConfig,
    Limit,
    ModelConfig,
    ScaleResize,
    TileConfig,
)

CONFIG: dict[str, Any] = {
    "format": "neurocyte-model",
    "format_version": 1,
    "name": "phase-contrast",
    "description": "Neural cells in phase contrast.",
    "license": "non-commercial research",
    "architecture": {
        "name": "linknet-ag",
        "encoder": "tf_efficientnet_b0",
        "taps": "expanded",
        "gate": "narrow",
        "in_channels": 3,
        "out_channels": 1,
    },
    "input": {
        "channels": "grey",
        "intensity": "percentile",
        "percentiles": [0.5, 99.5],
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "pixel_size_um": None,
        "resize": {"mode": "scale", "factor": 1.0},
    },
    "tile": {"size": 768, "overlap": 96, "multiple": 32},
    "outputs": ["foreground"],
    "task": "cells",
    "instances": {
        "method": "watershed",
        "threshold": 0.5,
        "min_area": 30,
        "seed_distance": 5,
        "smoothing": 1.0,
    },
    "data": {"sha256": "ab"},
    "seed": 0,
    "versions": {"torch": "2.6"},
    "files": {"model.onnx": "cd"},
    "confidence": {"weights": [4.0, -1.5, 0.2, -0.7, -0.1], "bias": -2.0, "cells": 587, "matched": 154},
}


def changed(key: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(CONFIG)
    node = data
    *parents, last = key.split(".")
    for parent in parents:
        node = node[parent]
    if value is KeyError:
        del node[last]
    else:
        node[last] = value
    return data


def test_reads_every_field() -> None:
    config = ModelConfig.from_dict(CONFIG)
    assert config.architecture.gate == "narrow"
    assert config.input == InputConfig()
    assert config.input.percentiles == (0.5, 99.5)
    assert config.input.resize == ScaleResize(factor=1.0)
    assert config.tile == TileConfig(768, 96, 32)
    assert config.instances.seed_distance == 5.0
    assert isinstance(config.instances.seed_distance, float)
    assert config.outputs == ("foreground",)
    assert config.files == {"model.onnx": "cd"}


def test_round_trip_is_exact(tmp_path: Path) -> None:
    config = ModelConfig.from_dict(CONFIG)
    assert config.to_dict() == CONFIG
    config.save(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text()) == CONFIG
    assert ModelConfig.load(tmp_path) == config
    assert ModelConfig.load(tmp_path / "config.json") == config
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_models_of_before_have_no_calibration() -> None:
    assert ModelConfig.from_dict(changed("confidence", KeyError)).confidence is None
    assert ModelConfig.from_dict(changed("confidence", None)).confidence is None
    before = changed("confidence", KeyError)
    assert ModelConfig.from_dict(before).to_dict() == before


def test_a_zoom_is_written_where_there_is_one() -> None:
    assert ModelConfig.from_dict(CONFIG).architecture.zoom == 1
    zoomed = changed("architecture.zoom", 2)
    assert ModelConfig.from_dict(zoomed).architecture.zoom == 2
    assert ModelConfig.from_dict(zoomed).to_dict() == zoomed
    with pytest.raises(ModelError, match="zoom must be at least 1, not 0"):
        ModelConfig.from_dict(changed("architecture.zoom", 0))


def test_a_method_has_the_outputs_it_reads() -> None:
    outputs = ["foreground", "flow_y", "flow_x"]
    data = copy.deepcopy(CONFIG) | {"instances": dataclasses.asdict(FlowConfig()), "outputs": outputs}
    data["confidence"] = None
    data["architecture"]["out_channels"] = 3
    assert ModelConfig.from_dict(data).instances == FlowConfig()
    data["outputs"] = ["foreground", "flow_x", "flow_y"]
    with pytest.raises(
        ModelError, match=re.escape("instances.method 'flows' needs the outputs foreground, flow_y, flow_x")
    ):
        ModelConfig.from_dict(data)


def test_a_method_that_is_gone_is_named() -> None:
    with pytest.raises(ModelError, match=r"instances.method' must be one of .* not 'agglomeration'"):
        ModelConfig.from_dict(changed("instances.method", "agglomeration"))


def test_the_reach_of_flows_is_positive() -> None:
    with pytest.raises(ValueError, match="reach must be positive, not 0"):
        FlowConfig(reach=0.0)


def test_a_confidence_has_a_weight_for_each_feature() -> None:
    data = copy.deepcopy(CONFIG) | {
        "confidence": {"weights": [1.0] * 8, "bias": 0.0, "cells": 9, "matched": 4, "least": 0.0}
    }
    with pytest.raises(
        ModelError, match=r"weights must be 5 numbers \(mean, deviation, log_area, touching, outline\)"
    ):
        ModelConfig.from_dict(data)
    data |= {
        "instances": dataclasses.asdict(FlowConfig()),
        "outputs": ["foreground", "flow_y", "flow_x"],
    }
    data["architecture"]["out_channels"] = 3
    found = ModelConfig.from_dict(data).confidence
    assert found is not None
    assert found.weights == (1.0,) * 8


def test_fixed_resize_and_absent_parts() -> None:
    data = changed("input.resize", {"mode": "fixed", "height": 256, "width": 320})
    data["architecture"]["encoder"] = None
    data["input"]["pixel_size_um"] = 1
    config = ModelConfig.from_dict(data)
    assert config.input.resize == FixedResize(256, 320)
    assert config.input.pixel_size_um == 1.0
    assert config.to_dict()["input"]["resize"] == {"mode": "fixed", "height": 256, "width": 320}


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("name", KeyError, "key 'name' is missing"),
        ("tile.overlap", KeyError, "key 'tile.overlap' is missing"),
        ("tile.overlop", 3, "key 'tile.overlop' is unknown"),
        ("tile", [1], "'tile' must be an object, not list"),
        ("tile.size", 768.0, "'tile.size' must be int, not float"),
        ("tile.size", True, "'tile.size' must be int, not bool"),
        ("tile.size", 770, "'tile': size must be a positive multiple of 32, not 770"),
        ("tile.overlap", 768, "'tile': overlap must be 0 to 767, not 768"),
        ("seed", None, "'seed' must be int, not null"),
        ("outputs", ["edge"], "outputs must begin with 'foreground'"),
        (
            "outputs",
            ["foreground", "edge"],
            "outputs must name 1 channels (architecture.out_channels), not 2",
        ),
        ("outputs", [1], "'outputs[0]' must be str, not int"),
        ("outputs", "foreground", "'outputs' must be a list, not str"),
        ("task", "cell", "'task' must be one of 'cells', 'mask', not 'cell'"),
        ("task", ["cells"], "'task' must be one of 'cells', 'mask', not ['cells']"),
        ("input.mean", [0.1, 0.2], "'input.mean' must hold 3 values, not 2"),
        ("input.std", [0.1, 0.2, 0], "'input': std must be positive"),
        ("input.percentiles", [99, 1], "'input': percentiles must rise within 0 to 100, not 99.0, 1.0"),
        ("input.pixel_size_um", 0, "'input': pixel_size_um must be positive, not 0.0"),
        ("input.resize", {"mode": "fit"}, "'input.resize.mode' must be one of 'scale', 'fixed', not 'fit'"),
        ("input.resize.mode", {}, "'input.resize.mode' must be one of 'scale', 'fixed', not {}"),
        ("input.resize", None, "'input.resize.mode' must be one of 'scale', 'fixed', not None"),
        ("input.resize", {"mode": "fixed", "height": 1}, "key 'input.resize.width' is missing"),
        ("input.resize.factor", -1, "'input.resize': factor must be positive, not -1.0"),
        ("architecture.in_channels", 1, "'architecture': in_channels must be 3, not 1"),
        ("instances.threshold", 1.0, "'instances': threshold must be between 0 and 1, not 1.0"),
        ("instances.smoothing", -1, "'instances': smoothing must not be negative, but is -1.0"),
        (
            "confidence.weights",
            [1.0, 2.0],
            "confidence.weights must be 5 numbers (mean, deviation, log_area, touching, outline)",
        ),
        ("confidence.matched", 588, "'confidence': matched must be 0 to cells"),
        ("files", {"model.onnx": 3}, "files.model.onnx must be a SHA-256 as a string"),
    ],
)
def test_names_file_and_key(key: str, value: Any, text: str) -> None:
    expected = f"here/config.json is not valid: {text}; export the model again."
    with pytest.raises(ModelError, match=f"^{re.escape(expected)}$"):
        ModelConfig.from_dict(changed(key, value), "here/config.json")


@pytest.mark.parametrize("version", [2, 0, "1", None, True])
def test_unknown_format_version(version: Any) -> None:
    with pytest.raises(
        ModelError, match=rf"^c.json has 'format_version' {version!r}, but this neurocyte reads 1;"
    ):
        ModelConfig.from_dict(changed("format_version", version), "c.json")


@pytest.mark.parametrize("data", [[], None, {}, {"format": "other", "format_version": 1}])
def test_not_a_model_config(data: Any) -> None:
    with pytest.raises(ModelError, match=r"^c.json is not the config of a neurocyte model"):
        ModelConfig.from_dict(data, "c.json")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\xff", b"", b"NaN", b"[" * 100_000])
def test_damaged_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"config\.json is not valid JSON"):
        ModelConfig.load(tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^Cannot read .*config\.json \(No such file or directory\)"):
        ModelConfig.load(tmp_path)


def test_values_made_in_code_are_checked_too() -> None:
    with pytest.raises(ValueError, match="seed_distance must not be negative, but is nan"):
        InstanceConfig(seed_distance=float("nan"))
    with pytest.raises(ValueError, match="0 x 3 must be positive"):
        FixedResize(0, 3)
    assert dataclasses.replace(TileConfig(), overlap=0).overlap == 0


def test_the_limit_of_a_model_is_in_the_images_pixels_and_a_wish_spares_none() -> None:
    confidence = {"weights": [1.0] * 5, "bias": 0.0, "cells": 9, "matched": 4, "least": 0.3, "spared": 80}
    config = ModelConfig.from_dict(copy.deepcopy(CONFIG) | {"confidence": confidence, "task": "cells"})
    assert config.limit() == Limit(0.3, 80)
    # Pixels of half the side: four times as many.
    assert config.limit(pixel_ratio=0.5) == Limit(0.3, 320)
    assert config.limit(asked=0.2) == Limit(0.2)
    assert config.limit("mask") == Limit()
    with pytest.raises(ModelError, match="spared must be positive, not 0"):
        ModelConfig.from_dict(copy.deepcopy(CONFIG) | {"confidence": confidence | {"spared": 0}})
