import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.metrics.matching import match_counts, overlaps
from neurocyte.networks.ancis import anchors_for_cells, build_ancis
from neurocyte.networks.ancis.anchors import anchor_boxes
from neurocyte.preprocess import prepare
from neurocyte.simulate import simulate
from neurocyte.training.ancis import AncisResult, load_ancis, predict, train_ancis
from neurocyte.training.ancis.data import Example, cell_boxes, input_config
from neurocyte.training.ancis.fit import COLUMNS
from neurocyte.training.ancis.losses import boxes_to_learn, detection_loss, mask_loss
from neurocyte.training.ancis.stage import Plan, Stage, read_checkpoint


class KilledError(Exception):
    pass


def _train(samples: list[Sample], out: Path, resume: bool = False, **options: Any) -> AncisResult:
    given = {
        "side": 72,
        "epochs": (2, 2),
        "repeats": 1,
        "batch_size": 2,
        "seed": 0,
        "say": lambda _: None,
        **options,
    }
    return train_ancis(samples[:2], samples[2:], out, resume=resume, **given)


def _kill_after(count: int) -> Callable[[str], None]:
    """Interrupt the run when it tells of its n-th epoch."""
    told = []

    def say(sentence: str) -> None:
        told.append(sentence)
        if len(told) == count:
            raise KilledError

    return say


@pytest.fixture(scope="module")
def samples(make_samples: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return make_samples(tmp_path_factory.mktemp("images"), 3, (70, 80))


@pytest.fixture(scope="module")
def whole(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AncisResult]:
    out = tmp_path_factory.mktemp("whole")
    return out, _train(samples, out)


def _weights(out: Path) -> dict[str, torch.Tensor]:
    paths = sorted((out / "checkpoints").glob("*.ckpt"))
    assert [p.name for p in paths] == [
        f"{part}-{which}.ckpt" for part in ("detector", "segmenter") for which in ("best", "last")
    ]
    return {f"{p.name}:{n}": t for p in paths for n, t in read_checkpoint(p)["weights"].items()}


def test_a_run_leaves_history_and_checkpoints(whole: tuple[Path, AncisResult]) -> None:
    out, result = whole
    assert result.epochs == (2, 2)
    assert result.updates == (2, 2)
    assert [p.name for p in result.best] == ["detector-best.ckpt", "segmenter-best.ckpt"]
    with (out / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["stage"], r["epoch"], r["updates"]) for r in rows] == [
        ("detector", "0", "1"),
        ("detector", "1", "2"),
        ("segmenter", "0", "1"),
        ("segmenter", "1", "2"),
    ]
    assert all(float(r["train_loss"]) > 0 and float(r["val_loss"]) > 0 for r in rows)


def test_a_killed_run_reaches_the_same_weights(
    whole: tuple[Path, AncisResult], samples: list[Sample], tmp_path: Path
) -> None:
    for count in (1, 3):  # in the detector's stage, then in the mask branch's
        with pytest.raises(KilledError):
            _train(samples, tmp_path, resume=count > 1, say=_kill_after(count if count == 1 else 2))
    result = _train(samples, tmp_path, resume=True)
    expected, got = _weights(whole[0]), _weights(tmp_path)
    assert expected.keys() == got.keys()
    assert [name for name in expected if not torch.equal(expected[name], got[name])] == []
    assert [r["val_loss"] for r in result.history] == [r["val_loss"] for r in whole[1].history]


def test_a_finished_run_is_not_trained_again(whole: tuple[Path, AncisResult], samples: list[Sample]) -> None:
    out, result = whole
    before = {p: p.stat().st_mtime_ns for p in (out / "checkpoints").iterdir()}
    again = _train(samples, out, resume=True, say=_kill_after(1))
    assert again == result
    assert before == {p: p.stat().st_mtime_ns for p in (out / "checkpoints").iterdir()}


def test_a_run_is_not_overwritten_or_mixed(whole: tuple[Path, AncisResult], samples: list[Sample]) -> None:
    with pytest.raises(UsageError, match="holds a training run already"):
        _train(samples, whole[0])
    with pytest.raises(UsageError, match="another edges, side, seed"):
        _train(samples, whole[0], resume=True, seed=1, side=100)


