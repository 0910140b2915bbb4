"""Which networks are trained."""

from pathlib import Path
from typing import Any, cast

from neurocyte.paper.context import Context
from neurocyte.paper.results import table4
from neurocyte.paper.runs.plan import planned
from neurocyte.paper.settings import Settings


def test_plan_has_every_row_and_fold_once_and_cheap_rows_first(context: Context) -> None:
    runs = planned(context)
    assert len(runs) == len(set(runs)) == 11 * 3
    assert [str(run) for run in runs[:3]] == [
        "linknet-ag, seed 0, fold 0",
        "linknet, seed 0, fold 0",
        "unet-ag, seed 0, fold 0",
    ]
    assert {run.row.key for run in runs[-9:]} == {"unet-resnet50", "ancis", "unet-plain"}


def test_only_networks_that_are_compared_with_and_without_gates_have_several_seeds(tmp_path: Path) -> None:
    runs = planned(Context(cast(Any, None), tmp_path, Settings(folds=2, seeds=(0, 1))))
    assert {run.row.key for run in runs if run.seed == 1} == {
        "linknet",
        "linknet-ag",
        "linknet-ag-half",
        "unet",
        "unet-ag",
        "unet-ag-half",
    }
    wanted = {
        row["key"]: row["wanted"]
        for row in table4.measure(Context(cast(Any, None), tmp_path, Settings(seeds=(0, 1))))["rows"]
    }
    assert (wanted["unet"], wanted["ancis"]) == (10, 5)
