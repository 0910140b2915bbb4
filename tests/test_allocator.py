"""Freed memory is kept where it should be, seen from the pages that the system has to give out."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import numpy as np
from neurocyte.allocator import keep_freed_memory

size = int(sys.argv[1])
kept = True if sys.argv[2] == "never" else keep_freed_memory(of_any_size=sys.argv[2] == "any")

def work():
    # Several at once, as steps of one image hold them.
    held = [np.ones(size, dtype=np.uint8) for _ in range(4)]

for _ in range(3):
    work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
MEGABYTE = 1 << 20


def has_glibc() -> bool:
    try:
        return sys.platform.startswith("linux") and (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith(
            "glibc"
        )
    except (ValueError, OSError):
        return False


def faults(megabytes: int, keep: str) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    called = [sys.executable, "-c", SCRIPT, str(megabytes * MEGABYTE), keep]
    done = subprocess.run(called, capture_output=True, text=True, check=True, env=environment)
    kept, count = done.stdout.split()
    assert kept == "True"
    return int(count)


@pytest.mark.skipif(not has_glibc(), reason="needs glibc")
def test_freed_arrays_of_an_image_are_used_again():
    assert faults(3, "never") > 1000
    assert faults(3, "image") < 100


@pytest.mark.skipif(not has_glibc(), reason="needs glibc")
def test_freed_arrays_of_a_training_are_used_again():
    assert faults(100, "image") > 1000
    assert faults(100, "any") < 100
