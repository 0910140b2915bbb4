"""Which plane of a file with several is meant."""

from dataclasses import dataclass

from neurocyte.errors import UsageError

PROJECTIONS = ("max", "min", "mean", "focus", "middle")
"""Ways from a z stack to one plane, beside the number of a plane."""


@dataclass(frozen=True)
class Selection:
    """One plane of a file; None where the file is to have only one.

    Attributes:
        channel: A name, or a number counted from 0 (also as text: a channel of that name comes first).
        z_projection: "max", "min" or "mean" of the planes, "focus" (the sharpest one), "middle" (the lower of
            two), or a plane's number counted from 0.
        time: Number of the time point, counted from 0.
        scene: Number of the scene (series, position, field), counted from 0.

    Raises:
        UsageError: The projection is unknown, or a number is negative.
    """

    channel: str | int | None = None
    z_projection: str | int | None = None
    time: int | None = None
    scene: int | None = None

    def __post_init__(self) -> None:
        how = self.z_projection
        if isinstance(how, str) and how not in PROJECTIONS:
            raise UsageError(f"No z projection {how}: choose {', '.join(PROJECTIONS)}, or a plane's number.")
        for name, value in vars(self).items():
            if isinstance(value, int) and value < 0:
                raise UsageError(f"No {name.replace('_', ' ')} {value}: count from 0.")
