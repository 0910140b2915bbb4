"""What a network does in one forward pass: every operation, in order, with its inputs and its shape."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes:
        index: its place in the order; the network's input is 0.
        op: name of the torch function.
        path: the module that called it, as in ``named_modules``.
        inputs: indices of the steps whose results it took; weights are left out.
        shape: (C, H, W) of its result.
        mode: interpolation mode, of resampling only.
    """

    index: int
    op: str
    path: str
    inputs: tuple[int, ...]
    shape: Shape
    mode: str | None = None


@dataclass(frozen=True)
class Call:
    """One module's call: the steps whose results were its arguments, and the step that made its result.

    Attributes:
        arguments: one entry a positional argument; None where that is no feature map.
        output: None where the result is no single feature map.
    """

    arguments: tuple[int | None, ...]
    output: int | None


@dataclass(frozen=True)
class Trace:
    """A forward pass: the network, its steps, and the calls of its modules by path."""

    network: nn.Module
    steps: tuple[Step, ...]
    calls: dict[str, Call]

    def inside(self, path: str) -> list[Step]:
        """Return the steps of a module and of the modules in it."""
        return [s for s in self.steps if s.path == path or s.path.startswith(f"{path}.")]


def trace_network(network: nn.Module, shape: Shape) -> Trace:
    """Run a network once and write down what it does.

    Args:
        network: takes float (1, C, H, W); its mode is restored afterwards.
        shape: (C, H, W) of the input, which is zero.

    Returns:
        The trace.
    """
    training = network.training
    recorder = _Recorder(torch.zeros(1, *shape))
    hooks = [
        hook
        for path, module in network.named_modules()
        for hook in (
            module.register_forward_pre_hook(recorder.enter(path)),
            module.register_forward_hook(recorder.leave(path)),
        )
    ]
    try:
        with torch.no_grad(), recorder:
            network.eval()(recorder.image)
    finally:
        for hook in hooks:
            hook.remove()
        network.train(training)
    return Trace(network, tuple(recorder.steps), recorder.calls)


@dataclass
class _Recorder(TorchFunctionMode):
    """Sees every torch function that is called while it is active."""

    image: Tensor
    steps: list[Step] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    _stack: list[str] = field(default_factory=list)
    # Results are kept until the end: Python gives the id of a dead tensor to the next one.
    _alive: list[Tensor] = field(default_factory=list)
    _made_by: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._add(Step(0, "input", "", (), tuple(self.image.shape[1:])), self.image)

    def __torch_function__(
        self, func: Any, _types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        inputs = tuple(i for i in map(self._step_of, _tensors(args)) if i is not None)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and inputs:
            step = Step(
                len(self.steps),
                func.__name__.strip("_"),
                self._stack[-1],
                inputs,
                tuple(result.shape[1:]),
                kwargs.get("mode") if func is nn.functional.interpolate else None,
            )
            self._add(step, result)
        return result

    def enter(self, path: str) -> Any:
        """Return the hook that runs before a module."""

        def hook(_module: nn.Module, _args: tuple[Any, ...]) -> None:
            self._stack.append(path)

        return hook

    def leave(self, path: str) -> Any:
        """Return the hook that runs after a module."""

        def hook(_module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            self._stack.pop()
            self.calls[path] = Call(tuple(map(self._step_of, args)), self._step_of(output))

        return hook

    def _add(self, step: Step, result: Tensor) -> None:
        self.steps.append(step)
        self._alive.append(result)
        self._made_by[id(result)] = step.index

    def _step_of(self, value: Any) -> int | None:
        return self._made_by.get(id(value)) if isinstance(value, Tensor) else None


def _tensors(args: tuple[Any, ...]) -> list[Any]:
    """Arguments one level deep: concatenation takes a list."""
    return [v for a in args for v in (a if isinstance(a, list | tuple) else (a,))]
