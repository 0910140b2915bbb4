from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurocyte.errors import InputError, UsageError
from neurocyte.instances import cell_features, chance_of_match, drop_unsure
from neurocyte.models import load_model
from neurocyte.models.config import (
    FLOW_OUTPUTS,
    ConfidenceConfig,
    InstanceConfig,
    Limit,
    TileConfig,
)
from neurocyte.segmentation import Segmenter, resize_tile, scale_instances

MakeModel = Callable[..., Path]
INPUT: dict[str, Any] = {
    "channels": "grey",
    "intensity": "dtype",
    "percentiles": [0.5, 99.5],
    "mean": [0, 0, 0],
    "std": [1, 1, 1],
    "pixel_size_um": 1.0,
    "resize": {"mode": "scale", "factor": 1.0},
}


def sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(logits, np.float64)))


def segmenter(path: Path, **settings: Any) -> Segmenter:
    return Segmenter(load_model(path), "fp32", 1, **settings)


@pytest.fixture
def two_cells() -> np.ndarray:
    pixels = np.zeros((100, 90), np.uint8)
    pixels[10:20, 10:30] = 255
    pixels[60:80, 50:60] = 153
    return pixels


@pytest.mark.parametrize("tta", [False, True])
@pytest.mark.parametrize("tile_size", [None, 20, 512])
def test_probabilities_are_the_networks(make_model: MakeModel, tta: Any, tile_size: int | None) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 133)).astype(np.uint8)
    maps = segmenter(make_model(), tta=tta, tile_size=tile_size).probabilities(pixels)
    assert maps.shape == (1, 70, 133)
    assert maps.dtype == np.float32
    assert_allclose(maps[0], sigmoid(20 * (pixels / 255 - 0.5)), atol=1e-5)


@pytest.mark.parametrize(
    ("tta", "told"), [(False, [1 / 2, 1]), (True, [1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, 6 / 8, 7 / 8, 1])]
)
def test_progress_is_told_tile_by_tile(make_model: MakeModel, tta: Any, told: list[float]) -> None:
    shares: list[float] = []
    segmenter(make_model(), tta=tta, tile_size=800).segment(
        np.zeros((1000, 288), np.uint8), progress=shares.append
    )
    assert shares == told


def test_flips_are_undone_before_they_are_averaged(make_model: MakeModel) -> None:
    # A runtime that answers 1 in the tile's first row and 0 elsewhere, whatever it is shown.
    flipped = segmenter(make_model(), tta=True)

    def first_row(batch: np.ndarray) -> np.ndarray:
        maps = np.zeros_like(batch[:, :1])
        maps[:, :, 0] = 1
        return maps

    flipped.runtime.predict = first_row  # type: ignore[method-assign]
    maps = flipped.probabilities(np.zeros((32, 32), np.uint8))
    expected = np.zeros((32, 32))
    expected[[0, -1]] = 0.5
    assert_array_equal(maps[0], expected)


def test_flows_of_a_flipped_image_are_turned_around(make_model: MakeModel) -> None:
    """The network says 0.73 of each map whatever the image: of the four flips two say down and two say up."""
    cells = make_model(
        weights=np.zeros((3, 3)),
        bias=[1.0] * 3,
        architecture={
            "name": "constant",
            "encoder": None,
            "taps": None,
            "gate": None,
            "in_channels": 3,
            "out_channels": 3,
        },
        outputs=list(FLOW_OUTPUTS),
        instances={"method": "flows", "threshold": 0.5, "min_area": 4, "reach": 1.25},
    )
    pixels = np.zeros((40, 50), np.uint8)
    assert_allclose(segmenter(cells).probabilities(pixels)[:, 0, 0], [sigmoid(1)] * 3, rtol=1e-5)
    averaged = segmenter(cells, tta=True).probabilities(pixels)[:, 0, 0]
    assert_allclose(averaged, [sigmoid(1), 0.5, 0.5], rtol=1e-5)


def test_segments_two_cells(make_model: MakeModel, two_cells: np.ndarray) -> None:
    result = segmenter(make_model()).segment(two_cells)
    expected = np.zeros((100, 90))
    expected[10:20, 10:30] = 1
    expected[60:80, 50:60] = 2
    assert result.labels.dtype == np.uint16
    assert_array_equal(result.labels, expected)
    # 153 / 255 = 0.6: logits 20 * 0.5 and 20 * 0.1.
    assert_allclose(result.confidences, sigmoid([10, 2]), rtol=1e-5)
    assert_allclose(result.probability[15, 15], sigmoid(10), rtol=1e-5)
    assert list(result.table["area_px"]) == [200, 200]
    assert_allclose(result.table["intensity_mean"], [255, 153])
    assert_allclose(result.table["confidence"], sigmoid([10, 2]), rtol=1e-5)


def test_the_smallest_image(make_model: MakeModel) -> None:
    result = segmenter(make_model(), tta=True).segment(np.array([[255]], np.uint8))
    assert_array_equal(result.labels, [[0]])
    assert len(result.table) == 0


def test_a_calibrated_models_confidence_is_the_chance_of_a_match(
    make_model: MakeModel, two_cells: np.ndarray
) -> None:
    model = load_model(make_model(input=INPUT))
    settings = ConfidenceConfig((3.0, -1.0, 0.2, 0.0, 0.1), -2.5, 100, 60)
    calibrated = replace(model, config=replace(model.config, confidence=settings))
    result = Segmenter(calibrated, "fp32", 1).segment(two_cells, pixel_size_um=2.0)
    plain = Segmenter(model, "fp32", 1).segment(two_cells, pixel_size_um=2.0)
    assert_array_equal(result.labels, plain.labels)
    wanted = chance_of_match(cell_features(plain.maps, plain.labels, model.config.instances, 2.0), settings)
    assert_array_equal(result.confidences, wanted)
    assert not np.array_equal(result.confidences, plain.confidences)
    # A mask's components are no cells that could match.
    mask = Segmenter(calibrated, "fp32", 1).segment(two_cells, task="mask")
    plain_mask = Segmenter(model, "fp32", 1).segment(two_cells, task="mask")
    assert_allclose(mask.confidences, plain_mask.confidences)


