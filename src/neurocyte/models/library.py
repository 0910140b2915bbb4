"""The user's own models: folders that `neurocyte models import` puts where `--model NAME` finds them."""

import os
import re
from pathlib import Path

from platformdirs import user_data_path

from neurocyte.errors import UsageError
from neurocyte.io.stems import is_device
from neurocyte.models.config import CONFIG_NAME

# Set, it names another folder: one that a group shares, or a test's own.
VARIABLE = "NEUROCYTE_MODELS"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def user_models() -> Path:
    """Give the folder of the user's models, which need not exist yet."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_data_path("neurocyte", appauthor=False) / "models"


def user_names() -> list[str]:
    """List the names of the user's models, sorted."""
    found = (path.parent.name for path in user_models().glob(f"*/{CONFIG_NAME}"))
    # Hidden ones are imports that were cut off.
    return sorted(name for name in found if not name.startswith("."))


def check_name(name: str) -> str:
    """Return a name that can be a folder's on every system.

    Raises:
        UsageError: it cannot.
    """
    if not _NAME.fullmatch(name) or name.endswith(".") or is_device(name):
        raise UsageError(
            f"{name!r} cannot name a model; use up to 64 letters, digits, dots, dashes and underscores."
        )
    return name


def folder_name(name: str) -> str:
    """Turn what a model is called into a name that `check_name` accepts, as near as can be."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-_")[:64].rstrip(".")
    return "model" if not plain or is_device(plain) else plain
