"""The default model, on the real images that they never saw."""

import json
from pathlib import Path

import pytest

from neurocyte import DEFAULT_MODEL
from neurocyte.io.annotations import open_dataset
from neurocyte.io.splits import k_folds
from neurocyte.metrics.image_scores import score_image
from neurocyte.metrics.summary import summarise
from neurocyte.models import load_model
from neurocyte.models.folder import METRICS_NAME
from neurocyte.segmentation import Segmenter


def test_it_finds_what_its_figures_say(data_root: Path) -> None:
    model = load_model(DEFAULT_MODEL)
    first = json.loads((model.path / METRICS_NAME).read_text(encoding="utf-8"))["folds"][0]["chosen"]
    data = open_dataset(data_root / "data" / "sartorius")
    assert data.content_hash() == model.config.data["hash"]
    segmenter = Segmenter(model, "fp32")
    scores = []
    for sample in k_folds(data.samples, 5, model.config.seed)[0]:
        truth = sample.read_labels()
        cells = segmenter.segment(sample.read_image().pixels)
        scores.append(
            score_image(truth.labels, cells.labels, sample.stem, sample.cell_type, truth.lost_pixels)
        )
    found = summarise(scores).to_dict()
    # The figures are of torch and of weights in single precision; half precision is what ships.
    assert (found["n"], found["cells_true"]) == (first["n"], first["cells_true"])
    assert found["iou"] == pytest.approx(first["iou"], abs=0.002)
    assert found["map"] == pytest.approx(first["map"], abs=0.005)
    assert found["cells_pred"] == pytest.approx(first["cells_pred"], rel=0.02)
