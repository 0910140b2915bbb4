"""`neurocyte train`: annotated images in, a model folder out."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    fraction,
    positive_number,
    say,
    shows_progress,
    whole_number,
    write_json,
)
from neurocyte.cli.values import ARCHITECTURES
from neurocyte.errors import UsageError

EPILOG = """examples:
  neurocyte train my_data -o runs/first --encoder-weights imagenet
  neurocyte train my_data -o runs/first --resume
  neurocyte train sartorius -o runs/paper --recipe paper --arch unet-ag
  neurocyte train sartorius -o runs/folds --folds 5

DATA is a Kaggle folder (train/ + train.csv), a folder with images/ + masks/ or images/ + labels/, or a
COCO json."""


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(subparsers, "train", "Train a network on annotated images and export it.", EPILOG)
    parser.add_argument("data", metavar="DATA", type=Path, help="annotated images")
    parser.add_argument(
        "-o", "--out", metavar="RUN", type=Path, required=True, help="run folder; becomes the model folder"
    )
    add_data_options(parser)
    network = parser.add_argument_group("network")
    network.add_argument(
        "--arch",
        metavar="ARCH",
        default="linknet-ag",
        help=f"{', '.join(ARCHITECTURES[:-1])}, or the baseline {ARCHITECTURES[-1]}; default %(default)s",
    )
    network.add_argument(
        "--encoder",
        metavar="NAME",
        help="another encoder: efficientnet-b0, resnet-152, densenet-264, inception-v3, xception, "
        "inception-resnet-v2 or a timm name",
    )
    network.add_argument(
        "--encoder-weights",
        metavar="imagenet|FILE|none",
        default="imagenet",
        help="imagenet (timm downloads them), none, or a safetensors file with timm's names; "
        "default %(default)s",
    )
    network.add_argument(
        "--start",
        metavar="MODEL",
        help="begin with all weights of this trained model, a run or a bundled one of the same network, in "
        "place of the encoder's: learned from simulated images, for one, where annotated ones are few",
    )
    network.add_argument(
        "--taps",
        choices=("expanded", "bottleneck"),
        default="expanded",
        help="where an EfficientNet's skips are taken; default %(default)s, as the paper's counts imply",
    )
    network.add_argument(
        "--gate",
        choices=("narrow", "half"),
        default="narrow",
        help="inner width of the attention gates; default %(default)s",
    )
    network.add_argument(
        "--zoom",
        type=int,
        choices=(1, 2, 4),
        default=1,
        help="the network itself enlarges what it is given, which shows it small cells larger, and gives its "
        "maps of the image as it is: quicker than --scale; default %(default)s",
    )
    recipe = parser.add_argument_group("recipe")
    recipe.add_argument(
        "--recipe",
        choices=("default", "paper"),
        default="default",
        help="ours, or the paper's protocol (256 x 256, Adam, plateau, early stopping); default %(default)s",
    )
    recipe.add_argument(
        "--task",
        choices=("cells", "mask"),
        default="cells",
        help="what the model is for; default %(default)s",
    )
    recipe.add_argument(
        "--learn",
        choices=("foreground", "cells"),
        default="foreground",
        help="what the network learns of each pixel: whether it is cell, or also what keeps touching cells "
        "apart, the direction to its cell's middle; default %(default)s",
    )
    recipe.add_argument(
        "--channels",
        choices=("grey", "rgb"),
        default="grey",
        help="what the network sees of colour images; default %(default)s",
    )
    recipe.add_argument(
        "--scale",
        type=positive_number,
        default=1.0,
        metavar="FACTOR",
        help="resample images by this factor for the network, above 0; default 1; not with --recipe paper",
    )
    recipe.add_argument(
        "--pixel-size",
        metavar="UM",
        type=positive_number,
        help="of the training images, micrometres; images of another pixel size are then rescaled",
    )
    recipe.add_argument(
        "--epochs", type=whole_number(1), metavar="N", help="at most so many, from 1; default 20, paper 100"
    )
    recipe.add_argument(
        "--batch",
        type=whole_number(1),
        metavar="N",
        help="crops an update on each device, from 1; default 4, paper 8",
    )
    recipe.add_argument(
        "--crop",
        metavar="HxW",
        type=_size,
        help="training crop, pixels at the network's scale, multiples of 32; default 256x256",
    )
    recipe.add_argument(
        "--repeats",
        type=whole_number(1),
        metavar="N",
        help="crops of each image an epoch, from 1; default 6, paper 1",
    )
    recipe.add_argument(
        "--learning-rate",
        type=positive_number,
        metavar="R",
        help="initial or peak, above 0; default 0.002, paper 0.001",
    )
    recipe.add_argument(
        "--freeze-norm",
        action="store_true",
        help="keep batch norm's statistics as they are at the start: with small batches, or for the same "
        "training on one device and on several",
    )
    recipe.add_argument(
        "--val-fraction",
        type=fraction,
        default=0.2,
        metavar="P",
        help="share of the images that choose epoch and threshold, 0 to 1; default %(default)s",
    )
    recipe.add_argument(
        "--refit",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="afterwards learn for N more epochs from the validation images, too: worth it where images are "
        "few; the figures stay those of before; default %(default)s",
    )
    recipe.add_argument(
        "--folds",
        metavar="K",
        type=whole_number(2),
        help="cross-validate instead: K networks, from 2, each scored on the images it has not seen",
    )
    recipe.add_argument(
        "--seed",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="of split, start, order and augmentation; default %(default)s",
    )
    run = parser.add_argument_group("run")
    run.add_argument(
        "--resume", action="store_true", help="go on from RUN's last checkpoint; give the same options again"
    )
    run.add_argument("--name", metavar="NAME", help="of the model; default: RUN's name")
    run.add_argument(
        "--license",
        default="not stated",
        metavar="TEXT",
        help="of the weights, one line for the model card; default '%(default)s'",
    )
    run.add_argument(
        "--precision",
        choices=("auto", "bf16", "fp32"),
        default="auto",
        help="arithmetic; default %(default)s: bf16 where the processor has it",
    )
    run.add_argument(
        "--workers",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="processes that load data; default %(default)s: none of their own",
    )
    run.add_argument(
        "--devices",
        default="auto",
        metavar="D",
        help="Lightning's devices, auto or a number; default %(default)s",
    )
    run.add_argument(
        "--nodes", type=whole_number(1), default=1, metavar="N", help="machines; default %(default)s"
    )
    run.add_argument(
        "--strategy",
        default="auto",
        metavar="S",
        help="Lightning's strategy: auto, ddp, fsdp, ...; default %(default)s",
    )
    run.add_argument(
        "--no-export", action="store_true", help="leave model.onnx to a later 'neurocyte export'"
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Train; return the exit status."""
    from neurocyte.io.annotations import open_dataset
    from neurocyte.training.cross_validation import cross_validate
    from neurocyte.training.devices import leads
    from neurocyte.training.run import train_model

    args.quiet = args.quiet or not leads()
    options = _options(args)
    if args.folds and (args.nodes > 1 or args.devices not in ("auto", "1")):
        raise UsageError("--folds trains on one device: leave out --devices and --nodes, or --folds.")
    data = open_dataset(args.data, args.format, args.masks_are)
    for note in data.notes:
        say(args, note)
    say(args, f"{len(data.samples)} annotated images ({data.format}) in {args.data}.")

    def tell(text: str) -> None:
        say(args, text)

    fit_options: dict[str, Any] = {"resume": args.resume, "progress": shows_progress(args.quiet)}
    if options.arch == "ancis":
        return _train_ancis(args, data, options, tell)
    if args.folds:
        report = cross_validate(data, options, args.out, args.folds, tell, **fit_options)
        write_json(args.json, report)
        tell(
            f"{report['n']} images, each scored by the network of its fold: pooled IoU "
            f"{report['iou']:.3f}, mean IoU an image {report['iou_image']:.3f}; "
            f"see {args.out / 'cross_validation.json'}."
        )
        return 0
    result = train_model(data, options, args.out, say=tell, **fit_options)
    best = result.epoch.row
    tell(
        f"Best epoch {int(best['epoch']) + 1} of {len(result.fit.history)}: validation Dice "
        f"{best['val_dice']:.3f}, IoU {best['val_iou']:.3f} (pooled, threshold 0.5)."
    )
    if not args.no_export:
        from neurocyte.export import export_folder

        tell("Exporting to ONNX.")
        export_folder(args.out)
        tell(f"The model is ready: neurocyte segment IMAGES -o OUT --model {args.out}")
    write_json(args.json, {"run": str(args.out), "best": best, "interrupted": result.fit.interrupted})
    return 130 if result.fit.interrupted else 0


