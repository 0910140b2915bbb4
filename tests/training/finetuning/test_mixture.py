"""The share of the new weights and the threshold, from tables made by hand."""

import numpy as np
import pytest
from torch import Tensor, nn

from neurocyte.io.annotations import open_dataset
from neurocyte.models.config import InputConfig, TileConfig
from neurocyte.simulate import write_dataset
from neurocyte.training.finetuning.mixture import choose, iou_by_threshold, spaced


def test_the_smallest_share_that_costs_nothing_much() -> None:
    new = {0.0: {0.5: 0.50}, 0.25: {0.5: 0.595}, 0.5: {0.5: 0.60}, 1.0: {0.5: 0.58}}
    assert choose(new, None, 0.5) == (0.25, 0.5)
    assert choose({0.0: {0.5: 0.60}, 0.5: {0.5: 0.605}, 1.0: {0.5: 0.4}}, None, 0.5) == (0.0, 0.5)


def test_the_threshold_nearest_to_the_parents() -> None:
    row = {0.2: 0.50, 0.4: 0.595, 0.6: 0.60, 0.8: 0.596}
    bad = dict.fromkeys(row, 0.1)
    assert choose({0.0: bad, 1.0: row}, None, 0.2) == (1.0, 0.4)
    assert choose({0.0: bad, 1.0: row}, None, 0.7) == (1.0, 0.6)


def test_what_is_kept_counts_as_much_as_what_is_new() -> None:
    new = {0.0: {0.5: 0.1}, 0.5: {0.5: 0.5}, 1.0: {0.5: 0.6}}
    kept = {0.0: {0.5: 0.7}, 0.5: {0.5: 0.68}, 1.0: {0.5: 0.5}}
    assert choose(new, None, 0.5)[0] == 1.0
    assert choose(new, kept, 0.5)[0] == 0.5


class Grey(nn.Module):
    """The image's own first channel as logits."""

    def forward(self, image: Tensor) -> Tensor:
        return image[:, :1]


def test_pooled_iou_at_each_threshold(tmp_path) -> None:
    write_dataset(tmp_path, 2, seed=1, kind="cort", shape=(64, 96), cells=5)
    samples = open_dataset(tmp_path).samples
    found = iou_by_threshold(Grey(), samples, InputConfig(), TileConfig(), (0.0, 1.0))
    truth = np.mean([sample.read_labels().labels > 0 for sample in samples])
    # Everything is above 0, nothing above 1.
    assert found[0.0] == pytest.approx(truth)
    assert found[1.0] == 0


@pytest.mark.parametrize(("count", "taken"), [(1, 1), (8, 8), (9, 5), (28, 7)])
def test_at_most_eight_images(count: int, taken: int) -> None:
    assert len(spaced(list(range(count)))) == taken  # type: ignore[arg-type]
