"""Images too large to be held whole: read, predicted, cut into cells, measured and written part by part.

The result is that of `neurocyte.segmentation` but for what is said in docs/SCALE.md: the grey levels are
those of the whole image, the network's tiles and their blending are the same, and pieces of cells are joined
across windows as they are within one.
"""

LARGE_PIXELS = 2**24
"""Images of more pixels go this way where their file can be read in parts: 46 frames of 704 x 520."""
