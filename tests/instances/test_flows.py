"""Cells by where their pixels lead."""

import numpy as np
import pytest

from flowing import hills, maps_of
from neurocyte.errors import InputError
from neurocyte.instances import cell_features, decode
from neurocyte.instances.flows import Followed, flow_field, flow_marks, follow, join_alike
from neurocyte.instances.labels import sums_by_label
from neurocyte.large.boxes import Box
from neurocyte.large.joining import Joiner
from neurocyte.large.pieces import cut_pieces
from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.models.config import FLOW_FEATURES, FlowConfig
from neurocyte.segmentation import point_back, scale_instances
from neurocyte.training.flow_targets import own_flows

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


def test_perfect_flows_give_the_cells_back(labels: np.ndarray) -> None:
    found, confidences = decode(maps_of(labels), SETTINGS)
    assert found.dtype == np.uint16
    assert mean_average_precision([overlaps(labels, found)]) == 1
    assert confidences.tolist() == [1.0] * 4
    assert np.allclose(flow_field(maps_of(labels), SETTINGS.reach), own_flows(labels), atol=1e-6)


def test_noise_is_followed_through(labels: np.ndarray) -> None:
    noise = 0.4 * np.random.default_rng(0).normal(size=(2, *labels.shape))
    found, _ = decode(maps_of(labels, (own_flows(labels) + noise).astype(np.float32)), FlowConfig())
    assert mean_average_precision([overlaps(labels, found)]) > 0.8


def test_a_cell_whose_shape_does_not_fit_its_flow_is_less_sure(labels: np.ndarray) -> None:
    field = own_flows(labels)
    # The square flows as if it went on to the left: towards its own left edge. The disk hardly flows.
    field[:, labels == 4] = np.array([[0.0], [-1.0]])
    field[:, labels == 1] *= 0.1
    fitting = marks_of(maps_of(labels), labels)
    found = marks_of(maps_of(labels, field), labels)
    assert fitting["flow"] == pytest.approx(1, abs=0.05)
    assert (fitting["inflow"] > 0.6).all()
    assert (fitting["drift"] < 0.2).all()
    assert found["flow"][0] == pytest.approx(0.1, abs=0.01)
    assert found["inflow"][3] < 0.1
    assert found["drift"][3] > 0.4
    # The others are as they were.
    for name in ("flow", "inflow", "drift"):
        assert found[name][1:3] == pytest.approx(fitting[name][1:3], abs=1e-6)


def marks_of(maps: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    features = cell_features(maps.astype(np.float32), labels, SETTINGS)
    return dict(zip(FLOW_FEATURES, features.T, strict=True))


def test_fragments_whose_flows_do_not_part_are_one_cell() -> None:
    """A bar of three fragments: the first two flow to the left, the third to the right."""
    fragments = np.zeros((30, 100), np.int32)
    fragments[10:20, 5:35], fragments[10:20, 35:70], fragments[10:20, 70:95] = 1, 2, 3
    field = np.zeros((2, 30, 100), np.float32)
    field[1] = np.where(fragments == 3, 1, -1) - 0.001 * np.arange(100)
    followed = Followed(fragments, fragments, np.zeros_like(field), field)
    cells = join_alike(followed)
    assert cells[15, 10] == cells[15, 40] != cells[15, 80]
    # It ends in the second one, a pixel before the line: that parts, but where the line is nothing does.
    field[1, :, 68:70] = 1
    assert len(np.unique(join_alike(followed))) == 2


def test_a_few_wrong_pixels_join_nothing_and_cut_nothing() -> None:
    labels = np.zeros((40, 60), np.int32)
    labels[10:30, 10:30], labels[10:30, 30:50] = 1, 2
    field = own_flows(labels)
    # A gap of four pixels where both sides flow to the right, and two flows in a cell that part.
    field[:, 18:22, 27:33] = np.array([0.0, 1.0])[:, None, None]
    field[:, 12:14, 14:16], field[:, 12:14, 16:18] = (
        np.array([0.0, -1.0])[:, None, None],
        np.array([0.0, 1.0])[:, None, None],
    )
    found, _ = decode(maps_of(labels, field), SETTINGS)
    assert found.max() == 2


def test_a_component_where_no_ways_meet_is_a_cell(labels: np.ndarray) -> None:
    speck = np.zeros((20, 20), np.int32)
    speck[5:7, 5:9] = 1
    # Eight pixels: fewer than a sink needs.
    assert follow(np.zeros((2, 20, 20), np.float32), speck > 0).labels.max() == 1
    assert decode(maps_of(speck), FlowConfig(min_area=5))[0].max() == 1
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


@pytest.mark.parametrize(("kind", "least"), [("cells", 4), ("hills", 60)])
def test_windows_give_the_cells_of_the_whole(kind: str, least: int, labels: np.ndarray) -> None:
    """In windows of 48 that see 40 pixels around."""
    maps = maps_of(labels) if kind == "cells" else hills()
    whole, _ = decode(maps, SETTINGS)
    assert whole.max() >= least
    height, width = whole.shape
    joiner = Joiner(SETTINGS, "cells")
    for top in range(0, height, 48):
        for left in range(0, width, 48):
            core = Box(top, left, min(top + 48, height), min(left + 48, width))
            seen = Box(max(top - 40, 0), max(left - 40, 0), min(top + 88, height), min(left + 88, width))
            part = maps[:, seen.top : seen.bottom, seen.left : seen.right]
            joiner.add(cut_pieces(part, seen, core, width, SETTINGS, "cells"))
    cells = joiner.join()
    assert cells.area.tolist() == np.bincount(whole.ravel())[1:].tolist()
    followed = follow(flow_field(maps, SETTINGS.reach), maps[0] >= SETTINGS.threshold)
    joined = len(np.unique(followed.labels)) - len(np.unique(join_alike(followed)))
    assert kind == "cells" or joined > 10
    wanted = sums_by_label(flow_marks(followed), whole)
    np.testing.assert_allclose(cells.flow, wanted, rtol=1e-4, atol=1e-3)
