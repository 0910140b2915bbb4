"""This room needs neurocyte[train]; a core-only environment does not collect it."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from neurocyte.paper.context import Context

collect_ignore_glob = [] if find_spec("torch") and find_spec("lightning") else ["test_*.py", "*/test_*.py"]


@pytest.fixture
def context(tmp_path: Path) -> "Context":
    """A reproduction of three folds in an empty folder, without images."""
    from neurocyte.paper.context import Context
    from neurocyte.paper.settings import Settings

    return Context(cast(Any, None), tmp_path, Settings(folds=3))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six simulated images with labels; nothing writes there."""
    from neurocyte.simulate import write_dataset

    folder = tmp_path_factory.mktemp("data")
    write_dataset(folder, 6, seed=3, shape=(64, 80), cells=5)
    return folder
