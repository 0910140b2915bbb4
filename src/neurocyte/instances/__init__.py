"""From a network's maps to labelled cells."""

from neurocyte.instances.confidence import cell_features, chance_of_match
from neurocyte.instances.decode import Task, decode
from neurocyte.instances.labels import LabelArray, clean_labels, drop_unsure, is_kept
from neurocyte.instances.sure import sure_cells

__all__ = [
    "LabelArray",
    "Task",
    "cell_features",
    "chance_of_match",
    "clean_labels",
    "decode",
    "drop_unsure",
    "is_kept",
    "sure_cells",
]
