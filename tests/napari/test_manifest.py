import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import neurocyte.napari

FOLDER = Path(neurocyte.napari.__file__).parent
WITHOUT_QT = (
    "_cells",
    "_dataset",
    "_layout",
    "_models",
    "_planes",
    "_reader",
    "_sample",
    "_train",
    "_writer",
)


@pytest.fixture
def npe2():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # npe2's own pydantic models.
        return pytest.importorskip("npe2")


def test_the_manifest_of_the_installed_package_passes_npe2(npe2) -> None:
    manifest = npe2.PluginManifest.from_distribution("neurocyte")
    manifest.validate_imports()
    assert manifest.name == "neurocyte"
    assert [widget.display_name for widget in manifest.contributions.widgets] == [
        "Segment, correct and train",
        "Table of cells",
    ]


def test_each_command_names_a_function_or_class_that_is_there(npe2) -> None:
    manifest = npe2.PluginManifest.from_file(FOLDER / "napari.yaml")
    for command in manifest.contributions.commands:
        module, name = command.python_name.split(":")
        if module.rpartition(".")[2] in WITHOUT_QT:
            assert callable(getattr(import_module(module), name))
        else:
            assert f"class {name}(" in (FOLDER / f"{module.rpartition('.')[2]}.py").read_text()


def test_without_a_qt_binding_all_but_the_widgets_can_be_imported() -> None:
    modules = ", ".join(f"neurocyte.napari.{name}" for name in WITHOUT_QT)
    code = f"""
import sys
for name in ("PyQt5", "PyQt6", "PySide2", "PySide6", "qtpy", "napari", "magicgui"):
    sys.modules[name] = None
import neurocyte.napari, {modules}
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, timeout=120, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
