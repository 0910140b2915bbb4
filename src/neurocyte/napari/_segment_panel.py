"""The part of the widget that segments."""

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from magicgui.widgets import ComboBox, FileEdit, FloatSlider, FloatSpinBox, PushButton
from napari.layers import Image, Labels
from napari.utils.notifications import show_error, show_info

from neurocyte import DEFAULT_MODEL
from neurocyte.errors import InputError, NeurocyteError
from neurocyte.io._text import plural
from neurocyte.models.config import ModelConfig, Task
from neurocyte.models.folder import find_model
from neurocyte.napari._cells import Cells, features_of, measure_planes, segment_planes, table_of
from neurocyte.napari._form import Form
from neurocyte.napari._job import Job, Stopped, Tell, Work
from neurocyte.napari._models import ModelList, segmenter_of
from neurocyte.napari._planes import PLANES, Planes, pixel_size_um, planes_of

_TASKS: list[tuple[str, Task | None]] = [
    ("as the model was trained", None),
    ("cells, one by one", "cells"),
    ("mask of all cells", "mask"),
]
_AXES = ("scale", "translate", "units", "axis_labels")


class SegmentPanel(Form):
    """Segment an image layer; measure labels again after a correction.

    Args:
        viewer: the napari viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self.models = ModelList()
        self.image = ComboBox(label="image", choices=lambda _: _layers(viewer, Image))
        self.model = ComboBox(
            label="model",
            choices=lambda _: self.models.names(),
            value=DEFAULT_MODEL,
            tooltip="see: neurocyte models",
        )
        self.folder = FileEdit(label="other model", mode="d", tooltip="A model folder that training wrote")
        self.folder.line_edit.value = ""
        self.task = ComboBox(label="find", choices=_TASKS)
        self.pixel_size = FloatSpinBox(
            label="pixel size (µm)",
            max=1000.0,
            step=0.01,
            tooltip="0: as the layer's scale says, if its unit is a length",
        )
        # A size of 0.00 would look like one.
        self.pixel_size.native.setSpecialValueText("as the layer says")
        self.min_confidence = FloatSlider(label="least confidence", max=1.0, step=0.01)
        self.start = PushButton(text="Segment")
        self.cells = ComboBox(label="labels", choices=lambda _: _layers(viewer, Labels))
        self.again = PushButton(
            text="Measure again", tooltip="After a correction: updates the table of cells"
        )
        self.job = Job(self.start)
        self._own: float | None = None
        super().__init__(
            "Segment and measure",
            [
                self.image,
                self.model,
                self.folder,
                self.task,
                self.pixel_size,
                self.min_confidence,
                self.start,
                self.job,
                self.cells,
                self.again,
            ],
        )
        self.start.changed.connect(self.segment)
        self.again.changed.connect(self.measure)
        self.folder.changed.connect(self.open_model)
        for box in (self.model, self.task):
            box.changed.connect(self.use_own_limit)
        self.use_own_limit()

    def segment(self) -> None:
        """Segment the chosen image layer in the background; the labels come as a new layer."""
        try:
            layer = self._chosen(self.image, "an image")
            planes = self.planes(layer)
        except NeurocyteError as exc:
            show_error(str(exc))
            return
        model = self.models[self.model.value]
        self.job.run(
            _segmenting(planes, model, self.task.value, self._asked()),
            lambda cells: self._add_labels(layer, planes, cells),
        )

    def measure(self) -> None:
        """Measure the chosen labels as they are now."""
        try:
            layer = self._chosen(self.cells, "labels")
            planes = layer.metadata.get(PLANES)
            size = pixel_size_um(layer.scale, layer.units) if planes is None else planes.pixel_size_um
            before = table_of(layer.features)
            layer.features = features_of(measure_planes(np.asarray(layer.data), planes, size, before))
        except NeurocyteError as exc:
            show_error(str(exc))

    def open_model(self, folder: Path) -> None:
        """Offer a model folder and choose it."""
        if str(folder) in ("", "."):
            return
        try:
            self.choose(self.models.add(folder))
        except NeurocyteError as exc:
            show_error(str(exc))

    def choose(self, name: str) -> None:
        """Choose a model of the list."""
        self.model.reset_choices()
        self.model.value = name

    def use_own_limit(self) -> None:
        """Show the confidence below which the chosen model drops cells by itself."""
        try:
            config = ModelConfig.load(find_model(self.models[self.model.value]))
        except NeurocyteError:
            # Said when it is used: until then another can be chosen.
            return
        self._own = self.min_confidence.value = config.limit(self.task.value).least

    def _asked(self) -> float | None:
        """Return the typed limit; None where it is the model's own, which may spare large cells."""
        typed: float = self.min_confidence.value
        return None if typed == self._own else typed

    def planes(self, layer: Any) -> Planes:
        """Return the pictures of an image layer, the pixel size that was typed before that of the layer."""
        planes = planes_of(layer)
        if not self.pixel_size.value:
            return planes
        return Planes(planes.data, planes.stack, self.pixel_size.value)

    def _add_labels(self, layer: Any, planes: Planes, cells: Cells) -> None:
        labels = self._viewer.add_labels(
            cells.labels,
            name=f"{layer.name} cells",
            features=features_of(cells.table),
            metadata={PLANES: planes},
            **{name: getattr(layer, name) for name in _AXES},
        )
        # Fewer clicks to correct: a new cell gets a free number.
        self._viewer.layers.selection.active = labels
        self.cells.reset_choices()
        self.cells.value = labels
        frames = f" in {plural(len(planes), 'frame')}" if planes.stack else ""
        show_info(f"{plural(len(cells.table), 'cell')}{frames}.")

    @staticmethod
    def _chosen(box: ComboBox, what: str) -> Any:
        if box.value is None:
            raise InputError(f"There is no layer with {what}: open one first.")
        return box.value


def _layers(viewer: Any, kind: type) -> list[Any]:
    return [layer for layer in viewer.layers if isinstance(layer, kind)]


def _segmenting(
    planes: Planes, model: str | Path, task: Task | None, min_confidence: float | None
) -> Work[Cells]:
    def work(tell: Tell, stopped: Event) -> Cells:
        def progress(share: float) -> None:
            if stopped.is_set():
                raise Stopped
            tell(share)

        # Loading takes seconds: it belongs to the work in the background.
        return segment_planes(planes, segmenter_of(model), task, min_confidence, progress)

    return work
