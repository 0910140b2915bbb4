"""A model in the words of the bioimage.io specification 0.5."""

import math
import re
from collections.abc import Sequence
from typing import Any

from neurocyte.models.config import FixedResize, ModelConfig
from neurocyte.sharing.graph import IMAGE, OPSET, RESULT, resamples
from neurocyte.sharing.unpack import INNER_NAME

SPEC_VERSION = "0.5.12"
CITE = {
    "text": (
        "Abbas, Abdulmunim: Residual Network with Attention to Neural Cells Segmentation, Iraqi Journal of "
        "Science 64(4), 2023 (the architecture)"
    ),
    "doi": "10.24996/ijs.2023.64.4.37",
}
# Of a probability, between our runtime (OpenVINO) and others.
TOLERANCE = 1e-3
# Denominators are grey levels: far below one, and lost in float32 beside it.
_EPS = 1e-9
_LONGEST = 1024


def description(
    config: ModelConfig, authors: Sequence[str], license_id: str | None, highest: float
) -> dict[str, Any]:
    """Write what goes into rdf.yaml; the files it names lie beside it.

    Args:
        config: the model's.
        authors: their names.
        license_id: SPDX identifier of the weights' licence; None names LICENSE.txt.
        highest: the largest probability of the test output, which bounds its absolute tolerance.

    Returns:
        Plain YAML values.
    """
    tolerance = min(TOLERANCE, 0.01 * highest)
    return {
        "type": "model",
        "format_version": SPEC_VERSION,
        "name": f"{re.sub(r'[^A-Za-z0-9_+() -]+', ' ', config.name).strip()[:100]} (neurocyte)",
        "description": (config.description or f"A model for the task '{config.task}'.")[:_LONGEST],
        "authors": [{"name": name} for name in authors],
        "cite": [CITE],
        "license": license_id or {"source": "LICENSE.txt"},
        "documentation": {"source": "README.md"},
        "covers": [{"source": "cover.png"}],
        "attachments": [{"source": INNER_NAME}],
        "tags": _tags(config),
        "inputs": [_input(config)],
        "outputs": [_output(config)],
        "weights": {"onnx": {"source": "weights.onnx", "opset_version": OPSET}},
        "config": {
            "bioimageio": {
                "reproducibility_tolerance": [
                    {"absolute_tolerance": tolerance, "relative_tolerance": TOLERANCE}
                ],
                "architecture_type": config.architecture.name[:32],
                "task": "segmentation",
                "target_structure": ["neural cells"],
            },
            "neurocyte": config.to_dict(),
        },
    }


def input_type(config: ModelConfig) -> str:
    """Tell the type of the input tensor: images of 8 bits where the model divides by the type's maximum."""
    return "uint8" if config.input.intensity == "dtype" else "float32"


def least_side(config: ModelConfig) -> int:
    """Tell the least height and width, from which on there is enough image to reflect at its border."""
    resize = config.input.resize
    return 1 if isinstance(resize, FixedResize) else math.ceil(config.tile.multiple / resize.factor)


def _input(config: ModelConfig) -> dict[str, Any]:
    names = ["grey"] if config.input.channels == "grey" else ["red", "green", "blue"]
    size = {"min": least_side(config), "step": 1}
    return {
        "id": IMAGE,
        "description": "Microscope image, one plane",
        "axes": [
            {"type": "batch"},
            {"type": "channel", "channel_names": names},
            {"type": "space", "id": "y", "size": size, **_pixel_size(config)},
            {"type": "space", "id": "x", "size": size, **_pixel_size(config)},
        ],
        "data": {"type": input_type(config)},
        # As the graph itself does it.
        "pad": {"mode": "reflect"},
        "preprocessing": _intensity(config),
        "test_tensor": {"source": "test_input.npy"},
        "sample_tensor": {"source": "sample_input.png"},
    }


def _intensity(config: ModelConfig) -> list[dict[str, Any]]:
    if config.input.intensity == "dtype":
        real = {"id": "ensure_dtype", "kwargs": {"dtype": "float32"}}
        return [real, {"id": "scale_linear", "kwargs": {"gain": 1 / 255, "offset": 0.0}}, real]
    low, high = config.input.percentiles
    axes = ["channel", "y", "x"]
    kwargs = {"axes": axes, "min_percentile": low, "max_percentile": high, "eps": _EPS}
    return [
        {"id": "scale_range", "kwargs": kwargs},
        {"id": "clip", "kwargs": {"min": -0.5, "max": 1.5}},
    ]


def _output(config: ModelConfig) -> dict[str, Any]:
    names = [name.replace("_", "-") for name in config.outputs]
    space = [
        {
            "type": "space",
            "id": axis,
            "size": {"tensor_id": IMAGE, "axis_id": axis},
            **_pixel_size(config),
        }
        for axis in "yx"
    ]
    return {
        "id": RESULT,
        "description": "Maps from 0 to 1, the foreground's probability first",
        "axes": [{"type": "batch"}, {"type": "channel", "channel_names": names}, *space],
        "data": {"type": "float32", "range": [0.0, 1.0]},
        "postprocessing": [] if resamples(config.input) else [{"id": "sigmoid"}],
        "test_tensor": {"source": "test_output.npy"},
        "sample_tensor": {"source": "sample_output.tif"},
    }


def _pixel_size(config: ModelConfig) -> dict[str, Any]:
    size = config.input.pixel_size_um
    return {} if size is None else {"scale": size, "unit": "micrometer"}


def _tags(config: ModelConfig) -> list[str]:
    own = [config.architecture.name, config.architecture.encoder, config.name]
    general = ["neurocyte", "segmentation", "semantic-segmentation", "neuroscience", "neurons", "cells"]
    return [*general, "microscopy", "2d", "onnx", *dict.fromkeys(tag for tag in own if tag)]
