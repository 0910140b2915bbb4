"""reference.json of a trained model: by it `neurocyte segment` knows images unlike the training images."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import ModelConfig
from neurocyte.quality.measures import features_of
from neurocyte.quality.reference import LEAST_IMAGES, REFERENCE_NAME, Reference

# More images hardly move the statistics, but each takes about a tenth of a second.
MOST_IMAGES = 200


def write_reference(
    out: Path, config: ModelConfig, train: Sequence[Sample], say: Callable[[str], None]
) -> ModelConfig:
    """Measure the training images and put their statistics into a model folder.

    Args:
        out: the model folder.
        config: as it stands there.
        train: images that the network learned from; of more than 200, as many, evenly spaced.
        say: told why there are no statistics where the images are fewer than ten.

    Returns:
        The config as written, with the checksum of reference.json where there is one.

    Raises:
        InputError: an image cannot be read.
    """
    if len(train) < LEAST_IMAGES:
        say(
            f"Fewer than {LEAST_IMAGES} training images do not tell what is usual: segment will not flag "
            "images as out of focus or unlike the training data."
        )
        return config
    step = -(-len(train) // MOST_IMAGES)
    images = (sample.read_image() for sample in train[::step])
    reference = Reference.of(features_of(i.pixels, config.input, i.pixel_size_um) for i in images)
    config = replace(config, files={**config.files, REFERENCE_NAME: reference.save(out)})
    config.save(out)
    return config
