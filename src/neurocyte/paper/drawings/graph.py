"""One module of a traced network as a graph of the parts that a figure shows."""

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn

from neurocyte.paper.drawings.trace import Step, Trace

NORMS_AND_ACTIVATIONS = ("batch_norm", "silu", "relu", "relu6", "hardswish", "sigmoid")


@dataclass(frozen=True)
class Node:
    """A part: a module with its steps, a function of the block itself, or something that comes from outside.

    Attributes:
        key: unique name within the block.
        steps: what it does; empty for what comes from outside.
        inputs: keys of the parts before it.
        shape: (C, H, W) of its result.
        parameters: trainable, of the modules in it.
        source: path of the module that made it, of parts from outside.
    """

    key: str
    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int = 0
    source: str = ""

    @property
    def op(self) -> str:
        """The one function it is, ``input`` from outside, ``module`` for more than one."""
        names = {step.op for step in self.steps} or {"input"}
        return names.pop() if len(names) == 1 else "module"


def block_graph(trace: Trace, path: str) -> list[Node]:
    """Turn a module's steps into parts, in the order in which they run.

    A child module is one part; batch norm and activation belong to the layer before them; every function that
    the module itself calls is a part of its own.

    Args:
        trace: of the whole network.
        path: of the module.

    Returns:
        First what comes from outside, named as in the module's ``forward``, then the parts.

    Raises:
        ValueError: the module took no part in the forward pass.
    """
    steps = trace.inside(path)
    if not steps:
        raise ValueError(f"{path!r} runs nothing in this network.")
    groups = _groups(steps, path)
    home = {step.index: key for key, members in groups.items() for step in members}
    outside = sorted({i for step in steps for i in step.inputs if i not in home})
    names = _argument_names(trace, path)
    keys = {index: names.get(index, "x") for index in outside}
    nodes = [Node(keys[i], (), (), trace.steps[i].shape, source=trace.steps[i].path) for i in outside]
    home.update(keys)
    for key, members in groups.items():
        inputs = dict.fromkeys(home[i] for step in members for i in step.inputs if home[i] != key)
        parameters = _parameters(trace.network, members)
        nodes.append(Node(key, tuple(members), tuple(inputs), members[-1].shape, parameters))
    return nodes


def _groups(steps: list[Step], path: str) -> dict[str, list[Step]]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        child = step.path.removeprefix(path).removeprefix(".").partition(".")[0]
        key = child or f"{step.op}-{step.index}"
        before = next(reversed(groups), None)
        if child and key != before and before is not None and _belongs_to(step, groups[before]):
            key = before
        groups.setdefault(key, []).append(step)
    return groups


def _belongs_to(step: Step, before: list[Step]) -> bool:
    return step.op in NORMS_AND_ACTIVATIONS and step.inputs == (before[-1].index,)


def _argument_names(trace: Trace, path: str) -> dict[int, str]:
    # A block whose parts the encoder runs one by one is never called whole; its one input is then "x".
    call = trace.calls.get(path)
    if call is None:
        return {}
    names = inspect.signature(trace.network.get_submodule(path).forward).parameters
    return {index: name for index, name in zip(call.arguments, names, strict=False) if index is not None}


def _parameters(network: nn.Module, steps: list[Step]) -> int:
    modules: dict[str, Any] = {s.path: network.get_submodule(s.path) for s in steps}
    return sum(p.numel() for m in modules.values() for p in m.parameters(recurse=False) if p.requires_grad)
