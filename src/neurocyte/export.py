"""A trained network to ONNX, with a check that both give the same probabilities."""

import copy
import hashlib
import io
import logging
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file
from timm.layers import Conv2dSame
from torch import Tensor, nn

from neurocyte.errors import ModelError
from neurocyte.io.atomic import write_bytes
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import ONNX_NAME, WEIGHTS_NAME, Model
from neurocyte.networks import Segmenter, build_network
from neurocyte.runtime import Runtime

OPSET = 18
# Largest difference of a probability between torch and the runtime, both in fp32, that passes as rounding.
PARITY_LIMIT = 1e-3
# Side multiples of 32: the sizes that the runtime's tiles have.
_PARITY_SHAPES = ((1, 64, 96), (2, 256, 256))
_LARGEST_SIDE = 4096
# Smaller tensors stay float32: they are scales and biases, and weigh nothing.
_HALF_FROM = 1024


@dataclass(frozen=True)
class ExportReport:
    """What an export gave.

    Attributes:
        path: of model.onnx.
        size_bytes: of it.
        parity: largest difference of a probability between torch and the runtime (fp32), on random input.
    """

    path: Path
    size_bytes: int
    parity: float


def export_folder(folder: Path) -> ExportReport:
    """Write model.onnx beside a model folder's weights and put its checksum into config.json.

    Weights that the folder stores in half precision are stored so in the ONNX file too; arithmetic stays
    float32.

    Args:
        folder: a model folder with config.json and model.safetensors.

    Returns:
        The report.

    Raises:
        ModelError: the folder is incomplete, or the exported network differs from the trained one.
    """
    config = ModelConfig.load(folder)
    network, half = load_network(folder, config)
    data = to_onnx(network, half=half)
    files = {**config.files, ONNX_NAME: hashlib.sha256(data).hexdigest()}
    exported = replace(config, files=files)
    parity = _parity(network, Model(exported, folder, data))
    if parity > PARITY_LIMIT:
        raise ModelError(
            f"The export of {folder} differs from the network by {parity:.2g} in probability "
            f"(limit {PARITY_LIMIT}); nothing was written, please report it with the model's config.json."
        )
    write_bytes(folder / ONNX_NAME, data)
    exported.save(folder)
    return ExportReport(folder / ONNX_NAME, len(data), parity)


def load_network(folder: Path, config: ModelConfig) -> tuple[Segmenter, bool]:
    """Build a model folder's network with its weights.

    Args:
        folder: holds model.safetensors.
        config: of the folder.

    Returns:
        The network in evaluation mode (float32), and whether the file stores half precision.

    Raises:
        ModelError: the weights are missing, damaged, or of another network.
    """
    file = folder / WEIGHTS_NAME
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ModelError(
            f"{file} cannot be read ({exc.strerror}); train the model or copy it again."
        ) from exc
    if hashlib.sha256(content).hexdigest() != config.files.get(WEIGHTS_NAME):
        raise ModelError(f"{file} does not have the checksum its config states; copy it again.")
    tensors = load_file(file)
    network = network_from_config(config)
    try:
        network.load_state_dict(
            {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
        )
    except RuntimeError as exc:
        first = str(exc).splitlines()[-1].strip()
        raise ModelError(
            f"{file} does not fit the architecture in its config ({first}); copy it again."
        ) from exc
    return network.eval(), any(t.dtype == torch.float16 for t in tensors.values())


def network_from_config(config: ModelConfig) -> Segmenter:
    """Build the network that a config names, randomly initialised."""
    arch = config.architecture
    return build_network(
        arch.name,
        arch.encoder,
        taps=cast(Any, arch.taps or "expanded"),
        gate=cast(Any, arch.gate or "narrow"),
        in_channels=arch.in_channels,
        out_channels=arch.out_channels,
        zoom=arch.zoom,
    )


def to_onnx(network: nn.Module, *, half: bool = False) -> bytes:
    """Export a network with free batch size, height and width (multiples of 32).

    Args:
        network: maps float (N, 3, H, W) to logits.
        half: store large weights in half precision; arithmetic stays float32.

    Returns:
        The ONNX file: input ``image``, output ``logits``.
    """
    exportable = fix_same_padding(copy.deepcopy(network).eval())
    dim = torch.export.Dim
    height, width = (dim(name, min=2, max=_LARGEST_SIDE // 32) for name in ("h", "w"))
    shapes = ({0: dim("n", min=1, max=64), 2: 32 * height, 3: 32 * width},)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.no_grad():
        # Deprecations inside torch's own exporter, which no caller can mend.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            exportable,
            (torch.zeros(2, 3, 64, 96),),
            input_names=["image"],
            output_names=["logits"],
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            # Optimised, batch norm would be folded into weights that half precision no longer holds exactly;
            # the runtime folds it when it compiles.
            optimize=False,
            verbose=False,
        )
    model = cast(Any, program).model_proto
    for value, axes in ((model.graph.input[0], "nchw"), (model.graph.output[0], "nkhw")):
        for axis, name in zip(value.type.tensor_type.shape.dim, axes, strict=True):
            if not axis.HasField("dim_value"):
                axis.dim_param = name
    _drop_traces(model)
    if half:
        store_half(model)
    return cast(bytes, model.SerializeToString())


def fix_same_padding(module: nn.Module) -> nn.Module:
    """Replace TensorFlow's size-dependent padding by the constant one of even sizes, in place.

    At multiples of 32 every halving convolution sees an even side, for which "same" means k - 2 in all, the
    smaller half first. Computed from symbolic sizes it stops the exporter for minutes.

    Args:
        module: any network.

    Returns:
        The same module; equal to the original at sides that are multiples of 32.
    """
    for name, child in module.named_children():
        if not isinstance(child, Conv2dSame):
            fix_same_padding(child)
            continue
        before_after = []
        for kernel, stride in zip(reversed(child.kernel_size), reversed(child.stride), strict=True):
            total = max(kernel - stride, 0)
            before_after += [total // 2, total - total // 2]
        conv = nn.Conv2d(
            child.in_channels,
            child.out_channels,
            cast(Any, child.kernel_size),
            cast(Any, child.stride),
            groups=child.groups,
            bias=child.bias is not None,
        )
        conv.weight, conv.bias = child.weight, child.bias
        setattr(module, name, nn.Sequential(nn.ZeroPad2d(cast(Any, tuple(before_after))), conv))
    return module


def _drop_traces(model: Any) -> None:
    """Leave out the exporter's notes on each node (source lines and paths of the exporting machine)."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")
    for function in model.functions:
        for node in function.node:
            node.ClearField("metadata_props")


def store_half(model: Any) -> None:
    """Store large float32 constants as float16 with a cast behind each, in place.

    Args:
        model: an ONNX ModelProto; half the size afterwards, its arithmetic still float32.
    """
    graph = model.graph
    casts = []
    for constant in graph.initializer:
        if constant.data_type != TensorProto.FLOAT or np.prod(constant.dims) < _HALF_FROM:
            continue
        name, small = constant.name, constant.name + ".half"
        constant.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(constant).astype(np.float16), small))
        casts.append(helper.make_node("Cast", [small], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)


def _parity(network: nn.Module, model: Model) -> float:
    runtime = Runtime(model, "fp32")
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for batch, height, width in _PARITY_SHAPES:
        image = torch.randn(batch, 3, height, width, generator=generator)
        with torch.no_grad():
            expected: Tensor = network(image).sigmoid()
        worst = max(worst, float(np.abs(runtime.predict(image.numpy()) - expected.numpy()).max()))
    return worst
