"""Training ANCIS: the detector first, then the mask branch of the frozen detector.

The network, the losses, the thresholds and the two stages are the authors'. What differs, and why:

- The anchors. The authors' smallest is 20 pixels of 512; cortical and SH-SY5Y cells are 10 to 20 pixels
  across, and of the Sartorius cells only 54 % have an anchor of IoU >= 0.5. The five scales are quantiles of
  the training cells instead (72 % at best with the authors' strides), and the heads are twice as dense
  (strides 4, 8, 16, 32), at no parameter more: 94 %.
- 2,000 boxes an image may be kept, not 200: dishes hold up to 800 cells.
- Learning rate, schedule, early stopping and augmentation are those of the recipe that every network of the
  comparison is trained by (`neurocyte.training.recipes.PAPER`), not SGD for 500 epochs.
- The mask branch learns from at most `BOXES` boxes an image and update, drawn at random: the loss is a mean
  over boxes, and its time would be proportional to them. Where the detector finds no cell of an image, the
  true boxes stand in; the authors' code has no loss there.
- Where cells overlap, the more confident one has the pixel, so that the result is a label image.
"""

from neurocyte.training.ancis.fit import AncisResult, load_ancis, train_ancis
from neurocyte.training.ancis.predict import AncisPrediction, predict

__all__ = ["AncisPrediction", "AncisResult", "load_ancis", "predict", "train_ancis"]
