"""A network as the model folder that the runtime reads, for timing."""

import hashlib
from pathlib import Path

from neurocyte.io.atomic import write_bytes
from neurocyte.models.config import (
    MASK_OUTPUTS,
    ArchitectureConfig,
    InputConfig,
    InstanceConfig,
    ModelConfig,
    TileConfig,
)
from neurocyte.models.folder import ONNX_NAME


def write_timed_model(folder: Path, onnx: bytes, outputs: tuple[str, ...] = MASK_OUTPUTS) -> Path:
    """Write a model folder around an exported network.

    Timing looks at the network only: what training would write into the config is not known and not needed.

    Args:
        folder: where to; it is made.
        onnx: what `neurocyte.export.to_onnx` gave.
        outputs: the names of the network's maps.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / ONNX_NAME, onnx)
    ModelConfig(
        name="timed",
        description="Random weights, for timing.",
        license="none",
        architecture=ArchitectureConfig("timed", None, None, None, out_channels=len(outputs)),
        input=InputConfig(),
        tile=TileConfig(),
        outputs=outputs,
        task="mask",
        instances=InstanceConfig(),
        data={},
        seed=0,
        versions={},
        files={ONNX_NAME: hashlib.sha256(onnx).hexdigest()},
    ).save(folder)
    return folder
