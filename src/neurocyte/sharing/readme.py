"""README.md of a bioimage.io package: the model's card, and what is in the package and what is not."""

from neurocyte.models.config import FixedResize, ModelConfig
from neurocyte.sharing.description import least_side
from neurocyte.sharing.graph import resamples
from neurocyte.sharing.unpack import INNER_NAME


def readme(config: ModelConfig, card: str) -> str:
    """Write the documentation.

    Args:
        config: the model's.
        card: its MODEL_CARD.md; empty without one.

    Returns:
        Markdown.
    """
    parts = [
        card.strip() or f"# {config.name}\n\n{config.description}",
        "## In this package",
        "`weights.onnx` with the steps of `rdf.yaml` gives the foreground's probability for each pixel"
        + (", and the maps that part touching cells. " if len(config.outputs) > 1 else ". ")
        + _input(config),
        _sizes(config),
        "Inside the graph, because the specification has no words for it: "
        + (f"{_resampling(config)}, " if resamples(config.input) else "")
        + ("grey repeated to three channels, " if config.input.channels == "grey" else "")
        + "mean and std of each channel, reflection at the border up to whole multiples of "
        + f"{config.tile.multiple} pixels, cut off again behind the network"
        + (", the sigmoid, and resampling back." if resamples(config.input) else "."),
        "Not in the package: tiles with overlap for large images (here each block stands alone; give an "
        "image as one block where memory allows), the stretch from minimum to maximum of an image whose two "
        "percentiles coincide, and the step from probabilities to cells "
        f"({config.instances.method} above {config.instances.threshold:g}). `neurocyte segment` has them.",
        f"`{INNER_NAME}` is the model folder; `neurocyte models import` takes it, and this whole "
        "package, too.",
        f"Licence: {config.license}",
        "## Validation",
        "`test_output.npy` is what neurocyte's own runtime (OpenVINO, fp32) gives for `test_input.npy`, a "
        "simulated image; `bioimageio test` compares. Judge the model on annotated images of your own: "
        "`neurocyte evaluate --truth DATA --pred RESULTS` gives IoU, Dice, mAP and the count error.",
    ]
    return "\n\n".join(parts) + "\n"


def _input(config: ModelConfig) -> str:
    given = config.input
    colours = (
        "Colour images are turned to grey first: 0.2125 red + 0.7154 green + 0.0721 blue."
        if given.channels == "grey"
        else "A grey image is given in all three channels."
    )
    if given.intensity == "dtype":
        return f"Images have 8 bits; divide 16-bit ones by 257. {colours}"
    low, high = given.percentiles
    levels = f"each whole image's percentiles {low:g} and {high:g} become 0 and 1"
    return f"Grey levels of any scale: {levels}. {colours}"


def _sizes(config: ModelConfig) -> str:
    sizes = f"Images are {least_side(config)} pixels high and wide or larger."
    if config.input.pixel_size_um:
        sizes += f" The model was trained at {config.input.pixel_size_um:g} um a pixel: resample to it first."
    return sizes


def _resampling(config: ModelConfig) -> str:
    resize = config.input.resize
    if isinstance(resize, FixedResize):
        return f"resampling to {resize.height} x {resize.width}"
    return f"resampling by {resize.factor:g}"
