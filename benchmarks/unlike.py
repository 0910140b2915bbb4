"""How many images are flagged as unlike a model's training images: as they are, and changed.

    python benchmarks/unlike.py

Needs the real images (NEUROCYTE_DATA); no network is run.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neurocyte.io.images import read_image
from neurocyte.io.inputs import images_in
from neurocyte.models import load_model
from neurocyte.quality import Reference
from neurocyte.quality.measures import features_of

Pixels = NDArray[Any]
# Of the neurons, so many: they are large.
EVERY = 4


def main() -> None:
    """Print a table."""
    root = os.environ.get("NEUROCYTE_DATA")
    if not root:
        sys.exit("NEUROCYTE_DATA is not set: the real images are not here.")
    cells = Path(root) / "data" / "sartorius"
    kinds = {
        "Sartorius, annotated": images_in(cells / "train"),
        "Sartorius, others": images_in(cells / "unlabelled"),
        "PFC-PN": list(images_in(Path(root) / "data" / "pfc-pn" / "images"))[::EVERY],
    }
    for name in ("phase-contrast", "neurocyte-fast", "brightfield-neuron"):
        for kind, paths in kinds.items():
            for change, function in CHANGES.items():
                print(
                    f"{name}\t{kind}\t{change}\t{flagged(name, paths, function)} of {len(paths)}", flush=True
                )


def flagged(name: str, paths: Sequence[Path], change: Callable[[Pixels], Pixels]) -> int:
    """Count the images whose distance is above the limit."""
    model = load_model(name)
    reference = Reference.load(model)
    if reference is None:
        sys.exit(f"{name} has no reference.json.")
    distances = (
        reference.distance(features_of(change(read_image(path).pixels), model.config.input)) for path in paths
    )
    return sum(distance > reference.limit for distance in distances)


def resized(pixels: Pixels, factor: float) -> Pixels:
    """Enlarge by cubic splines; before shrinking blur, as a lens would."""
    rest = (1,) * (pixels.ndim - 2)
    smooth = pixels.astype(float)
    if factor < 1:
        smooth = ndimage.gaussian_filter(smooth, (0.4 / factor, 0.4 / factor, *(0 for _ in rest)))
    changed = ndimage.zoom(smooth, (factor, factor, *rest), order=3 if factor > 1 else 1)
    result: Pixels = np.clip(changed, 0, 255).astype(np.uint8)
    return result


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda pixels: pixels,
    "inverted": lambda pixels: 255 - pixels,
    "twice the size": lambda pixels: resized(pixels, 2),
    "half the size": lambda pixels: resized(pixels, 0.5),
}


if __name__ == "__main__":
    main()
