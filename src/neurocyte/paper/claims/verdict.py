"""One line of the table of claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What the parts' `measure` gave, by name.
Results = Mapping[str, Mapping[str, Any]]
HOLDS, FAILS, PARTLY, OPEN = "yes", "no", "partly", "not measured yet"


@dataclass(frozen=True)
class Verdict:
    """One line of the table.

    Attributes:
        claim: what the paper says.
        measured: what was found, with its unit.
        holds: ``yes``, ``no``, ``partly`` or ``not measured yet``.
        part: the JSON file that the numbers stand in.
    """

    claim: str
    measured: str
    holds: str
    part: str
