"""Training from the widget: the process with a stand-in for the command, the command in this process."""

import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from neurocyte.cli import main
from neurocyte.errors import UsageError
from neurocyte.napari._train import TrainSettings, run_training

SETTINGS = {"data": Path("data"), "epochs": 3}
STAND_IN = """
import sys, time, signal
from pathlib import Path
run = Path(sys.argv[sys.argv.index("-o") + 1])
run.mkdir()
if "--fail" in sys.argv:
    sys.exit("Warning: something.\\nNo encoder is named 'x'.")
def stop(*_):
    (run / "model.onnx").touch()
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
(run / "history.csv").write_text("epoch\\n0\\n1\\n")
time.sleep(60 if "--wait" in sys.argv else 1)
(run / "model.onnx").touch()
"""
COMMAND = (sys.executable, "-c", STAND_IN)


def test_the_arguments_are_those_of_the_command() -> None:
    settings = TrainSettings(Path("d"), Path("r"), 5, "none", 0.65, "--name 'my model'")
    assert settings.arguments() == [
        *("train", "d", "-o", "r", "--format", "labels", "--quiet", "--epochs", "5"),
        *("--encoder-weights", "none", "--pixel-size", "0.65", "--name", "my model"),
    ]
    with pytest.raises(UsageError, match="further options cannot be read"):
        TrainSettings(Path("d"), Path("r"), 5, options="--name 'my").arguments()


def test_the_progress_of_the_process_is_told(tmp_path: Path) -> None:
    told: list[float] = []
    run = tmp_path / "run"
    assert run_training(TrainSettings(run=run, **SETTINGS), told.append, Event(), COMMAND) == run
    assert told[-1] == pytest.approx(2 / 3)


def test_an_error_is_the_commands_own_sentence(tmp_path: Path) -> None:
    settings = TrainSettings(run=tmp_path / "run", options="--fail", **SETTINGS)
    with pytest.raises(UsageError, match=r"^No encoder is named 'x'\.$"):
        run_training(settings, lambda _: None, Event(), COMMAND)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_training_that_is_stopped_keeps_what_it_has(tmp_path: Path) -> None:
    stopped, begin = Event(), time.monotonic()

    def tell(share: float) -> None:
        if share:
            stopped.set()

    settings = TrainSettings(run=tmp_path / "run", options="--wait", **SETTINGS)
    assert run_training(settings, tell, stopped, COMMAND) == tmp_path / "run"
    assert time.monotonic() - begin < 50


def test_training_does_not_outlive_an_error_in_the_viewer(tmp_path: Path) -> None:
    def tell(share: float) -> None:
        if share:
            raise KeyError

    settings, begin = TrainSettings(run=tmp_path / "run", options="--wait", **SETTINGS), time.monotonic()
    with pytest.raises(KeyError):
        run_training(settings, tell, Event(), COMMAND)
    assert not (tmp_path / "run" / "model.onnx").exists()
    assert time.monotonic() - begin < 50


def test_corrected_labels_train_a_model_that_is_then_chosen(
    make_napari_viewer: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from neurocyte.napari import _train_panel
    from neurocyte.napari._widget import NeurocyteWidget
    from neurocyte.simulate import simulate

    def in_this_process(settings: TrainSettings, _tell: Any, _stopped: Event) -> Path:
        # The same command; a process of its own would import torch once more, for minutes on a small machine.
        assert main(settings.arguments()) == 0
        return settings.run

    monkeypatch.setattr(_train_panel, "run_training", in_this_process)
    simulated = simulate((160, 192), 8)
    viewer = make_napari_viewer()
    widget = NeurocyteWidget(viewer)
    viewer.window.add_dock_widget(widget)
    viewer.add_image(simulated.image, name="picture")
    labels = viewer.add_labels(simulated.labels, name="corrected")
    train = widget.train
    train.data.line_edit.value, train.run_folder.line_edit.value = str(tmp_path / "d"), str(tmp_path / "own")
    train.add.native.click()
    assert [path.name for path in (tmp_path / "d" / "labels").iterdir()] == ["picture.tif"]
    train.epochs.value, train.encoder_weights.value = 1, "none"
    train.further.value = (
        "--encoder test_efficientnet.r160_in1k --precision fp32 --repeats 1 --crop 64x64 --batch 2"
    )
    train.start.native.click()
    assert not train.start.enabled
    qtbot.waitUntil(lambda: not train.job.running, timeout=300_000)
    assert widget.segment.model.value == "own"
    assert np.array_equal(labels.data, simulated.labels)
    widget.segment.start.native.click()
    qtbot.waitUntil(lambda: not widget.segment.job.running, timeout=120_000)
    assert "picture cells" in viewer.layers
