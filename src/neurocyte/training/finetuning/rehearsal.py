"""Old images among the new ones: a network that goes on seeing both forgets less."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from torch import nn

from neurocyte.errors import UsageError
from neurocyte.instances import decode
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Annotation, Dataset, Sample
from neurocyte.io.inputs import images_in, unique_stems
from neurocyte.training.finetuning.parent import Parent
from neurocyte.training.network import trained_network
from neurocyte.training.scoring import predict_maps


def open_rehearsal(path: Path, parent: Parent) -> Dataset:
    """Open images of the kind the parent knows, annotated or not.

    Args:
        path: annotated images, or a folder of images; the cells that the parent finds in these are their
            annotation.
        parent: the model that is not to forget.

    Returns:
        The images as a data set.

    Raises:
        UsageError: there is neither.
        InputError: an annotation file is damaged.

    Source:
        Li and Hoiem 2016, "Learning without forgetting" (the old network's answers as targets).
    """
    plain = images_in(path) if path.is_dir() else []
    try:
        return open_dataset(path)
    except UsageError:
        if not plain:
            raise
    network = trained_network(parent.options, parent.weights)
    named = zip(unique_stems(plain), plain, strict=True)
    return Dataset(path, "images", tuple(_recalled(network, parent, stem, image) for stem, image in named))


def lessons(new: Sequence[Sample], old: Sequence[Sample], repeats: int) -> list[Sample]:
    """List the images of an epoch, each to be cropped once.

    Args:
        new: images to learn from.
        old: images of the kind the network knows.
        repeats: crops of each new image.

    Returns:
        Each new image `repeats` times, then as many old ones, evenly spaced or in turn.
    """
    count = len(new) * repeats
    return [one for one in new for _ in range(repeats)] + [old[i * len(old) // count] for i in range(count)]


def check_apart(rehearsed: Sequence[Sample], judges: Sequence[Sample]) -> None:
    """Raise UsageError where an image would be learned from and judge, too."""
    both = {one.image_path.resolve() for one in rehearsed} & {one.image_path.resolve() for one in judges}
    if both:
        raise UsageError(
            f"{min(both)} would be learned from and judge, too: leave it out of --rehearse or of the others."
        )


def _recalled(network: nn.Module, parent: Parent, stem: str, path: Path) -> Sample:
    config = parent.config

    @cache
    def load() -> Annotation:
        maps = predict_maps(network, sample, config.input, config.tile)
        labels, confidences = decode(maps, config.instances, config.task)
        return Annotation(labels, lost_pixels=0, instances=len(confidences), dropped=0)

    sample = Sample(stem, path, None, None, load)
    return sample
