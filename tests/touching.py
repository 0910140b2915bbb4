"""Two cells that touch along a line."""

from pathlib import Path

import numpy as np

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.labels import write_labels
from neurocyte.simulate import write_dataset

LABELS = np.zeros((64, 64), np.uint16)
LABELS[20:40, 10:30], LABELS[20:40, 30:50] = 1, 2


def touching_sample(folder: Path) -> Sample:
    """Write an image annotated with them."""
    write_dataset(folder, 1, seed=1, kind="cort", shape=LABELS.shape, cells=1)
    (sample,) = open_dataset(folder).samples
    write_labels(next((folder / "labels").glob("*.tif")), LABELS)
    return sample
