"""What Table 3 says in words and tables, from its measurements."""

from collections.abc import Mapping
from typing import Any

from neurocyte.markdown import number, table
from neurocyte.networks.inspection import INPUT_SIDE
from neurocyte.paper.cost.latency import EAGER, ENGINES, INT8
from neurocyte.paper.cost.training_step import GATINGS, WITHOUT
from neurocyte.paper.printed import TABLE_3


def write_sizes(result: Mapping[str, Any]) -> str:
    """Write what the networks take in parameters, arithmetic and bytes, and what the paper's figures count.

    Args:
        result: what `table3.measure` gave.

    Returns:
        Markdown.
    """
    return f"{_sizes(result)}\n{_explanation(result)}"


def write_times(result: Mapping[str, Any]) -> str:
    """Write the times, what the text claims of cost, and the price of attention in a training step.

    Args:
        result: what `table3.measure` gave.

    Returns:
        Markdown.
    """
    return f"{_times(result)}\n{_claims(result)}\n{_steps(result)}"


def _sizes(result: Mapping[str, Any]) -> str:
    rows = [
        [
            network["label"],
            _printed(network, "millions"),
            number(network["trainable"] / 1e6, 2),
            number(network["with_statistics"] / 1e6, 2),
            number(network["macs"] / 1e9, 2),
            number(network["weights_bytes"] / 1e6, 1),
            number(network["checkpoint_bytes"] / 1e6, 1),
            _printed(network, "megabytes"),
        ]
        for network in result["networks"].values()
    ]
    header = ["Network", "Paper, M parameters", "Trainable, M", "With statistics, M", "GMAC an image"]
    header += ["Weights, MB", "Checkpoint, MB", 'Paper, MB of "memory"']
    return (
        "Millions of parameters (with statistics: batch norm's means and variances too, as Keras counts), "
        f"multiply-accumulates for one {INPUT_SIDE} x {INPUT_SIDE} image, and megabytes (10^6 bytes) of the "
        "saved float32 weights and of a checkpoint with Adam's state after one step.\n\n"
        f"{table(header, rows)}"
    )


def _explanation(result: Mapping[str, Any]) -> str:
    rows = []
    spans: dict[str, list[float]] = {"flops": [], "image": [], "bytes": [], "checkpoint": []}
    for network in result["networks"].values():
        paper, parameters = network["paper"], network["trainable"]
        flops = paper and paper["flops_millions"] / paper["millions"]
        memory = paper and paper["megabytes"] / paper["millions"]
        spans["flops"] += [flops] if paper else []
        spans["bytes"] += [memory] if paper else []
        spans["image"].append(2 * network["macs"] / parameters)
        spans["checkpoint"].append(network["checkpoint_bytes"] / parameters)
        rows.append(
            [
                network["label"],
                number(flops, 2),
                number(2 * network["macs"] / parameters, 0),
                number(memory, 1),
                number(network["checkpoint_bytes"] / parameters, 1),
                number(network["weights_bytes"] / parameters, 1),
                # A weight of four bytes, and four for each of Adam's numbers.
                number(4 * (parameters + network["adam_values"]) / parameters, 1),
            ]
        )
    header = ["Network", 'Paper, "FLOPs" a parameter', "FLOPs of an image a parameter"]
    header += ['Paper, bytes of "memory" a parameter', "Checkpoint, bytes a parameter"]
    header += ["Weights, bytes a parameter", "float32 weights and Adam's two moments, bytes a parameter"]
    return (
        f'The paper\'s "FLOPs" are {_span(spans["flops"], 1)} a parameter, whatever the network: they follow '
        f"the parameters, not the arithmetic of an image, which is {_span(spans['image'], 0)} a parameter. "
        f'Its "memory" is {_span(spans["bytes"], 1)} bytes a parameter, ours is '
        f"{_span(spans['checkpoint'], 1)} for a checkpoint of weights and Adam's two moments: they fit "
        "training checkpoints, not what inference needs.\n\n"
        f"{table(header, rows)}"
    )


