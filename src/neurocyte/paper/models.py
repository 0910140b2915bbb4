"""The trained networks of finished runs."""

from torch import nn

from neurocyte.export import load_network
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import WEIGHTS_NAME
from neurocyte.paper.context import Context
from neurocyte.paper.plan import Run


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
