"""Prints the lowest allowed version of each of the core's dependencies, as constraints for pip."""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def lowest(requirements: list[str]) -> list[str]:
    """Pin requirements to their lower bounds.

    Args:
        requirements: each NAME>=VERSION.

    Returns:
        For each NAME==VERSION.

    Raises:
        ValueError: one has no lower bound, or more than that.
    """
    pinned = []
    for one in requirements:
        found = re.fullmatch(r"([\w.-]+)>=([\w.]+)", one)
        if found is None:
            raise ValueError(f"{one} is not NAME>=VERSION")
        pinned.append(f"{found[1]}=={found[2]}")
    return pinned


if __name__ == "__main__":
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(lowest(project["dependencies"])) + "\n")
