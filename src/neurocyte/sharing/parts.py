"""Which files make a model folder, and the check that all of them are what its config states."""

import hashlib
from pathlib import Path

from neurocyte.errors import ModelError
from neurocyte.models.config import CONFIG_NAME
from neurocyte.models.folder import (
    CARD_NAME,
    INT8_NAME,
    METRICS_NAME,
    ONNX_NAME,
    WEIGHTS_NAME,
    Model,
    load_model,
)
from neurocyte.models.parity import PARITY_NAME, Parity
from neurocyte.quality.reference import REFERENCE_NAME, Reference

# In the order in which they are packed: what tells most comes first.
PARTS = (
    CONFIG_NAME,
    CARD_NAME,
    "LICENSE",
    "LICENSE.txt",
    METRICS_NAME,
    REFERENCE_NAME,
    PARITY_NAME,
    "history.csv",
    "curves.png",
    ONNX_NAME,
    INT8_NAME,
    WEIGHTS_NAME,
)


def verify(folder: Path) -> Model:
    """Load a model folder and check every file that its config lists.

    Args:
        folder: a model folder.

    Returns:
        The model.

    Raises:
        ModelError: a file is missing, damaged or no part of a model.
    """
    model = load_model(folder)
    for name, expected in model.config.files.items():
        file = folder / name
        if name not in PARTS:
            raise ModelError(f"{folder / CONFIG_NAME} lists {name!r}, which is no file of a model.")
        if not file.is_file():
            raise ModelError(f"{file} is missing, though its config lists it; ask for the whole model.")
        if _sha256(file) != expected.lower():
            raise ModelError(f"{file} does not have the checksum its config states; copy the model again.")
    if model.has_int8:
        model.network("int8")
    Reference.load(model)
    Parity.load(model)
    return model


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
