"""Figure 7: image, ground truth and prediction of each network; best, median and worst by rule."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from neurocyte.metrics.semantic import iou
from neurocyte.paper.context import Context
from neurocyte.paper.parts import kept_row
from neurocyte.paper.results.panels import grey, write_panels
from neurocyte.paper.runs.networks import run_predictor
from neurocyte.paper.runs.plan import Finished, finished
from neurocyte.paper.runs.scores import THRESHOLD, Record
from neurocyte.paper.runs.scoring import PROBABILITIES
from neurocyte.paper.simulated import simulated_images

RULE = (
    "of all test images of the first seed, each predicted by the network of its fold at the chosen epoch, "
    "the one with the highest, the middle (lower of two) and the lowest foreground IoU at 256 x 256"
)
NAMES = ("best", "median", "worst")
# Made from the real images: they stay in the output folder.
PICTURES = "pictures"


def measure(context: Context) -> dict[str, Any]:
    """Choose the images of each network, draw them, and draw simulated ones for the committed document.

    Args:
        context: the reproduction.

    Returns:
        ``rule``, ``rows``: a network's three images with their IoU, and its files.
    """
    first = context.settings.seeds[0]
    done = [one for one in finished(context) if one.run.seed == first]
    rows = []
    for row in context.settings.rows:
        runs = [one for one in done if one.run.row.key == row.key]
        if runs:
            rows.append(_row(context, runs))
    return {"rule": RULE, "seed": first, "rows": rows}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    if not result["rows"]:
        return "## Figure 7: predictions\n\nNo network is trained yet."
    parts = ["## Figure 7: predictions", f"Rule: {result['rule']}."]
    for row in result["rows"]:
        chosen = ", ".join(f"{one['rank']} {one['stem']} (IoU {one['iou']:.3f})" for one in row["images"])
        parts.append(f"**{row['label']}**: {chosen}.")
        if row["file"]:
            parts.append(f"![Image, truth, prediction: {row['label']}]({row['file']})")
        else:
            parts.append("(Only this network's scores are in the folder, no predictions to draw.)")
        if row["simulated"]:
            parts.append(f"![The same on simulated images: {row['label']}]({row['simulated']})")
    return "\n\n".join(parts)


def choose(records: Sequence[Record]) -> list[tuple[str, Record]]:
    """Return best, median and worst record by foreground IoU; ties go to the earlier stem.

    Args:
        records: at least one.

    Returns:
        (rank, record), three of them.
    """
    ordered = sorted(records, key=lambda r: (-iou(r.paper.confusion), r.stem))
    places = (0, (len(ordered) - 1) - (len(ordered) - 1) // 2, len(ordered) - 1)
    return [(name, ordered[place]) for name, place in zip(NAMES, places, strict=True)]


def _row(context: Context, runs: Sequence[Finished]) -> dict[str, Any]:
    row = runs[0].run.row
    where = {record.stem: one for one in runs for record in one.chosen}
    chosen = choose([record for one in runs for record in one.chosen])
    samples = {sample.stem: sample for sample in context.samples}
    files = {
        record.stem: where[record.stem].run.folder(context.out) / PROBABILITIES / f"{record.stem}.png"
        for _, record in chosen
    }
    drawn = None
    # Of a run that was done elsewhere only the scores may be here.
    if all(file.is_file() for file in files.values()):
        pictures: list[list[NDArray[Any]]] = []
        for _, record in chosen:
            sample = samples[record.stem]
            truth = sample.read_labels().labels > 0
            found = _predicted(files[record.stem], truth.shape)
            pictures.append([grey(sample.read_image().pixels), truth, found])
        drawn = f"{PICTURES}/figure7-{row.key}.png"
        labels = [f"{rank}: IoU {iou(record.paper.confusion):.2f}" for rank, record in chosen]
        write_panels(context.out / drawn, pictures, ("image", "ground truth", "prediction"), labels)
    return {
        "key": row.key,
        "label": row.label,
        "file": drawn,
        "simulated": _simulated(context, runs[0]),
        "images": [
            {
                "rank": rank,
                "stem": record.stem,
                "iou": iou(record.paper.confusion),
                "fold": where[record.stem].run.fold,
            }
            for rank, record in chosen
        ],
    }


def _simulated(context: Context, one: Finished) -> str | None:
    """Draw simulated images as the first fold's network sees them; where its weights are gone, keep those."""
    predict = run_predictor(one.run, context)
    if predict is None:
        earlier = kept_row("figure7", one.run.row.key, context)
        return earlier["simulated"] if earlier else None
    name = f"figures/figure7-{one.run.row.key}-simulated.png"
    images = simulated_images()
    rows = [[image, truth, predict(image) > THRESHOLD] for _, image, truth in images]
    write_panels(
        context.out / name, rows, ("simulated image", "truth", "prediction"), [kind for kind, _, _ in images]
    )
    return name


def _predicted(file: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Read a kept probability map; an image of zeros is never put in its place."""
    with PillowImage.open(file) as picture:
        found: NDArray[np.bool_] = np.asarray(picture) > 255 * THRESHOLD
    if found.shape != shape:
        raise ValueError(f"{file} has the shape {found.shape}, its image {shape}")
    return found
