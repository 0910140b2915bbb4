"""Training and scoring the networks of Table 4, one run at a time, each resumable."""

import json
from pathlib import Path

from neurocyte.io.atomic import write_text
from neurocyte.paper.context import Context
from neurocyte.paper.runs.ancis import train_and_score_ancis
from neurocyte.paper.runs.plan import SCORES_NAME, Run
from neurocyte.paper.runs.segmenter import train_and_score_segmenter


def train_and_score(run: Run, context: Context) -> Path:
    """Train a run, going on where an earlier attempt was stopped, and score its test images once.

    Args:
        run: which network, seed and fold.
        context: data, folder and settings.

    Returns:
        Its scores.json; an existing one is left as it is.

    Raises:
        InputError: an image or annotation cannot be read.
        UsageError: the folder's run began with other options.
    """
    folder = run.folder(context.out)
    path = folder / SCORES_NAME
    if path.is_file():
        return path
    context.say(f"Training {run}.")
    if run.row.arch == "ancis":
        content = train_and_score_ancis(run, context, folder)
    else:
        content = train_and_score_segmenter(run, context, folder)
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path
