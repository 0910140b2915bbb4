"""The whole benchmark: every network in turns on a tile, then on a whole image, then its memory."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neurocyte.benchmark.speed import entries, images, machine, memory
from neurocyte.benchmark.speed.entries import Absent, Entry
from neurocyte.benchmark.speed.limited import beyond_avx2, held_to_avx2
from neurocyte.benchmark.speed.packages import installed_size
from neurocyte.benchmark.speed.settings import Settings
from neurocyte.benchmark.speed.tile import PAIR, Tile

NEVER = (Absent("stardist", "StarDist", "its network runs in TensorFlow, which is not timed here"),)
Say = Callable[[str], None]


def measure(settings: Settings, say: Say = lambda _: None) -> dict[str, Any]:
    """Measure every network that is there.

    Args:
        settings: how.
        say: takes sentences for the user.

    Returns:
        Plain JSON values: ``machine``, ``settings``, ``ceilings``, ``networks`` (a dictionary a network),
        ``not_measured``, ``notes``, ``ratios``, ``avx2``, ``packages``.

    Raises:
        UsageError: a network's name is unknown.
        ModelError: a model folder is missing or damaged.
        MissingExtraError: int8 is wanted and the quantiser not installed.
    """
    found, absent = _entries(settings, say)
    precisions, without = machine.precisions(any(one.model and one.model.has_int8 for one in found))
    say(f"Timing {len(found)} networks on a tile in turns, {settings.rounds} rounds.")
    tile = Tile(found, precisions, settings)
    say(f"Timing them on a whole image, {settings.image_rounds} rounds.")
    whole = images.whole_images(found, settings)
    areas = images.areas([one for one in found if one.network is None], settings)
    say("Measuring their memory, a process each.")
    networks = [
        {
            **_described(one),
            **tile.results(one),
            "image": whole.get(one.key),
            "areas": areas.get(one.key, []),
            "memory": _memory(one, settings),
        }
        for one in found
    ]
    return {
        "machine": machine.describe(settings.threads),
        "settings": _plain(settings),
        "precisions": precisions,
        "without": without,
        "ceilings": {"flops": dict(tile.ceilings.flops), "bandwidth": tile.ceilings.bandwidth},
        "networks": networks,
        "not_measured": [{"key": one.key, "label": one.label, "reason": one.reason} for one in absent],
        "notes": _notes(found, settings),
        "ratios": tile.ratios(),
        "avx2": _avx2(found, tile.kernels, settings, say),
        "packages": _packages(found),
    }


def _entries(settings: Settings, say: Say) -> tuple[list[Entry], list[Absent]]:
    rows, bundled = entries.choose(settings.networks)
    built = [entries.row_entry(row, settings.out / "exports", say, int8=settings.int8) for row in rows]
    models = [entries.model_entry(name) for name in (*bundled, *settings.models)]
    return (
        [*(one for one in built if isinstance(one, Entry)), *models],
        [*(one for one in built if isinstance(one, Absent)), *(NEVER if settings.networks is None else ())],
    )


def _notes(found: Sequence[Entry], settings: Settings) -> list[str]:
    side = settings.side
    notes = [f"{one.label} cannot be exported: measured in torch only." for one in found if not one.model]
    notes += [
        f"{one.label} enlarges its image {one.zoom} times itself: its tile is {side // one.zoom} x "
        f"{side // one.zoom} pixels of the image, of which its layers see {side} x {side}."
        for one in found
        if one.zoom > 1
    ]
    if settings.int8:
        notes.append(
            "int8 of networks with random weights is calibrated on noise: it tells the time, no more."
        )
    if not machine.has_onnx_runtime():
        notes.append("ONNX Runtime is not measured: pip install onnxruntime.")
    return notes


def _described(one: Entry) -> dict[str, Any]:
    return {
        "key": one.key,
        "label": one.label,
        "package": one.package,
        "model": one.network is None,
        "parameters": one.parameters,
        "onnx_bytes": None if one.model is None else len(one.model.onnx),
        "accuracy": one.accuracy,
    }


def _memory(one: Entry, settings: Settings) -> dict[str, Any]:
    height, width = settings.image
    found: dict[str, Any] = {memory.RUNTIME: None, memory.TORCH: None}
    if one.model is not None:
        folder = str(one.model.path)
        found[memory.RUNTIME] = memory.peak_memory(memory.RUNTIME, folder, height, width, settings.threads)
    if one.network is not None:
        # A network as it stands takes no image whose sides are not multiples of 32.
        sides = (-(-height // 32) * 32, -(-width // 32) * 32)
        found[memory.TORCH] = memory.peak_memory(memory.TORCH, one.key, *sides, settings.threads)
    return found


def _avx2(found: Sequence[Entry], kernels: Sequence[str], settings: Settings, say: Say) -> dict[str, Any]:
    paths: Mapping[str, Path] = {
        one.key: one.model.path for one in found if one.model is not None and one.key in PAIR
    }
    more = beyond_avx2(kernels)
    if not more or set(paths) != set(PAIR):
        return {"beyond": more, "held": None}
    say("Timing the paper's pair held to AVX2.")
    ordered = {key: paths[key] for key in reversed(PAIR)}
    held = held_to_avx2(ordered, settings.rounds, settings.threads, settings.clock, settings.side)
    return {"beyond": more, "held": held}


def _packages(found: Sequence[Entry]) -> list[dict[str, Any]]:
    peers = dict.fromkeys(one.package for one in found if one.package)
    sizes = [installed_size("neurocyte"), installed_size("neurocyte", "train")]
    return [size for size in (*sizes, *map(installed_size, peers)) if size is not None]


def _plain(settings: Settings) -> dict[str, Any]:
    return {
        "threads": settings.threads,
        "rounds": settings.rounds,
        "image_rounds": settings.image_rounds,
        "clock": settings.clock,
        "side": settings.side,
        "image": list(settings.image),
    }
