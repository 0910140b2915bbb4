"""One tile: all networks and engines in turns, and how far each stands from the machine's limit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurocyte.benchmark.speed import ceilings as limits
from neurocyte.benchmark.speed import engines, machine
from neurocyte.benchmark.speed.entries import Entry
from neurocyte.benchmark.speed.layers import Profile
from neurocyte.benchmark.speed.roofline import Ceilings, standing
from neurocyte.benchmark.speed.settings import Settings
from neurocyte.benchmark.turns import CLOCKS, interleave, milliseconds, ratio

EAGER, ONNX_RUNTIME, OPENVINO = "torch", "onnxruntime", "openvino"
# The paper's pair: what its network is compared with, and its network.
PAIR = ("unet-resnet50", "linknet-ag")
_PROFILE = "profile"
_MACHINE = "machine"


class Tile:
    """Every network and engine on one tile, in turns with the machine's ceilings.

    Args:
        found: the networks.
        precisions: of the runtime.
        settings: how.

    Attributes:
        ceilings: what the machine reached in the same rounds.
        kernels: that the runtime chose, over all networks.
    """

    def __init__(self, found: Sequence[Entry], precisions: Sequence[str], settings: Settings) -> None:
        self._side = settings.side
        self._threads = settings.threads
        self._by_clock = settings.clock == "wall"
        self._profiles: dict[tuple[str, str], Profile] = {}
        calls: dict[tuple[str, str], engines.Call] = {}
        for one in found:
            calls |= {(one.key, engine): call for engine, call in self._calls(one, precisions).items()}
        machines = limits.measures(precisions, settings.threads, settings.product)
        turns: dict[tuple[str, ...], engines.Call] = dict(calls.items())
        turns |= {(*name, _PROFILE): profile.run for name, profile in self._profiles.items()}
        turns |= {(_MACHINE, name): call for name, call in machines.items()}
        seconds = interleave(turns, settings.rounds, settings.warm_up, CLOCKS[settings.clock])
        self._seconds = {name: seconds[name] for name in calls}
        reached = {name: seconds[_MACHINE, name] for name in machines}
        self.ceilings: Ceilings = limits.ceilings(reached, settings.product)
        self.kernels = sorted(set().union(*(one.kernels() for one in self._profiles.values())))

    def results(self, one: Entry) -> dict[str, Any]:
        """Give ``latency`` by engine, ``macs`` of the exported graph and ``roofline`` by precision."""
        latency = {engine: milliseconds(taken) for engine, taken in self._of(one.key).items()}
        rooflines = {
            precision: self._roofline(profile, latency[f"{OPENVINO} {precision}"]["median"])
            for (key, precision), profile in self._profiles.items()
            if key == one.key
        }
        macs = next((sum(stage["macs"] for stage in r["stages"]) for r in rooflines.values()), None)
        return {"macs": macs, "latency": latency, "roofline": rooflines}

    def ratios(self) -> dict[str, Any]:
        """Give the paper's pair's ratio by engine, round by round."""
        above, below = map(self._of, PAIR)
        return {engine: ratio(above[engine], below[engine]) for engine in above if engine in below}

    def _calls(self, one: Entry, precisions: Sequence[str]) -> dict[str, engines.Call]:
        # What is enlarged in the network is counted as it is where it is enlarged before: by what it sees.
        side = self._side // one.zoom
        shape = (1, 3, side, side)
        batch = np.random.default_rng(0).random(shape, dtype=np.float32)
        calls: dict[str, engines.Call] = {}
        if one.network is not None:
            calls[EAGER] = engines.torch_eager(one.network, batch, self._threads)
        if one.model is None:
            return calls
        for precision in precisions:
            if precision == "int8" and not one.model.has_int8:
                continue
            calls[f"{OPENVINO} {precision}"] = engines.runtime(one.model, precision, batch, self._threads)
            profile = Profile(one.model.network(precision)[1], precision, self._threads, shape)
            self._profiles[one.key, precision] = profile
        if machine.has_onnx_runtime():
            calls[ONNX_RUNTIME] = engines.onnx_runtime(one.model, batch, self._threads)
        return calls

    def _of(self, key: str) -> dict[str, list[float]]:
        return {engine: taken for (name, engine), taken in self._seconds.items() if name == key}

    def _roofline(self, profile: Profile, measured_ms: float) -> dict[str, Any]:
        stages = standing(profile.layers(self._by_clock), self.ceilings)
        attainable = sum(stage["attainable_ms"] for stage in stages)
        return {"stages": stages, "attainable_ms": attainable, "share": attainable / measured_ms}
