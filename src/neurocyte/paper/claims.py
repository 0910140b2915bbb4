"""What the paper claims, what was measured, and whether it holds; then a paragraph for a biologist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from neurocyte.markdown import table
from neurocyte.paper.printed import TABLE_3, TABLE_4
from neurocyte.paper.variants import VARIANTS

Results = Mapping[str, Mapping[str, Any]]
HOLDS, FAILS, PARTLY, OPEN = "yes", "no", "partly", "not measured yet"
# Printed counts have two decimals; a count within this share of one is the same network.
_SAME = 0.01
# "About 2" epochs, generously.
_ABOUT_TWO = 3


@dataclass(frozen=True)
class Verdict:
    """One line of the table.

    Attributes:
        claim: what the paper says.
        measured: what was found, with its unit.
        holds: ``yes``, ``no``, ``partly`` or ``not measured yet``.
        part: the JSON file that the numbers stand in.
    """

    claim: str
    measured: str
    holds: str
    part: str


def judge(results: Results) -> list[dict[str, str]]:
    """Judge every claim by the kept results.

    Args:
        results: what the parts' `measure` gave, by name; a claim whose part is missing stays open.

    Returns:
        The verdicts as plain JSON values.
    """
    return [asdict(verdict) for check in _CHECKS for verdict in check(results)]


def render(verdicts: Sequence[Mapping[str, str]]) -> str:
    """Return the table and the paragraph that open the document."""
    counts = {name: sum(v["holds"] == name for v in verdicts) for name in (HOLDS, PARTLY, FAILS, OPEN)}
    rows = [(v["claim"], v["measured"], v["holds"], v["part"]) for v in verdicts]
    return "\n\n".join(
        [
            "## Claimed, measured, holds?",
            table(("the paper claims", "measured here", "holds?", "from"), rows, "llll"),
            f"Of {len(verdicts)} claims {counts[HOLDS]} hold, {counts[PARTLY]} hold in part, "
            f"{counts[FAILS]} do not, {counts[OPEN]} are not measured yet.",
            _plain_words(verdicts),
        ]
    )


def _plain_words(verdicts: Sequence[Mapping[str, str]]) -> str:
    """Say what the verdicts come to; nothing is said of what is still open."""
    lead = "**In plain words.** "
    if any(verdict["holds"] == OPEN for verdict in verdicts):
        return (
            f"{lead}This reproduction is not complete: whether the networks outline cells as well as the "
            "paper says is not judged here until they are trained and timed."
        )
    scores = [v["holds"] for v in verdicts if v["part"] == "table4" and "Dice 9" in v["claim"]]
    if FAILS in scores:
        return (
            f"{lead}The networks can be built as the paper counts them, and they run on an ordinary "
            "computer. The printed overlap scores were not reached on cells that the networks have never "
            "seen; the table says how far off they are. Check the outlines on your own images before you "
            "trust a count."
        )
    return (
        f"{lead}The networks can be built as the paper counts them, they run on an ordinary computer, and "
        "the printed scores were reached on cells that they had never seen."
    )


def _parameters(results: Results) -> list[Verdict]:
    claims = [
        ("LinkNet with attention has 6.09 M parameters", "linknet-ag"),
        ("U-Net with attention has 10.15 M parameters", "unet-ag"),
    ]
    if "table3" not in results:
        return [Verdict(text, "", OPEN, "table3") for text, _ in claims] + [
            Verdict("about 40 % fewer parameters than U-Net with attention", "", OPEN, "table3"),
            Verdict("about 6 times fewer than U-Net without attention", "", OPEN, "table3"),
        ]
    counts = {key: row["trainable"] for key, row in results["table3"]["networks"].items()}
    found = []
    for text, key in claims:
        millions = counts[key] / 1e6
        same = abs(millions / TABLE_3[key].millions - 1) <= _SAME
        found.append(Verdict(text, f"{millions:.2f} M, narrow gates", HOLDS if same else FAILS, "table3"))
    fewer = 1 - counts["linknet-ag"] / counts["unet-ag"]
    found.append(
        Verdict(
            "about 40 % fewer parameters than U-Net with attention",
            f"{100 * fewer:.1f} % fewer",
            HOLDS if round(fewer, 1) == 0.4 else FAILS,
            "table3",
        )
    )
    times = [counts[key] / counts["linknet-ag"] for key in ("unet-resnet50", "unet-plain")]
    printed = TABLE_3["unet-without-attention"].millions / TABLE_3["linknet-ag"].millions
    found.append(
        Verdict(
            "about 6 times fewer than U-Net without attention",
            f"{times[0]:.2f} times (ResNet-50) or {times[1]:.2f} (2015); its own table gives {printed:.2f}",
            HOLDS if any(round(one) == 6 for one in times) else FAILS,
            "table3",
        )
    )
    return found


def _encoders(results: Results) -> list[Verdict]:
    first, second = "EfficientNet-B0 has the fewest parameters of six", "the encoder has 32 MBConv"
    if "table1" not in results or "table2" not in results:
        return [Verdict(first, "", OPEN, "table1"), Verdict(second, "", OPEN, "table2")]
    smallest = results["table1"]["smallest"]
    blocks = results["table2"]["mbconv"]
    return [
        Verdict(first, f"smallest: {smallest}", HOLDS if smallest == "efficientnet-b0" else FAILS, "table1"),
        Verdict(
            second,
            f"B0 has {blocks['b0']}; the paper's column is twice that",
            HOLDS if blocks["b0"] == blocks["paper_text"] else FAILS,
            "table2",
        ),
    ]


def _costs(results: Results) -> list[Verdict]:
    texts = (
        "LinkNet with attention takes 13.7 M FLOPs",
        "and 77.6 MB of memory",
        "it is the fastest: 38 ms against 57 and 205 ms",
        "the model suits mobile devices",
    )
    if "table3" not in results:
        return [Verdict(text, "", OPEN, "table3") for text in texts]
    result = results["table3"]
    row = result["networks"]["linknet-ag"]
    weights, checkpoint = row["weights_bytes"] / 1e6, row["checkpoint_bytes"] / 1e6
    close = abs(checkpoint / TABLE_3["linknet-ag"].megabytes - 1) < 0.1
    eager = {key: one["eager_fp32"]["median"] for key, one in result["latency"]["networks"].items()}
    runtime = result["latency"]["networks"]["linknet-ag"]["runtime_fp32"]["median"]
    side, threads = result["latency"]["side"], result["latency"]["threads"]
    fastest = eager["linknet-ag"] < min(eager["unet-ag"], eager["unet-resnet50"], eager["unet-plain"])
    where = f"{side} x {side}, {threads} threads"
    return [
        Verdict(
            texts[0], f"{row['macs'] / 1e9:.2f} G multiply-accumulates an image of 256 x 256", FAILS, "table3"
        ),
        Verdict(
            texts[1],
            f"{checkpoint:.1f} MB as a checkpoint with Adam's state; the weights alone {weights:.1f} MB",
            HOLDS if close else PARTLY,
            "table3",
        ),
        Verdict(
            texts[2],
            f"{eager['linknet-ag']:.0f} ms against {eager['unet-ag']:.0f}, {eager['unet-resnet50']:.0f} "
            f"(ResNet-50) and {eager['unet-plain']:.0f} (2015); torch, {where}",
            HOLDS if fastest else FAILS,
            "table3",
        ),
        Verdict(
            texts[3],
            f"{weights:.1f} MB and {runtime:.0f} ms in the runtime ({where}, a computer's processor); no "
            "mobile device was tried",
            PARTLY,
            "table3",
        ),
    ]


def _consistency(results: Results) -> list[Verdict]:
    text = "Table 4's IoU and Dice belong to the same predictions"
    if "table4" not in results:
        return [Verdict(text, "", OPEN, "table4")]
    rows = results["table4"]["printed"]
    bad = [row for row in rows if not row["possible"]]
    return [
        Verdict(
            text,
            f"{len(bad)} of {len(rows)} rows are impossible: Dice above 2 IoU / (1 + IoU)",
            FAILS if bad else HOLDS,
            "table4",
        )
    ]


def _scores(results: Results) -> list[Verdict]:
    found = []
    rows = {row["key"]: row for row in results.get("table4", {}).get("rows", ())}
    for key in ("linknet-ag", "unet-ag"):
        printed = TABLE_4[key]
        text = f"{printed.label}: IoU {printed.iou}, Dice {printed.dice}"
        row = rows.get(key)
        if not row or not row["runs"]:
            found.append(Verdict(text, "", OPEN, "table4"))
            continue
        summary = row["chosen"]["paper"]
        values = {v: 100 * summary[f"{v}_pooled"]["mean"] for v in ("iou", "dice")}
        best = max(VARIANTS, key=lambda v: summary[f"iou_{v.key}"]["mean"])
        highest = 100 * summary[f"iou_{best.key}"]["mean"]
        found.append(
            Verdict(
                text,
                f"foreground IoU {values['iou']:.1f}, Dice {values['dice']:.1f} ({len(row['runs'])} runs); "
                f"the kindest way to print it: {highest:.1f} ({best.label})",
                HOLDS if values["iou"] >= printed.iou else FAILS,
                "table4",
            )
        )
    return [*found, _order(rows)]


def _order(rows: Mapping[str, Mapping[str, Any]]) -> Verdict:
    text = "LinkNet with attention is the best, then U-Net with attention, U-Net without, ANCIS"
    groups = (("linknet-ag",), ("unet-ag",), ("unet-resnet50", "unet-plain"), ("ancis",))
    known = {key: row["chosen"]["paper"]["iou_pooled"]["mean"] for key, row in rows.items() if row["runs"]}
    have = [max(known[key] for key in group if key in known) for group in groups if set(group) & set(known)]
    if len(have) < len(groups):
        return Verdict(text, "", OPEN, "table4")
    order = sorted(known.items(), key=lambda item: -item[1])
    measured = "pooled IoU: " + ", ".join(f"{key} {100 * value:.1f}" for key, value in order)
    if fair := [key for key, _ in order if rows[key]["start"] == "random"]:
        measured += f"; from a random start {', '.join(fair)}"
    if missing := [key for group in groups for key in group if key not in known]:
        measured += f"; {', '.join(missing)} not measured"
    if have != sorted(have, reverse=True):
        return Verdict(text, measured, FAILS, "table4")
    # The four in their order, but ahead of them the same networks without what the paper proposes.
    best = order[0][0] in groups[0]
    return Verdict(text, measured, HOLDS if best and not missing else PARTLY, "table4")


def _attention(results: Results) -> list[Verdict]:
    text = "attention on the skips improves the result"
    pairs = {pair["label"]: pair for pair in results.get("attention", {}).get("pairs", ())}
    found = []
    for label in ("LinkNet, narrow gate", "U-Net, narrow gate"):
        pair = pairs.get(label)
        if not pair or pair["image"]["interval"] is None:
            found.append(Verdict(f"{text} ({label})", "", OPEN, "attention"))
            continue
        low, high = (100 * end for end in pair["image"]["interval"])
        found.append(
            Verdict(
                f"{text} ({label})",
                f"{100 * pair['image']['mean']:+.1f} points of image-mean IoU, 95 % interval {low:+.1f} to "
                f"{high:+.1f}, {len(pair['runs'])} paired runs",
                HOLDS if low > 0 else FAILS,
                "attention",
            )
        )
    text = "the attention gate reduces the time per epoch"
    if "table3" not in results:
        return [*found, Verdict(text, "", OPEN, "table3")]
    ratios = results["table3"]["training_step"]["ratios"]
    measured = ", ".join(f"{key} {one['median']:.2f} times" for key, one in ratios.items())
    faster = all(one["quartiles"][1] < 1 for one in ratios.values())
    return [*found, Verdict(text, f"a step takes {measured}", HOLDS if faster else FAILS, "table3")]


def _curves(results: Results) -> list[Verdict]:
    first = "U-Net without attention converges in about 2 epochs"
    second = "LinkNet is the more stable"
    rows = {row["key"]: row for row in results.get("figure6", {}).get("rows", ())}
    plain = [key for key in ("unet-resnet50", "unet-plain") if key in rows]
    found = []
    if plain:
        middles = {key: median(rows[key]["converged"]) for key in plain}
        measured = ", ".join(f"{key}: epoch {value:g}" for key, value in middles.items())
        quick = any(value <= _ABOUT_TWO for value in middles.values())
        found.append(Verdict(first, measured, HOLDS if quick else FAILS, "figure6"))
    else:
        found.append(Verdict(first, "", OPEN, "figure6"))
    others = [key for key in ("unet-ag", *plain) if key in rows]
    if "linknet-ag" in rows and plain:
        values = {key: _roughness(rows[key]) for key in ("linknet-ag", *others)}
        measured = ", ".join(f"{key} {100 * value:.1f}" for key, value in values.items())
        calmer = sum(values["linknet-ag"] < values[key] for key in others)
        found.append(
            Verdict(
                second,
                f"validation IoU moves from epoch to epoch by (points) {measured}",
                HOLDS if calmer == len(others) else PARTLY if calmer else FAILS,
                "figure6",
            )
        )
    else:
        found.append(Verdict(second, "", OPEN, "figure6"))
    return found


def _roughness(row: Mapping[str, Any]) -> float:
    """Mean absolute change of the validation IoU from the third epoch on, over folds."""
    changes: list[float] = [
        abs(b["val_iou"] - a["val_iou"]) for history in row["histories"] for a, b in pairwise(history[1:])
    ]
    return sum(changes) / max(1, len(changes))


_CHECKS: tuple[Callable[[Results], list[Verdict]], ...] = (
    _encoders,
    _parameters,
    _costs,
    _scores,
    _consistency,
    _attention,
    _curves,
)
