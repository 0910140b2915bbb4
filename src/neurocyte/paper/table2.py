"""Table 2: the stages of the encoder, and what its column "Layer number" counts."""

from collections.abc import Mapping
from typing import Any

import torch

from neurocyte.markdown import number, table
from neurocyte.networks import build_network
from neurocyte.networks.inspection import INPUT_SIDE, Stage, inspect_network, trainable_count
from neurocyte.paper.context import Context
from neurocyte.paper.printed import MBCONV_BLOCKS, TABLE_2, TABLE_3

SIZES = tuple(f"b{size}" for size in range(8))
_NETWORK = "linknet-ag"


def measure(context: Context) -> dict[str, Any]:
    """Measure the stages of EfficientNet-B0 and look for the network that has the printed layer numbers.

    Args:
        context: not looked at: nothing is trained here.

    Returns:
        ``side`` of the input; ``stages``, each beside the paper's; ``mbconv``: blocks in B0, in the paper's
        column and in its text, and the paper's layers a block over all MBConv stages (``factors``);
        ``family``: repeats and parameters of B0 to B7, whether they equal the column, and the parameters of
        LinkNet with attention on each.
    """
    del context
    # Counting and shapes need no values, so the pass runs without filling memory.
    with torch.device("meta"):
        stages = inspect_network(build_network(_NETWORK)).stages
    rows = [_compare(ours, index) for index, ours in enumerate(stages)]
    blocks = [row for row in rows if row["operator"].startswith("MBConv")]
    return {
        "side": INPUT_SIDE,
        "stages": rows,
        "mbconv": {
            "b0": sum(row["repeats"] for row in blocks),
            "paper_column": sum(row["paper"]["layers"] for row in blocks),
            "paper_text": MBCONV_BLOCKS,
            "factors": sorted({row["paper"]["layers"] / row["repeats"] for row in blocks}),
        },
        "family": [_member(size) for size in SIZES],
        "paper_millions": TABLE_3[_NETWORK].millions,
    }


def render(result: Mapping[str, Any]) -> str:
    """Write the section.

    Args:
        result: what `measure` gave.

    Returns:
        Markdown.
    """
    header = ["Stage", "Operator", "Input, px", "Channels", "Repeats", "Paper's layer type"]
    header += ["Paper's size", "Paper's layer number", "Operator and size hold?"]
    cells = [
        [
            str(index),
            row["operator"],
            str(row["size"]),
            str(row["channels"]),
            str(row["repeats"]),
            row["paper"]["label"],
            str(row["paper"]["size"]),
            str(row["paper"]["layers"]),
            "yes" if row["holds"] else "no",
        ]
        for index, row in enumerate(result["stages"], 1)
    ]
    family_header = ["Encoder", "Repeats of the nine stages", "Equal to the paper's column?"]
    family_header += ["Encoder, M", "LinkNet with attention, M"]
    family = [
        [
            f"EfficientNet-{member['size'].upper()}",
            ", ".join(map(str, member["repeats"])),
            "yes" if member["equals_column"] else "no",
            number(member["encoder_parameters"] / 1e6, 2),
            number(member["network_parameters"] / 1e6, 2),
        ]
        for member in result["family"]
    ]
    held = sum(row["holds"] for row in result["stages"])
    return (
        "## Table 2: the stages of the encoder\n\n"
        f"EfficientNet-B0 as built here, met by a forward pass of a {result['side']} x {result['side']} "
        "image. Sizes are those of a stage's input, channels those of its output.\n\n"
        f"{table(header, cells, 'rlrrrlrrl')}\n"
        f"Operator and size hold in {held} of {len(cells)} stages. {_meaning(result)}\n\n"
        f"{table(family_header, family, 'lllrr')}"
    )


def _compare(ours: Stage, index: int) -> dict[str, Any]:
    printed = TABLE_2[index]
    return {
        "operator": ours.name,
        "size": ours.input_size,
        "channels": ours.channels,
        "repeats": ours.repeats,
        "paper": {"label": printed.label, "size": printed.size, "layers": printed.layers},
        "holds": (ours.name, ours.input_size) == (printed.operator, printed.size),
    }


def _member(size: str) -> dict[str, Any]:
    name = f"tf_efficientnet_{size}"
    with torch.device("meta"):
        network = build_network(_NETWORK, name)
    repeats = [count for _, _, count in network.encoder.stages]
    return {
        "size": size,
        "repeats": repeats,
        "equals_column": repeats == [row.layers for row in TABLE_2],
        "encoder_parameters": trainable_count(network.encoder),
        "network_parameters": trainable_count(network),
    }


def _meaning(result: Mapping[str, Any]) -> str:
    mbconv, printed = result["mbconv"], result["paper_millions"]
    factors = mbconv["factors"]
    text = (
        f'The column "Layer number" adds up to {mbconv["paper_column"]} MBConv, the text says '
        f"{mbconv['paper_text']}, and B0 has {mbconv['b0']}: "
    )
    if len(factors) == 1:
        text += f"the column is {factors[0]:g} times B0's repeats in every MBConv stage."
    else:
        text += (
            f"the column is {' to '.join(f'{f:g}' for f in (factors[0], factors[-1]))} times B0's repeats."
        )
    nearest = min(result["family"], key=lambda m: abs(m["network_parameters"] / 1e6 - printed))
    equal = [member for member in result["family"] if member["equals_column"]]
    if equal:
        names = " and ".join(f"EfficientNet-{member['size'].upper()}" for member in equal)
        text += f" All nine numbers are those of {names}."
    name, parameters = (
        f"EfficientNet-{nearest['size'].upper()}",
        number(nearest["network_parameters"] / 1e6, 2),
    )
    text += (
        f" But the {printed:g} M parameters that Table 3 prints for LinkNet with attention are nearest to "
        f"{name}'s {parameters} M: "
    )
    meant = (
        "that is the encoder meant, as the text says." if nearest["size"] == "b0" else "the text names B0."
    )
    return text + meant
