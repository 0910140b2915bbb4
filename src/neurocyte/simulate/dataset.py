"""A folder of simulated pictures with their truth, as training and evaluation read it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from neurocyte.errors import UsageError
from neurocyte.io.atomic import atomic_path
from neurocyte.io.labels import write_labels
from neurocyte.simulate.kinds import KINDS, KindOrMixed
from neurocyte.simulate.layouts import Layout
from neurocyte.simulate.scene import simulate, simulate_annotated


def write_dataset(
    out_dir: str | Path,
    n: int,
    seed: int = 0,
    kind: KindOrMixed | None = None,
    shape: tuple[int, int] = (520, 704),
    cells: int | None = None,
    layouts: Sequence[Layout] = (),
) -> list[Path]:
    """Write simulated pictures as ``images/STEM.png`` and their truth as ``labels/STEM.tif``.

    A picture depends on the seed and its own number only: the first five of ten are the five of five.
    Files of the same name are replaced, others stay.

    Args:
        out_dir: Folder, made where it is missing.
        n: Number of pictures, at least 1.
        seed: Not negative; different seeds share no picture.
        kind: As for ``simulate``; None takes ``cort``, ``astro`` and ``shsy5y`` in turn. Layouts
            have their own.
        shape: Height and width in pixels, each at least 32.
        cells: Cells a picture, 0 to 65,535; None draws numbers typical of the kind.
        layouts: Annotations whose cells the pictures show, in turn; again and again, each time mirrored in
            another way. They decide shape and number of cells. Without any, cells are made up.

    Returns:
        The paths of the pictures.

    Raises:
        UsageError: An argument is out of its range, or a file cannot be written.
        InputError: An annotation is damaged.
    """
    if n < 1:
        raise UsageError(f"{n} pictures cannot be simulated: give 1 or more.")
    if seed < 0:
        raise UsageError(f"The seed {seed} is negative: give 0 or a larger whole number.")
    paths = []
    one: KindOrMixed
    for number in range(n):
        own_seed = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])
        if layouts:
            layout = layouts[number % len(layouts)]
            one, labels = layout.kind, _mirrored(layout.load().labels, number // len(layouts))
            simulated = simulate_annotated(labels, layout.kind, own_seed)
        else:
            one = kind or KINDS[number % len(KINDS)]
            simulated = simulate(shape, cells, one, own_seed)
        stem = f"{one}_{number:04d}"
        path = Path(out_dir) / "images" / f"{stem}.png"
        # The truth first: a picture is never there without it.
        write_labels(Path(out_dir) / "labels" / f"{stem}.tif", simulated.labels)
        with atomic_path(path) as temporary:
            Image.fromarray(simulated.image).save(temporary)
        paths.append(path)
    return paths


def _mirrored(labels: npt.NDArray[Any], round_: int) -> npt.NDArray[Any]:
    """Mirror a label image in another way in each of four rounds."""
    return labels[:: -1 if round_ & 2 else 1, :: -1 if round_ & 1 else 1]
