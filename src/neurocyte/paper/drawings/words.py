"""What the figures write into a part: its layers, channels, kernels and strides, read from the modules."""

from collections.abc import Sequence

from torch import nn

from neurocyte.paper.drawings.graph import Node
from neurocyte.paper.drawings.trace import Step

_OPS = {
    "add": "add",
    "mul": "multiply",
    "cat": "concatenate",
    "relu": "ReLU",
    "sigmoid": "sigmoid",
    "silu": "SiLU",
    "batch_norm": "batch norm",
    "mean": "mean over pixels",
}
_CLASSES = {"SqueezeExcite": "Squeeze and excitation"}
SIGNS = {"add": "+", "mul": "×"}  # noqa: RUF001
_WIDTH = 30


def describe(node: Node, network: nn.Module) -> tuple[str, list[str]]:
    """Return the title and the lines of a part.

    Args:
        node: of the block's graph.
        network: whose modules the node's steps name.

    Returns:
        A title, and lines of about 30 characters.
    """
    convolutions = [s for s in node.steps if _is_convolution(s)]
    if node.op == "input":
        return node.key, []
    if len(convolutions) > 1:
        owner = _class_name(node, network)
        return _CLASSES.get(owner, owner), wrap([_short(s, network) for s in node.steps if s.op != "pad"])
    if convolutions:
        return _convolution(node, convolutions[0], network)
    step = node.steps[0]
    if step.op == "interpolate":
        return f"Resample, {step.mode}", [f"to {step.shape[-2]} × {step.shape[-1]}"]  # noqa: RUF001
    name = _OPS.get(step.op, step.op)
    return name[0].upper() + name[1:], []


def layers(nodes: Sequence[Node], network: nn.Module) -> list[str]:
    """Return the parts of a block in a few characters each, without norms and activations.

    Args:
        nodes: of the block's graph.
        network: whose modules the steps name.

    Returns:
        One string a part, in order.
    """
    names = []
    for node in nodes:
        step = next((s for s in node.steps if _is_convolution(s)), node.steps[0] if node.steps else None)
        if step is not None:
            names.append(_short(step, network))
    return names


def wrap(items: Sequence[str], width: int = _WIDTH) -> list[str]:
    """Join items by commas, so many to a line as there is room for."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= width:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return lines


def _convolution(node: Node, step: Step, network: nn.Module) -> tuple[str, list[str]]:
    module = _module(step, network)
    kernel = _kernel(module)
    if module.groups == module.in_channels > 1:
        title, channels = f"{kernel} depthwise convolution", f"{module.out_channels:,} channels"
    else:
        title, channels = (
            f"{kernel} convolution",
            f"{module.in_channels:,} → {module.out_channels:,} channels",
        )
    if module.stride[0] > 1:
        channels += f", stride {module.stride[0]}"
    after = [_OPS.get(s.op, s.op) for s in node.steps if s.index > step.index]
    return title, [channels, *wrap(after)]


def _short(step: Step, network: nn.Module) -> str:
    if _is_convolution(step):
        module = _module(step, network)
        return f"{_kernel(module).replace(' ', '')} to {module.out_channels:,}"
    if step.op == "interpolate":
        return "up"
    if step.op == "cat":
        return f"concat to {step.shape[0]:,}"
    return SIGNS.get(step.op) or _OPS.get(step.op, step.op)


def _is_convolution(step: Step) -> bool:
    return step.op.startswith("conv")


def _module(step: Step, network: nn.Module) -> nn.Conv2d:
    module = network.get_submodule(step.path)
    if not isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        raise TypeError(f"{step.path} convolves but is a {type(module).__name__}.")
    return module  # type: ignore[return-value]


def _kernel(module: nn.Conv2d) -> str:
    return " × ".join(str(side) for side in module.kernel_size)  # noqa: RUF001


def _class_name(node: Node, network: nn.Module) -> str:
    """Return the class of the child module that a node stands for."""
    path = node.steps[0].path.split(".")
    end = path.index(node.key) + 1
    return type(network.get_submodule(".".join(path[:end]))).__name__
