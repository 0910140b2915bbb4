"""What Figure 1 writes into its boxes."""

from collections.abc import Sequence
from typing import Any

from neurocyte.paper.drawings.canvas import shape_text

Words = tuple[str, str, Sequence[str]]


def image_words(facts: dict[str, Any], network: dict[str, Any], encoder: str) -> dict[str, Words]:
    """Return colour, title and lines of every step of the image, by the name under which it was recorded.

    Args:
        facts: of `pipeline_facts`.
        network: of `network_facts`.
        encoder: name of the encoder.

    Returns:
        The words.
    """
    parameters = network["parameters"]
    head = network["head"]
    grey = "divided by the type's maximum" if facts["intensity"] == "dtype" else "percentiles go to 0 and 1"
    kernel = shape_text([head["kernel"]] * 2)
    return {
        "read": ("data", "Image", [f"{shape_text(facts['native'])} px"]),
        "intensity": ("data", "Grey values", [grey]),
        "resize": ("data", "Resize", [f"bilinear, to {shape_text(facts['resized'])}"]),
        "augment": (
            "data",
            "In training: augment both in the same way",
            [augmentation_words(facts["augmentation"])],
        ),
        "normalise": ("data", "Normalise", [f"mean {_row(facts['mean'])}", f"std {_row(facts['std'])}"]),
        "encoder": ("encoder", f"Encoder: {encoder}", [f"{parameters['encoder']:,} parameters"]),
        "gates": (
            "gate",
            f"{len(network['gates'])} attention gates",
            [f"{parameters['gates']:,} parameters"],
        ),
        "decoder": (
            "decoder",
            f"Decoder: {len(network['blocks'])} blocks",
            [f"{parameters['decoder']:,} parameters"],
        ),
        "head": ("head", f"Head: {kernel} convolution", [f"logits {shape_text(head['shape'])}"]),
        "sigmoid": ("head", "Sigmoid", ["a probability for every pixel"]),
        "restore": ("head", "Resize back", [f"bilinear, to {shape_text(facts['native'])}"]),
        "decode": (
            "head",
            "Mask",
            [f"probability at least {facts['threshold']:g}", "areas too small for a cell are dropped"],
        ),
    }


def label_words(facts: dict[str, Any]) -> dict[str, Words]:
    """Return colour, title and lines of the annotation's steps.

    Args:
        facts: of `pipeline_facts`.

    Returns:
        The words.
    """
    return {
        "labels": ("data", "Annotation", [f"{shape_text(facts['native'])} px, a number for each cell"]),
        "resize": ("data", "Resize", [f"nearest, to {shape_text(facts['resized'])}"]),
        "foreground": ("data", "Target: label > 0", [shape_text(facts["target"])]),
    }


def learning_words(facts: dict[str, Any]) -> list[Words]:
    """Return colour, title and lines of loss, optimizer and schedule.

    Args:
        facts: of `pipeline_facts`.

    Returns:
        The words, in order.
    """
    o = facts["optimisation"]
    loss = [
        f"{o['alpha']:g} weighted cross-entropy (beta {o['beta']:g})",
        f"+ {1 - o['alpha']:g} Dice loss",
    ]
    stop = (
        "no early stopping"
        if o["early_stopping"] is None
        else f"training stops after {o['early_stopping']} epochs without gain"
    )
    schedule = [] if o["patience"] is None else [f"patience {o['patience']}, factor {o['factor']:g}"]
    return [
        ("loss", "Combo loss", loss),
        (
            "loss",
            f"{o['optimizer']}, learning rate {o['learning_rate']:g}",
            [f"batches of {o['batch_size']}, at most {o['epochs']} epochs"],
        ),
        ("loss", o["schedule"], [*schedule, stop]),
    ]


def augmentation_words(transforms: Sequence[dict[str, Any]]) -> str:
    """Write the augmentation in one line."""
    return "; ".join(_transform(t) for t in transforms)


def _transform(transform: dict[str, Any]) -> str:
    name = {"RandomHorizontalFlip": "horizontal flip", "RandomVerticalFlip": "vertical flip"}.get(
        transform["name"], transform["name"].removeprefix("Random").lower()
    )
    words = []
    if transform.get("scale") is not None:
        words.append("zoom {:g} to {:g}".format(*transform["scale"]))
    if transform.get("translate") is not None:
        words.append("shift up to {:.0%} across, {:.0%} down".format(*transform["translate"]))
    if words:
        return ", ".join(words)
    return f"{name} (p = {transform['p']:g})" if "p" in transform else name


def _row(values: Sequence[float]) -> str:
    return ", ".join(f"{v:g}" for v in values)
