"""Old images among the new ones: a network that goes on seeing both forgets less."""

from collections.abc import Sequence

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample


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
