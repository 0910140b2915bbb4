"""A part of `neurocyte reproduce --quick` from training to document; `make test-long` runs all of it."""

import json
from pathlib import Path

from neurocyte.cli import main
from neurocyte.paper.runs.plan import SCORES_NAME


def reproduce(data: Path, out: Path, *more: str) -> int:
    call = ["reproduce", str(data), "-o", str(out), "--quick", "--quiet"]
    return main([*call, "--networks", "linknet-ag", "--only", "table4", "--only", "figure7", *more])


def test_networks_are_trained_scored_and_stand_in_the_document(data: Path, tmp_path: Path) -> None:
    assert reproduce(data, tmp_path, "--only", "gates") == 0
    files = sorted(tmp_path.glob(f"runs/*/*/*/{SCORES_NAME}"))
    assert [str(file.parent.relative_to(tmp_path)) for file in files] == [
        f"runs/linknet-ag/seed-0/fold-{fold}" for fold in range(2)
    ]
    scores = [json.loads(file.read_text()) for file in files]
    # Each image is scored once, by the network that has not seen it.
    assert sorted(stem for one in scores for stem in one["test"]) == sorted(
        path.stem for path in (data / "images").iterdir()
    )
    for one in scores:
        assert not set(one["test"]) & {*one["train"], *one["val"]}
        assert [record["stem"] for record in one["chosen"]] == one["test"]
        assert one["updates"] == 2 * -(-len(one["train"]) // 2)
    text = (tmp_path / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert "| LinkNet with attention | random | 2 of 2 |" in text
    assert "](pictures/figure7-linknet-ag.png)" in text
    assert "| LinkNet with attention | 1/16 | 0." in text
    # Called again without a run's scores, it trains nothing anew: the last checkpoint is scored.
    files[1].unlink()
    assert reproduce(data, tmp_path) == 0
    assert json.loads(files[1].read_text())["chosen"] == scores[1]["chosen"]
