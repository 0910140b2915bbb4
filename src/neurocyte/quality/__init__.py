"""Whether an image can be trusted to be judged well: flags, each by a stated measure.

What is sharp, and what is usual, is known from the images that a model was trained on: a model folder may
hold their statistics as reference.json, which training writes where the images are enough, and
`tools/reference.py`. Without it two flags are not given.
"""

from neurocyte.quality.flags import FLAGS, Quality, assess, statements
from neurocyte.quality.reference import REFERENCE_NAME, Reference

__all__ = ["FLAGS", "REFERENCE_NAME", "Quality", "Reference", "assess", "statements"]
