from typing import Any

import numpy as np
import torch
from torch import nn

from neurocyte.networks.ancis import AnchorConfig, Detections
from neurocyte.networks.ancis.crops import Window
from neurocyte.networks.ancis.masks import Patch
from neurocyte.training.ancis import predict
from neurocyte.training.ancis.predict import to_native


class Fake(nn.Module):
    """Finds what it is told to, whatever the image."""

    def __init__(self, patches: list[Patch], confidences: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.anchors = AnchorConfig(side=16)
        self.found = Detections(torch.zeros(len(confidences), 4), torch.tensor(confidences), patches)

    def forward(self, image: torch.Tensor) -> list[Detections]:
        assert not self.training
        return [self.found]


def _patch(index: int, window: Window, logit: float) -> Patch:
    return Patch(index, window, torch.full((window.height, window.width), logit))


def _predict(model: Any, shape: tuple[int, int]) -> Any:
    return predict(model, np.zeros(shape, np.float32))


def test_the_more_confident_cell_has_the_overlap() -> None:
    patches = [_patch(0, Window(0, 0, 8, 8), 1.0), _patch(1, Window(0, 4, 8, 12), 3.0)]
    result = _predict(Fake(patches, [0.9, 0.5]), (16, 16))
    assert result.labels[3].tolist() == [1] * 8 + [2] * 4 + [0] * 4
    # the probability is the greater of both, whoever has the pixel
    expected = torch.sigmoid(torch.tensor([1.0] * 4 + [3.0] * 8)).numpy()
    np.testing.assert_allclose(result.probability[3, :12], expected, rtol=1e-6)
    assert result.probability[3, 12:].max() == 0


def test_a_covered_cell_is_none_and_numbers_have_no_gap() -> None:
    patches = [
        _patch(0, Window(0, 0, 8, 8), 1.0),
        _patch(1, Window(2, 2, 6, 6), 1.0),
        _patch(2, Window(8, 8, 12, 12), -1.0),
        _patch(3, Window(12, 12, 16, 16), 1.0),
    ]
    result = _predict(Fake(patches, [0.9, 0.8, 0.7, 0.6]), (16, 16))
    assert np.unique(result.labels).tolist() == [0, 1, 2]
    assert result.confidences.tolist() == np.array([0.9, 0.6], np.float32).tolist()


def test_cells_are_at_the_images_own_size() -> None:
    result = _predict(Fake([_patch(0, Window(4, 8, 8, 16), 1.0)], [0.9]), (32, 24))
    rows, columns = np.nonzero(result.labels)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (8, 15, 12, 23)


def test_nothing_found() -> None:
    result = _predict(Fake([], []), (10, 12))
    assert result.labels.shape == (10, 12)
    assert not result.labels.any()
    assert result.confidences.shape == (0,)


def test_the_mode_of_the_model_stays() -> None:
    model = Fake([], [])
    _predict(model, (10, 12))
    assert model.training


def test_resampling_is_linear() -> None:
    values = np.outer([1, 1, 1], [0, 1, 2, 3]).astype(np.float32)
    window, native = to_native(values, Window(0, 0, 3, 4), (4, 4), (4, 8))
    assert window == Window(0, 0, 3, 8)
    np.testing.assert_allclose(native[0], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


def test_resampling_without_change() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    window, native = to_native(values, Window(2, 3, 5, 7), (16, 16), (16, 16))
    assert window == Window(2, 3, 5, 7)
    np.testing.assert_array_equal(native, values)
