"""Ways to represent cells, learned by the same network from the same images, and judged alike.

    python benchmarks/representations DATA -o DIR [--way NAME]... [--fold K]... [--epochs N] [--repeats N]
        [--encoder-weights FILE]

`unet-fast` learns each way for as long, from the same crops in the same order; validation images of the fold
choose the threshold of the foreground and one limit each by mean mAP over 24 settings; the images that the
fold's networks have not seen judge once. Maps are read at the image's size. No limit of confidence anywhere.
Results are kept in DIR, a file a way and fold; what is there is not learned again.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from embedding import Embedding
from flows import Flows
from joining import Joining
from learning import learn, predict
from stars import Stars
from way import Labels, Maps, Way

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.metrics.bootstrap import percentile_interval, resampled_means
from neurocyte.metrics.image_scores import score_image
from neurocyte.metrics.matching import mean_average_precision, overlaps

WAYS: dict[str, type[Way]] = {
    "flows": Flows,
    "joining": Joining,
    "stars": Stars,
    "embedding": Embedding,
}
FOREGROUND = (0.3, 0.4, 0.5, 0.6)
FOLDS, SEED, VALIDATION = 5, 0, 0.2


def main() -> None:
    """Learn what is missing and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="annotated images")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--way", choices=tuple(WAYS), action="append")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), action="append")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=27, help="crops of an image an epoch")
    parser.add_argument("--encoder-weights", default="imagenet")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    samples = open_dataset(args.data).samples
    for name, fold in product(args.way or WAYS, args.fold or (0,)):
        path = args.out / f"{name}-{fold}.json"
        if not path.is_file():
            result = one_fold(WAYS[name](), samples, fold, args)
            write_text(path, json.dumps({"way": name, "fold": fold, **result}, indent=1) + "\n")
    show(args.out)


def one_fold(way: Way, samples: Sequence[Sample], fold: int, args: argparse.Namespace) -> dict[str, Any]:
    """Learn, tune and judge."""
    test = list(k_folds(samples, FOLDS, SEED))[fold]
    rest = [sample for sample in samples if sample not in test]
    train, val = train_val_split(rest, VALIDATION, SEED)
    learned = learn(way, train, args.epochs, args.repeats, args.encoder_weights, SEED)
    threshold, limit = tuned(way, [(sample, predict(learned, way, sample)) for sample in val])
    images = []
    for sample in test:
        truth, found = sample.read_labels(), way.read(predict(learned, way, sample), threshold, limit)
        scores = score_image(truth.labels, found, sample.stem, sample.cell_type, truth.lost_pixels)
        images.append(scores.to_dict())
    settings = {"epochs": args.epochs, "repeats": args.repeats, "threshold": threshold, "limit": limit}
    return {**settings, "crops": args.epochs * args.repeats * len(train), "images": images}


def tuned(way: Way, cases: Sequence[tuple[Sample, Maps]]) -> tuple[float, float]:
    """Choose the foreground's threshold and the limit by the mean mAP of the cases."""
    total = dict.fromkeys(product(FOREGROUND, way.limits), 0.0)
    for sample, maps in cases:
        truth: Labels = sample.read_labels().labels
        for settings in total:
            total[settings] += mean_average_precision([overlaps(truth, way.read(maps, *settings))])
    return max(total, key=lambda settings: total[settings])


def show(out: Path) -> None:
    """Print a row a way, each against the first on the same images."""
    print("| way | images | mAP (95 % interval) | AP50 | count error | IoU | mAP by type | minus flows |")
    print("| :-- | --: | --: | --: | --: | --: | :-- | --: |")
    first = dict(_images(out, next(iter(WAYS))))
    for name in WAYS:
        found = dict(_images(out, name))
        if not found:
            continue
        pairs = np.array(
            [found[stem]["map"] - first[stem]["map"] for stem in sorted(found.keys() & first.keys())]
        )
        beside = f"{pairs.mean():+.3f} ({_interval(pairs, '+')})" if len(pairs) else ""
        kinds = sorted({one["cell_type"] for one in found.values()})
        by_kind = (
            f"{k} {_mean([i for i in found.values() if i['cell_type'] == k], 'map'):.3f}" for k in kinds
        )
        values = np.array([one["map"] for one in found.values()])
        off = np.mean([abs(one["cells_pred"] - one["cells_true"]) for one in found.values()])
        print(
            f"| {name} | {len(found)} | {values.mean():.3f} ({_interval(values)}) | "
            f"{_mean(found.values(), 'ap50'):.3f} | {off:.1f} | "
            f"{_mean(found.values(), 'iou'):.3f} | {', '.join(by_kind)} | "
            f"{beside} |"
        )


def _images(out: Path, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(out.glob(f"{name}-*.json")):
        for image in json.loads(path.read_text(encoding="utf-8"))["images"]:
            yield image["stem"], image


def _mean(images: Any, field: str) -> float:
    return float(np.mean([image[field] for image in images]))


def _interval(values: Any, sign: str = "") -> str:
    low, high = percentile_interval(resampled_means(values[:, None])[:, 0])
    return f"{low:{sign}.3f} to {high:{sign}.3f}"


if __name__ == "__main__":
    main()
