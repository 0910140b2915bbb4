"""What is kept of the pieces of a window."""

import weakref

import numpy as np

from neurocyte.large.boxes import Box
from neurocyte.large.joining import Joiner
from neurocyte.large.pieces import cut_pieces
from neurocyte.models.config import InstanceConfig


def test_the_labels_of_a_window_are_not_kept() -> None:
    """Four bytes a pixel of the whole image, they were the most of its memory."""
    settings = InstanceConfig()
    maps = np.zeros((1, 64, 64), dtype=np.float32)
    maps[0, 10:30, 10:30] = 1
    window = Box(0, 0, 64, 64)
    pieces = cut_pieces(maps, window, window, 64, settings, "cells")
    labels = weakref.ref(pieces.labels)
    joiner = Joiner(settings, "cells")
    joiner.add(pieces)
    del pieces
    assert labels() is None
    assert joiner.join().area.tolist() == [400]
