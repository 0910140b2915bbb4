"""From a network's maps to labelled cells."""

from neurocyte.instances.decode import Task, decode
from neurocyte.instances.labels import LabelArray, clean_labels

__all__ = ["LabelArray", "Task", "clean_labels", "decode"]
