"""Turning a finished fit into a model folder."""

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.atomic import write_bytes, write_text
from neurocyte.models.config import ArchitectureConfig, ConfidenceConfig, Decoding, ModelConfig
from neurocyte.models.folder import METRICS_NAME, WEIGHTS_NAME
from neurocyte.networks import ARCHITECTURES
from neurocyte.training.options import TrainOptions
from neurocyte.training.results.card import model_card

_VERSIONED = ("neurocyte", "torch", "timm", "lightning")


def model_config(
    options: TrainOptions,
    decoding: Decoding,
    data: Dataset,
    train: Sequence[Sample],
    val: Sequence[Sample],
    files: dict[str, str],
    confidence: ConfidenceConfig | None = None,
) -> ModelConfig:
    """Describe a trained network.

    Args:
        options: network and recipe.
        decoding: how its probabilities become cells.
        data: the data set it was trained on.
        train: images learned from.
        val: images that chose epoch and threshold.
        files: SHA-256 by file name.
        confidence: how a cell's confidence is worked out, None where it is not calibrated.

    Returns:
        What goes into config.json.
    """
    spec = ARCHITECTURES[options.arch]
    encoder = options.encoder or spec.encoder
    return ModelConfig(
        name=options.name,
        description=options.description,
        license=options.license,
        architecture=ArchitectureConfig(
            name=options.arch,
            encoder=encoder,
            taps=options.taps if encoder else None,
            gate=options.gate if spec.gated else None,
            out_channels=len(options.outputs),
            zoom=options.zoom,
        ),
        input=options.input_config(),
        tile=options.tile_config(),
        outputs=options.outputs,
        task=options.task,
        instances=decoding,
        data={
            "name": data.root.name,
            "format": data.format,
            "hash": data.content_hash(),
            "train": len(train),
            "val": len(val),
            "recipe": json.loads(json.dumps(asdict(options.recipe))),
        },
        seed=options.seed,
        versions={"python": platform.python_version(), **{name: version(name) for name in _VERSIONED}},
        files=files,
        confidence=confidence,
    )


def write_model_folder(
    out: Path, config: ModelConfig, weights: dict[str, Tensor], metrics: dict[str, Any], limits: str = ""
) -> ModelConfig:
    """Write model.safetensors, metrics.json, MODEL_CARD.md and, last, config.json.

    Args:
        out: the folder.
        config: its `files` are replaced by the checksum of the weights.
        weights: of the network.
        metrics: what goes into metrics.json.
        limits: a paragraph for the card.

    Returns:
        The config as written.
    """
    content = save({name: tensor.contiguous() for name, tensor in weights.items()})
    config = replace(config, files={WEIGHTS_NAME: hashlib.sha256(content).hexdigest()})
    write_bytes(out / WEIGHTS_NAME, content)
    write_text(out / METRICS_NAME, json.dumps(metrics, indent=2, allow_nan=False) + "\n")
    write_text(out / "MODEL_CARD.md", model_card(config, metrics, limits))
    config.save(out)
    return config
