"""The wrapped network in ONNX Runtime gives what our runtime gives, at any size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from neurocyte.errors import ModelError
from neurocyte.io.images import read_image
from neurocyte.models import load_model
from neurocyte.preprocess import to_float_image
from neurocyte.segmentation import Segmenter

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from neurocyte.sharing.graph import resamples, whole_graph  # noqa: E402 (needs onnx)

MakeModel = Callable[..., Path]


def both(folder: str | Path, pixels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the probabilities of our runtime and of the wrapped network."""
    model = load_model(folder)
    ours = Segmenter(model, "fp32", 1, tile_size=768).probabilities(pixels)
    given = to_float_image(pixels, model.config.input)
    channels = 1 if model.config.input.channels == "grey" else 3
    session = onnxruntime.InferenceSession(whole_graph(model))
    given = np.moveaxis(given[..., :channels], -1, 0)[None]
    (theirs,) = session.run(None, {"raw": np.ascontiguousarray(given)})
    return ours, theirs[0] if resamples(model.config.input) else expit(theirs[0])


def input_section(**changes: Any) -> dict[str, Any]:
    return {
        "channels": "grey",
        "intensity": "percentile",
        "percentiles": [0.5, 99.5],
        "mean": [0.4, 0.5, 0.6],
        "std": [0.3, 0.2, 0.25],
        "pixel_size_um": None,
        "resize": {"mode": "scale", "factor": 1.0},
        **changes,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"intensity": "dtype"},
        {"channels": "rgb"},
        {"resize": {"mode": "scale", "factor": 0.37}},
        {"resize": {"mode": "scale", "factor": 1.5}, "channels": "rgb"},
        {"resize": {"mode": "fixed", "height": 64, "width": 40}},
    ],
)
def test_the_same_probabilities(make_blurring: MakeModel, changes: dict[str, Any]) -> None:
    folder = make_blurring(input=input_section(**changes))
    shape = (101, 134, 3) if changes.get("channels") == "rgb" else (101, 134)
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    ours, theirs = both(folder, pixels)
    assert theirs.shape == ours.shape == (1, 101, 134)
    assert np.ptp(ours) > 0.4
    np.testing.assert_allclose(theirs, ours, atol=2e-5)


def test_a_later_opset_is_refused(make_blurring: MakeModel) -> None:
    folder = make_blurring()
    network = onnx.load(folder / "model.onnx")
    network.opset_import[0].version = 19
    model = load_model(folder)
    later = type(model)(model.config, model.path, network.SerializeToString())
    with pytest.raises(ModelError, match="opset 19; up to 18"):
        whole_graph(later)


def test_a_bundled_model_on_a_real_image(data_root: Path) -> None:
    file = sorted((data_root / "data/pfc-pn/images").glob("*.jpg"))[0]
    pixels = read_image(file).pixels
    ours, theirs = both("brightfield-neuron", pixels)
    assert ours.max() > 0.99
    np.testing.assert_allclose(theirs, ours, atol=1e-3)
