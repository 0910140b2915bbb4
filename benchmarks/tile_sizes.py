"""What other tiles than a model's own change: cells matched, and agreement with the truth.

    python benchmarks/tile_sizes.py DATA [--model NAME] [--sizes 256 512 1056] [--json FILE]

DATA is a folder of annotated images. The cells found with a model's own tiles are compared with those found
with others (F1 of cells at an IoU above 0.5, pooled over images), and both foregrounds with the annotation
(pooled IoU). A network with squeeze-excitation sees the mean of its whole tile; others see only their
neighbourhood.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.metrics.matching import overlaps
from neurocyte.metrics.panoptic import PanopticCounts, panoptic_counts
from neurocyte.metrics.semantic import Confusion, confusion, iou
from neurocyte.models import load_model
from neurocyte.segmentation import Labels, Segmenter

SIZES = (256, 384, 512, 1056)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="annotated images")
    parser.add_argument("--model", default="neurocyte-fast")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="PIXELS")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    samples = open_dataset(args.data).samples
    model = load_model(args.model)
    own = model.config.tile.size
    found = labels_of(Segmenter(model, threads=args.threads), samples)
    base = pooled_iou(samples, found)
    rows = [{"tile": own, "f1": 1.0, "iou": base, "difference": 0.0}]
    for size in args.sizes:
        other = labels_of(Segmenter(model, threads=args.threads, tile_size=size), samples)
        value = pooled_iou(samples, other)
        rows.append({"tile": size, "f1": pooled_f1(found, other), "iou": value, "difference": value - base})
        print(rows[-1], flush=True)
    print("\n| tile | F1 against the model's own | IoU, pooled | difference, points |")
    print("| --: | --: | --: | --: |")
    for row in rows:
        print(f"| {row['tile']} | {row['f1']:.4f} | {row['iou']:.4f} | {100 * row['difference']:+.2f} |")
    if args.json:
        write_text(args.json, json.dumps({"model": model.config.name, "rows": rows}, indent=2) + "\n")


def labels_of(segmenter: Segmenter, samples: Sequence[Sample]) -> list[Labels]:
    """Segment each image."""
    pictures = (sample.read_image() for sample in samples)
    return [segmenter.segment(one.pixels, one.pixel_size_um).labels for one in pictures]


def pooled_f1(found: list[Labels], other: list[Labels]) -> float:
    """F1 of the cells of all images at an IoU above 0.5; 1 without any."""
    counts = (panoptic_counts(overlaps(one, two)) for one, two in zip(found, other, strict=True))
    return sum(counts, PanopticCounts()).rq


def pooled_iou(samples: Sequence[Sample], found: list[Any]) -> float:
    """IoU of the foreground over the pixels of all images."""
    total = Confusion()
    for sample, labels in zip(samples, found, strict=True):
        total += confusion(sample.read_labels().labels > 0, labels > 0)
    return iou(total)


if __name__ == "__main__":
    main()
