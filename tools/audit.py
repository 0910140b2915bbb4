"""`make audit`: bandit over the source, and pip-audit over what is installed beside it.

The exit status is 1 if either has something to say. Where pip-audit cannot reach its database, that is said,
and the status is that of bandit alone.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# Seconds; without a network pip-audit would try again and again.
LONGEST = 120


def known_weaknesses(report: str) -> list[str] | None:
    """Read pip-audit's JSON.

    Args:
        report: what it printed.

    Returns:
        A line for each weakness; None if the report is none, because the database was not reached.
    """
    try:
        data: dict[str, Any] = json.loads(report)
    except ValueError:
        return None
    return [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions'])}"
        for one in data["dependencies"]
        for weakness in one.get("vulns", ())
    ]


def main() -> int:
    """Run both."""
    python = [sys.executable, "-m"]
    bandit = subprocess.run([*python, "bandit", "-q", "-r", ROOT / "src"], check=False)
    command = [*python, "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    command += ["--timeout", "10"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST)
        found = known_weaknesses(done.stdout)
    except subprocess.TimeoutExpired:
        found = None
    if found is None:
        print("pip-audit could not reach its database: the dependencies were NOT checked.")
    else:
        print("\n".join(found) or "pip-audit knows of no weakness in what is installed.")
    print("bandit has findings." if bandit.returncode else "bandit has no finding that is not explained.")
    return 1 if bandit.returncode or found else 0


if __name__ == "__main__":
    sys.exit(main())
