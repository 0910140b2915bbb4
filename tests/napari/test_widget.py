"""The widget in a viewer, with a display; what it computes is tested where it is computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurocyte
from neurocyte.io.images import read_image
from neurocyte.simulate import simulate


@pytest.fixture
def opened(make_napari_viewer: Any, qtbot: Any) -> Callable[..., tuple[Any, Any]]:
    """Open a viewer with an image and the widget."""

    def open_viewer(pixels: Any, **options: Any) -> tuple[Any, Any]:
        from neurocyte.napari._widget import NeurocyteWidget

        viewer = make_napari_viewer()
        if pixels is not None:
            viewer.add_image(pixels, name="picture", **options)
        widget = NeurocyteWidget(viewer)
        viewer.window.add_dock_widget(widget)
        return viewer, widget

    return open_viewer


@pytest.fixture
def told() -> Callable[[], list[tuple[str, str]]]:
    """The notifications since the test began."""
    from napari.utils.notifications import notification_manager

    before = len(notification_manager.records)
    return lambda: [(str(one.severity), one.message) for one in list(notification_manager.records)[before:]]


def table_of(viewer: Any) -> Any:
    return viewer.window.dock_widgets["Cells (neurocyte)"]


def segment(qtbot: Any, widget: Any) -> None:
    widget.segment.start.native.click()
    qtbot.waitUntil(lambda: not widget.segment.job.running, timeout=120_000)


def test_an_image_gives_the_labels_and_the_table_of_the_python_api(
    opened: Any, qtbot: Any, data_root: Path, told: Any
) -> None:
    path = sorted((data_root / "data" / "sartorius" / "train").glob("*.png"))[0]
    pixels = read_image(path).pixels[:256, :320]
    viewer, widget = opened(pixels, scale=(0.65, 0.65), units=("um", "um"))
    # Not 0.00, which would look like a size.
    assert widget.segment.pixel_size.native.text() == "as the layer says"
    segment(qtbot, widget)
    expected = neurocyte.segment(pixels, pixel_size_um=0.65)
    labels = viewer.layers["picture cells"]
    np.testing.assert_array_equal(labels.data, expected.labels)
    assert labels.features["area_px"].tolist() == expected.table["area_px"].tolist()
    assert labels.features["area_um2"].tolist() == expected.table["area_um2"].tolist()
    assert tuple(labels.scale) == (0.65, 0.65)
    assert told() == [("info", f"{len(expected.table)} cells.")]
    assert table_of(viewer).model.rowCount() == len(expected.table)


def test_a_stack_is_segmented_frame_by_frame(opened: Any, qtbot: Any, make_model: Any) -> None:
    frames = np.zeros((3, 20, 60), np.uint8)
    for frame, count in enumerate((2, 0, 3)):
        for number in range(count):
            frames[frame, 2:6, 2 + 8 * number : 6 + 8 * number] = 255
    viewer, widget = opened(frames)
    widget.segment.open_model(make_model())
    assert widget.segment.model.value == "tiny"
    segment(qtbot, widget)
    labels = viewer.layers["picture cells"]
    assert labels.features["frame"].tolist() == [0, 0, 2, 2, 2]
    assert labels.features["label"].tolist() == [1, 2, 3, 4, 5]
    assert [np.unique(frame).tolist() for frame in labels.data] == [[0, 1, 2], [0], [0, 3, 4, 5]]
    table = table_of(viewer)
    table.view.selectRow(4)
    assert (labels.selected_label, viewer.dims.current_step[0]) == (5, 2)


def test_a_row_selects_its_cell_and_a_cell_its_row(opened: Any, qtbot: Any, make_model: Any) -> None:
    pixels = np.zeros((20, 60), np.uint8)
    for number, width in enumerate((4, 6, 2)):
        pixels[2:6, 2 + 9 * number : 2 + width + 9 * number] = 255
    viewer, widget = opened(pixels)
    widget.segment.open_model(make_model())
    segment(qtbot, widget)
    labels, table = viewer.layers["picture cells"], table_of(viewer)
    area = list(table.model.table.columns).index("area_px")
    table.view.sortByColumn(area, table_order())
    assert table.model.table["area_px"].tolist() == [8, 16, 24]
    table.view.selectRow(2)
    assert labels.selected_label == 2
    labels.selected_label = 3
    assert [index.row() for index in table.view.selectionModel().selectedRows()] == [0]
    labels.selected_label = 99
    assert not table.view.selectionModel().selectedRows()
    table.only.setChecked(True)
    assert labels.show_selected_label
    # A correction: the second cell loses a column, the third goes; the first keeps its confidence.
    confidence = labels.features.set_index("label")["confidence"]
    labels.data[2:6, 16] = 0
    labels.data[labels.data == 3] = 0
    widget.segment.again.native.click()
    after = labels.features.set_index("label")
    assert after["area_px"].to_dict() == {1: 16, 2: 20}
    assert after.loc[1, "confidence"] == confidence[1]
    assert np.isnan(after.loc[2, "confidence"])
    assert after.loc[1, "intensity_mean"] == 255
    assert table.model.rowCount() == 2
    viewer.layers.remove(labels)
    assert table.model.rowCount() == 0


def table_order() -> Any:
    from qtpy.QtCore import Qt

    return Qt.SortOrder.AscendingOrder


def test_a_click_on_a_cell_selects_it(opened: Any) -> None:
    viewer, _ = opened(None)
    data = np.zeros((20, 60), np.uint16)
    data[5:9, 5:9] = 7
    labels = viewer.add_labels(data)
    event = type("Event", (), {"type": "mouse_press", "position": (6.0, 6.0)})()
    steps = table_of(viewer)._click(labels, event)
    next(steps)
    event.type = "mouse_release"
    assert next(steps, None) is None
    assert labels.selected_label == 7


def test_a_wrong_call_is_a_notification(opened: Any, qtbot: Any, told: Any, tmp_path: Path) -> None:
    viewer, widget = opened(None)
    widget.segment.segment()
    viewer.add_image(np.zeros((2, 3, 20, 30), np.uint8), name="4d")
    widget.segment.segment()
    widget.segment.open_model(tmp_path)
    viewer.layers.clear()
    viewer.add_image(np.full((20, 30), np.nan), name="nan", contrast_limits=(0, 1))
    segment(qtbot, widget)
    widget.train.add.native.click()
    widget.train.start.native.click()
    errors = [message for severity, message in told() if severity == "error"]
    assert len(errors) == 6
    for error, sentence in zip(
        errors,
        (
            "There is no layer with an image: open one first.",
            "The layer 4d has 4 axes",
            f"The folder {tmp_path} holds no config.json",
            "The image holds NaN",
            "Name the folder of the training data first.",
            "Name a new folder for the model first.",
        ),
        strict=True,
    ):
        assert error.startswith(sentence)
    assert [layer.name for layer in viewer.layers] == ["nan"]


def test_the_pixel_size_that_is_typed_wins(opened: Any) -> None:
    viewer, widget = opened(simulate((64, 64), 1).image, scale=(0.65, 0.65), units=("um", "um"))
    layer = viewer.layers["picture"]
    assert widget.segment.planes(layer).pixel_size_um == pytest.approx(0.65)
    widget.segment.pixel_size.value = 0.3
    assert widget.segment.planes(layer).pixel_size_um == pytest.approx(0.3)


def test_stop_ends_the_work_and_leaves_the_layers_as_they_were(
    opened: Any, qtbot: Any, make_model: Any, told: Any
) -> None:
    viewer, widget = opened(np.zeros((100, 20, 60), np.uint8))
    widget.segment.open_model(make_model())
    widget.segment.start.native.click()
    widget.segment.job.stop_button.native.click()
    qtbot.waitUntil(lambda: not widget.segment.job.running, timeout=60_000)
    assert [layer.name for layer in viewer.layers] == ["picture"]
    assert told() == []
    assert widget.segment.start.enabled
