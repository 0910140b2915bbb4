"""Disks that are full or cannot be written to, for real: mounts, which need the rights of root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount something at a folder; skips where that is not allowed."""
    place.mkdir(exist_ok=True)
    try:
        done = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[None]:
    """A disk of so many kilobytes."""
    with mounted(place, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"):
        yield


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """A folder as it is, on a disk that cannot be written to."""
    with mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        yield