def _times(result: Mapping[str, Any]) -> str:
    timed, networks = result["latency"], result["networks"]
    rows = [
        [networks[key]["label"], _printed(networks[key], "milliseconds"), *(_spread(of[e]) for e in ENGINES)]
        for key, of in timed["networks"].items()
    ]
    machine = timed["machine"]
    load = "" if machine["load"] is None else f", load before the timing {machine['load']:.1f}"
    features = ", ".join(machine["features"]) or "none of those looked for"
    rounds = next(iter(timed["networks"].values()))[EAGER]["rounds"]
    notes = "".join(
        f" {ENGINES[engine]} was not timed: {reason}." for engine, reason in timed["missing"].items()
    )
    if INT8 not in timed["missing"]:
        notes += " int8 is calibrated on noise: it tells the time, no more."
    header = ["Network", "Paper, ms", *ENGINES.values()]
    return (
        f"Milliseconds for one {timed['side']} x {timed['side']} image: median (quartiles) of {rounds} "
        f"rounds, all variants in turns, {timed['threads']} threads. Machine: {machine['device']}, "
        f"{machine['cores']} cores, {features}{load}; torch {machine['torch']}, OpenVINO "
        f"{machine['openvino']}; the paper's is a laptop with a GTX 1650 Ti.{notes}\n\n"
        f"{table(header, rows)}"
    )


def _claims(result: Mapping[str, Any]) -> str:
    linknet, ours = TABLE_3["linknet-ag"], result["networks"]
    rows = []
    for key, network in ours.items():
        if key == "linknet-ag" or network["paper"] is None:
            continue
        paper, label = network["paper"], network["label"]
        more = network["trainable"] / ours["linknet-ag"]["trainable"]
        slower = _eager(result, key) / _eager(result, "linknet-ag")
        if key == "unet-ag":
            # "About 40 %" is what rounds to it in tens.
            claim, holds = 'has "about 40%" fewer parameters than', round(1 - 1 / more, 1) == 0.4
            figures = [f"{1 - linknet.millions / paper['millions']:.1%}", f"{1 - 1 / more:.1%}"]
        else:
            claim, holds = 'has "about 6 times less" parameters than', round(more) == 6
            figures = [f"{paper['millions'] / linknet.millions:.2f} times", f"{more:.2f} times"]
        rows.append([f"LinkNet {claim} {label}", *figures, _yes(holds)])
        figures = [f"{paper['milliseconds'] / linknet.milliseconds:.1f} times", f"{slower:.1f} times"]
        rows.append([f"LinkNet is faster than {label}", *figures, _yes(slower > 1)])
    header = ["What the text says", "The paper's own figures", "Here", "Holds?"]
    return (
        "What the text says of cost (LinkNet: with attention; times: torch eager).\n\n"
        f"{table(header, rows, 'lrrl')}"
    )


def _steps(result: Mapping[str, Any]) -> str:
    steps = result["training_step"]
    rows = [[label, _spread(steps["steps"][key]), "-", "-"] for key, label in WITHOUT.items()]
    for gating in GATINGS:
        quotient = steps["ratios"][gating.key]
        low, high = quotient["quartiles"]
        rows.append(
            [
                gating.label,
                _spread(steps["steps"][gating.key]),
                f"{quotient['median']:.3f} ({low:.3f}-{high:.3f})",
                "yes" if high < 1 else "no" if low > 1 else "cannot be told",
            ]
        )
    height, width = steps["size"]
    rounds = steps["steps"][GATINGS[0].key]["rounds"]
    header = ["Network", "Training step, ms", "With gates / without", "Reduces the time?"]
    return (
        'The paper says that attention "reduces the time per epoch". An epoch has as many steps with gates '
        "as without, so here is a training step (forward, combo loss, backward, Adam): batch "
        f"{steps['batch']}, {height} x {width}, {steps['precision']}, {steps['threads']} threads, median "
        f"(quartiles) of {rounds} rounds in turns; the ratio is taken round by round.\n\n"
        f"{table(header, rows, 'lrrl')}"
    )


def _printed(network: Mapping[str, Any], column: str) -> str:
    return "-" if network["paper"] is None else f"{network['paper'][column]:g}"


def _spread(times: Mapping[str, Any] | None) -> str:
    if times is None:
        return "-"
    low, high = times["quartiles"]
    return f"{times['median']:.1f} ({low:.1f}-{high:.1f})"


def _span(values: list[float], digits: int) -> str:
    return f"{number(min(values), digits)} to {number(max(values), digits)}"


def _eager(result: Mapping[str, Any], key: str) -> float:
    return float(result["latency"]["networks"][key][EAGER]["median"])


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
