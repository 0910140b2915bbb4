import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from neurocyte.cli import main
from neurocyte.simulate import write_dataset

TINY = ["--encoder", "test_efficientnet.r160_in1k", "--encoder-weights", "none", "--precision", "fp32"]
SHORT = ["--epochs", "1", "--repeats", "1", "--crop", "64x64", "--batch", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_dataset(folder, 4, seed=3, kind="cort", shape=(80, 96), cells=4)
    return folder


def test_train_then_segment_with_the_model(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", str(data), "-o", str(run), *TINY, *SHORT, "--license", "CC0"]) == 0
    out = capsys.readouterr().out
    assert "4 annotated images (labels)" in out
    assert "Encoder weights from nowhere (random start)" in out
    assert f"--model {run}" in out
    assert json.loads((run / "config.json").read_text())["license"] == "CC0"
    target = tmp_path / "out"
    assert main(["segment", str(data / "images"), "-o", str(target), "--model", str(run), "--quiet"]) == 0
    assert len(list((target / "labels").iterdir())) == 4
    # The same call by its file: DATA, RUN and all options are read from it.
    assert main(["train", "--config", str(run / "run.yaml")]) == 2
    assert "holds a training run already" in capsys.readouterr().err


def test_the_paper_recipe_resizes_whole_images(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "paper"
    arguments = [
        "train",
        str(data),
        "-o",
        str(run),
        *TINY,
        *SHORT,
        "--recipe",
        "paper",
        "--no-export",
        "--quiet",
    ]
    assert main([*arguments, "--arch", "unet-ag"]) == 0
    config = json.loads((run / "config.json").read_text())
    assert config["input"]["resize"] == {"mode": "fixed", "height": 64, "width": 64}
    assert config["input"]["intensity"] == "dtype"
    assert config["architecture"]["name"] == "unet-ag"
    assert not (run / "model.onnx").exists()
    assert main(["export", str(run), "--quiet"]) == 0
    assert (run / "model.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--arch", "resnet"], "No architecture is named 'resnet'"),
        (["--encoder", "alexnet9000"], "No encoder is named 'alexnet9000'"),
        (["--encoder-weights", "nowhere.safetensors"], "There is no weights file at nowhere.safetensors"),
        (["--crop", "100x100"], "is not HxW in multiples of 32"),
        (["--resume"], "to resume from"),
        (["--val-fraction", "0"], "give a number between 0 and 1"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    data: Path, tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["train", str(data), "-o", str(tmp_path / "run"), "--encoder-weights", "none", *arguments]) == 2
    )
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_data_of_no_known_format_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path), "-o", str(tmp_path / "run")]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_inspect_prints_the_papers_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "linknet-ag", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"parameters", "macs", "weights_bytes", "stages"}
    parts = found["parameters"]
    assert 6.05e6 <= parts["total"] <= 6.09e6
    assert parts["total"] == parts["encoder"] + parts["gates"] + parts["decoder"] + parts["head"]
    assert found["macs"] == pytest.approx(2.03e9, rel=0.01)
    # Table 2 of the paper: input sides of the nine stages, and B0's repeats.
    assert [s["input_size"] for s in found["stages"]] == [256, 128, 128, 64, 32, 16, 16, 8, 8]
    assert [s["repeats"] for s in found["stages"]] == [1, 1, 2, 2, 3, 3, 4, 1, 1]
    assert [s["channels"] for s in found["stages"]] == [32, 16, 24, 40, 80, 112, 192, 320, 1280]
    assert main(["inspect", "unet-ag"]) == 0
    text = capsys.readouterr().out
    assert "10,094,609" in text
    assert "MBConv6 k5" in text
    assert main(["inspect", "nothing"]) == 2
    assert "There is no model 'nothing'" in capsys.readouterr().err


def test_each_fold_learns_on_from_all_but_its_judges(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(data), "-o", str(run), *TINY, *SHORT, "--folds", "2", "--refit", "1"]
    assert main([*arguments, "--no-export"]) == 0
    assert capsys.readouterr().out.count("Learning on from all 2 images, epochs: 1.") == 2
    report = json.loads((run / "cross_validation.json").read_text())
    assert report["n"] == 4
    assert json.loads((run / "fold-1" / "config.json").read_text())["data"]["refit"] == 1
    assert main(["train", str(data), "-o", str(tmp_path / "b"), "--arch", "ancis", "--refit", "1"]) == 2
    assert "leave --refit away" in capsys.readouterr().err
