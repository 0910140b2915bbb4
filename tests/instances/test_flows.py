"""Cells by where their pixels lead."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from neurocyte.errors import InputError
from neurocyte.instances import decode
from neurocyte.instances.flows import flow_field, follow, own_flows
from neurocyte.large.boxes import Box
from neurocyte.large.joining import Joiner
from neurocyte.large.pieces import cut_pieces
from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.models.config import FlowConfig
from neurocyte.segmentation import point_back, scale_instances

SETTINGS = FlowConfig(min_area=10)


@pytest.fixture
def labels() -> np.ndarray:
    """A disk that touches a cell with branches, a horseshoe, and a square at the image's corner."""
    rows, columns = np.indices((96, 128))
    found = np.zeros((96, 128), np.int32)
    found[(rows - 20) ** 2 + (columns - 20) ** 2 < 100] = 1
    found[18:23, 30:60] = 2
    found[10:40, 44:49] = 2
    ring = np.hypot(rows - 60, columns - 70)
    found[(ring > 14) & (ring < 21) & (rows < 62)] = 3
    found[:12, 110:] = 4
    return found


def maps_of(labels: np.ndarray, flow: np.ndarray | None = None) -> np.ndarray:
    field = own_flows(labels) if flow is None else flow
    return np.concatenate(((labels > 0)[None].astype(np.float32), 0.5 + field / (2 * SETTINGS.reach)))


def test_the_flow_leads_to_the_middle(labels: np.ndarray) -> None:
    field = own_flows(labels)
    assert field.dtype == np.float32
    assert not field[:, labels == 0].any()
    lengths = np.hypot(*field)[labels > 0]
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-5)
    # Above the disk's middle downwards, left of it to the right.
    assert field[0, 12, 20] > 0.9
    assert field[1, 20, 12] > 0.9
    # Numbers may have gaps, and a cell knows nothing of its neighbours.
    alone = own_flows(np.where(labels == 2, 40, 0))
    assert np.array_equal(alone[:, labels == 2], field[:, labels == 2])


def test_what_is_too_wide_to_follow_has_no_flow() -> None:
    wide = np.zeros((40, 600), np.int32)
    wide[:20] = 1
    wide[30:, 50:90] = 2
    field = own_flows(wide)
    assert not field[:, wide == 1].any()
    assert np.array_equal(field[:, wide == 2], own_flows(np.where(wide == 2, 1, 0))[:, wide == 2])
    assert not own_flows(np.where(wide == 1, 1, 0)).any()


def test_perfect_flows_give_the_cells_back(labels: np.ndarray) -> None:
    found, confidences = decode(maps_of(labels), SETTINGS)
    assert found.dtype == np.uint16
    assert mean_average_precision([overlaps(labels, found)]) == 1
    assert confidences.tolist() == [1.0] * 4
    assert np.allclose(flow_field(maps_of(labels), SETTINGS.reach), own_flows(labels), atol=1e-6)


def test_noise_is_followed_through(labels: np.ndarray) -> None:
    noise = 0.4 * np.random.default_rng(0).normal(size=(2, *labels.shape))
    found, _ = decode(maps_of(labels, (own_flows(labels) + noise).astype(np.float32)), FlowConfig(error=10))
    assert mean_average_precision([overlaps(labels, found)]) > 0.8


def test_a_cell_whose_shape_does_not_fit_its_flow_is_dropped(labels: np.ndarray) -> None:
    field = own_flows(labels)
    # The square flows as if it went on to the left: towards its own left edge.
    field[:, labels == 4] = np.array([[0.0], [-1.0]])
    found, _ = decode(maps_of(labels, field), SETTINGS)
    assert found.max() == 3
    assert not found[labels == 4].any()
    lenient, _ = decode(maps_of(labels, field), FlowConfig(min_area=10, error=4))
    assert lenient[labels == 4].any()


def test_a_component_where_no_ways_meet_is_a_cell(labels: np.ndarray) -> None:
    speck = np.zeros((20, 20), np.int32)
    speck[5:7, 5:9] = 1
    # Eight pixels: fewer than a sink needs.
    assert follow(np.zeros((2, 20, 20), np.float32), speck > 0).labels.max() == 1
    assert decode(maps_of(speck), FlowConfig(min_area=5, error=10))[0].max() == 1
    assert not decode(maps_of(np.zeros_like(labels)), SETTINGS)[0].any()


def test_maps_that_are_missing_are_named(labels: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"cannot be followed: give 3 maps \(foreground, flow_y, flow_x\)"):
        decode(maps_of(labels)[:2], SETTINGS)


def test_the_mask_needs_no_flow(labels: np.ndarray) -> None:
    assert decode(maps_of(labels), SETTINGS, "mask")[0].max() == 3


def test_a_flipped_flow_is_turned_back(labels: np.ndarray) -> None:
    outputs = ("foreground", "flow_y", "flow_x")
    maps = maps_of(labels)
    for flip in ((1,), (2,), (1, 2)):
        there = maps_of(np.flip(labels, [axis - 1 for axis in flip]))
        back = point_back(np.flip(there, flip), outputs, flip)
        # A middle between two pixels may be either.
        assert np.abs(back - maps).mean() < 0.01


def test_only_the_area_hangs_on_the_pixel_size() -> None:
    assert scale_instances(SETTINGS, 0.5) == FlowConfig(min_area=40)


def hills() -> np.ndarray:
    """Maps of a landscape: what is high is foreground, and flows lead upwards."""
    heights = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(190, 230)), 4)
    heights /= heights.std()
    field = np.stack(np.gradient(heights)) / np.maximum(np.hypot(*np.gradient(heights)), 1e-9)
    maps = np.concatenate((1 / (1 + np.exp(-4 * heights))[None], 0.5 + field / (2 * SETTINGS.reach)))
    return maps.astype(np.float32)


@pytest.mark.parametrize(("kind", "least"), [("cells", 4), ("hills", 60)])
def test_windows_give_the_cells_of_the_whole(kind: str, least: int, labels: np.ndarray) -> None:
    """In windows of 48 that see 40 pixels around."""
    maps = maps_of(labels) if kind == "cells" else hills()
    settings = replace(SETTINGS, error=0.6)
    whole, _ = decode(maps, settings)
    assert whole.max() >= least
    height, width = whole.shape
    joiner = Joiner(settings, "cells")
    for top in range(0, height, 48):
        for left in range(0, width, 48):
            core = Box(top, left, min(top + 48, height), min(left + 48, width))
            seen = Box(max(top - 40, 0), max(left - 40, 0), min(top + 88, height), min(left + 88, width))
            part = maps[:, seen.top : seen.bottom, seen.left : seen.right]
            joiner.add(cut_pieces(part, seen, core, width, settings, "cells"))
    cells = joiner.join()
    assert cells.area.tolist() == np.bincount(whole.ravel())[1:].tolist()
