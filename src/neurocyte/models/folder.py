"""Find, check and list model folders; nothing is unpickled, and nothing stands in for a missing model."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from neurocyte.errors import ModelError
from neurocyte.models.config import CONFIG_NAME, ModelConfig
from neurocyte.models.library import user_models, user_names
from neurocyte.models.onnx_file import has_external_data

ONNX_NAME = "model.onnx"
INT8_NAME = "model.int8.onnx"
METRICS_NAME = "metrics.json"
WEIGHTS_NAME = "model.safetensors"
CARD_NAME = "MODEL_CARD.md"
BUNDLED = Path(__file__).parent / "bundled"

# What `list_models` shows of metrics.json.
KEY_FIGURES = ("n", "iou", "dice", "iou_image", "dice_image", "map", "ap50", "count_error")


@dataclass(frozen=True)
class Model:
    """A checked model folder: its config, its path, and the bytes of model.onnx that were checked."""

    config: ModelConfig
    path: Path
    onnx: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of model.onnx: which model gave a result."""
        return self.config.files[ONNX_NAME]

    @property
    def has_int8(self) -> bool:
        """Whether the folder holds an int8 network beside model.onnx."""
        return INT8_NAME in self.config.files

    def network(self, precision: str) -> tuple[str, bytes]:
        """Give the name and the bytes of the file that a precision runs.

        Args:
            precision: "int8" has a file of its own, which is read and checked now; all others run model.onnx.

        Returns:
            The file's name in the folder, and its content.

        Raises:
            ModelError: there is no int8 network, or it is damaged.
        """
        if precision != "int8":
            return ONNX_NAME, self.onnx
        if not self.has_int8:
            raise ModelError(
                f"{self.path} holds no int8 network; make it by 'neurocyte export {self.path} "
                "--precision int8 --calibrate IMAGES', or use another --precision."
            )
        return INT8_NAME, _read_onnx(self.path, self.config, INT8_NAME)


@dataclass(frozen=True)
class ModelInfo:
    """What `neurocyte models` shows of a model.

    Args:
        name: what `--model` takes.
        description: one sentence.
        architecture: its name.
        encoder: its name, None without one.
        task: "cells" or "mask".
        license: of the weights.
        size_bytes: of all files of the folder.
        figures: the key figures of metrics.json; empty without one.
        path: the folder.
        source: "bundled" ships with the package, "user" was imported, "folder" is any other.
    """

    name: str
    description: str
    architecture: str
    encoder: str | None
    task: str
    license: str
    size_bytes: int
    figures: dict[str, float]
    path: Path
    source: Literal["bundled", "user", "folder"]

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {**asdict(self), "path": str(self.path)}


def load_model(name_or_dir: str | Path) -> Model:
    """Read a model folder and check it.

    Args:
        name_or_dir: a folder with a config.json, else the name of a bundled model or of a user's.

    Returns:
        The model; its ONNX file has the checksum that the config states.

    Raises:
        ModelError: there is no such model, it is not exported, damaged, or of an unknown format version.
    """
    path = find_model(name_or_dir)
    config = ModelConfig.load(path)
    return Model(config, path, _read_onnx(path, config, ONNX_NAME))


def find_model(name_or_dir: str | Path) -> Path:
    """Resolve a folder or a known model's name to a folder with a config.json; raises ModelError."""
    path = Path(name_or_dir)
    if (path / CONFIG_NAME).is_file():
        return path
    name = str(name_or_dir)
    if name in bundled_names():
        return BUNDLED / name
    if name in user_names():
        return user_models() / name
    if path.is_file():
        raise ModelError(
            f"{path} is a file, not a model folder; a packed model is unpacked by "
            f"'neurocyte models import {path}', which says its name."
        )
    if path.is_dir():
        raise ModelError(
            f"The folder {path} holds no {CONFIG_NAME}; name a model folder that training wrote."
        )
    known = ", ".join(model_names()) or "none are bundled"
    raise ModelError(f"There is no model {name!r}; name a model folder or one of: {known}.")


def bundled_names() -> list[str]:
    """List the names of the models that ship with the package, sorted."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{CONFIG_NAME}"))


def model_names() -> list[str]:
    """List the names that need no folder: those of the bundled models, then the user's."""
    return [*bundled_names(), *user_names()]


def list_models(folders: Iterable[Path] | None = None) -> list[ModelInfo]:
    """Describe models without loading their weights.

    Args:
        folders: model folders; by default those that ship with the package, then the user's.

    Returns:
        One entry a folder, in the order given.

    Raises:
        ModelError: a config.json or metrics.json cannot be read.
    """
    if folders is None:
        folders = [BUNDLED / name for name in bundled_names()]
        folders += [user_models() / name for name in user_names()]
    return [describe_model(path) for path in folders]


def describe_model(path: Path) -> ModelInfo:
    """Describe one model folder without loading its weights; raises ModelError."""
    config = ModelConfig.load(path)
    return ModelInfo(
        # The folder's name is what --model takes, whatever the config calls the model.
        name=path.name,
        description=config.description,
        architecture=config.architecture.name,
        encoder=config.architecture.encoder,
        task=config.task,
        license=config.license,
        size_bytes=sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
        figures=_key_figures(path / METRICS_NAME),
        path=path,
        source=_source(path),
    )


def read_card(path: Path) -> str:
    """Read a model folder's MODEL_CARD.md, Markdown; empty without one; raises ModelError."""
    file = path / CARD_NAME
    if not file.is_file():
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        raise ModelError(f"Cannot read {file} ({exc}); copy the model again.") from exc


def _source(path: Path) -> Literal["bundled", "user", "folder"]:
    parent = path.resolve().parent
    if parent == BUNDLED.resolve():
        return "bundled"
    return "user" if parent == user_models().resolve() else "folder"


def _read_onnx(path: Path, config: ModelConfig, name: str) -> bytes:
    file = path / name
    expected = config.files.get(name)
    if expected is None:
        raise ModelError(
            f"{path / CONFIG_NAME} lists no checksum of {name}; export it with 'neurocyte export'."
        )
    try:
        data = file.read_bytes()
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise ModelError(f"Cannot read {file} ({reason}); copy or export the model again.") from exc
    if hashlib.sha256(data).hexdigest() != expected.lower():
        raise ModelError(f"{file} does not have the checksum its config states; copy or export it again.")
    try:
        external = has_external_data(data)
    except ValueError as exc:
        raise ModelError(f"{file} is not an ONNX model ({exc}); copy or export it again.") from exc
    if external:
        raise ModelError(f"{file} keeps weights in other files; export it with its weights inside.")
    return data


def _key_figures(file: Path) -> dict[str, float]:
    if not file.exists():
        return {}
    try:
        metrics = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ModelError(f"Cannot read {file} ({exc}); copy or train the model again.") from exc
    if not isinstance(metrics, dict):
        raise ModelError(f"{file} must hold an object; copy or train the model again.")
    return {key: metrics[key] for key in KEY_FIGURES if isinstance(metrics.get(key), (int, float))}
