"""The result of the speed benchmark as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurocyte.benchmark.speed.document_limits import limits
from neurocyte.benchmark.speed.limited import SWITCH
from neurocyte.benchmark.speed.memory import RUNTIME, TORCH
from neurocyte.benchmark.speed.tile import EAGER, ONNX_RUNTIME, OPENVINO, PAIR
from neurocyte.markdown import number, table

_MEGA, _GIGA = 1e6, 1e9
_CLOCKS = {
    "wall": "by the clock",
    "processor": "of the processor (summed over threads; what other programs took is no part of it)",
}


def document(result: Mapping[str, Any], plots: Sequence[tuple[str, str]] = (), level: int = 1) -> str:
    """Write the document.

    Args:
        result: what speed.json holds.
        plots: path and caption of each picture.
        level: of its heading.

    Returns:
        Markdown.
    """
    head = "#" * (level + 1)
    parts = [
        f"{'#' * level} Speed on this machine",
        _intro(result),
        f"{head} One tile",
        _tile(result),
        _remarks(result),
        f"{head} One whole image, and memory",
        _images(result),
        f"{head} The distance to the machine's limit",
        limits(result),
        f"{head} On disk",
        _packages(result["packages"]),
    ]
    if plots:
        parts += [f"{head} Plots", *(f"![{caption}]({path})" for path, caption in plots)]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _intro(result: Mapping[str, Any]) -> str:
    machine, settings = result["machine"], result["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    load = machine["load"]
    busy = (
        ""
        if load is None
        else f" When it ended {load:.1f} processes wanted to run on {machine['cores']} cores."
    )
    threads = settings["threads"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; {threads} "
        f"thread{'' if threads == 1 else 's'} everywhere. {versions}.{busy}\n\n"
        f"Times in ms {_CLOCKS[settings['clock']]}: median (quartiles) of {settings['rounds']} rounds in "
        "which all networks and engines take turns, batch 1. Networks have random weights, models their own. "
        f"Made by `{result['command']}`."
    )


def _tile(result: Mapping[str, Any]) -> str:
    engines = _engines(result)
    names = [engines[engine] for engine in engines]
    rows = [
        [
            one["label"],
            number(_over(one["parameters"], _MEGA), 2),
            number(_over(one["macs"], _GIGA), 2),
            number(_over(one["onnx_bytes"], _MEGA), 1),
            *(_times(one["latency"].get(engine)) for engine in engines),
        ]
        for one in result["networks"]
    ]
    side = result["settings"]["side"]
    header = ("network", "M parameters", f"GMAC at {side} x {side}", "MB, ONNX", *names)
    return table(header, rows)


def _engines(result: Mapping[str, Any]) -> dict[str, str]:
    """Columns that have a value, and their names."""
    order = {EAGER: "torch eager"}
    order |= {f"{OPENVINO} {p}": f"OpenVINO {p}" for p in result["precisions"]}
    order[ONNX_RUNTIME] = "ONNX Runtime fp32"
    return {
        engine: name
        for engine, name in order.items()
        if any(engine in one["latency"] for one in result["networks"])
    }


def _remarks(result: Mapping[str, Any]) -> str:
    lines = [f"- {precision} is not measured: {why}." for precision, why in result["without"].items()]
    lines += [f"- {one['label']} is not measured: {one['reason']}." for one in result["not_measured"]]
    lines += [f"- {text}" for text in result["notes"]]
    for engine, found in result["ratios"].items():
        lines.append(
            f"- {PAIR[0]} over {PAIR[1]}, {engine}, round by round: {found['median']:.2f} "
            f"({found['quartiles'][0]:.2f} to {found['quartiles'][1]:.2f})."
        )
    return "\n".join([*lines, _avx2(result["avx2"])])


def _avx2(found: Mapping[str, Any]) -> str:
    if not found["beyond"]:
        return (
            "- Held to AVX2: no kernel that the runtime chose here goes beyond AVX2, so the table is that "
            "comparison already."
        )
    held = found["held"]
    if held is None:
        return f"- Held to AVX2: not measured, it compares {PAIR[0]} and {PAIR[1]}."
    times = ", ".join(f"{key} {_times(taken)} ms" for key, taken in held["networks"].items())
    ratio = held["ratios"][PAIR[0]]["median"]
    switch = "=".join(next(iter(SWITCH.items())))
    obeyed = "" if held["obeyed"] else " The runtime did not obey: some kernels went beyond."
    return f"- Held to AVX2 (`{switch}`, OpenVINO fp32): {times}; ratio {ratio:.2f}.{obeyed}"


def _images(result: Mapping[str, Any]) -> str:
    height, width = result["settings"]["image"]
    rows = []
    for one in result["networks"]:
        image, memory = one["image"] or {}, one["memory"]
        rows.append(
            [
                one["label"],
                _times(image or None),
                image.get("precision", "-"),
                str(image.get("calls", "-")),
                number(_over(image.get("pixels"), _MEGA), 2),
                _peak(memory[RUNTIME]),
                _peak(memory[TORCH]),
            ]
        )
    header = ("network", "ms", "precision", "calls", "Mpx", "peak MB", "peak MB, torch")
    return (
        f"One image of {width} x {height} pixels from its array to probabilities, as `segment` does it: "
        "normalised once, enlarged where the model asks for it, tiles, network, blending; OpenVINO, the "
        "precision that `auto` chooses. Calls of the network, and the megapixels that it is given; median of "
        f"{result['settings']['image_rounds']} rounds. Peak memory is that of a process that does this once, "
        "Python and the libraries included; for torch, of one that runs the network as it stands on an image "
        "of that size.\n\n" + table(header, rows)
    )


def _packages(packages: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"{one['name']} {one['version']}",
            number(one["own"] / _MEGA, 1),
            number(one["total"] / _MEGA, 0),
            str(one["needs"]),
            ", ".join(one["missing"]) or "-",
        ]
        for one in packages
    ]
    return (
        "As installed here, compiled Python files left out; torch may bring libraries of graphics cards.\n\n"
        + table(("package", "MB", "MB with all it needs", "packages", "not installed"), rows)
    )


def _times(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "-"
    low, high = found["quartiles"]
    digits = 1 if found["median"] < 1000 else 0
    return f"{number(found['median'], digits)} ({number(low, digits)} to {number(high, digits)})"


def _peak(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "-"
    return f"failed ({found['error']})" if "error" in found else number(found["peak"] / _MEGA, 0)


def _over(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit
