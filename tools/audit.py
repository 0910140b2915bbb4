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


def known_weaknesses(report: str) -> tuple[list[str], int, int]:
    """Read pip-audit's JSON.

    Args:
        report: what it printed.

    Returns:
        A line for each weakness; how many packages were looked up, and how many could not be: pip-audit
        passes over those in silence, be it all of them.
    """
    try:
        data: dict[str, Any] = json.loads(report)
    except ValueError:
        return [], 0, 0
    packages = data["dependencies"]
    skipped = sum("skip_reason" in one for one in packages)
    found = [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions'])}"
        for one in packages
        for weakness in one.get("vulns", ())
    ]
    return found, len(packages) - skipped, skipped


def main() -> int:
    """Run both."""
    python = [sys.executable, "-m"]
    bandit = subprocess.run([*python, "bandit", "-q", "-r", ROOT / "src"], check=False)
    command = [*python, "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    command += ["--timeout", "10"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST)
        found, looked_up, skipped = known_weaknesses(done.stdout)
    except subprocess.TimeoutExpired:
        found, looked_up, skipped = [], 0, 0
    if looked_up == 0:
        print("pip-audit could not reach its database: the dependencies were NOT checked.")
    else:
        print("\n".join(found) or f"pip-audit knows of no weakness in {looked_up} packages.")
        print(f"{skipped} packages are unknown to its database and were NOT checked.")
    print("bandit has findings." if bandit.returncode else "bandit has no finding that is not explained.")
    return 1 if bandit.returncode or found else 0


if __name__ == "__main__":
    sys.exit(main())
