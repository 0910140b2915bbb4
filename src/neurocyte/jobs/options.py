"""What a job is asked for, and which of it decides the results."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurocyte import DEFAULT_MODEL
from neurocyte.errors import UsageError
from neurocyte.io.selection import Selection
from neurocyte.models.config import Task, check_confidence
from neurocyte.models.folder import INT8_NAME, Model
from neurocyte.models.parity import PARITY_NAME
from neurocyte.runtime import Precision, choose_precision
from neurocyte.segmentation import resize_tile

# The parts of a model's config that its results depend on; "files" holds the checksum of the network.
_DECISIVE = ("files", "input", "tile", "outputs", "instances", "confidence")


@dataclass(frozen=True)
class JobOptions:
    """How to segment every image of a job.

    Args:
        model: a bundled model's name or a model folder.
        task: "cells" or "mask"; None for what the model was trained for.
        tile_size: largest tile side in pixels, None for the model's own.
        tta: whether to average over flips; four times the work.
        pixel_size_um: of all images in micrometres; None for what each file says.
        min_confidence: cells below it are dropped, 0 to 1; None for the model's own limit.
        precision: "auto", "fp32", "bf16" or "int8".
        channel: of files with several, a name or a number from 0.
        z_projection: of z stacks, one of `neurocyte.io.selection.PROJECTIONS` or a plane's number from 0.

    Raises:
        UsageError: a number is out of its range, or the projection unknown.
    """

    model: str | Path = DEFAULT_MODEL
    task: Task | None = None
    tile_size: int | None = None
    tta: bool = False
    pixel_size_um: float | None = None
    min_confidence: float | None = None
    precision: Precision = "auto"
    channel: str | int | None = None
    z_projection: str | int | None = None

    def __post_init__(self) -> None:
        self.select(Selection())
        size = self.pixel_size_um
        if size is not None and not (math.isfinite(size) and size > 0):
            raise UsageError(f"A pixel size of {size} um is impossible; give a positive number.")
        if self.min_confidence is not None:
            check_confidence(self.min_confidence)

    def select(self, part: Selection) -> Selection:
        """Say which plane to read.

        Args:
            part: the time point and scene.

        Returns:
            The same with the job's channel and projection.
        """
        return replace(part, channel=self.channel, z_projection=self.z_projection)


@dataclass(frozen=True)
class Identity:
    """What makes two results comparable: the same model and the same settings.

    Args:
        model: "name", "checksum" (of the network and of the decisive parts of its config), "sha256" (of the
            network that ran, model.onnx or model.int8.onnx), "description", "license".
        settings: "task", "tile", "overlap", "tta", "pixel_size_um", "min_confidence", "spared" (cells of
            so many of the model's pixels are kept below it), "precision", "channel", "z_projection".
    """

    model: dict[str, Any]
    settings: dict[str, Any]

    @classmethod
    def of(cls, options: JobOptions, model: Model) -> "Identity":
        """Work out what a job's results depend on; raises UsageError where the options cannot be had."""
        config = model.config.to_dict()
        precision = choose_precision(options.precision, model)
        name, _ = model.network(precision)
        if precision != "int8":
            # A network that did not run decides nothing: results stay those of the model before it had one.
            config["files"] = {k: v for k, v in config["files"].items() if k not in (INT8_NAME, PARITY_NAME)}
        decisive = json.dumps({key: config[key] for key in _DECISIVE if key in config}, sort_keys=True)
        limit = model.config.limit(options.task, options.min_confidence)
        tile = model.config.tile
        if options.tile_size is not None:
            tile = resize_tile(tile, options.tile_size)
        return cls(
            model={
                "name": model.config.name,
                "checksum": hashlib.sha256(decisive.encode()).hexdigest(),
                "sha256": model.config.files[name],
                "description": model.config.description,
                "license": model.config.license,
            },
            settings={
                "task": options.task or model.config.task,
                "tile": tile.size,
                "overlap": tile.overlap,
                "tta": options.tta,
                "pixel_size_um": options.pixel_size_um,
                "min_confidence": limit.least,
                "spared": limit.spared,
                "precision": precision,
                "channel": options.channel,
                "z_projection": options.z_projection,
            },
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Identity":
        """Read what `to_dict` gave; raises KeyError or TypeError for anything else."""
        model, settings = dict(data["model"]), dict(data["settings"])
        if not isinstance(model["checksum"], str) or not isinstance(model["name"], str):
            raise TypeError("the model's name and checksum must be strings")
        return cls(model, settings)

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {"model": self.model, "settings": self.settings}

    def same(self, other: "Identity") -> bool:
        """Tell whether results of both may stand in one folder."""
        # A setting that there was not yet is as good as unset.
        names = self.settings.keys() | other.settings.keys()
        alike = all(self.settings.get(name) == other.settings.get(name) for name in names)
        return alike and self.model["checksum"] == other.model["checksum"]

    def unlike(self, other: "Identity") -> str:
        """Name the model, and each setting that differs from the other's, as 'model a (1f2e3d4c), tta on'."""
        said = [f"model {self.model['name']} ({self.model['checksum'][:8]})"]
        for name in dict.fromkeys([*self.settings, *other.settings]):
            value = self.settings.get(name)
            if value != other.settings.get(name):
                said.append(f"{name.replace('_', ' ')} {_said(value)}")
        return ", ".join(said)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "unset" if value is None else str(value)