def test_least_confidence(make_model: MakeModel, two_cells: np.ndarray) -> None:
    two_cells[10:20, 10:30], two_cells[60:80, 50:60] = 153, 255
    result = segmenter(make_model()).segment(two_cells, min_confidence=0.9)
    assert_array_equal(result.labels > 0, two_cells == 255)
    assert_array_equal(np.unique(result.labels), [0, 1])
    assert_allclose(result.confidences, [sigmoid(10)], rtol=1e-5)


def test_a_models_own_limit_drops_cells_unless_another_is_named(
    make_model: MakeModel, two_cells: np.ndarray
) -> None:
    two_cells[10:20, 10:30], two_cells[60:80, 50:60] = 153, 255
    model = load_model(make_model())
    # By the mean probability alone: logits 10 and 2, so chances 0.73 and 0.71 around a limit of 0.72.
    settings = ConfidenceConfig((1.0, 0, 0, 0, 0), 0.0, 100, 60, least=0.72)
    calibrated = Segmenter(replace(model, config=replace(model.config, confidence=settings)), "fp32", 1)
    assert calibrated.segment(two_cells).confidences == pytest.approx([sigmoid(1)], abs=1e-3)
    assert len(calibrated.segment(two_cells, min_confidence=0.0).confidences) == 2
    # The unsure one covers 200 pixels.
    for spared, left in ((200, 2), (201, 1)):
        sparing = replace(model.config, confidence=replace(settings, spared=spared))
        found = Segmenter(replace(model, config=sparing), "fp32", 1)
        assert len(found.segment(two_cells).confidences) == left
        assert len(found.segment(two_cells, min_confidence=0.72).confidences) == 1
    assert len(calibrated.segment(two_cells, task="mask").confidences) == 2


def test_drop_unsure_keeps_order_and_type() -> None:
    labels = np.array([[0, 1, 2, 3, 4]], np.uint32)
    dropped, confidences = drop_unsure(labels, np.array([0.2, 0.5, 0.4, 0.9], np.float32), Limit(0.5))
    assert_array_equal(dropped, [[0, 0, 1, 0, 2]])
    assert dropped.dtype == np.uint32
    assert_allclose(confidences, [0.5, 0.9])


def test_the_pixel_size_scales_image_and_instances(make_model: MakeModel) -> None:
    # Half the model's pixel size: the network sees half the size, and min_area 4 means 16 pixels here.
    pixels = np.zeros((64, 64), np.uint8)
    pixels[8:12, 8:11] = 255
    pixels[40:44, 40:46] = 255
    seen = []
    half = segmenter(make_model(input=INPUT))
    original = half.runtime.predict

    def predict(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.shape)
        return original(batch)

    half.runtime.predict = predict  # type: ignore[method-assign]
    assert len(half.segment(pixels, pixel_size_um=0.5).confidences) == 1
    assert len(half.segment(pixels, pixel_size_um=1.0).confidences) == 2
    assert len(half.segment(pixels).confidences) == 2
    assert seen == [(1, 3, 32, 32), (1, 3, 64, 64), (1, 3, 64, 64)]


def test_scale_instances() -> None:
    config = InstanceConfig(min_area=30, seed_distance=5.0, smoothing=1.0, threshold=0.4)
    assert scale_instances(config, 1.0) == config
    assert scale_instances(config, 0.5) == InstanceConfig(
        min_area=120, seed_distance=10.0, smoothing=2.0, threshold=0.4
    )


def test_fixed_size_comes_back_to_the_images(make_model: MakeModel, two_cells: np.ndarray) -> None:
    fixed = {**INPUT, "resize": {"mode": "fixed", "height": 32, "width": 64}}
    result = segmenter(make_model(input=fixed)).segment(two_cells)
    assert result.labels.shape == (100, 90)
    assert len(result.confidences) == 2


def test_the_models_task_is_the_default(make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = []

    def cut(probability: np.ndarray, _: InstanceConfig, task: str) -> Any:
        tasks.append(task)
        return np.zeros(probability.shape[1:], np.uint16), None

    monkeypatch.setattr("neurocyte.instances.sure.cut", cut)
    model = segmenter(make_model(task="mask"))
    model.segment(np.zeros((4, 4), np.uint8))
    model.segment(np.zeros((4, 4), np.uint8), task="cells")
    assert tasks == ["mask", "cells"]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (512, TileConfig(512, 96, 32)),
        (500, TileConfig(512, 96, 32)),
        (1, TileConfig(32, 16, 32)),
        (150, TileConfig(160, 80, 32)),
    ],
)
def test_resize_tile(size: int, expected: TileConfig) -> None:
    assert resize_tile(TileConfig(768, 96, 32), size) == expected


def test_wrong_settings(make_model: MakeModel) -> None:
    path = make_model()
    with pytest.raises(UsageError, match="A tile of 0 pixels"):
        segmenter(path, tile_size=0)
    model = segmenter(path)
    pixels = np.zeros((4, 4), np.uint8)
    for confidence in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="A least confidence of"):
            model.segment(pixels, min_confidence=confidence)
    with pytest.raises(UsageError, match="The task 'cell' is unknown; use cells or mask"):
        model.segment(pixels, task="cell")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no image"):
        model.segment(np.zeros((4, 4, 2), np.uint8))
