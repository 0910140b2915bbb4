"""Compiled networks, kept between runs in the user's cache: to open one takes a seventh of compiling it.

A file is used only if it is whole, by a checksum of its own, and was made from the same network by the same
OpenVINO for the same processor and settings, by its name. Anything else is compiled anew. Both ways give the
same results, bit for bit.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from neurocyte.errors import UsageError
from neurocyte.io.atomic import write_bytes
from neurocyte.openvino_core import openvino_core, ov
from neurocyte.processor import processor_features

# Set, it names another folder; set to nothing, no compiled network is kept.
VARIABLE = "NEUROCYTE_CACHE"
# A dozen networks of ours; those not used for longest go first.
MOST_BYTES = 300_000_000
_SUFFIX = ".network"
_FORM = b"neurocyte compiled network 1\n"
# Variables of the environment by which the runtime's libraries choose their kernels.
_SWITCHES = ("DNNL_", "ONEDNN_", "OV_")


def compile_network(
    data: bytes, device: str, options: dict[str, Any], check: Callable[[ov.Model], None]
) -> ov.CompiledModel:
    """Compile a network, or open it as it was compiled before.

    Args:
        data: the ONNX file.
        device: OpenVINO's name of it.
        options: for compiling.
        check: raises where the network is not what is wanted; called before it is compiled.

    Returns:
        The compiled network.

    Raises:
        RuntimeError: OpenVINO cannot read or compile it.
    """
    core = openvino_core()
    path = _place(core, data, device, options)
    kept = _read(path) if path else None
    if kept is not None:
        # One that is whole and still cannot be opened is compiled and written anew.
        with suppress(RuntimeError):
            return core.import_model(kept, device, options)
    network = core.read_model(data)
    check(network)
    compiled = core.compile_model(network, device, options)
    if path:
        _keep(path, compiled)
    return compiled


def _place(core: ov.Core, data: bytes, device: str, options: dict[str, Any]) -> Path | None:
    named = os.environ.get(VARIABLE)
    if named == "":
        return None
    folder = Path(named) if named else user_cache_path("neurocyte", appauthor=False) / "networks"
    made_by = (
        hashlib.sha256(data).hexdigest(),
        ov.__version__,
        core.get_property(device, "FULL_DEVICE_NAME"),
        sorted(processor_features()),
        sorted(options.items()),
        sorted(item for item in os.environ.items() if item[0].startswith(_SWITCHES)),
    )
    return folder / (hashlib.sha256(repr(made_by).encode()).hexdigest() + _SUFFIX)


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    head = len(_FORM) + hashlib.sha256().digest_size
    blob = content[head:]
    if content[:head] != _FORM + hashlib.sha256(blob).digest():
        return None
    with suppress(OSError):
        os.utime(path)
    return blob


def _keep(path: Path, compiled: ov.CompiledModel) -> None:
    # Without it the next run is slower, nothing else: no reason to stop this one.
    with suppress(OSError, UsageError, RuntimeError):
        blob = compiled.export_model().getvalue()
        write_bytes(path, _FORM + hashlib.sha256(blob).digest() + blob)
        _make_room(path.parent)


def _make_room(folder: Path) -> None:
    known = [(path, path.stat()) for path in folder.glob(f"*{_SUFFIX}")]
    taken = 0
    for path, found in sorted(known, key=lambda one: one[1].st_mtime, reverse=True):
        taken += found.st_size
        if taken > MOST_BYTES:
            path.unlink()
