"""The models to choose from: those of the package, and the folders that were trained or opened."""

from functools import lru_cache
from pathlib import Path

from neurocyte import load_model
from neurocyte.models.config import CONFIG_NAME
from neurocyte.models.folder import find_model, model_names
from neurocyte.segmentation import Segmenter


def segmenter_of(model: str | Path) -> Segmenter:
    """Load and compile a model, or take the one of last time.

    Args:
        model: a bundled model's name or a model folder.

    Returns:
        The segmenter.

    Raises:
        ModelError: the model is missing or damaged.
    """
    folder = find_model(model)
    # A folder that was trained anew is another model.
    return _load(folder, (folder / CONFIG_NAME).stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _load(folder: Path, _changed: int) -> Segmenter:
    return load_model(folder)


class ModelList:
    """The names that a box offers, and the folders behind them."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}

    def names(self) -> list[str]:
        """Return the bundled models and the user's, then the folders in the order they came."""
        return [*model_names(), *self._folders]

    def add(self, folder: Path) -> str:
        """Add a folder.

        Args:
            folder: a model folder, exported.

        Returns:
            Its name in the list: short, and no other folder's.

        Raises:
            ModelError: it is no model folder, or damaged.
        """
        segmenter_of(folder)
        folder = folder.resolve()
        for name, known in self._folders.items():
            if known == folder:
                return name
        name = folder.name if folder.name not in self.names() else str(folder)
        self._folders[name] = folder
        return name

    def __getitem__(self, name: str) -> str | Path:
        """What `load_model` takes."""
        return self._folders.get(name, name)
