"""The widget: segment a layer, look at its cells, correct them, train on them."""

from typing import Any

import napari
from magicgui.widgets import Container
from napari.layers import Image, Labels

from neurocyte.napari._segment_panel import SegmentPanel
from neurocyte.napari._train_panel import TrainPanel

_TABLE_NAME = "Cells (neurocyte)"


class NeurocyteWidget(Container):  # type: ignore[misc]
    """Everything in one dock; the table of cells comes as another below the image.

    Args:
        napari_viewer: given by napari.
    """

    def __init__(self, napari_viewer: "napari.viewer.Viewer") -> None:
        self._viewer = napari_viewer
        self.segment = SegmentPanel(napari_viewer)
        self.train = TrainPanel(napari_viewer, self.segment)
        super().__init__(widgets=[self.segment, self.train], labels=False)
        layers = napari_viewer.layers
        for event in (layers.events.inserted, layers.events.removed, layers.events.reordered):
            event.connect(self._list_layers)
        layers.selection.events.active.connect(self._follow)
        self._follow()
        # At once, not with the first cells: the picture would lose its place when the room for it shrinks.
        self._show_table()

    def _list_layers(self, _event: Any = None) -> None:
        self.segment.image.reset_choices()
        self.segment.cells.reset_choices()

    def _follow(self, _event: Any = None) -> None:
        """Choose the layer that the user has clicked."""
        active = self._viewer.layers.selection.active
        self._list_layers()
        if isinstance(active, Image):
            self.segment.image.value = active
        elif isinstance(active, Labels):
            self.segment.cells.value = active
            self._show_table()

    def _show_table(self) -> None:
        from neurocyte.napari._table import CellTable

        window = self._viewer.window
        if _TABLE_NAME not in window.dock_widgets:
            window.add_dock_widget(CellTable(self._viewer), name=_TABLE_NAME, area="bottom")
