import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scripts import load

pytest.importorskip("lightning")


@pytest.fixture
def script() -> ModuleType:
    return load("benchmarks/training_speed")


def test_both_loops_take_turns_on_simulated_images(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NEUROCYTE_DATA", raising=False)
    monkeypatch.setattr(script, "SIMULATED_IMAGES", 3)
    turns: list[Any] = []
    plain_turn = script.PlainTurn
    monkeypatch.setattr(script, "PlainTurn", lambda: turns.append(plain_turn()) or turns[0])
    out = tmp_path / "speed.json"
    arguments = ["--batch", "2", "--size", "32", "--rounds", "3", "--threads", "1", "--json", str(out)]
    result = script.main(arguments)
    assert json.loads(out.read_text()) == result
    assert (result["data"], result["rounds"], result["threads"]) == ("3 simulated images", 3, 1)
    assert result["ratio"] == pytest.approx(
        result["plain"]["seconds_per_batch"]["median"] / result["ours"]["seconds_per_batch"]["median"]
    )
    (turn,) = turns
    assert len(turn.ours.wall) == len(turn.plain.wall) == 6
    assert min(turn.ours.wall + turn.plain.wall) > 0
    # The plain network learned on its own, in plain order and precision.
    weights = dict(turn.network.named_parameters())
    assert all(w.is_contiguous() for w in weights.values())
    assert {str(w.grad.dtype) for w in weights.values()} == {"torch.float32"}
    assert "times as fast as plain" in capsys.readouterr().out


def test_medians_leave_the_first_batches_out(script: ModuleType) -> None:
    times = script.Times([9, 9, 9, 1, 2, 3], [5, 5, 5, 1, 1, 4])
    assert times.summary(8) == {
        "images_per_second": 4.0,
        "seconds_per_batch": {"median": 2, "quartiles": [1.0, 3.0]},
        "cpu_seconds_per_batch": 1,
    }


@pytest.mark.parametrize("wrong", [["--rounds", "1"], ["--batch", "0"]])
def test_wrong_calls(script: ModuleType, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        script.main(wrong)
    assert caught.value.code == 2
