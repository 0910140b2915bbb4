"""A display and napari's own test helpers, for the tests of this folder only.

pyproject.toml turns the pytest plugins of napari, npe2 and Qt off: their fixtures and hooks would run around
every test of the project, and without Qt's libraries they would stop them all. What is needed is named here.
"""

import atexit
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

# The user's own settings of napari stay out of the tests, and the tests out of them.
os.environ["NAPARI_CONFIG"] = str(
    Path(tempfile.gettempdir()) / f"napari-tests-{os.getpid()}" / "settings.yaml"
)

try:
    with warnings.catch_warnings():
        # napari and what it stands on define pydantic models in a deprecated way when they are imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        import pytestqt.plugin
        from napari.utils import _testsupport
        from npe2._pytest_plugin import npe2pm  # noqa: F401
        from PyQt6 import QtOpenGL, QtWidgets  # noqa: F401

    from napari.utils._testsupport import (  # noqa: F401 (fixtures and hooks)
        _clean_themes,
        _disable_qt_warnings,
        make_napari_viewer,
        mock_app_model,
        pytest_runtest_makereport,
    )
    from pytestqt.plugin import (  # noqa: F401
        pytest_runtest_call,
        pytest_runtest_setup,
        pytest_runtest_teardown,
        qapp,
        qapp_args,
        qtbot,
    )
except ImportError as exc:
    # napari, the binding, or a library of the system that the binding needs (libEGL).
    MISSING = f"napari cannot be shown here: {exc}"

    @pytest.fixture
    def make_napari_viewer() -> None:
        pytest.skip(MISSING)

else:
    pytestqt.plugin.qt_api.set_qt_api("pyqt6")

    def pytest_addoption(parser: pytest.Parser) -> None:
        pytestqt.plugin.pytest_addoption(parser)
        _testsupport.pytest_addoption(parser)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # napari's models, defined in a way that pydantic deprecates: in whatever test imports them first.
    ignore = pytest.mark.filterwarnings("ignore:.json_encoders. is deprecated:DeprecationWarning")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(ignore)


# A Qt that finds no display, or not all its libraries, ends the whole process: asked in another one.
PROBE = """
import sys
from PyQt6.QtGui import QOpenGLContext
from PyQt6.QtWidgets import QApplication
app = QApplication([])
sys.exit(None if QOpenGLContext().create() else "there is no OpenGL")
"""


@pytest.fixture(scope="session")
def display() -> None:
    """A display with OpenGL: the one there is, or Xvfb with Mesa; skips with the reason where neither is."""
    if sys.platform == "linux":
        os.environ.pop("QT_QPA_PLATFORM", None)  # Qt's offscreen platform has no OpenGL.
        if not os.environ.get("DISPLAY"):
            _start_xvfb()
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60)
    if probe.returncode:
        said = probe.stderr.strip().splitlines() or [f"Qt ended with status {probe.returncode}"]
        pytest.skip(f"napari cannot be shown here: {said[0]}")
    # torch's triton and Mesa each bring an LLVM. Triton first is fine; after Mesa it ends the process, and
    # tests that come later may be the first to need it.
    with suppress(ImportError):
        importlib.import_module("triton")


@pytest.fixture(scope="session")
def qapp_cls(display: None) -> type:
    """pytest-qt makes the application of it, and all else waits for that."""
    return QtWidgets.QApplication


def _start_xvfb() -> None:
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        pytest.skip("napari cannot be shown here: DISPLAY is not set and Xvfb is not installed")
    ours, theirs = os.pipe()
    # It chooses a free number itself and writes it when it is ready; at a failure it only closes the pipe.
    options = ["-displayfd", str(theirs), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen([xvfb, *options], pass_fds=[theirs], stderr=subprocess.DEVNULL)
    # Not at the end of the session: Qt lives as long as the process and would end it with an error.
    atexit.register(server.terminate)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        number = pipe.readline().strip()
    if not number:
        pytest.skip("napari cannot be shown here: Xvfb did not start")
    os.environ |= {"DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
