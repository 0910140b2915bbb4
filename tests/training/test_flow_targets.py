"""The flows that the cells of an annotation have."""

import numpy as np

from neurocyte.training.flow_targets import own_flows
from touching import LABELS


def test_the_flow_leads_to_the_middle() -> None:
    field = own_flows(LABELS)
    assert field.dtype == np.float32
    assert not field[:, LABELS == 0].any()
    lengths = np.hypot(*field)[LABELS > 0]
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-5)
    # The left square's: above its middle downwards, left of it to the right, and so away from its neighbour.
    assert field[0, 22, 20] > 0.9
    assert field[1, 30, 12] > 0.9
    assert field[1, 30, 28] < -0.9
    # Numbers may have gaps, and a cell knows nothing of its neighbours.
    alone = own_flows(np.where(LABELS == 2, 40, 0))
    assert np.array_equal(alone[:, LABELS == 2], field[:, LABELS == 2])


def test_the_flow_turns_around_a_bend() -> None:
    """Of a horseshoe, whose ends lead along it and not straight to the middle between its legs."""
    rows, columns = np.indices((60, 60))
    ring = np.hypot(rows - 30, columns - 30)
    shoe = ((ring > 16) & (ring < 22) & (rows < 32)).astype(np.int32)
    field = own_flows(shoe)
    assert field[0, 29, 11] < -0.8
    assert field[0, 29, 49] < -0.8


def test_what_is_too_wide_to_follow_has_no_flow() -> None:
    wide = np.zeros((40, 600), np.int32)
    wide[:20] = 1
    wide[30:, 50:90] = 2
    field = own_flows(wide)
    assert not field[:, wide == 1].any()
    assert np.array_equal(field[:, wide == 2], own_flows(np.where(wide == 2, 1, 0))[:, wide == 2])
    assert not own_flows(np.where(wide == 1, 1, 0)).any()
