"""Facts of Figure 1: what one image meets on its way to a loss and to a mask, by running it."""

import warnings
from typing import Any, cast

import torch
from torch import Tensor
from torchvision.transforms import v2

from neurocyte.instances.decode import cut
from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import TileConfig
from neurocyte.networks.segmenter import Segmenter
from neurocyte.paper.drawings.calls import recorded
from neurocyte.paper.drawings.trace import Trace
from neurocyte.preprocess import normalise, resize_plane, restore, to_float_image
from neurocyte.training.augment import build_augmentation
from neurocyte.training.choosing.decoding import decoding_from_cells
from neurocyte.training.data import TrainingCrops, foreground, load_sample
from neurocyte.training.losses import ComboLoss
from neurocyte.training.module import DEFAULT_THRESHOLD, SegmentationModule
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import Recipe
from neurocyte.training.scoring import score_network


def pipeline_facts(sample: Sample, trace: Trace, recipe: Recipe) -> dict[str, Any]:
    """Run one image through training and prediction and write down what happened in which order.

    Args:
        sample: an annotated image.
        trace: of the network, at the recipe's size.
        recipe: the paper's.

    Returns:
        The order of the steps of training, of the network and of prediction, and their settings and shapes.
    """
    network = cast(Segmenter, trace.network)
    options = TrainOptions(encoder_weights="none", recipe=recipe)
    config = options.input_config()
    module = SegmentationModule(network, recipe, TileConfig(), steps=1)
    loaded = load_sample(sample, config)
    training, image, target = _train(module, TrainingCrops([sample], config, recipe.augment, recipe.size, 0))
    with recorded({"network": Segmenter.forward, "restore": restore, "decode": cut}) as prediction:
        decoding = decoding_from_cells([sample], DEFAULT_THRESHOLD)
        score_network(network, [sample], config, decoding, "mask", TileConfig())
    return {
        "training": training,
        "network": _network_order(trace),
        "prediction": prediction,
        "native": list(sample.read_image().pixels.shape[:2]),
        "resized": list(loaded.labels.shape),
        "intensity": config.intensity,
        "augmentation": [_transform(t) for t in _transforms(recipe)],
        "mean": list(config.mean),
        "std": list(config.std),
        "image": list(image.shape),
        "target": list(target.shape),
        "threshold": decoding.threshold,
        "optimisation": _optimisation(module, recipe),
    }


def _train(module: SegmentationModule, crops: TrainingCrops) -> tuple[list[str], Tensor, Tensor]:
    """Run one training step, without an update; return the order in it and what the network was given."""
    watched: dict[str, Any] = {
        "read": Sample.read_image,
        "labels": Sample.read_labels,
        "intensity": to_float_image,
        "resize": resize_plane,
        "augment": type(crops.augment).forward,
        "normalise": normalise,
        "foreground": foreground,
        "network": Segmenter.forward,
        "loss": ComboLoss.forward,
    }
    with recorded(watched) as order, torch.no_grad(), warnings.catch_warnings():
        # Lightning remarks that it logs to no trainer.
        warnings.simplefilter("ignore")
        image, target = crops[0, 0]
        module.network.eval()
        module.training_step((image[None], target[None]), 0)
        module.network.train()
    return order, image, target


def _network_order(trace: Trace) -> list[str]:
    return list(dict.fromkeys(path.partition(".")[0] for path in trace.calls if path))


def _transforms(recipe: Recipe) -> list[Any]:
    augmentation = build_augmentation(recipe.augment, recipe.size)
    return list(augmentation.transforms) if isinstance(augmentation, v2.Compose) else [augmentation]


def _transform(transform: Any) -> dict[str, Any]:
    names = ("translate", "scale", "p")
    settings = {name: getattr(transform, name) for name in names if hasattr(transform, name)}
    return {"name": type(transform).__name__, **settings}


def _optimisation(module: SegmentationModule, recipe: Recipe) -> dict[str, Any]:
    configured = module.configure_optimizers()
    optimizer, scheduler = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    return {
        "alpha": module.loss.alpha,
        "beta": module.loss.beta,
        "optimizer": type(optimizer).__name__,
        "learning_rate": optimizer.param_groups[0]["lr"],
        "schedule": type(scheduler).__name__,
        "patience": getattr(scheduler, "patience", None),
        "factor": getattr(scheduler, "factor", None),
        "early_stopping": recipe.early_stopping,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
    }
