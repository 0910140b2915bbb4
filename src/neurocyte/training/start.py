"""The weights that a training begins with."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader

from neurocyte.errors import UsageError
from neurocyte.export import load_network
from neurocyte.io.atomic import write_text
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import find_model
from neurocyte.networks import Segmenter
from neurocyte.networks.plain import PlainEncoder
from neurocyte.training.encoder_weights import LoadReport, load_encoder_weights, recalibrate_batch_norm
from neurocyte.training.network import new_network
from neurocyte.training.options import TrainOptions

START_NAME = "start.json"
# Batches that set a loaded encoder's batch-norm statistics before the first update, and crops in each: as
# many on several devices, and where memory is short.
RECALIBRATION_BATCHES, RECALIBRATION_CROPS = 8, 4


def weights_of(model: str | Path, options: TrainOptions) -> dict[str, Tensor]:
    """Read the weights of a trained model for another training of its network.

    Args:
        model: a bundled model's name or a model folder.
        options: of the training.

    Returns:
        float32, by the parameters' names.

    Raises:
        ModelError: there is no such model, or its weights are missing or damaged.
        UsageError: it has another network.
    """
    folder = find_model(model)
    weights = dict(load_network(folder, ModelConfig.load(folder))[0].state_dict())
    wanted = new_network(options, pretrained=False).state_dict()
    if {name: one.shape for name, one in weights.items()} != {n: one.shape for n, one in wanted.items()}:
        raise UsageError(
            f"The network of {model} is another than the one to be trained: give the --arch, --encoder, "
            f"--taps, --gate and --learn that it was trained with (neurocyte inspect {model}), or leave "
            "--start away."
        )
    return weights


def start_weights(
    network: Segmenter,
    options: TrainOptions,
    loader: DataLoader[Any],
    resume: bool,
    start: Mapping[str, Tensor] | None,
) -> LoadReport:
    """Give a network the weights it begins with.

    Args:
        network: changed in place.
        options: say which weights.
        loader: of the training crops; a loaded encoder's batch-norm statistics are set by its first ones.
        resume: whether a checkpoint will bring the weights.
        start: all weights, instead of what the options say of the encoder's.

    Returns:
        Where they are from.
    """
    file = options.weights_file()
    if resume:
        return LoadReport("the last checkpoint")
    if start is not None:
        network.load_state_dict(start)
        return LoadReport(f"the model {Path(options.start).name}" if options.start else "a trained model")
    if file is None and (options.encoder_weights == "none" or isinstance(network.encoder, PlainEncoder)):
        return LoadReport("nowhere (random start)")
    if file is None:
        report = LoadReport("timm (ImageNet)", loaded=tuple(network.encoder.state_dict()))
    else:
        report = load_encoder_weights(network.encoder, file)
    recalibrate_batch_norm(network.encoder, _first_images(loader))
    return report


def kept_start(path: Path, report: LoadReport, resume: bool) -> LoadReport:
    """Write down where the weights of a run came from, and know it when the run goes on.

    Args:
        path: of the file.
        report: of `start_weights`.
        resume: whether a run goes on.

    Returns:
        Where they came from when the run began; `report` for a run that did not write it down.
    """
    if not resume:
        write_text(path, json.dumps(asdict(report), indent=2) + "\n")
    if not resume or not path.is_file():
        return report
    content = json.loads(path.read_text(encoding="utf-8"))
    return LoadReport(content.pop("source"), **{name: tuple(value) for name, value in content.items()})


def _first_images(loader: DataLoader[Any]) -> Iterator[Tensor]:
    crops, number = loader.dataset, RECALIBRATION_CROPS
    enough = len(loader.sampler) >= number  # type: ignore[arg-type]
    for index, (image, _) in enumerate(DataLoader(crops, number, sampler=loader.sampler, drop_last=enough)):
        if index >= RECALIBRATION_BATCHES:
            return
        yield image
