import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from neurocyte.cli import main
from neurocyte.simulate import write_dataset
from neurocyte.training.ancis import run as ancis_run

SHORT = ["--arch", "ancis", "--encoder-weights", "none", "--epochs", "1", "--repeats", "1", "--batch", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_dataset(folder, 3, seed=3, kind="cort", shape=(64, 64), cells=3)
    return folder


def test_the_baseline_is_trained_scored_and_not_exported(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ancis_run, "SIDE", 64)
    run = tmp_path / "run"
    assert main(["train", str(data), "-o", str(run), *SHORT]) == 0
    assert "it is scored, not exported" in capsys.readouterr().out
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["n"] == len(metrics["images"]) == len(list((run / "labels").iterdir())) == 1
    assert not (run / "model.onnx").exists()
    assert main(["train", str(data), "-o", str(run), *SHORT]) == 2
    assert "holds a training run already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--encoder", "resnet-152"], ["--gate", "half"], ["--scale", "2"], ["--zoom", "2"]]
)
def test_options_of_the_segmenters_are_refused(
    data: Path, tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(data), "-o", str(tmp_path / "run"), *SHORT, *option]) == 2
    error = capsys.readouterr().err
    assert f"leave {option[0]} away" in error
    assert error.count("\n") == 1


def test_inspect_counts_the_authors_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "ancis", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["parameters"]
    # 14.01 M, 7.85 M and 21.85 M in the authors' code.
    assert counts == {"detector": 14_008_644, "segmenter": 7_845_825, "total": 21_854_469}
