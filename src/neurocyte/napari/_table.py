"""The table of cells, linked to the Labels layer: a row chooses its cell, a cell its row."""

from typing import Any

import napari
import pandas as pd
from napari.layers import Labels
from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtWidgets import QAbstractItemView, QCheckBox, QTableView, QVBoxLayout, QWidget

_DIGITS = 5
_MEASURED_ROWS = 50


class CellModel(QAbstractTableModel):  # type: ignore[misc]
    """A data frame as Qt wants it: read only, sorted by any column."""

    def __init__(self) -> None:
        super().__init__()
        self.table = pd.DataFrame()

    def show(self, table: pd.DataFrame) -> None:
        """Show another table."""
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, _parent: Any = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of cells."""
        return len(self.table)

    def columnCount(self, _parent: Any = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of measurements."""
        return len(self.table.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a number as text, or where it stands."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return _text(self.table.iat[index.row(), index.column()])

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the name of a column, as in cells.csv."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return str(self.table.columns[section])
        return None

    def sort(self, column: int, order: Any = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal values keep their order."""
        if 0 <= column < len(self.table.columns):
            ascending = order == Qt.SortOrder.AscendingOrder
            name = self.table.columns[column]
            self.show(self.table.sort_values(name, ascending=ascending, kind="stable", ignore_index=True))


class CellTable(QWidget):  # type: ignore[misc]
    """The cells of the active Labels layer.

    Args:
        napari_viewer: given by napari.
    """

    def __init__(self, napari_viewer: "napari.viewer.Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.layer: Any = None
        self._linking = False
        self.model = CellModel()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setSortingEnabled(True)
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.verticalHeader().setVisible(False)
        # Columns as wide as these rows want: to ask thousands holds the viewer up for seconds.
        self.view.horizontalHeader().setResizeContentsPrecision(_MEASURED_ROWS)
        self.only = QCheckBox("show only the selected cell")
        layout = QVBoxLayout(self)
        layout.addWidget(self.only)
        layout.addWidget(self.view)
        self.view.selectionModel().selectionChanged.connect(self._choose_cell)
        self.only.toggled.connect(self._show_only)
        napari_viewer.layers.selection.events.active.connect(self._follow)
        napari_viewer.layers.events.removed.connect(self._drop)
        self._follow()

    def row_of(self, label: int) -> int | None:
        """Find the row of a label; of a label in several frames that of the frame shown, else the first.

        Args:
            label: its number.

        Returns:
            The row as it is shown, None if there is none.
        """
        table = self.model.table
        if "label" not in table:
            return None
        rows = table.index[table["label"] == label]
        if "frame" in table and len(rows) > 1:
            shown = rows[table.loc[rows, "frame"] == self._viewer.dims.current_step[0]]
            rows = shown if len(shown) else rows
        return int(rows[0]) if len(rows) else None

    def _follow(self, _event: Any = None) -> None:
        active = self._viewer.layers.selection.active
        if isinstance(active, Labels) and active is not self.layer:
            self._disconnect()
            self.layer = active
            active.events.features.connect(self._refresh)
            active.events.selected_label.connect(self._choose_row)
            active.mouse_drag_callbacks.append(self._click)
            self._refresh()
            self._show_only(self.only.isChecked())

    def _drop(self, event: Any) -> None:
        if event.value is self.layer:
            self._disconnect()
            self._refresh()

    def _disconnect(self) -> None:
        if self.layer is not None:
            self.layer.events.features.disconnect(self._refresh)
            self.layer.events.selected_label.disconnect(self._choose_row)
            self.layer.mouse_drag_callbacks.remove(self._click)
            self.layer = None

    def _refresh(self, _event: Any = None) -> None:
        table = (
            pd.DataFrame()
            if self.layer is None
            else self.layer.features.drop(columns="index", errors="ignore")
        )
        header = self.view.horizontalHeader()
        self.model.show(table.reset_index(drop=True))
        self.model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self.view.resizeColumnsToContents()
        self._choose_row()

    def _choose_row(self, _event: Any = None) -> None:
        """The layer's label has changed: show its row."""
        if self._linking or self.layer is None:
            return
        row = self.row_of(self.layer.selected_label)
        self._linking = True
        try:
            if row is None:
                self.view.clearSelection()
            else:
                self.view.selectRow(row)
        finally:
            self._linking = False

    def _choose_cell(self, *_selections: Any) -> None:
        """A row was chosen: select its label and bring it into sight."""
        rows = self.view.selectionModel().selectedRows()
        if self._linking or self.layer is None or not rows:
            return
        cell = self.model.table.iloc[rows[0].row()]
        self._linking = True
        try:
            self.layer.selected_label = int(cell["label"])
            if "frame" in cell:
                self._viewer.dims.set_current_step(0, int(cell["frame"]))
            self._bring_into_sight(cell)
        finally:
            self._linking = False

    def _bring_into_sight(self, cell: "pd.Series[Any]") -> None:
        if not {"centroid_y", "centroid_x"} <= set(cell.index):
            return
        centre = (float(cell["centroid_y"]), float(cell["centroid_x"]))
        low, high = self.layer.corner_pixels[:, -2:]
        if not all(a <= c <= b for a, c, b in zip(low, centre, high, strict=True)):
            position = (*self._viewer.dims.current_step[: self.layer.ndim - 2], *centre)
            self._viewer.camera.center = self.layer.data_to_world(position)[-2:]

    def _click(self, layer: Any, event: Any) -> Any:
        """A click on a cell selects it where the mouse else moves the picture; napari's other modes stay."""
        if layer.mode != "pan_zoom":
            return
        yield
        dragged = False
        while event.type == "mouse_move":
            dragged = True
            yield
        value = None if dragged else layer.get_value(event.position, world=True)
        if value:
            layer.selected_label = int(value)

    def _show_only(self, checked: bool) -> None:
        if self.layer is not None:
            self.layer.show_selected_label = checked


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.{_DIGITS}g}"
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    return str(value)
