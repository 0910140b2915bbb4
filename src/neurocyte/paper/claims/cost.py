"""The claims about what the networks are and cost."""

from neurocyte.paper.claims.verdict import FAILS, HOLDS, OPEN, PARTLY, Results, Verdict
from neurocyte.paper.printed import TABLE_3

# Printed counts have two decimals; a count within this share of one is the same network.
_SAME = 0.01


def judge(results: Results) -> list[Verdict]:
    """Judge encoders, parameters, arithmetic, memory and time."""
    return [
        verdict for check in (_encoders, _parameters, _costs, _time_of_an_epoch) for verdict in check(results)
    ]


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


def _time_of_an_epoch(results: Results) -> list[Verdict]:
    text = "the attention gate reduces the time per epoch"
    if "table3" not in results:
        return [Verdict(text, "", OPEN, "table3")]
    ratios = results["table3"]["training_step"]["ratios"]
    measured = ", ".join(f"{key} {one['median']:.2f} times" for key, one in ratios.items())
    faster = all(one["quartiles"][1] < 1 for one in ratios.values())
    return [Verdict(text, f"a step takes {measured}", HOLDS if faster else FAILS, "table3")]
