"""Table 1: how many parameters the candidate encoders have."""

from collections.abc import Mapping
from typing import Any

import timm
import torch
from torch import nn

from neurocyte.markdown import number, table
from neurocyte.networks.encoder import ALIASES, build_encoder
from neurocyte.networks.inspection import trainable_count
from neurocyte.paper.context import Context
from neurocyte.paper.cost.footprint import statistics_count
from neurocyte.paper.printed import TABLE_1

MILLION = 1e6


def measure(context: Context) -> dict[str, Any]:
    """Count the parameters of the six networks of Table 1.

    Args:
        context: not looked at: nothing is trained here.

    Returns:
        ``rows``, one a network: counts with classifier (trainable, and with batch-norm statistics) and of the
        encoder alone, the paper's millions, ``ratio`` of the trainable count to them, and ``rounds_to_paper``
        for either way of counting; and ``smallest``, the key of the network with the fewest.
    """
    del context
    rows: list[dict[str, Any]] = []
    for printed in TABLE_1:
        # Shapes are enough to count; no memory is filled.
        with torch.device("meta"):
            name, options = ALIASES[printed.key]
            network: nn.Module = timm.create_model(name, **options)
            encoder = build_encoder(printed.key)
        trainable = trainable_count(network)
        counts = {
            "trainable": trainable,
            "with_statistics": trainable + statistics_count(network),
        }
        rows.append(
            {
                "key": printed.key,
                "label": printed.label,
                "paper_millions": printed.millions,
                **counts,
                "encoder": trainable_count(encoder),
                "ratio": trainable / (printed.millions * MILLION),
                "rounds_to_paper": {
                    way: round(count / MILLION, printed.decimals) == printed.millions
                    for way, count in counts.items()
                },
            }
        )
    return {"rows": rows, "smallest": min(rows, key=lambda row: row["trainable"])["key"]}


def render(result: Mapping[str, Any]) -> str:
    """Write the section.

    Args:
        result: what `measure` gave.

    Returns:
        Markdown.
    """
    rows = result["rows"]
    cells = [
        [
            row["label"],
            f"{row['paper_millions']:g}",
            number(row["trainable"] / MILLION, 2),
            number(row["with_statistics"] / MILLION, 2),
            number(row["encoder"] / MILLION, 2),
            number(row["ratio"], 3),
            _verdict(row["rounds_to_paper"]),
        ]
        for row in rows
    ]
    header = [
        "Network",
        "Paper, M",
        "With classifier, M",
        "And batch-norm statistics, M",
        "Encoder alone, M",
        "With classifier / paper",
        "Holds?",
    ]
    held = sum(any(row["rounds_to_paper"].values()) for row in rows)
    smallest = next(row["label"] for row in rows if row["key"] == result["smallest"])
    return (
        "## Table 1: parameters of the candidate encoders\n\n"
        "Millions of parameters, counted on the networks that timm builds (1,000 classes, no auxiliary "
        "classifier). A figure holds where our count rounds to it; Keras, which the paper used, counts the "
        "batch-norm statistics as parameters. The encoder alone is what is used here: no classifier.\n\n"
        f"{table(header, cells, 'lrrrrrl')}\n"
        f"{held} of {len(rows)} figures hold. The fewest parameters: {smallest}"
        f"{', as the paper says' if result['smallest'] == 'efficientnet-b0' else ', unlike the paper'}.\n"
    )


def _verdict(rounds: Mapping[str, bool]) -> str:
    if rounds["trainable"]:
        return "yes"
    return "with statistics" if rounds["with_statistics"] else "no"
