"""The same training for every way: that of `neurocyte train`, without validation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from way import Maps, Way

from neurocyte.io.annotations.sample import Sample
from neurocyte.networks import Segmenter, build_network
from neurocyte.preprocess import prepare, restore
from neurocyte.tiling import predict_tiled
from neurocyte.training.data import EpochSampler, TrainingCrops
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT
from neurocyte.training.start import start_weights

ARCH, ZOOM = "unet-fast", 2


@dataclass(frozen=True)
class Learned:
    """A network in evaluation mode that enlarges images itself, and the options it was learned with."""

    network: Segmenter
    options: TrainOptions


def learn(
    way: Way, train: Sequence[Sample], epochs: int, repeats: int, encoder_weights: str, seed: int
) -> Learned:
    """Train one network.

    Args:
        way: what it learns.
        train: annotated images.
        epochs: their number; the last one is taken.
        repeats: crops of each image in an epoch.
        encoder_weights: ``imagenet``, ``none`` or a safetensors file.
        seed: of the initial weights, the order and the augmentation.

    Returns:
        The network, its weights averaged as the recipe has it.
    """
    recipe = replace(DEFAULT, epochs=epochs, repeats=repeats)
    options = TrainOptions(
        arch=ARCH, encoder_weights=encoder_weights, taps="bottleneck", zoom=ZOOM, recipe=recipe, seed=seed
    )
    small = options.while_learning()
    torch.manual_seed(seed)
    network = _build(way, options, zoom=1)
    crops = TrainingCrops(
        train,
        small.input_config(),
        recipe.augment,
        recipe.size,
        seed,
        lambda labels: torch.from_numpy(way.targets(labels.numpy())),
    )
    sampler = EpochSampler(len(train), repeats, seed)
    loader = DataLoader(crops, recipe.batch_size, sampler=sampler, drop_last=True)
    start_weights(network, small, loader, resume=False, start=None)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=epochs * len(loader), pct_start=0.1, cycle_momentum=False
    )
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema or 0.0), use_buffers=True)  # type: ignore[no-untyped-call]
    network.train()
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        losses = []
        for image, target in loader:
            loss = way.loss(network(image.to(memory_format=torch.channels_last)), target)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.gradient_clip or float("inf"))
            optimizer.step()
            schedule.step()
            mean.update_parameters(network)
            losses.append(loss.item())
        print(f"{type(way).__name__}, epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.3f}", flush=True)
    zooming = _build(way, options, zoom=ZOOM)
    zooming.load_state_dict(mean.module.state_dict())
    return Learned(zooming.eval(), options)


def predict(learned: Learned, way: Way, sample: Sample) -> Maps:
    """Give the maps of an image, at its size."""

    def tiles(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits: Tensor = learned.network(torch.from_numpy(batch))
            maps: NDArray[np.float32] = way.maps(logits, ZOOM).numpy()
        return maps

    picture = sample.read_image()
    prepared = prepare(picture.pixels, learned.options.input_config(), picture.pixel_size_um)
    return restore(predict_tiled(prepared.plane, tiles, learned.options.tile_config()), prepared.shape)


def _build(way: Way, options: TrainOptions, zoom: int) -> Segmenter:
    return build_network(options.arch, taps=options.taps, out_channels=way.channels, zoom=zoom)