def test_the_best_weights_are_loaded_and_predict(
    whole: tuple[Path, AncisResult], samples: list[Sample]
) -> None:
    out, _ = whole
    model = load_ancis(out)
    assert not model.training
    assert model.anchors.side == 72
    for name in ("detector", "segmenter"):
        best = read_checkpoint(out / "checkpoints" / f"{name}-best.ckpt")["weights"]
        assert all(torch.equal(best[k], v) for k, v in getattr(model, name).state_dict().items())
    result = predict(model, samples[0].read_image().pixels)
    assert result.labels.shape == result.probability.shape == (70, 80)
    assert result.labels.dtype == np.int32
    assert result.probability.dtype == np.float32
    assert len(result.confidences) == result.labels.max()


def test_nothing_to_load(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no checkpoint"):
        load_ancis(tmp_path)


@pytest.mark.parametrize(
    ("losses", "limit", "expected"),
    [([5, 4, 3, 2], 4, 4), ([5, 6, 6, 6, 1], 9, 4), ([5, 4, 5, 5, 5, 1], 9, 5), ([5, 5, 5, 5], 9, 4)],
)
def test_a_stage_stops_early_and_keeps_the_best(
    losses: list[float], limit: int, expected: int, tmp_path: Path
) -> None:
    """Three epochs without a better validation loss end a stage."""
    module = nn.Linear(1, 1)
    told = iter(losses)

    class Data:
        samples = (None,)

        def get(self, epoch: int, index: int) -> None:
            return None

    def loss(batch: Any) -> torch.Tensor:
        value = module.weight.sum()
        return value if module.training else torch.tensor(float(next(told)))

    plan = Plan("detector", limit, 1, 1, 0, {})
    stage = Stage(plan, module, loss, tmp_path, resume=False)
    while not stage.done:
        stage.epoch(Data(), Data())  # type: ignore[arg-type]
    assert len(stage.rows) == expected
    assert read_checkpoint(stage.best_path)["epoch"] == int(np.argmin(losses[:expected]))


def test_both_stages_learn_one_image_by_heart() -> None:
    side = 80
    simulated = simulate((side, side), 4, "cort", 1)
    labels = simulated.labels.astype(np.int32)
    boxes, ids = cell_boxes(labels)
    sizes = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).astype(np.float64)
    torch.manual_seed(0)
    model = build_ancis(anchors_for_cells(sizes, side))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.5  # so few updates do not fill the running statistics otherwise
    plane = torch.from_numpy(prepare(simulated.image, input_config(side)).plane)
    tensors = (torch.from_numpy(array) for array in (labels, boxes, ids))
    example = Example(plane, *tensors, seed=0)
    anchors = anchor_boxes(model.anchors, (side, side))
    image = plane[None].contiguous(memory_format=torch.channels_last)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.detector.parameters(), 1e-3)
    for _ in range(24):
        loss = detection_loss(model.detector(image), [example], anchors)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        output = model.detector(image)
        found, _ = model.detector.boxes(output)[0]
    chosen, labels_of = boxes_to_learn(found, example, None)
    optimizer = torch.optim.Adam(model.segmenter.parameters(), 1e-3)
    for _ in range(15):
        mask = mask_loss(model.segmenter(output.features, [chosen]), [labels_of], [example])
        assert mask is not None
        optimizer.zero_grad()
        mask.backward()
        optimizer.step()
    result = predict(model, simulated.image)
    counts = match_counts(overlaps(labels, result.labels), 0.5)
    assert (counts.tp, counts.fp, counts.fn) == (4, 0, 0)
    assert result.probability[labels > 0].mean() > 0.5 > result.probability[labels == 0].mean()


def test_the_precision_is_the_one_that_was_asked_for(samples: list[Sample], tmp_path: Path) -> None:
    losses = {
        name: _train(samples, tmp_path / name, epochs=(1, 1), precision=name).history[0]["train_loss"]
        for name in ("fp32", "bf16")
    }
    assert losses["bf16"] != losses["fp32"]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.05)
