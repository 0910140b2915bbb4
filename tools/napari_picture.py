"""Take a picture of the napari widget with labels and table: `python tools/napari_picture.py IMAGE PICTURE`.

Needs a display with OpenGL; without one: `xvfb-run -s "-screen 0 1600x1200x24" python tools/...`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import napari
from qtpy.QtWidgets import QApplication

from neurocyte.io.images import read_image
from neurocyte.napari._widget import NeurocyteWidget

SIZE = (1280, 820)
SHOWN_CELL = 5


def main(image: str, picture: str) -> None:
    """Open an image, segment it, choose a cell, take the picture."""
    viewer = napari.Viewer(show=False)
    viewer.window.resize(*SIZE)
    viewer.add_image(
        read_image(Path(image)).pixels, name=Path(image).stem, scale=(0.65, 0.65), units=("um", "um")
    )
    widget = NeurocyteWidget(viewer)
    viewer.window.add_dock_widget(widget, name="neurocyte")
    viewer.show()
    wait(lambda: False, 3)
    widget.segment.start.native.click()
    wait(lambda: not widget.segment.job.running, 300)
    viewer.layers[-1].selected_label = SHOWN_CELL
    viewer.reset_view()
    wait(lambda: False, 6)
    viewer.window.screenshot(picture, canvas_only=False, flash=False)
    viewer.close()


def wait(done: Callable[[], bool], seconds: float) -> None:
    """Let the application work until something is done, at most so long."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
