"""`neurocyte benchmark` as it is typed."""

import json
from pathlib import Path
from typing import Any

import pytest

from neurocyte.benchmark import entrants
from neurocyte.cli import main
from neurocyte.segmentation import Segmenter


@pytest.fixture
def sartorius(data_root: Path) -> Path:
    return data_root / "data" / "sartorius"


@pytest.fixture
def annotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "annotated"
    assert main(["simulate", "-o", str(folder), "-n", "2", "--size", "96x128", "--cells", "6"]) == 0
    capsys.readouterr()
    return folder


def test_models_label_maps_and_otsu_in_one_table(
    annotated: Path, make_model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call = ["benchmark", "instances", str(annotated), "-o", str(out), "--model", str(make_model())]
    truth = f"truth={annotated / 'labels'}"
    assert main([*call, "--labels", truth, "--labels-note", "truth=The truth itself.", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    result = json.loads((out / "instances.json").read_text())
    assert [one["name"] for one in result["entrants"]] == ["tiny", "truth", "Otsu + watershed"]
    assert result["entrants"][1]["figures"]["map"] == 1.0
    assert [pair["other"] for pair in result["pairs"]] == ["truth", "Otsu + watershed"]
    text = (out / "INSTANCES.md").read_text()
    assert "- truth: The truth itself." in text
    assert str(tmp_path) not in text
    assert sorted(path.name for path in (out / "pictures").iterdir()) == [
        "best.png",
        "median.png",
        "worst.png",
    ]


def test_flips_have_a_row_of_their_own(
    annotated: Path, make_model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flips = []

    class Spied(Segmenter):
        def __init__(self, *args: Any, tta: bool, **options: Any) -> None:
            flips.append(tta)
            super().__init__(*args, tta=tta, **options)

    monkeypatch.setattr(entrants, "Segmenter", Spied)
    out, model = tmp_path / "out", str(make_model())
    call = ["benchmark", "instances", str(annotated), "-o", str(out), "--model", model, "--tta", "--quiet"]
    assert main([*call, "--no-classical"]) == 0
    result = json.loads((out / "instances.json").read_text())
    assert [one["name"] for one in result["entrants"]] == ["tiny", "tiny --tta"]
    assert "--model tiny --tta --no-classical" in (out / "INSTANCES.md").read_text()
    # The tiny model answers alike whichever way the image lies.
    assert flips == [False, True]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--no-classical"], "There is nothing to compare: name a --run, --model or --labels.\n"),
        (["--labels", "folder"], "--labels 'folder' is not NAME=VALUE: write it like cellpose=folder.\n"),
        (
            ["--labels-note", "x=y"],
            "--labels-note names x, which --labels does not: give both one NAME.\n",
        ),
    ],
)
def test_wrong_calls(
    annotated: Path, tmp_path: Path, options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["benchmark", "instances", str(annotated), "-o", str(tmp_path / "out"), *options]
    assert main(call) == 2
    assert capsys.readouterr().err == sentence
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (["speed", "data"], "'benchmark speed' takes no DATA: see 'neurocyte benchmark --help'.\n"),
        (
            ["speed", "--labels", "a=b"],
            "'benchmark speed' takes no --labels: see 'neurocyte benchmark --help'.\n",
        ),
        (
            ["speed", "--masks-are", "one"],
            "'benchmark speed' takes no --masks-are: see 'neurocyte benchmark --help'.\n",
        ),
        (
            ["instances", "data", "--image-rounds", "3"],
            "'benchmark instances' takes no --image-rounds: see 'neurocyte benchmark --help'.\n",
        ),
        (["instances"], "'benchmark instances' needs DATA, the annotated images.\n"),
    ],
)
def test_options_of_the_other_benchmark_are_refused(
    tmp_path: Path, call: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", *call, "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == sentence


def test_the_speed_of_a_model_is_written_and_drawn(
    make_model, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurocyte.benchmark.speed.entries.bundled_names", list)
    monkeypatch.setattr("neurocyte.benchmark.speed.entries.ROWS", ())
    for place in ("memory", "images"):
        monkeypatch.setattr(f"neurocyte.benchmark.speed.{place}.peak_memory", lambda *_: {"peak": 10**8})
    out = tmp_path / "out"
    call = ["benchmark", "speed", "-o", str(out), "--model", str(make_model()), "--quick", "--rounds", "1"]
    assert main([*call, "--threads", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads((out / "speed.json").read_text())
    assert [one["key"] for one in result["networks"]] == ["tiny"]
    assert result["command"] == (
        "neurocyte benchmark speed -o out --model tiny --threads 1 --rounds 1 --quick"
    )
    assert result["not_measured"][0]["key"] == "stardist"
    text = (out / "SPEED.md").read_text()
    assert "| model tiny |" in text
    assert str(tmp_path) not in text
    assert {path.name for path in out.iterdir()} >= {"time.svg", "memory.svg", "run.yaml"}


def test_peers_on_the_real_images_have_their_published_figures(
    sartorius: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer = sartorius / "peer_predictions" / "maskrcnn"
    call = ["benchmark", "instances", str(sartorius), "-o", str(tmp_path), "--labels", f"maskrcnn={peer}"]
    assert main([*call, "--no-classical", "--json"]) == 0
    captured = capsys.readouterr()
    (one,) = json.loads(captured.out)["entrants"]
    assert (one["figures"]["n"], round(one["figures"]["map"], 3)) == (35, 0.37)
    assert captured.err.endswith("maskrcnn has label images for 35 of 36 images.\n")
