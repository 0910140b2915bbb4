"""The trained networks of finished runs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neurocyte.errors import UsageError
from neurocyte.export import load_network
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import WEIGHTS_NAME
from neurocyte.paper.context import Context
from neurocyte.paper.runs.plan import Run
from neurocyte.paper.simulated import predict
from neurocyte.training import ancis

Predictor = Callable[[NDArray[Any]], NDArray[np.float32]]


def run_network(run: Run, context: Context) -> nn.Module | None:
    """Load a run's network at its chosen epoch.

    Args:
        run: a finished run of a segmenter.
        context: the reproduction.

    Returns:
        The network in evaluation mode; None for ANCIS, which is no segmenter, and where only the scores of a
        run have been kept.
    """
    folder = run.folder(context.out)
    if run.row.arch == "ancis" or not (folder / WEIGHTS_NAME).is_file():
        return None
    return load_network(folder, ModelConfig.load(folder))[0]


def run_predictor(run: Run, context: Context) -> Predictor | None:
    """Return what gives an image's foreground probability by a run's network at its chosen epoch.

    Args:
        run: a finished run of any network.
        context: the reproduction.

    Returns:
        A function of an image (H, W) that gives float32 (H, W); None where only the scores of a run have been
        kept.
    """
    if run.row.arch == "ancis":
        try:
            model = ancis.load_ancis(run.folder(context.out))
        except UsageError:
            return None
        return lambda image: ancis.predict(model, image).probability
    network = run_network(run, context)
    return None if network is None else partial(predict, network, context=context)
