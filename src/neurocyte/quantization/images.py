"""Which images the ranges are measured on and which judge the outcome."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.annotations import Dataset
from neurocyte.io.images import read_image
from neurocyte.io.inputs import collect_inputs
from neurocyte.quantization.parity import Judged
from neurocyte.segmentation import Float32, Segmenter

# Without annotated images to judge by, each so many-th image is kept from the calibration.
_HELD_OUT = 4
# More tiles move the ranges little, and take time and memory.
MOST_TILES = 32


def divide(inputs: Sequence[str | Path], data: Dataset | None) -> tuple[list[Path], list[Path]]:
    """Divide the images into those to calibrate on and those to judge by.

    Args:
        inputs: files, folders and patterns of the images to calibrate on.
        data: annotated images to judge by, None for a part of the others.

    Returns:
        Files to calibrate on, at most `MOST_TILES`, and files to judge by, none where there is `data`.

    Raises:
        UsageError: an input matches nothing, there is a single image, or one is in both.
    """
    files = [file.path for file in collect_inputs(inputs)]
    if data is None:
        if len(files) < 2:
            raise UsageError(
                f"{files[0]} alone cannot calibrate and judge: give more images to --calibrate, or annotated "
                "ones to --evaluate."
            )
        kept = files[_HELD_OUT - 1 :: _HELD_OUT] or files[-1:]
        return _thinned([file for file in files if file not in kept]), kept
    judges = {sample.image_path.resolve() for sample in data.samples}
    both = next((file for file in files if file.resolve() in judges), None)
    if both:
        raise UsageError(f"{both} is to calibrate on and to judge by: leave it out of one of the two.")
    return _thinned(files), []


def judged(files: Sequence[Path], data: Dataset | None) -> list[Judged]:
    """Read the images to judge by.

    Raises:
        InputError: one cannot be read.
    """
    if data is None:
        images = [read_image(file) for file in files]
        return [Judged(image.pixels, image.pixel_size_um) for image in images]
    read = [(sample.read_image(), sample.read_labels()) for sample in data.samples]
    return [Judged(image.pixels, image.pixel_size_um, truth) for image, truth in read]


def calibration_tiles(segmenter: Segmenter, files: Sequence[Path]) -> list[Float32]:
    """Cut tiles as `segment` gives them to the network, as many from each image.

    Args:
        segmenter: of the model.
        files: the images, at most `MOST_TILES`.

    Returns:
        float32 (1, 3, h, w) each, at most `MOST_TILES`.

    Raises:
        InputError: an image cannot be read.
    """
    tiles: list[Float32] = []
    for number, file in enumerate(files):
        image = read_image(file)
        own = list(_single(segmenter.inputs(image.pixels, image.pixel_size_um)))
        # From another place in each image: a corner is no likelier than the middle.
        start = number % len(own)
        tiles += islice((*own[start:], *own[:start]), MOST_TILES // len(files))
    return tiles


def _thinned(files: list[Path]) -> list[Path]:
    """Give at most `MOST_TILES` files, evenly from the list."""
    count = min(len(files), MOST_TILES)
    return [files[i * len(files) // count] for i in range(count)]


def _single(batches: Iterator[Float32]) -> Iterator[Float32]:
    for batch in batches:
        yield from (batch[i : i + 1] for i in range(len(batch)))
