"""Claims, judged on runs made by hand."""

import pytest

from neurocyte.paper import claims
from neurocyte.paper.context import Context
from neurocyte.paper.results import attention, figure6, table4
from paper_runs import row, write_run


@pytest.mark.parametrize(("unet_losses", "holds"), [([0.5, 0.9, 0.1], "yes"), ([0.5, 0.5, 0.5], "partly")])
def test_linknet_is_the_more_stable_where_all_u_nets_move_more(
    context: Context, unet_losses: list[float], holds: str
) -> None:
    write_run(context.out, "linknet-ag", 0, [(1, 0, 0, 1)], [0.5, 0.5, 0.4])
    write_run(context.out, "unet-ag", 0, [(1, 0, 0, 1)], unet_losses)
    write_run(context.out, "unet-plain", 0, [(1, 0, 0, 1)], [0.5, 0.9, 0.1])
    judged = {v["claim"]: v for v in claims.judge({"figure6": figure6.measure(context)})}
    assert judged["LinkNet is the more stable"]["holds"] == holds


def test_claims_stay_open_without_results_and_are_judged_with_them(context: Context) -> None:
    unjudged = claims.judge({})
    assert {v["holds"] for v in unjudged} == {"not measured yet"}
    for fold in range(3):
        write_run(context.out, "linknet", fold, [(2, 2, 0, 6), (2, 2, 0, 6)], [0.5, 0.4])
        write_run(context.out, "linknet-ag", fold, [(2, 2, 0, 6), (2, 2, 0, 6)], [0.5, 0.4])
    results = {"table4": table4.measure(context), "attention": attention.measure(context)}
    judged = {v["claim"]: v for v in claims.judge(results)}
    assert len(judged) == len(unjudged)
    assert judged["attention on the skips improves the result (LinkNet, narrow gate)"]["holds"] == "no"
    scored = judged["LinkNet with AU (proposed): IoU 95.47, Dice 98.34"]
    assert scored["holds"] == "no"
    assert scored["measured"].startswith("foreground IoU 50.0, Dice 66.7 (3 runs); the kindest way")
    consistency = judged["Table 4's IoU and Dice belong to the same predictions"]
    assert consistency["measured"].startswith("3 of 4 rows are impossible")
    assert row("ancis").arch == "ancis"


@pytest.mark.parametrize(
    ("right", "holds"),
    [
        ({"linknet-ag": 5, "unet-ag": 4, "unet-resnet50": 3, "unet-plain": 2, "ancis": 1}, "yes"),
        ({"linknet-ag": 5, "unet-ag": 4, "unet-resnet50": 3, "ancis": 1}, "partly"),
        (
            {"linknet-ag": 5, "unet-ag": 4, "unet-resnet50": 3, "unet-plain": 2, "ancis": 1, "unet": 6},
            "partly",
        ),
        ({"linknet-ag": 4, "unet-ag": 5, "unet-resnet50": 3, "unet-plain": 2, "ancis": 1}, "no"),
        ({"linknet-ag": 5, "unet-ag": 4, "ancis": 1}, "not measured yet"),
    ],
)
def test_the_papers_order_holds_where_nothing_beside_it_is_better(
    context: Context, right: dict[str, int], holds: str
) -> None:
    for key, tp in right.items():
        write_run(context.out, key, 0, [(tp, 10 - tp, 0, 6)], [0.5])
    judged = {v["claim"]: v for v in claims.judge({"table4": table4.measure(context)})}
    verdict = judged["LinkNet with attention is the best, then U-Net with attention, U-Net without, ANCIS"]
    assert verdict["holds"] == holds
    if holds == "partly" and "unet-plain" not in right:
        assert verdict["measured"].endswith("; unet-plain not measured")


def test_the_order_is_of_the_folds_that_all_have(context: Context) -> None:
    right = {
        "linknet-ag": (5, 0),
        "unet-ag": (4,),
        "unet-plain": (3,),
        "unet-resnet50": (2,),
        "ancis": (1, 9),
    }
    for key, folds in right.items():
        for fold, tp in enumerate(folds):
            write_run(context.out, key, fold, [(tp, 10 - tp, 0, 6)], [0.5])
    claim = "LinkNet with attention is the best, then U-Net with attention, U-Net without, ANCIS"
    verdict = {v["claim"]: v for v in claims.judge({"table4": table4.measure(context)})}[claim]
    assert verdict["holds"] == "yes"
    assert verdict["measured"] == (
        "pooled IoU, 1 fold that all have: linknet-ag 50.0, unet-ag 40.0, unet-plain 30.0, "
        "unet-resnet50 20.0, ancis 10.0; from a random start unet-plain, unet-resnet50, ancis"
    )


@pytest.mark.parametrize(("gates", "seen"), [("no", False), ("yes", True)])
def test_the_plain_words_say_whether_gates_were_seen_to_help(gates: str, seen: bool) -> None:
    verdicts = [
        {"claim": "LinkNet with AU (proposed): IoU 95.47, Dice 98.34", "holds": "no", "part": "table4"},
        {"claim": "attention improves", "holds": gates, "part": "attention"},
    ]
    text = claims.render([{"measured": "", **verdict} for verdict in verdicts])
    assert (
        "That attention gates make the outlines better, which the paper is about, was not seen." in text
    ) != seen
