"""Which epoch of a run becomes the model, and how its maps become cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import Decoding
from neurocyte.training.checkpoints import load_checkpoint
from neurocyte.training.choosing.decoding import decoding_from_cells, flows_from_cells
from neurocyte.training.choosing.tuning import tune
from neurocyte.training.fit import FitResult
from neurocyte.training.network import trained_network
from neurocyte.training.options import TrainOptions


@dataclass(frozen=True)
class Chosen:
    """The epoch that becomes the model.

    Attributes:
        weights: of the network, float32.
        row: of the history.
        decoding: how its maps become cells.
    """

    weights: dict[str, Tensor]
    row: dict[str, float]
    decoding: Decoding


def choose_epoch(
    result: FitResult, train: Sequence[Sample], val: Sequence[Sample], options: TrainOptions
) -> Chosen:
    """Choose the epoch by what the network is for.

    A network of the foreground: the epoch of the best Dice. The Dice says little of what keeps cells apart,
    which is learned for longer: of a network of cells, the better of that epoch and the last one by
    mAP, each with the decoding that suits it best.

    Args:
        result: of the fit.
        train: images that were learned from; lengths of the decoding come from their cells.
        val: images that choose.
        options: as it was trained with.

    Returns:
        The epoch; of two that are equal, the one of the best Dice.

    Raises:
        InputError: an image or annotation cannot be read.
    """
    best = result.best_row
    if options.learn == "foreground":
        # Lightning kept the threshold in float32.
        decoding = decoding_from_cells(train, round(best["val_threshold"], 2))
        return Chosen(load_checkpoint(result.best), best, decoding)
    start = flows_from_cells(train)
    ends = [(result.best, best)]
    if result.history[-1] is not best:
        ends.append((result.last, result.history[-1]))
    candidates = []
    for checkpoint, row in ends:
        weights = load_checkpoint(checkpoint)
        network = trained_network(options, weights)
        tuned = tune(network, val, options.input_config(), options.tile_config(), start)
        candidates.append((tuned.score, Chosen(weights, row, tuned.settings)))
    return max(candidates, key=lambda one: one[0])[1]
