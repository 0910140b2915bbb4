"""Sample data: what the simulator draws."""

from typing import Any

from neurocyte.simulate import simulate


def simulated_neurons() -> list[tuple[Any, dict[str, Any], str]]:
    """Simulate a phase-contrast picture of cortical neurons, with its true cells as a hidden layer."""
    simulated = simulate()
    return [
        (simulated.image, {"name": "simulated neurons"}, "image"),
        (simulated.labels, {"name": "true cells", "visible": False}, "labels"),
    ]
