"""No pickle is ever loaded: not as a picture, not by any line of the source."""

import ast
import os
from pathlib import Path

import numpy as np
import pytest

import neurocyte
from neurocyte.errors import InputError
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels

SOURCE = Path(neurocyte.__file__).parent
LOADERS = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")


class Planted:
    """Whoever unpickles it makes a folder."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._mark),)


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.png", "a.tif"])
def test_an_array_that_runs_code_is_no_picture(tmp_path: Path, name: str) -> None:
    mark, file = tmp_path / "mark", tmp_path / name
    with file.open("wb") as stream:
        (np.savez if name.endswith("z") else np.save)(stream, np.array([Planted(mark)], dtype=object))
    for read in (read_image, read_labels):
        with pytest.raises(InputError, match=name):
            read(file)
    assert not mark.exists()
    # It would, if it were let.
    loaded = np.load(file, allow_pickle=True)
    if name.endswith("z"):
        with loaded as arrays:
            _ = arrays["arr_0"]
    assert mark.exists()


def test_no_line_of_the_source_can_load_one() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _imports(node) or _loads(node)
    ]
    assert found == []


def _imports(node: ast.AST) -> bool:
    names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return any(name.partition(".")[0] in LOADERS for name in names)


def _loads(node: ast.AST) -> bool:
    """Tell np.load and torch.load that allow pickles, and yaml.load."""
    if not isinstance(node, ast.Call):
        return False
    call = ast.unparse(node.func)
    given = {one.arg: one.value.value for one in node.keywords if isinstance(one.value, ast.Constant)}
    if call == "np.load":
        return given.get("allow_pickle") is not False
    return call == "yaml.load" or (call == "torch.load" and given.get("weights_only") is not True)
