"""How far the networks stand from the machine's limit, as Markdown."""

from collections.abc import Mapping
from typing import Any

from neurocyte.benchmark.speed.tile import OPENVINO
from neurocyte.markdown import number, table

_MEGA, _GIGA = 1e6, 1e9
_ROOFLINE = (
    "A layer takes at least the longer of two times: its arithmetic at the speed of the matrix product, and "
    "the bytes of its activations and weights, in and out, at the speed of the copy. Attainable is the sum "
    "over the layers as the runtime fuses them; what stays in a cache moves faster than the copy, so a share "
    "above 100 % is possible. A network's share is attainable over its time in the table above. A stage's "
    "time is the sum of its layers' least times, which the runtime measures by the clock; with `--clock "
    "processor` there is none."
)


def limits(result: Mapping[str, Any]) -> str:
    """Write the machine's ceilings, and the standing of each network and of its stages.

    Args:
        result: what speed.json holds.

    Returns:
        Markdown without a heading.
    """
    return "\n\n".join(part.strip("\n") for part in (_ceilings(result), _standings(result), _stages(result)))


def _ceilings(result: Mapping[str, Any]) -> str:
    ceilings = result["ceilings"]
    flops = ", ".join(f"{value / 1e12:.3f} TFLOP/s {name}" for name, value in ceilings["flops"].items())
    bandwidth = ceilings["bandwidth"] / _GIGA
    product = f"a large matrix product: {flops}"
    return f"In the same rounds: {product}; a copy: {bandwidth:.1f} GB/s. {_ROOFLINE}"


def _standings(result: Mapping[str, Any]) -> str:
    rows = []
    for one in result["networks"]:
        for precision, found in one["roofline"].items():
            taken = one["latency"][f"{OPENVINO} {precision}"]["median"]
            moved = sum(stage["bytes"] for stage in found["stages"])
            rows.append(
                [
                    f"{one['label']}, {precision}",
                    number(one["macs"] / _GIGA, 2),
                    number(moved / _MEGA, 1),
                    number(found["attainable_ms"], 1),
                    number(taken, 1),
                    f"{found['share']:.0%}",
                ]
            )
    return table(("network", "GMAC", "MB moved", "attainable ms", "measured ms", "share"), rows)


def _stages(result: Mapping[str, Any]) -> str:
    rows = []
    for one in result["networks"]:
        for precision, found in one["roofline"].items():
            for stage in found["stages"]:
                rows.append(
                    [
                        f"{one['key']}, {precision}",
                        stage["stage"],
                        number(stage["macs"] / _GIGA, 3),
                        number(stage["bytes"] / _MEGA, 1),
                        number(stage["attainable_ms"], 2),
                        number(stage["measured_ms"], 2),
                        "-" if stage["share"] is None else f"{stage['share']:.0%}",
                    ]
                )
    header = ("network", "stage", "GMAC", "MB moved", "attainable ms", "measured ms", "share")
    return "By stage (`other`: rearranging the input):\n\n" + table(header, rows, align="llrrrrr")
