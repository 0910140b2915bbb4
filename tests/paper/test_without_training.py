"""`neurocyte reproduce --no-training`: tables and figures of what is there."""

import json
from pathlib import Path

from neurocyte.cli import main
from neurocyte.io.annotations import open_dataset
from neurocyte.paper.context import Context
from neurocyte.paper.parts import settings_summary
from neurocyte.paper.settings import quick_settings
from paper_runs import write_run


def reproduce(data: Path, out: Path, part: str, *more: str) -> int:
    call = ["reproduce", str(data), "-o", str(out), "--quick", "--quiet", "--no-training"]
    return main([*call, "--only", part, *more])


def test_it_sums_up_the_finished_networks_and_trains_none(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_run(out, "linknet-ag", 0, [(3, 1, 0, 6)], [0.5])
    assert reproduce(data, out, "table4") == 0
    assert [path.name for path in out.glob("runs/*")] == ["linknet-ag"]
    text = (out / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert "| LinkNet with attention | random | 1 of 2 |" in text
    assert "| ANCIS | random | 0 of 2 |" in text


def test_what_weights_that_are_gone_once_showed_stays(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_run(out, "linknet-ag", 0, [(3, 1, 0, 6)], [0.5])
    context = Context(open_dataset(data, None, "components"), out, quick_settings())
    row = {
        "key": "linknet-ag",
        "label": "LinkNet with attention",
        "images": 1,
        "on_cells": [0.75],
        "on_background": [0.5],
        "file": None,
        "simulated": "figures/gates.svg",
    }
    (out / "figures").mkdir()
    (out / "figures/gates.svg").write_text("<svg/>")
    content = {"part": "gates", "settings": settings_summary(context), "result": {"rows": [row]}}
    (out / "gates.json").write_text(json.dumps(content))
    assert reproduce(data, out, "gates") == 0
    assert json.loads((out / "gates.json").read_text())["result"]["rows"] == [row]
    text = (out / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert "| LinkNet with attention | 1/2 | 0.750 | 0.500 | 0.250 |" in text
    assert "](figures/gates.svg)" in text
    # A second seed changes nothing of what the first has shown.
    assert reproduce(data, out, "gates", "--seeds", "2") == 0
    assert json.loads((out / "gates.json").read_text())["result"]["rows"] == [row]
    # Rows of other settings are of another reproduction.
    content["settings"] = {}
    (out / "gates.json").write_text(json.dumps(content))
    assert reproduce(data, out, "gates") == 0
    assert json.loads((out / "gates.json").read_text())["result"]["rows"] == []


def test_more_seeds_and_folds_leave_what_needs_no_network_as_it_is(data: Path, tmp_path: Path) -> None:
    assert reproduce(data, tmp_path, "algorithm1") == 0
    made = (tmp_path / "algorithm1.json").stat().st_mtime_ns
    assert reproduce(data, tmp_path, "algorithm1", "--seeds", "2", "--folds", "3") == 0
    assert (tmp_path / "algorithm1.json").stat().st_mtime_ns == made
    text = (tmp_path / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert "## algorithm1\n\nNot made yet" not in text
    assert "`neurocyte reproduce DATA -o DIR --quick --folds 3 --seeds 2`" in text
    assert "seed 0 (networks that are compared with and without gates: seeds 0, 1)" in text


def test_a_result_of_another_form_counts_as_not_made(data: Path, tmp_path: Path) -> None:
    assert reproduce(data, tmp_path, "table4") == 0
    file = tmp_path / "table4.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["form"], content["result"]["ancis"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert reproduce(data, tmp_path, "algorithm1") == 0
    assert "## table4\n\nNot made yet." in (tmp_path / "REPRODUCTION.md").read_text(encoding="utf-8")
