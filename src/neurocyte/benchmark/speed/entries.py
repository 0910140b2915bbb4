"""The networks that take part in a run: built, exported and counted."""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from neurocyte.benchmark.speed.int8 import with_int8
from neurocyte.benchmark.speed.rows import ROWS, Row
from neurocyte.benchmark.speed.timed_model import write_timed_model
from neurocyte.errors import ModelError, UsageError
from neurocyte.models.folder import METRICS_NAME, WEIGHTS_NAME, Model, bundled_names, load_model
from neurocyte.openvino_core import openvino_core

_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
_ACCURACY = ("n", "iou", "map")
# Of a tile and of a Sartorius image, made a multiple of 32.
_SIZES = ((256, 256), (544, 704))


@dataclass(frozen=True)
class Entry:
    """A network that is measured.

    Attributes:
        key: its name in the result.
        label: as printed.
        model: the exported network; None where it cannot be exported.
        network: in torch; None for a model folder, which is run as it is exported.
        parameters: that training changes; None where the model folder has no weights beside the export.
        package: the distribution it comes from; None: neurocyte.
        accuracy: ``n`` images, pooled ``iou`` and ``map`` of a model's metrics.json, and ``data``, its set.
    """

    key: str
    label: str
    model: Model | None
    network: Any
    parameters: int | None
    package: str | None
    accuracy: dict[str, Any]

    @property
    def zoom(self) -> int:
        """The factor by which the network enlarges its image itself."""
        return self.model.config.architecture.zoom if self.model else 1


@dataclass(frozen=True)
class Absent:
    """A network that is not measured, and why."""

    key: str
    label: str
    reason: str


def choose(names: Sequence[str] | None) -> tuple[list[Row], list[str]]:
    """Find networks by name.

    Args:
        names: of networks with random weights and of bundled models; None for all.

    Returns:
        The rows, and the bundled models.

    Raises:
        UsageError: a name is unknown.
    """
    bundled = bundled_names()
    known = [row.key for row in ROWS] + bundled
    for name in names or ():
        if name not in known:
            raise UsageError(f"No network is named {name!r}; choose from {', '.join(known)}.")
    wanted = set(known if names is None else names)
    return [row for row in ROWS if row.key in wanted], [name for name in bundled if name in wanted]


def model_entry(name_or_dir: str) -> Entry:
    """Take a model folder; raises ModelError."""
    model = load_model(name_or_dir)
    metrics = model.path / METRICS_NAME
    figures = json.loads(metrics.read_text(encoding="utf-8")) if metrics.is_file() else {}
    accuracy = {key: figures[key] for key in _ACCURACY if key in figures}
    if accuracy:
        accuracy["data"] = model.config.data.get("name", "unknown")
    weights = model.path / WEIGHTS_NAME
    count = parameters_of_file(weights) if weights.is_file() else None
    name = model.path.name
    return Entry(name, f"model {name}", model, None, count, None, accuracy)


def row_entry(row: Row, exports: Path, say: Callable[[str], None], *, int8: bool = False) -> Entry | Absent:
    """Build a network and export it; both with random weights, the same each time.

    Args:
        row: the network.
        exports: folder that keeps exported networks, which take half a minute each.
        say: takes sentences for the user.
        int8: whether it is quantised, too.

    Returns:
        The entry, or why there is none: a package is missing.

    Raises:
        MissingExtraError: the quantiser is not installed.
    """
    try:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = row.build()
    except ImportError as exc:
        # Also an installed package of a version without that network.
        return Absent(row.key, row.label, f"{_said(exc)}: {row.pip}")
    folder = exports / f"{row.key}-{_fingerprint(network)}"
    model = _exported(row, network, folder, say)
    if model is not None and not takes_any_size(model):
        say(f"{row.label} is exported for one size of image only: it is measured in torch only.")
        model = None
    if int8 and model is not None:
        model = _with_int8(row, model, folder, say)
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return Entry(row.key, row.label, model, network, parameters, row.package, {})


def takes_any_size(model: Model) -> bool:
    """Tell whether an exported network runs on other images than the one it was traced with.

    A pooling over the whole of that image (Cellpose's style vector) becomes one over a window of its size.
    """
    network = openvino_core().read_model(model.onnx)
    try:
        for height, width in _SIZES:
            network.reshape([1, 3, height, width])
            found = network.output(0).get_partial_shape()
            # Nor is a batch of another size right, which a window leaves that fits in several times.
            if not (found.is_static and tuple(found.to_shape())[::2] == (1, height)):
                return False
    except RuntimeError:
        return False
    return True


def parameters_of_file(file: Path) -> int:
    """Count the parameters in a safetensors file by its header; batch norm's statistics are none.

    Args:
        file: model.safetensors.

    Returns:
        How many numbers.
    """
    with file.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    shapes = [
        entry["shape"]
        for name, entry in header.items()
        if name != "__metadata__" and not name.endswith(_STATISTICS)
    ]
    return sum(map(prod, shapes))


def _exported(row: Row, network: Any, folder: Path, say: Callable[[str], None]) -> Model | None:
    try:
        return load_model(folder)
    except ModelError:
        # Not exported before, or cut off.
        say(f"Exporting {row.label}.")
    from neurocyte.export import to_onnx

    try:
        onnx = to_onnx(network)
    except Exception as exc:  # noqa: BLE001 (the exporter's failures have no common class)
        say(f"{row.label} cannot be exported ({type(exc).__name__}): it is measured in torch only.")
        return None
    return load_model(write_timed_model(folder, onnx, row.outputs))


def _with_int8(row: Row, model: Model, folder: Path, say: Callable[[str], None]) -> Model:
    if model.has_int8:
        return model
    say(f"Quantising {row.label}.")
    try:
        return with_int8(model, folder)
    except ModelError as exc:
        say(f"{row.label} is not measured in int8: {exc}")
        return model


def _fingerprint(network: Any) -> str:
    """Tell networks apart whose exports differ: by their layers, and by what exports them."""
    import torch

    from neurocyte import __version__

    text = f"{network!r} {torch.__version__} {__version__}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _said(exc: ImportError) -> str:
    package = (exc.name or "").partition(".")[0]
    if sys.modules.get(package) is not None:
        return f"the installed {package} has no such network"
    return f"{package or 'a package'} is not installed"