def _train_ancis(args: argparse.Namespace, data: Any, options: Any, tell: Any) -> int:
    from neurocyte.training.ancis.run import train_baseline

    metrics = train_baseline(data, options, args.out, folds=args.folds, resume=args.resume, say=tell)
    write_json(args.json, metrics)
    tell(
        f"{metrics['n']} images ({metrics['protocol']}): AP50 {metrics['ap50']:.3f}, mAP "
        f"{metrics['map']:.3f}, pooled IoU {metrics['iou']:.3f}; see {args.out / 'metrics.json'}. ANCIS is a "
        "baseline: it is scored, not exported."
    )
    return 0


def _options(args: argparse.Namespace) -> Any:
    from neurocyte.training.options import TrainOptions
    from neurocyte.training.recipes import RECIPES

    changes = {
        "epochs": args.epochs,
        "batch_size": args.batch,
        "size": args.crop,
        "repeats": args.repeats,
        "learning_rate": args.learning_rate,
        "freeze_norm": args.freeze_norm or None,
    }
    recipe = dataclasses.replace(RECIPES[args.recipe], **{k: v for k, v in changes.items() if v is not None})
    names = {field.name for field in dataclasses.fields(TrainOptions)} & set(vars(args))
    values = {name: getattr(args, name) for name in names - {"recipe", "name"}}
    return TrainOptions(
        **values, recipe=recipe, name=args.name or args.out.resolve().name, pixel_size_um=args.pixel_size
    )


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdigit() and int(part) > 0 and int(part) % 32 == 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not HxW in multiples of 32, such as 256x256")
    return int(parts[0]), int(parts[1])
