"""Phase-contrast images of neural cells with exact ground truth, made by arithmetic."""

from neurocyte.simulate.dataset import write_dataset
from neurocyte.simulate.kinds import KINDS, Kind, KindOrMixed
from neurocyte.simulate.scene import Simulated, simulate, simulate_annotated

__all__ = ["KINDS", "Kind", "KindOrMixed", "Simulated", "simulate", "simulate_annotated", "write_dataset"]
