"""Other representations of cells: what they learn, and that perfect maps give the cells back."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.simulate import write_dataset

torch = pytest.importorskip("torch")

FOLDER = Path(__file__).parents[2] / "benchmarks" / "representations"
MODULES = ("way", "cell_targets", "flows", "joining", "stars", "embedding", "learning")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def labels() -> np.ndarray:
    """A disk and a branching cell that touch, and a square apart."""
    rows, columns = np.indices((64, 80))
    found = np.zeros((64, 80), np.int32)
    found[(rows - 20) ** 2 + (columns - 20) ** 2 < 100] = 1
    found[18:23, 30:60] = 2
    found[10:40, 44:49] = 2
    found[48:60, 8:20] = 3
    return found


def alike(labels: np.ndarray, found: np.ndarray) -> float:
    return mean_average_precision([overlaps(labels, found)])


def test_perfect_flows_and_fragments_give_the_cells_back(load: Any, labels: np.ndarray) -> None:
    flows = load("flows").Flows()
    maps = flows.targets(labels)
    maps[1:] = 0.5 + maps[1:] / (2 * flows.settings.reach)
    assert alike(labels, flows.read(maps, 0.5, 0.4)) == 1
    module = load("joining")
    maps = module.Joining().targets(labels)
    maps[3:] = 0.5 + maps[3:] / (2 * module.REACH)
    assert alike(labels, module.Joining().read(maps, 0.5, 0.4)) > 0.8
    # Without borders and with all middles in one place nothing keeps cells apart.
    maps[1], maps[3:] = 0, 0.5 + (np.array([[[32]], [[40]]]) - np.indices(labels.shape)) / (2 * module.REACH)
    assert module.Joining().read(maps, 0.5, 0.4).max() == 2


def test_joining_learns_its_targets(load: Any, labels: np.ndarray) -> None:
    module = load("joining")
    targets = torch.from_numpy(module.Joining().targets(labels))[None]
    known = targets.clone()
    known[:, 3:] = 0.5 + targets[:, 3:] / (2 * module.REACH)
    told = module.Joining().loss(torch.logit(known, eps=1e-6), targets)
    assert told < 0.01
    for index in range(5):
        wrong = known.clone()
        wrong[:, index] = 1 - wrong[:, index]
        assert module.Joining().loss(torch.logit(wrong, eps=1e-6), targets) > told + 0.05


def test_embedded_pixels_are_clustered(load: Any, labels: np.ndarray) -> None:
    way = load("embedding").Embedding()
    maps = np.zeros((5, *labels.shape), np.float32)
    maps[0] = maps[4] = labels > 0
    for label in (1, 2, 3):
        inside = np.argwhere(labels == label)
        maps[1:3, labels == label] = (inside.mean(axis=0) - inside).T
    maps[3] = 0.1
    assert alike(labels, way.read(maps, 0.5, 0.5)) == 1
    # A margin as wide as the image makes one cell of all.
    maps[3] = 1e-6
    assert way.read(maps, 0.5, 0.5).max() == 1


def test_the_embedding_learns_to_point_to_the_middle(load: Any, labels: np.ndarray) -> None:
    way = load("embedding").Embedding()
    targets = torch.from_numpy(way.targets(labels))[None]
    logits = torch.zeros(1, 5, *labels.shape, requires_grad=True)
    first = way.loss(logits, targets)
    optimizer = torch.optim.Adam([logits], 0.1)
    for _ in range(60):
        optimizer.zero_grad()
        loss = way.loss(logits, targets)
        loss.backward()
        optimizer.step()
    assert loss < first / 2
    assert alike(labels, way.read(way.maps(logits.detach(), 1)[0].numpy(), 0.5, 0.5)) > 0.6


def test_stars_give_cells_back(load: Any, labels: np.ndarray) -> None:
    pytest.importorskip("stardist", reason="stardist is not installed")
    way = load("stars").Stars()
    assert alike(labels, way.read(way.targets(labels), 0.5, 0.3)) > 0.6


@pytest.mark.parametrize("name", ["joining", "flows", "embedding"])
def test_each_way_is_learned_tuned_and_judged(
    name: str, load: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dataset(tmp_path / "data", 6, seed=1, kind="cort", shape=(64, 80), cells=4)
    load("way")
    spec = importlib.util.spec_from_file_location("script_representations", FOLDER / "__main__.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    out = tmp_path / "out"
    call = ["x", str(tmp_path / "data"), "-o", str(out), "--way", name, "--epochs", "1", "--repeats", "2"]
    monkeypatch.setattr(sys, "argv", [*call, "--encoder-weights", "none", "--threads", "1"])
    script.main()
    assert f"| {name} | 2 |" in capsys.readouterr().out
    before = (out / f"{name}-0.json").stat().st_mtime_ns
    script.main()
    assert (out / f"{name}-0.json").stat().st_mtime_ns == before
