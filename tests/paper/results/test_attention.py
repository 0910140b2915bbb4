"""Gates against none, on runs made by hand."""

from typing import Any, cast

import pytest

from neurocyte.paper.context import Context
from neurocyte.paper.results import attention
from neurocyte.paper.settings import Settings
from paper_runs import write_run


def test_attention_averages_the_seeds_of_a_fold_before_its_interval(context: Context) -> None:
    # By fold and seed the gate is worth (2, 0) and (4, 2) tenths: 1 and 3 on average.
    for fold, gains in enumerate([(2, 0), (4, 2)]):
        for seed, gain in enumerate(gains):
            write_run(context.out, "linknet", fold, [(4, 6, 0, 6)] * 2, [0.5], seed)
            write_run(context.out, "linknet-ag", fold, [(4 + gain, 6 - gain, 0, 6)] * 2, [0.5], seed)
    settings = Settings(folds=2, seeds=(0, 1))
    pair = attention.measure(Context(cast(Any, None), context.out, settings))["pairs"][0]
    assert len(pair["runs"]) == 4
    assert pair["pooled"] == {
        "n": 2,
        "mean": pytest.approx(0.2),
        "interval": pytest.approx(attention.t_interval([0.1, 0.3])),
    }
    assert (pair["image"]["n"], pair["image"]["mean"]) == (4, pytest.approx(0.2))
    assert "| LinkNet, narrow gate | 4 (of 2 seeds) | +20.0 points" in attention.render({"pairs": [pair]})


def test_attention_is_judged_on_pairs_only(context: Context) -> None:
    for fold in range(3):
        write_run(context.out, "linknet", fold, [(2, 2, 0, 6), (2, 2, 0, 6)], [0.5, 0.4, 0.4])
    for fold in range(2):
        write_run(context.out, "linknet-ag", fold, [(3, 1, 0, 6), (3, 1, 0, 6)], [0.4, 0.4, 0.4])
    result = attention.measure(context)
    pair = result["pairs"][0]
    assert [run["fold"] for run in pair["runs"]] == [0, 1]
    assert pair["pooled"] == {"n": 2, "mean": pytest.approx(0.25), "interval": pytest.approx((0.25, 0.25))}
    assert pair["image"]["n"] == 4
    assert pair["image"]["interval"] == pytest.approx((0.25, 0.25))
    assert pair["converged"]["mean"] == -1
    text = attention.render(result)
    assert "| LinkNet, narrow gate | 2 | +25.0 points (+25.0 to +25.0) |" in text
    assert "helps" in text
    assert "| U-Net, narrow gate | 0 | - | - | - | too few runs |" in text


def test_t_interval_by_hand() -> None:
    # Mean 2, sd 1, t(0.975, 2) = 4.30265.
    low, high = attention.t_interval([1.0, 2.0, 3.0]) or (0, 0)
    assert (low, high) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))
    assert attention.t_interval([1.0]) is None
