"""What the machine's ceilings are measured by."""

import pytest

from neurocyte.benchmark.speed import ceilings as limits


def test_times_become_operations_and_bytes_a_second() -> None:
    found = limits.ceilings({"fp32": [4.0, 2.0, 3.0], "bf16": [1.0], limits.COPY: [0.5]}, side=100)
    assert found.flops == {"fp32": pytest.approx(2e6 / 3), "bf16": 2e6}
    assert found.bandwidth == 4 * limits.COPY_BYTES


def test_each_is_run_by_a_call() -> None:
    calls = limits.measures(["fp32", "int8"], threads=2, side=64)
    assert list(calls) == ["fp32", "int8", "copy"]
    for call in calls.values():
        call()
