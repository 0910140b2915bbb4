import time

import pytest

from neurocyte.benchmark.turns import default_threads, interleave, milliseconds, ratio


def test_variants_take_turns_after_an_untimed_warm_up() -> None:
    calls: list[str] = []
    seconds = interleave({name: lambda n=name: calls.append(n) for name in "ab"}, rounds=3, warm_up=2)
    assert "".join(calls) == "ab" * 5
    assert {name: len(taken) for name, taken in seconds.items()} == {"a": 3, "b": 3}


def test_each_run_is_timed_alone() -> None:
    seconds = interleave({"slow": lambda: time.sleep(0.05), "none": lambda: None}, rounds=2, warm_up=0)
    assert min(seconds["slow"]) >= 0.05
    assert min(seconds["none"]) < 0.05


def test_median_and_quartiles_are_milliseconds() -> None:
    assert milliseconds([0.005, 0.001, 0.002, 0.004, 0.003]) == {
        "median": pytest.approx(3),
        "quartiles": [pytest.approx(2), pytest.approx(4)],
        "rounds": 5,
    }


def test_one_round_has_quartiles_too() -> None:
    assert milliseconds([0.002])["quartiles"] == [pytest.approx(2)] * 2


def test_ratio_is_taken_round_by_round() -> None:
    # The second round was ten times as slow for both, which is no difference between them.
    assert ratio([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == {"median": 2.0, "quartiles": [2.0, 2.0]}


def test_default_threads_are_at_most_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 1), (2, 2), (16, 2), (None, 1)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert default_threads() == threads
