import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurocyte.errors import ModelError, UsageError
from neurocyte.models import load_model
from neurocyte.runtime import Runtime, ov, resolve_precision, supports_bf16

MakeModel = Callable[..., Path]


def random_batch(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (3, 3, 32, 64), (1, 3, 1, 1)])
def test_predicts_the_sigmoid_of_the_logits_at_any_shape(
    make_model: MakeModel, shape: tuple[int, ...]
) -> None:
    model = load_model(make_model(weights=[[1, 2, 3]], bias=[-2]))
    batch = random_batch(*shape)
    result = Runtime(model, "fp32", threads=1).predict(batch)
    logits = batch[:, 0] + 2 * batch[:, 1] + 3 * batch[:, 2] - 2
    assert result.dtype == np.float32
    assert_allclose(result, (1 / (1 + np.exp(-logits)))[:, None], rtol=1e-5)


def test_several_outputs(make_model: MakeModel) -> None:
    architecture = {
        "name": "threshold",
        "encoder": None,
        "taps": None,
        "gate": None,
        "in_channels": 3,
        "out_channels": 2,
    }
    path = make_model(
        weights=[[0, 0, 0]] * 2, bias=[0, -1000], architecture=architecture, outputs=["foreground", "edge"]
    )
    result = Runtime(load_model(path), "fp32").predict(random_batch(1, 3, 4, 5))
    assert_array_equal(result[0, 0], np.full((4, 5), 0.5))
    assert_array_equal(result[0, 1], np.zeros((4, 5)))


def test_results_do_not_share_memory(make_model: MakeModel) -> None:
    runtime = Runtime(load_model(make_model()), "fp32")
    first = runtime.predict(np.zeros((1, 3, 4, 4), np.float32))
    kept = first.copy()
    runtime.predict(np.ones((1, 3, 4, 4), np.float32))
    assert_array_equal(first, kept)


# Of a process of its own: threads of other tests' networks stay bound.
WORKS_UNBOUND = """
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
import numpy as np
from neurocyte.models import load_model
from neurocyte.runtime import Runtime

runtime = Runtime(load_model("neurocyte-fast"), "fp32", threads=1)
batch = np.zeros((1, 3, 128, 128), np.float32)
seen = []
with ThreadPoolExecutor(1) as pool:
    work = pool.submit(lambda: [runtime.predict(batch) for _ in range(10)])
    while not work.done():
        for task in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):
                seen.append(os.sched_getaffinity(int(task.name)))
    work.result()
assert seen
assert all(processors == os.sched_getaffinity(0) for processors in seen), seen
"""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not tell")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor")
def test_the_thread_of_a_worker_is_bound_to_no_processor() -> None:
    """Worker processes whose threads are all bound to the first processor leave the second idle."""
    done = subprocess.run([sys.executable, "-c", WORKS_UNBOUND], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_bits_again_and_from_several_threads(make_model: MakeModel) -> None:
    runtime = Runtime(load_model(make_model()), threads=1)
    batches = [random_batch(1, 3, 32, 32 * n) for n in (1, 2, 3, 4)]
    expected = [runtime.predict(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for result, first in zip(pool.map(runtime.predict, batches * 5), expected * 5, strict=True):
            assert_array_equal(result, first)


def test_describe(make_model: MakeModel) -> None:
    description = Runtime(load_model(make_model()), "fp32", threads=1).describe()
    assert description["engine"] == "openvino"
    assert description["version"] == ov.__version__
    assert description["precision"] == "fp32"
    assert description["threads"] == 1
    assert description["device"]


@pytest.mark.parametrize(
    ("precision", "has_bf16", "prefers_int8", "expected"),
    [
        ("auto", True, False, "bf16"),
        ("auto", False, False, "fp32"),
        ("auto", True, True, "int8"),
        ("auto", False, True, "int8"),
        ("bf16", True, True, "bf16"),
        ("fp32", True, True, "fp32"),
        ("int8", True, False, "int8"),
    ],
)
def test_precision(precision: str, has_bf16: Any, prefers_int8: Any, expected: str) -> None:
    assert resolve_precision(precision, has_bf16, prefers_int8) == expected


def test_wrong_precision_and_threads(make_model: MakeModel) -> None:
    with pytest.raises(UsageError, match="no bfloat16"):
        resolve_precision("bf16", has_bf16=False)
    with pytest.raises(UsageError, match="'int4' is unknown; use auto, fp32, bf16 or int8"):
        resolve_precision("int4", has_bf16=True)
    with pytest.raises(UsageError, match="0 threads"):
        Runtime(load_model(make_model()), threads=0)


def test_bf16_is_used_and_close(make_model: MakeModel) -> None:
    if not supports_bf16():
        pytest.skip("this processor has no bfloat16")
    model = load_model(make_model(weights=[[1, 1.001, 1]], bias=[-1.5]))
    batch = random_batch(1, 3, 32, 32)
    rounded, exact = Runtime(model, "bf16").predict(batch), Runtime(model, "fp32").predict(batch)
    assert Runtime(model).describe()["precision"] == "bf16"
    assert np.abs(rounded - exact).max() > 0
    assert_allclose(rounded, exact, atol=0.01)


def test_a_network_that_is_none(make_model: MakeModel) -> None:
    model = load_model(make_model())
    with pytest.raises(ModelError, match=r"tiny.model\.onnx cannot be run \(.*\); export it again"):
        Runtime(replace(model, onnx=b"\x08\x08"))


def test_a_network_with_other_names(make_model: MakeModel) -> None:
    model = load_model(make_model())
    with pytest.raises(ModelError, match="it has photo where 'image' is due"):
        Runtime(replace(model, onnx=model.onnx.replace(b"image", b"photo")))
