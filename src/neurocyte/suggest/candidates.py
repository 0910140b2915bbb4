"""Images as candidates: read, seen by the network, measured."""

from neurocyte.io.images import read_image
from neurocyte.io.inputs import InputFile
from neurocyte.io.selection import Selection
from neurocyte.quality.measures import features_of
from neurocyte.quality.reference import Reference
from neurocyte.segmentation import Segmenter
from neurocyte.suggest.ranking import Candidate, expected_error


def look_at(
    file: InputFile, selection: Selection, segmenter: Segmenter, reference: Reference | None
) -> Candidate:
    """Make a candidate of one image.

    Args:
        file: the image.
        selection: which plane of it.
        segmenter: the model.
        reference: statistics of its training images.

    Returns:
        The candidate.

    Raises:
        InputError: the image cannot be read.
    """
    image = read_image(file.path, selection)
    config = segmenter.model.config
    found = segmenter.segment(image.pixels, image.pixel_size_um)
    features = features_of(image.pixels, config.input, image.pixel_size_um)
    return Candidate(
        stem=file.stem,
        path=str(file.path),
        error=expected_error(found.probability, config.instances.threshold),
        cells=len(found.confidences),
        features=features,
        unlikeness=None if reference is None else reference.distance(features) / reference.limit,
    )
