"""What a job waits for before its first image."""

import subprocess
import sys

PROGRAM = """
import sys
import neurocyte.jobs.job
print(*(name for name in ("pandas", "torch", "matplotlib", "distributed") if name in sys.modules))
"""


def test_what_comes_later_is_not_imported_at_the_start() -> None:
    """pandas alone takes a third of it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
