"""MODEL_CARD.md: what a model is, what it was trained on, how good it is and where it ends."""

from typing import Any

from neurocyte.metrics.definitions import DEFINITIONS
from neurocyte.models.config import FixedResize, ModelConfig

# The figures a card shows, in this order.
SHOWN = (
    "n",
    "iou",
    "dice",
    "iou_image",
    "dice_image",
    "precision",
    "recall",
    "boundary_f1",
    "map",
    "ap50",
    "pq",
    "aji",
)
SHOWN_COUNTS = ("count_error", "splits", "merges")


def model_card(config: ModelConfig, metrics: dict[str, Any], limits: str = "") -> str:
    """Write the card.

    Args:
        config: the model's config.
        metrics: the model's metrics.json.
        limits: a paragraph on what the model is not for.

    Returns:
        Markdown.
    """
    arch, data = config.architecture, config.data
    parts = [
        f"# {config.name}",
        config.description or f"A model for the task '{config.task}'.",
        f"- Architecture: {arch.name}, encoder {arch.encoder or 'its own'}"
        + (f", {arch.taps} taps" if arch.taps else "")
        + (f", {arch.gate} attention gates" if arch.gate else ""),
        f"- Input: {config.input.channels}, intensity by {config.input.intensity}, {_size(config)}",
        f"- Confidence of a cell: {_confidence(config)}",
        f"- Licence of the weights: {config.license}",
        f"- Seed: {config.seed}; versions: "
        + ", ".join(f"{name} {version}" for name, version in config.versions.items()),
        "## Data",
        f"{data.get('description', data.get('name', 'not stated'))}",
        f"- Images: {data.get('train', 0)} trained on, {data.get('val', 0)} for choosing epoch and threshold "
        f"(names in split.json where the run folder is at hand){_refit(data)}; content hash "
        f"{data.get('hash', 'unknown')}",
        "## Figures",
        str(metrics.get("protocol", "")),
        _table(metrics),
    ]
    if by_type := metrics.get("by_type"):
        parts += ["By cell type (same protocol):", _by_type(by_type)]
    parts += ["Definitions:", "\n".join(f"- `{key}`: {DEFINITIONS[key]}" for key in (*SHOWN, *SHOWN_COUNTS))]
    parts += [
        "## Limits",
        limits or "Judge it on your own annotated images before relying on it (`neurocyte evaluate`).",
    ]
    return "\n\n".join(_group(parts)) + "\n"


def _group(parts: list[str]) -> list[str]:
    """Keep consecutive list items in one block."""
    blocks: list[str] = []
    for part in parts:
        if part.startswith("- ") and blocks and blocks[-1].startswith("- ") and "\n\n" not in part:
            blocks[-1] += "\n" + part
        elif part:
            blocks.append(part)
    return blocks


def _confidence(config: ModelConfig) -> str:
    fitted = config.confidence
    if fitted is None:
        return "mean foreground probability, not calibrated"
    spared = f" if they have fewer than {fitted.spared} pixels," if fitted.spared else ""
    return (
        "chance that it matches a true cell at an IoU above 0.5, by a logistic regression fitted on the "
        f"{fitted.cells} cells found in the validation images ({fitted.matched} matched); cells below "
        f"{fitted.least:g} are dropped{spared} unless `--min-confidence` says otherwise"
    )


def _refit(data: dict[str, Any]) -> str:
    epochs = data.get("refit", 0)
    return f", then {epochs} epochs from all of them" if epochs else ""


def _size(config: ModelConfig) -> str:
    resize = config.input.resize
    if isinstance(resize, FixedResize):
        return f"resized to {resize.height} x {resize.width}"
    return f"resampled by {resize.factor:g}"


def _table(metrics: dict[str, Any]) -> str:
    intervals, spread = metrics.get("intervals", {}), metrics.get("spread", {})
    rows = [
        "| figure | value | 95 % interval over images | standard deviation over folds |",
        "|---|---|---|---|",
    ]
    for key in (*SHOWN, *SHOWN_COUNTS):
        if isinstance(value := metrics.get(key), (int, float)):
            low_high = " to ".join(f"{v:.3f}" for v in intervals[key]) if key in intervals else ""
            rows.append(f"| `{key}` | {_number(value)} | {low_high} | {_number(spread.get(key))} |")
    return "\n".join(rows)


def _by_type(by_type: dict[str, dict[str, Any]]) -> str:
    keys = ("n", "iou", "dice", "map", "ap50", "count_error")
    rows = ["| type | " + " | ".join(f"`{k}`" for k in keys) + " |", "|---" * (len(keys) + 1) + "|"]
    rows += [
        f"| {name} | " + " | ".join(_number(f.get(k)) for k in keys) + " |" for name, f in by_type.items()
    ]
    return "\n".join(rows)


def _number(value: Any) -> str:
    if not isinstance(value, (int, float)):
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"
