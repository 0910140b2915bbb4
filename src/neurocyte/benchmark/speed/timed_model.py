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
from neurocyte.models.folder import INT8_NAME, ONNX_NAME


def write_timed_model(
    folder: Path, onnx: bytes, outputs: tuple[str, ...] = MASK_OUTPUTS, int8: bytes | None = None
) -> Path:
    """Write a model folder around an exported network.

    Timing looks at the network only: what training would write into the config is not known and not needed.

    Args:
        folder: where to; it is made.
        onnx: what `neurocyte.export.to_onnx` gave.
        outputs: the names of the network's maps.
        int8: the same network quantised, or None.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    networks = {ONNX_NAME: onnx} if int8 is None else {ONNX_NAME: onnx, INT8_NAME: int8}
    for name, network in networks.items():
        write_bytes(folder / name, network)
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
        files={name: hashlib.sha256(network).hexdigest() for name, network in networks.items()},
    ).save(folder)
    return folder
