"""config.json of a model folder: what training writes and inference reads, format version 1."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

from neurocyte.errors import ModelError, UsageError
from neurocyte.models.schema import ADDED_LATER, SchemaError, decode, encode

FORMAT = "neurocyte-model"
FORMAT_VERSION = 1
CONFIG_NAME = "config.json"

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Task = Literal["cells", "mask"]

MASK_OUTPUTS = ("foreground",)
# What a network of flows gives, each from 0 to 1: see neurocyte.instances.flows.
FLOW_OUTPUTS = ("foreground", "flow_y", "flow_x")


@dataclass(frozen=True)
class ArchitectureConfig:
    """Which network the weights belong to; None where an architecture has no such part.

    `zoom`: the network enlarges the image by so much itself; its maps are of the image as it is.
    """

    name: str
    encoder: str | None
    taps: str | None
    gate: str | None
    in_channels: int = 3
    out_channels: int = 1
    zoom: int = field(default=1, metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        _require(self.in_channels == 3, f"in_channels must be 3, not {self.in_channels}")
        _require(self.out_channels >= 1, f"out_channels must be at least 1, not {self.out_channels}")
        _require(self.zoom >= 1, f"zoom must be at least 1, not {self.zoom}")


@dataclass(frozen=True)
class ScaleResize:
    """Resize by `factor`, and by image over model pixel size where both are known; 1.0 keeps the image."""

    mode: Literal["scale"] = "scale"
    factor: float = 1.0

    def __post_init__(self) -> None:
        _require(
            math.isfinite(self.factor) and self.factor > 0, f"factor must be positive, not {self.factor}"
        )


@dataclass(frozen=True)
class FixedResize:
    """Resize every image to height x width pixels, whatever its shape (the paper's 256 x 256)."""

    height: int
    width: int
    mode: Literal["fixed"] = "fixed"

    def __post_init__(self) -> None:
        _require(min(self.height, self.width) >= 1, f"{self.height} x {self.width} must be positive")


@dataclass(frozen=True)
class InputConfig:
    """How an image becomes the network's input (see neurocyte.preprocess).

    Args:
        channels: "grey" (luminance, repeated to three channels) or "rgb".
        intensity: "percentile" (maps `percentiles` of the image to 0 and 1) or "dtype" (divides by the
            type's maximum).
        percentiles: low and high, 0 to 100.
        mean: of each channel, in nominal [0, 1].
        std: of each channel, in nominal [0, 1].
        pixel_size_um: of the training images in micrometres, None if unknown.
        resize: what happens to the image's size.
    """

    channels: Literal["grey", "rgb"] = "grey"
    intensity: Literal["percentile", "dtype"] = "percentile"
    percentiles: tuple[float, float] = (0.5, 99.5)
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    pixel_size_um: float | None = None
    resize: ScaleResize | FixedResize = field(default_factory=ScaleResize)

    def __post_init__(self) -> None:
        low, high = self.percentiles
        _require(0 <= low < high <= 100, f"percentiles must rise within 0 to 100, not {low}, {high}")
        _require(all(math.isfinite(value) for value in self.mean), "mean must be finite")
        _require(all(math.isfinite(value) and value > 0 for value in self.std), "std must be positive")
        size = self.pixel_size_um
        _require(
            size is None or (math.isfinite(size) and size > 0), f"pixel_size_um must be positive, not {size}"
        )


@dataclass(frozen=True)
class TileConfig:
    """Largest tile side, least overlap, and the number each side is a multiple of, in network pixels."""

    size: int = 768
    overlap: int = 96
    multiple: int = 32

    def __post_init__(self) -> None:
        _require(self.multiple >= 1, f"multiple must be at least 1, not {self.multiple}")
        _require(
            self.size >= 1 and self.size % self.multiple == 0,
            f"size must be a positive multiple of {self.multiple}, not {self.size}",
        )
        _require(0 <= self.overlap < self.size, f"overlap must be 0 to {self.size - 1}, not {self.overlap}")


@dataclass(frozen=True)
class InstanceConfig:
    """How a foreground map becomes cells (see neurocyte.instances.watershed).

    Args:
        method: "watershed" separates touching cells; "components" takes connected components.
        threshold: least foreground probability of a cell's pixel, 0 to 1.
        min_area: smaller cells are dropped, pixels.
        seed_distance: least distance of two cells' seeds, pixels.
        smoothing: Gaussian sigma of the map that seeds are looked for in, pixels.
    """

    method: Literal["watershed", "components"] = "watershed"
    threshold: float = 0.5
    min_area: int = 30
    seed_distance: float = 5.0
    smoothing: float = 1.0

    def __post_init__(self) -> None:
        _require_foreground(self.threshold, self.min_area)
        for name in ("seed_distance", "smoothing"):
            value = getattr(self, name)
            _require(math.isfinite(value) and value >= 0, f"{name} must not be negative, but is {value}")


@dataclass(frozen=True)
class FlowConfig:
    """How the maps of `FLOW_OUTPUTS` become cells (see neurocyte.instances.flows).

    Args:
        method: "flows".
        threshold: least foreground probability of a cell's pixel, 0 to 1.
        min_area: smaller cells are dropped, pixels.
        reach: the component of a flow that a flow map's 1 stands for; 0.5 stands for none.
    """

    method: Literal["flows"] = "flows"
    threshold: float = 0.5
    min_area: int = 30
    reach: float = 1.25

    def __post_init__(self) -> None:
        _require_foreground(self.threshold, self.min_area)
        _require(math.isfinite(self.reach) and self.reach > 0, f"reach must be positive, not {self.reach}")


Decoding = InstanceConfig | FlowConfig
# The outputs that a method reads.
_READ_BY = {"flows": FLOW_OUTPUTS}

# What a cell's confidence is worked out from: see neurocyte.instances.confidence.
CONFIDENCE_FEATURES = ("mean", "deviation", "log_area", "touching", "outline")
FLOW_FEATURES = (*CONFIDENCE_FEATURES, "flow", "inflow", "drift")


def confidence_features(instances: Decoding) -> tuple[str, ...]:
    """Name the features that the confidence of a cell is worked out from, by how maps become cells."""
    return FLOW_FEATURES if isinstance(instances, FlowConfig) else CONFIDENCE_FEATURES


@dataclass(frozen=True)
class Limit:
    """Which cells are dropped because the model is not sure of them.

    Args:
        least: cells of a lower confidence are dropped, 0 to 1.
        spared: but not those of at least so many pixels; None spares none.
    """

    least: float = 0.0
    spared: float | None = None


@dataclass(frozen=True)
class ConfidenceConfig:
    """A logistic regression from a cell's features to the chance that it matches a true cell.

    Args:
        weights: of the features that `confidence_features` names, in that order.
        bias: the constant.
        cells: found cells of validation images that it was fitted on.
        matched: of them, those that matched a true cell (IoU above 0.5).
        least: cells below it are dropped where the user names no other; chosen on the same images.
        spared: but not those of at least so many pixels: what is small and unsure is mostly dirt, what is
            large and unsure mostly a cell that is badly divided. None spares none; chosen on the same images.
    """

    weights: tuple[float, ...]
    bias: float
    cells: int
    matched: int
    least: float = field(default=0.0, metadata=ADDED_LATER)
    spared: int | None = field(default=None, metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        _require(all(map(math.isfinite, (*self.weights, self.bias))), "weights and bias must be finite")
        _require(0 <= self.matched <= self.cells, "matched must be 0 to cells")
        _require(0 <= self.least <= 1, f"least must be 0 to 1, not {self.least}")
        _require(self.spared is None or self.spared > 0, f"spared must be positive, not {self.spared}")

    def limit(self, pixel_ratio: float) -> Limit:
        """Give the model's own limit, for images whose pixels have so many times the side of the model's."""
        return Limit(self.least, None if self.spared is None else self.spared / pixel_ratio**2)


def check_confidence(least: float) -> float:
    """Return a least confidence that is 0 to 1; raises UsageError for any other."""
    if not 0 <= least <= 1:
        raise UsageError(f"A least confidence of {least} is impossible; give 0 to 1.")
    return least


@dataclass(frozen=True)
class ModelConfig:
    """Everything that is known of a model, beside its weights.

    `files` maps file names to their SHA-256. `confidence` is None where a cell's confidence is the mean
    foreground probability, not calibrated.
    """

    name: str
    description: str
    license: str
    architecture: ArchitectureConfig
    input: InputConfig
    tile: TileConfig
    outputs: tuple[str, ...]
    task: Task
    instances: Decoding
    data: dict[str, Any]
    seed: int
    versions: dict[str, Any]
    files: dict[str, str]
    confidence: ConfidenceConfig | None = field(default=None, metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        _require(bool(self.name.strip()), "name must not be empty")
        _require(self.outputs[:1] == ("foreground",), "outputs must begin with 'foreground'")
        count = self.architecture.out_channels
        _require(
            len(self.outputs) == count,
            f"outputs must name {count} channels (architecture.out_channels), not {len(self.outputs)}",
        )
        method = self.instances.method
        read = _READ_BY.get(method, self.outputs)
        _require(self.outputs == read, f"instances.method {method!r} needs the outputs {', '.join(read)}")
        features = confidence_features(self.instances)
        _require(
            self.confidence is None or len(self.confidence.weights) == len(features),
            f"confidence.weights must be {len(features)} numbers ({', '.join(features)})",
        )
        bad = next((key for key, value in self.files.items() if not isinstance(value, str)), None)
        _require(bad is None, f"files.{bad} must be a SHA-256 as a string")

    def limit(self, task: Task | None = None, asked: float | None = None, pixel_ratio: float = 1.0) -> Limit:
        """Tell which cells are dropped because the model is not sure of them.

        Args:
            task: "cells" or "mask"; None for the model's.
            asked: the confidence below which the user wants none; None for the model's own limit.
            pixel_ratio: an image pixel's side over a model pixel's.

        Returns:
            What the user asks for spares no cell. Without a wish, no limit for a mask, and for a model that
            is not calibrated.

        Raises:
            UsageError: what is asked for is out of its range.
        """
        if asked is not None:
            return Limit(check_confidence(asked))
        own = self.confidence if (task or self.task) == "cells" else None
        return own.limit(pixel_ratio) if own else Limit()

    @classmethod
    def from_dict(cls, data: Any, source: str | Path = CONFIG_NAME) -> "ModelConfig":
        """Read a parsed config.json.

        Args:
            data: what `json.load` gave.
            source: the file it came from, for the error text.

        Returns:
            The configuration.

        Raises:
            ModelError: not a model's config, an unknown format version, or a key that is missing, unknown
                or wrong.
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ModelError(
                f"{source} is not the config of a neurocyte model ('format' must be {FORMAT!r}); "
                "name a folder that training wrote."
            )
        version = data.get("format_version")
        if isinstance(version, bool) or version != FORMAT_VERSION:
            raise ModelError(
                f"{source} has 'format_version' {version!r}, but this neurocyte reads {FORMAT_VERSION}; "
                "update neurocyte or export the model again."
            )
        body = {key: value for key, value in data.items() if key not in ("format", "format_version")}
        try:
            return decode(cls, body)
        except SchemaError as exc:
            raise ModelError(f"{source} is not valid: {exc}; export the model again.") from exc

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON object that `from_dict` reads back."""
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **encode(self)}

    @classmethod
    def load(cls, path: str | Path) -> "ModelConfig":
        """Read config.json from a file, or from the model folder that holds it; raises ModelError."""
        path = Path(path)
        path = path / CONFIG_NAME if path.is_dir() else path
        try:
            data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            raise ModelError(
                f"Cannot read {path} ({reason}); name a model folder with a {CONFIG_NAME}."
            ) from exc
        except (ValueError, RecursionError) as exc:
            raise ModelError(f"{path} is not valid JSON ({exc}); copy or export the model again.") from exc
        return cls.from_dict(data, path)

    def save(self, path: str | Path) -> None:
        """Write config.json, or into an existing model folder; an interrupted write leaves the old file."""
        path = Path(path)
        path = path / CONFIG_NAME if path.is_dir() else path
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
        temporary.replace(path)


def _require_foreground(threshold: float, min_area: int) -> None:
    _require(0 < threshold < 1, f"threshold must be between 0 and 1, not {threshold}")
    _require(min_area >= 0, f"min_area must not be negative, but is {min_area}")


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise ValueError(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
