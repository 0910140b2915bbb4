"""One core, so that signals find a stack."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from neurocyte.openvino_core import openvino_core

PROGRAM = """
import gc, signal, sys
from neurocyte.openvino_core import ov
from neurocyte.models import load_model
from neurocyte.runtime import Runtime, supports_bf16
caught = []
signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
model = load_model(sys.argv[1])
kept = [Runtime(model, "fp32", 1) for _ in range(2)]
for _ in range(2):
    supports_bf16()
    kept.pop(0)
    gc.collect()
    signal.raise_signal(signal.SIGUSR1)
print(len(caught))
"""


def test_threads_that_ask_at_once_get_one_core() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len({id(core) for core in pool.map(lambda _: openvino_core(), range(32))}) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal that only Unix has")
def test_a_signal_after_runtimes_have_gone_in_the_order_they_came(make_model) -> None:
    """With a core each, this ended in a segmentation fault."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(make_model())], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
