"""A further JSON file of a model folder, listed with its checksum in the config."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from neurocyte.errors import ModelError
from neurocyte.io.atomic import write_text
from neurocyte.models.folder import Model
from neurocyte.models.schema import SchemaError, decode

T = TypeVar("T")


def load_listed(model: Model, name: str, kind: type[T], form: tuple[str, int]) -> T | None:
    """Read such a file.

    Args:
        model: the model folder.
        name: of the file.
        kind: the dataclass that it holds.
        form: its ``format`` and ``format_version``.

    Returns:
        What it holds; None where the model's config lists none.

    Raises:
        ModelError: the file is missing, damaged, or of another format.
    """
    expected = model.config.files.get(name)
    if expected is None:
        return None
    file = model.path / name
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ModelError(f"Cannot read {file} ({exc.strerror}); copy the model again.") from exc
    if hashlib.sha256(content).hexdigest() != expected.lower():
        raise ModelError(f"{file} does not have the checksum its config states; copy the model again.")
    try:
        data = json.loads(content)
        if (data.pop("format"), data.pop("format_version")) != form:
            raise SchemaError("its format is unknown")
        return decode(kind, data)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ModelError(f"{file} is not valid: {exc}; copy the model again.") from exc


def save_listed(path: Path, content: dict[str, Any], form: tuple[str, int]) -> str:
    """Write such a file and give its SHA-256, for the config."""
    data = {"format": form[0], "format_version": form[1], **content}
    text = json.dumps(data, indent=1, allow_nan=False) + "\n"
    write_text(path, text)
    return hashlib.sha256(text.encode()).hexdigest()
