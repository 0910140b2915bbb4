"""Annotated images of any known format as one kind of sample."""

from neurocyte.io.annotations.dataset import FORMATS, open_dataset
from neurocyte.io.annotations.sample import Annotation, Dataset, Sample

__all__ = ["FORMATS", "Annotation", "Dataset", "Sample", "open_dataset"]
