"""The part of the widget that trains on corrected labels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from magicgui.widgets import CheckBox, FileEdit, LineEdit, PushButton, SpinBox
from napari.utils.notifications import show_error, show_info

from neurocyte.errors import InputError, NeurocyteError, UsageError
from neurocyte.io._text import plural
from neurocyte.napari._dataset import add_to_dataset, divide_if_single
from neurocyte.napari._form import Form
from neurocyte.napari._job import Job
from neurocyte.napari._segment_panel import SegmentPanel
from neurocyte.napari._train import TrainSettings, run_training


class TrainPanel(Form):
    """Collect corrected labels in a folder and train a model on them.

    Args:
        viewer: the napari viewer.
        segment: tells which image and labels are meant; is offered the trained model.
    """

    def __init__(self, viewer: Any, segment: SegmentPanel) -> None:
        self._viewer, self._segment = viewer, segment
        self.data = FileEdit(
            label="training data", mode="d", tooltip="Folder that collects images and labels"
        )
        self.all_frames = CheckBox(
            text="all frames of a stack",
            tooltip="Off: only the frame that is shown, if that alone is corrected",
        )
        self.add = PushButton(text="Add image and labels", tooltip="Adds the image and labels chosen above")
        self.run_folder = FileEdit(
            label="new model", mode="d", tooltip="A new folder; becomes the model folder"
        )
        self.epochs = SpinBox(label="epochs", value=20, min=1, max=10_000)
        self.encoder_weights = LineEdit(
            label="start from",
            value="imagenet",
            tooltip="imagenet (downloaded once), none, or a safetensors file",
        )
        self.further = LineEdit(label="more options", tooltip="See: neurocyte train --help")
        self.start = PushButton(text="Train")
        self.job = Job(self.start)
        for edit in (self.data, self.run_folder):
            edit.line_edit.value = ""
        super().__init__(
            "Train on corrected labels",
            [
                self.data,
                self.all_frames,
                self.add,
                self.run_folder,
                self.epochs,
                self.encoder_weights,
                self.further,
                self.start,
                self.job,
            ],
        )
        self.add.changed.connect(lambda: _told(self.add_pair))
        self.start.changed.connect(lambda: _told(self.train))

    def add_pair(self) -> None:
        """Add the chosen image and labels to the training data."""
        folder = _named(self.data, "the folder of the training data")
        image, labels = self._segment.image.value, self._segment.cells.value
        if image is None or labels is None:
            raise InputError("Training needs an image and its labels: choose both above.")
        planes = self._segment.planes(image)
        frame = None if self.all_frames.value or not planes.stack else int(self._viewer.dims.current_step[0])
        stems = add_to_dataset(folder, image.name, planes, np.asarray(labels.data), frame)
        show_info(f"{plural(len(stems), 'image')} in {folder / 'labels'}: {', '.join(stems[:5])}.")

    def train(self) -> None:
        """Train in the background; the model is then the chosen one."""
        run = _named(self.run_folder, "a new folder for the model")
        data = divide_if_single(_named(self.data, "the folder of the training data"))
        image = self._segment.image.value
        settings = TrainSettings(
            data,
            run,
            self.epochs.value,
            self.encoder_weights.value or "none",
            None if image is None else self._segment.planes(image).pixel_size_um,
            self.further.value,
        )
        settings.arguments()
        self.job.run(lambda tell, stopped: run_training(settings, tell, stopped), self._offer)

    def _offer(self, run: Path) -> None:
        self._segment.choose(self._segment.models.add(run))
        show_info(f"The model in {run} is trained, and chosen for the next image.")


def _named(edit: FileEdit, what: str) -> Path:
    text = edit.line_edit.value.strip()
    if not text:
        raise UsageError(f"Name {what} first.")
    return Path(text)


def _told(action: Callable[[], None]) -> None:
    try:
        action()
    except NeurocyteError as exc:
        show_error(str(exc))
